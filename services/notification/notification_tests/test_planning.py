"""What if and why: answered from the rulebook, nothing registered."""

from datetime import date
from typing import Any

import pytest

from contracts.code_administrator import PartyAcceded
from notification.api.plan_views import (
    NothingKnown,
    PlanQuery,
    date_reason,
    planned,
    reason,
    scoped,
)
from notification.domain.refusals import ProcedureUnknown
from notification.domain.rescheduling import replanned
from notification.domain.step_refusals import StepUnknown
from notification.settings import Settings
from notification.wiring import build
from rulebook import VERSION
from rulebook.engine.dating.plan_refusals import NoticeTooShort, StartNotPracticable, StartOnDayOff
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.scope.scope_refusals import ItemMalformed
from testing.made_up import made_up_law
from testing.probe import Kafka, Postgres, running

from .given import NOTICE, START, acknowledged, engagement, hearing, notified

TODAY = date(2026, 12, 2)
MAY = date(2027, 5, 4)
CHANGES = ("dropped", "added")


def test_moving_a_start_tells_every_date_that_would_move_and_changes_nothing() -> None:
    story = acknowledged()
    found = replanned(engagement(story), date(2027, 4, 6), TODAY)
    moved = {move.key: (move.was, move.now) for move in found.moves if move.change == "moved"}
    assert moved["5.6.1.5"] == (date(2027, 1, 25), date(2027, 2, 26))
    assert moved["5.6.1.9"] == (date(2027, 2, 22), date(2027, 3, 30))
    assert "5.6.1.3" not in moved, "the meeting is counted from the acknowledgement"
    assert "5.6.1.1" not in moved, "what is done keeps its dates"
    assert engagement(story).facts.start == START


def test_a_procedure_of_any_document_is_planned_and_explained() -> None:
    with made_up_law():
        found = planned(PlanQuery("combination-trial", date(2027, 3, 1)), calendar())
        assert (found.procedure.id, found.notified_on) == ("combination-trial", date(2027, 2, 22))
        assert reason("few-issues", None, "combination-trial", None, calendar()).clause == "TRIAL Table 1"


def test_the_weeks_that_fall_away_and_those_that_come_are_told() -> None:
    found = replanned(engagement(acknowledged()), date(2027, 4, 6), TODAY)
    weeks = {change: [m.key for m in found.moves if m.ref == "5.6.1.4" and m.change == change] for change in CHANGES}
    assert weeks["dropped"][0] == "5.6.1.4/2027-W01"
    assert weeks["added"][-1] == "5.6.1.4/2027-W14"


def test_the_earliest_start_leaves_the_open_steps_their_working_days() -> None:
    found = replanned(engagement(acknowledged()), None, date(2027, 2, 10))
    assert found.start == found.earliest == calendar().add(date(2027, 2, 10), 25)


def test_a_returned_review_leaves_the_ten_days_of_its_round() -> None:
    story = hearing(acknowledged(), "artefact-review.artefacts-submitted", "2027-01-25", identity="1").accepted()
    reviewed = {"identity": "1", "outcome": "returned"}
    story = hearing(story, "artefact-review.artefacts-reviewed", "2027-02-20", **reviewed).accepted()
    found = replanned(engagement(story), None, date(2027, 2, 22))
    assert found.start == calendar().add(date(2027, 2, 22), 10)


def test_a_start_that_leaves_an_open_step_too_little_is_refused_with_the_earliest() -> None:
    with pytest.raises(StartNotPracticable) as refused:
        replanned(engagement(acknowledged()), date(2027, 3, 1), date(2027, 2, 10))
    assert (refused.value.earliest, refused.value.ref) == (date(2027, 3, 17), "5.6.1.5")


def test_a_start_on_a_day_off_is_refused() -> None:
    with pytest.raises(StartOnDayOff, match="Good Friday"):
        replanned(engagement(acknowledged()), date(2027, 3, 26), TODAY)


def test_an_engagement_keeps_the_edition_under_which_it_began() -> None:
    state = engagement(notified())
    assert state.notice.rulebook == VERSION
    assert state.procedure.step("5.10.1.4").timing.day_off == "next"


