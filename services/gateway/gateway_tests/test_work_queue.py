"""What awaits whom: the steps that are owed and the tasks that facts began, each in its holder's queue alone."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.messaging.handlers import Received
from contracts import Contract
from contracts.artefact_review import ArtefactsReviewed, ArtefactsSubmitted, Deficiency, DescopingDecided
from contracts.certification import CertificateIssued
from contracts.common import DescopedItem, DescopingProposal
from contracts.disputes import (
    DeterminationAppealed,
    InformationGiven,
    InformationRequested,
    MatterDetermined,
    MatterReferred,
)
from contracts.notification import DeadlineMissed, DeadlineRow, EngagementWithdrawn, StepCompleted, TimetableChanged
from gateway.read_side.projection import apply
from gateway.read_side.tasks import derive_missing
from testing.notice import NOTIFIED_AT, notified
from testing.probe import Probe

AT = NOTIFIED_AT + timedelta(days=1)
ITEM = DescopedItem(kind="response-code", item="E11")
NOTICE = notified(
    "WORK", descoping=(DescopingProposal(kind="response-code", item="E11", reason="b", rationale="It can't be made."),)
)


def step(key: str, sender: str, due: date | None, opens: date | None = None) -> DeadlineRow:
    return DeadlineRow(
        key=key,
        ref=key.partition("#")[0],
        action=f"Do {key}",
        sender=sender,
        recipient="dcc",
        method="email",
        clause="CTSD 5.6.1.1",
        opens=opens,
        due=due,
        conditional=False,
        why="",
    )


def timetable(*rows: DeadlineRow, withdrawn: Sequence[str] = ()) -> TimetableChanged:
    return TimetableChanged(reason="", deadlines=rows, withdrawn=tuple(withdrawn))


def referred(right: str = "right-1") -> MatterReferred:
    return MatterReferred(
        right=right,
        route="descoping",
        clause="CTSD 5.2.7",
        body="panel",
        grounds="It can't be made.",
        role="participant",
        referred_by="mo",
        referred_at=AT,
    )


def asked(question: str, wanted_by: date | None = None) -> InformationRequested:
    return InformationRequested(
        right="right-1",
        question=question,
        role="participant",
        wanted_by=wanted_by,
        body="panel",
        requested_by="pat",
        requested_at=AT,
    )


ANSWERED = InformationGiven(right="right-1", answer="So it is.", role="participant", given_by="mo", given_at=AT)


CERTIFICATE = CertificateIssued(
    number="TCC-1",
    outcome="test-completion-certificate",
    title="Certificate",
    subject=NOTICE.subject,
    recipient=NOTICE.participants[0],
    srvs=(),
    supersedes=None,
    issued_at=AT,
    pdf_sha256="0" * 64,
    json_sha256="1" * 64,
    verification_url="http://127.0.0.1/certificates/TCC-1/verification",
)


def determined(final: bool = True) -> MatterDetermined:
    return MatterDetermined(
        right="right-1",
        route="descoping",
        clause="CTSD 5.2.7",
        body="panel",
        upheld=False,
        reasons="It can be made.",
        final=final,
        decision="artefact-review.descoping-decided",
        values={},
        determined_by="pat",
        determined_at=AT,
    )


APPEALED = DeterminationAppealed(
    right="right-1", body="authority", grounds="It can't.", role="participant", appealed_by="mo", appealed_at=AT
)
DECIDED = DescopingDecided(item=ITEM, agreed=False, reason="It can be made.", decided_by="dee", decided_at=AT)


def reviewed(*ids: str) -> ArtefactsReviewed:
    found = tuple(Deficiency(id=id, artefact="test-plan", text="It says nothing of this.") for id in ids)
    outcome: Any = "returned" if ids else "accepted"
    return ArtefactsReviewed(submission=1, outcome=outcome, deficiencies=found, reviewed_by="dee", reviewed_at=AT)


SUBMITTED = ArtefactsSubmitted(submission=2, artefacts=(), findings=(), submitted_by="mo", submitted_at=AT)


async def given(gateway: Probe, *facts: Contract) -> str:
    engagement = str(uuid4())
    for fact in facts:
        await gateway.deliver(fact, engagement)
    return engagement


async def queue(gateway: Probe, engagement: str, role: str, party: str | None = None, **wanted: str) -> list[Any]:
    async with gateway.client(role, party) as caller:
        answer = await caller.get("/work-queue", params={"engagement": engagement, "limit": "200", **wanted})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])


async def kinds(gateway: Probe, engagement: str, role: str, party: str | None = None) -> list[str]:
    return [item["kind"] for item in await queue(gateway, engagement, role, party)]


async def test_a_step_awaits_whoever_holds_its_senders_role_from_its_first_day_until_it_is_done(gateway: Probe) -> None:
    today = gateway.clock.now().date()
    rows = (
        step("a", "participant", today + timedelta(days=9)),
        step("b", "dcc", today + timedelta(days=5)),
        step("c", "participant", today - timedelta(days=1), today - timedelta(days=9)),
        step("d", "participant", today + timedelta(days=30), today + timedelta(days=20)),
        step("e", "participant", None),
    )
    engagement = await given(gateway, notified("WORK"), timetable(*rows))
    shown = await queue(gateway, engagement, "participant", "WORK")
    assert [(each["key"], each["state"], each["role"]) for each in shown] == [
        ("c", "due", "participant"),
        ("a", "open", "participant"),
    ]
    assert [each["key"] for each in await queue(gateway, engagement, "dcc")] == ["b"]
    assert await queue(gateway, engagement, "participant", "OTHER") == []
    assert await queue(gateway, engagement, "participant") == []
    missed = DeadlineMissed(key="c", ref="c", due=today - timedelta(days=1), sender="participant", missed_at=AT)
    done = StepCompleted(key="a", ref="a", due=None, done_on=today, done_by="mo", in_time=True)
    for fact in (missed, done):
        await gateway.deliver(fact, engagement)
    assert [(each["key"], each["state"]) for each in await queue(gateway, engagement, "participant", "WORK")] == [
        ("c", "missed")
    ]
    await gateway.deliver(timetable(withdrawn=["c"]), engagement)
    assert await queue(gateway, engagement, "participant", "WORK") == []


async def test_a_referral_awaits_its_body_until_that_determines_it_and_after_an_appeal_the_next_one(
    gateway: Probe,
) -> None:
    engagement = await given(gateway, notified("WORK"), referred())
    (item,) = await queue(gateway, engagement, "panel")
    assert (item["kind"], item["role"], item["clause"], item["due"]) == ("referral", "panel", "CTSD 5.2.7", None)
    assert item["details"] == {"right": "right-1", "route": "descoping", "grounds": "It can't be made."}
    assert (item["state"], item["subject"]) == ("open", "WORK in the User Role ES")
    assert await queue(gateway, engagement, "authority") == []
    await gateway.deliver(determined(final=False), engagement)
    assert await queue(gateway, engagement, "panel") == []
    await gateway.deliver(APPEALED, engagement)
    assert await kinds(gateway, engagement, "authority") == ["referral"]
    await gateway.deliver(determined(), engagement)
    assert await kinds(gateway, engagement, "authority") == []


async def test_an_answer_is_one_to_the_oldest_question_and_a_question_shows_by_when_it_is_wanted(
    gateway: Probe,
) -> None:
    wanted_by = gateway.clock.now().date() + timedelta(days=3)
    engagement = await given(
        gateway, notified("WORK"), referred(), asked("Which one?"), asked("x" * 5_000, wanted_by), ANSWERED
    )
    (item,) = await queue(gateway, engagement, "participant", "WORK")
    assert (item["kind"], item["due"], item["details"]["question"]) == ("question", str(wanted_by), "x" * 5_000)
    await gateway.deliver(determined(), engagement)
    assert await queue(gateway, engagement, "participant", "WORK") == []


async def test_deficiencies_await_the_participant_until_it_submits_again(gateway: Probe) -> None:
    engagement = await given(gateway, notified("WORK"), reviewed("D1", "D2", "D3"))
    assert [each["details"]["id"] for each in await queue(gateway, engagement, "participant", "WORK")] == [
        "D1",
        "D2",
        "D3",
    ]
    await gateway.deliver(SUBMITTED, engagement)
    assert await queue(gateway, engagement, "participant", "WORK") == []


async def test_a_proposal_that_was_decided_awaits_nobody_in_whatever_order_the_facts_come(gateway: Probe) -> None:
    for facts in permutations(((NOTICE, NOTIFIED_AT), (DECIDED, AT))):
        engagement = str(uuid4())
        for fact, at in facts:
            await gateway.deliver(fact, engagement, at)
        assert await kinds(gateway, engagement, "dcc") == []
    assert await kinds(gateway, await given(gateway, NOTICE), "dcc") == ["descoping-proposal"]


async def test_in_an_engagement_that_was_withdrawn_nothing_awaits_anybody(gateway: Probe) -> None:
    today = gateway.clock.now().date()
    engagement = await given(
        gateway, NOTICE, timetable(step("a", "participant", today)), referred(), asked("Why?"), reviewed("D1")
    )
    everybody = (("participant", "WORK"), ("dcc", None), ("panel", None))
    assert all([await queue(gateway, engagement, *each) for each in everybody])
    withdrawn = EngagementWithdrawn(reason="It is not wanted.", role="participant", withdrawn_by="mo", withdrawn_at=AT)
    await gateway.deliver(withdrawn, engagement)
    assert [await queue(gateway, engagement, *each) for each in everybody] == [[], [], []]
    async with gateway.client("dcc") as dcc:
        assert (await dcc.get(f"/engagements/{engagement}")).json()["next_due"] is None


async def test_in_an_engagement_that_has_ended_nothing_awaits_anybody(gateway: Probe) -> None:
    today = gateway.clock.now().date()
    facts = (notified("WORK"), timetable(step("a", "participant", today)), referred(), CERTIFICATE)
    for order in (facts, facts[::-1]):
        engagement = await given(gateway, *order)
        assert await queue(gateway, engagement, "participant", "WORK") == []
        assert await queue(gateway, engagement, "panel") == []
        async with gateway.client("dcc") as dcc:
            assert (await dcc.get(f"/engagements/{engagement}")).json()["next_due"] is None


async def test_the_counts_are_of_all_that_waits_and_say_what_is_overdue(gateway: Probe) -> None:
    today = gateway.clock.now().date()
    rows = (step("a", "participant", today - timedelta(days=2)), step("b", "participant", today + timedelta(days=2)))
    await given(gateway, notified("COUNT"), timetable(*rows), reviewed("D1"))
    async with gateway.client("participant", "COUNT") as participant:
        page = (await participant.get("/work-queue", params={"limit": 1})).json()
    assert page["counts"] == [
        {"kind": "deficiency", "waiting": 1, "overdue": 0},
        {"kind": "step", "waiting": 2, "overdue": 1},
    ]
    assert [item["kind"] for item in page["items"]] == ["step"]


async def test_pages_hold_everything_once_in_the_order_of_urgency(gateway: Probe) -> None:
    today = gateway.clock.now().date()
    for number in range(3):
        due = [today + timedelta(days=(number * 3 + place) % 4) for place in range(4)]
        rows = (step(str(place), "participant", day) for place, day in enumerate(due))
        await given(gateway, notified("PAGES"), timetable(*rows), reviewed("D1"))
    found: list[Any] = []
    async with gateway.client("participant", "PAGES") as participant:
        cursor: str | None = ""
        while cursor is not None:
            wanted = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
            page = (await participant.get("/work-queue", params=wanted)).json()
            found, cursor = found + page["items"], page["next"]
        whole = (await participant.get("/work-queue")).json()
    assert found == whole["items"]
    assert len({(each["engagement"], each["kind"], each["key"]) for each in found}) == len(found) == 15
    steps = [each["due"] for each in found if each["kind"] == "step"]
    assert steps == sorted(steps)


async def test_the_queue_is_narrowed_to_a_kind_and_to_what_is_due_before_a_day(gateway: Probe) -> None:
    today = gateway.clock.now().date()
    rows = (step("a", "participant", today), step("b", "participant", today + timedelta(days=2)))
    engagement = await given(gateway, notified("WORK"), timetable(*rows), reviewed("D1"))
    mine = (gateway, engagement, "participant", "WORK")
    assert [each["key"] for each in await queue(*mine, kind="deficiency")] == ["D1"]
    assert [each["key"] for each in await queue(*mine, due_before=str(today + timedelta(days=1)))] == ["a"]


@pytest.mark.parametrize("cursor", ["x", "é", "W10", "bm9uZQ", "A" * 999, "WyIyMDI3LTAxLTAxIiwieCIsIiIsIiJd"])
async def test_a_cursor_that_no_page_has_answered_is_refused(gateway: Probe, cursor: str) -> None:
    async with gateway.client("dcc") as dcc:
        answer = await dcc.get("/work-queue", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:assay:problem:cursor-unknown")
    assert "leave the cursor out" in answer.json()["remedy"]


@pytest.mark.parametrize("limit", ["0", "-1", "1000000000", "many"])
async def test_a_page_of_no_or_of_too_many_rows_is_refused(gateway: Probe, limit: str) -> None:
    async with gateway.client("dcc") as dcc:
        answer = await dcc.get("/work-queue", params={"limit": limit})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:assay:problem:malformed-request")


async def test_engagements_from_before_there_were_tasks_get_theirs_and_the_day_of_the_first(gateway: Probe) -> None:
    wanted_by = date(2027, 1, 11)
    engagement = await given(gateway, notified("WORK"), referred(), asked("Which?", wanted_by))
    pool = gateway.runtime.pool
    await pool.execute("DELETE FROM task WHERE engagement = $1", UUID(engagement))
    await pool.execute("UPDATE engagement SET tasks_derived = false, next_due = NULL WHERE id = $1", UUID(engagement))
    assert await kinds(gateway, engagement, "panel") == []
    deriving = asyncio.create_task(derive_missing(gateway.runtime))
    while await pool.fetchval("SELECT true FROM engagement WHERE NOT tasks_derived LIMIT 1"):
        await gateway.runtime.woken(0.05)
    deriving.cancel()
    assert await kinds(gateway, engagement, "panel") == ["referral"]
    assert await pool.fetchval("SELECT next_due FROM engagement WHERE id = $1", UUID(engagement)) == wanted_by


async def test_facts_of_two_sources_that_are_taken_in_at_once_both_count(gateway: Probe) -> None:
    engagement, pool = str(uuid4()), gateway.runtime.pool

    def of(source: str, fact: Contract) -> list[Received[Any]]:
        return [Received(str(uuid4()), source, engagement, 1, fact, AT)]

    async def refer() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await apply(connection, of("assay.disputes", referred()))

    async with pool.acquire() as connection, connection.transaction():
        await apply(connection, of("assay.notification", notified("WORK")))
        referring = asyncio.create_task(refer())
        while not referring.done() and not await pool.fetchval("SELECT true FROM pg_locks WHERE NOT granted LIMIT 1"):
            await gateway.runtime.woken(0.05)
    await referring
    assert await kinds(gateway, engagement, "panel") == ["referral"]