def test_a_date_of_an_engagement_says_what_it_was_counted_from() -> None:
    found = date_reason(engagement(acknowledged()), "5.6.1.3")
    assert found.inputs == {"acknowledged": "2026-12-02"}
    assert found.clause == "CTSD 5.6.1.3"
    assert date_reason(engagement(acknowledged()), "5.6.1.2").answer.endswith("in time.")
    with pytest.raises(StepUnknown):
        date_reason(engagement(acknowledged()), "5.6.1.99")


def test_an_unknown_procedure_item_or_subject_is_refused() -> None:
    with pytest.raises(ProcedureUnknown, match=r"Use one of .*additional-sr-dust.* uept"):
        planned(PlanQuery("dmct", MAY), calendar())
    with pytest.raises(ItemMalformed):
        scoped("ES", ["4.2"], [], [])
    with pytest.raises(NothingKnown):
        reason("coffee", None, "uept", None, calendar())
    with pytest.raises(NoticeTooShort):
        planned(PlanQuery("uept", MAY, notified_on=date(2027, 4, 1)), calendar())


async def test_plans_scopes_and_reasons_are_answered_over_http(postgres: Postgres, kafka: Kafka) -> None:
    async with running(build, postgres, kafka, Settings) as it:
        it.move_to(NOTICE)
        async with it.client("participant", "SUPP") as client:

            async def get(path: str, **params: Any) -> Any:
                return (await client.get(path, params=params)).raise_for_status().json()

            plan = await get("/plan", procedure="uept", role="IS", start="2027-05-04")
            dates = {step["ref"]: step["due"] or (step["from"], step["to"]) for step in plan["steps"]}
            assert dates["5.6.1.1"] == "2027-02-04"
            assert dates["5.6.1.4"] == ("2027-03-04", "2027-04-30")
            assert (await get("/plan", procedure="additional-sr-dust", start="2027-05-04"))["role"] is None
            scope = await get("/scope", role="ES", descope="service-request:8.2")
            assert (scope["total"], scope["descoping"][0]["below_minimum"]) == (36, ["8.2"])
            more = await get("/scope", role="ES", srv=["4.2", "8.2"], certified="8.2")
            assert (more["total"], more["already_certified"]) == (2, ["8.2"])
            why = await get("/why", what="5.6.1.5", procedure="uept", start="2027-05-04")
            assert {"day": "2027-03-26", "reason": "Good Friday"} in why["skipped"]
            assert (await client.get("/plan", params={"start": "2027-05-04", "procedure": "dmct"})).status_code == 422
            assert (await client.get("/plan", params={"start": "2099-05-04", "procedure": "uept"})).status_code == 422
            assert (await client.get("/why", params={"what": "coffee", "procedure": "uept"})).status_code == 404


async def test_moving_the_start_of_an_engagement_can_be_tried_over_http(postgres: Postgres, kafka: Kafka) -> None:
    async with running(build, postgres, kafka, Settings) as it:
        it.move_to(NOTICE)
        accession = PartyAcceded(signifier="SUPP", name="Supplier plc", acceded_on=date(2026, 11, 2), reference="CA-1")
        await it.deliver(accession, "SUPP")
        contact = {"name": "Mo Manager", "email": "mo@supplier.invalid"}
        notice = {
            "procedure": "uept",
            "subject": {"role": "ES"},
            "start_date": "2027-03-01",
            "test_manager": contact,
            "confirmations": ["code-administrator-notified"],
        }
        async with it.client("participant", "SUPP") as client:
            id = (await client.post("/engagements", json=notice)).raise_for_status().json()["id"]
            tried = await client.get(f"/engagements/{id}/what-if", params={"start": "2027-04-06"})
            assert tried.status_code == 200
            assert tried.json()["affected"] == {"dcc": "DCC", "participant": "Mo Manager"}
            assert {"key": "5.6.1.5", "was": "2027-01-25", "now": "2027-02-26"}.items() <= next(
                move for move in tried.json()["moves"] if move["key"] == "5.6.1.5"
            ).items()
            early = await client.get(f"/engagements/{id}/what-if", params={"start": "2026-12-04"})
            assert (early.status_code, early.json()["facts"]["earliest"]) == (422, "2027-02-26")
            why = await client.get(f"/engagements/{id}/why", params={"key": "5.6.1.5"})
            assert why.json()["inputs"] == {"start": "2027-03-01"}
            assert (await client.get(f"/engagements/{id}")).json()["start_date"] == "2027-03-01"
        async with it.client("participant", "OTHR") as other:
            assert (await other.get(f"/engagements/{id}/what-if")).status_code == 403
