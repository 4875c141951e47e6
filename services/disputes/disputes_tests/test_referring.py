"""Who may refer a matter, within what term, and once: by the made-up document, where each referrer has its own term."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest

from contracts import disputes
from disputes.aggregates import MATTERS
from disputes.domain.events import DayDeclared, EngagementNoted, Fact, MatterReferred, ReferralRightArose
from disputes.domain.referring import ReferMatter, last_days
from disputes.domain.refusals import (
    MatterReferredAlready,
    NoReferrer,
    ReferredTooLate,
    RightLapsed,
    RightUnknown,
    WordsMissing,
)
from disputes.translation import published
from kernel.days import in_words
from kernel.engagement import EngagementUnknown, Participant, Subject
from testing.made_up import PROCEDURE, made_up_law
from testing.probe import Spec, deciding

AROSE = datetime(2027, 5, 20, 10, tzinfo=UTC)
SUBJECT = Subject("combination", "D7/P1", "D7 with P1", {"devices": "D7", "provider": "P1"})
KNOWN = EngagementNoted(PROCEDURE, "trial-2026.1", SUBJECT, (Participant("requester", "SUPP", "Supplier plc"),))
FURTHER = Fact(
    "certification.exit-gate-held",
    {"gate": "agreement", "outcome": "further-testing"},
    "TRIAL 4.1(a)",
    "One was not tried.",
    AROSE,
)
RIGHT = "combination-refused#1"
REFERRAL = ReferMatter(RIGHT, "It can't be tried.", "requester", "mo", datetime(2027, 5, 21, 9, tzinfo=UTC))


@pytest.fixture(autouse=True)
def law() -> Iterator[None]:
    with made_up_law():
        yield


def refused() -> Spec[Any, Any, Any]:
    """The gate asked for further testing on Thursday 20 May 2027."""
    return deciding(MATTERS).given(KNOWN).when(FURTHER).accepted()


def on(day: str, hour: int = 12, **changes: Any) -> ReferMatter:
    now = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(hour=hour)
    return replace(REFERRAL, now=now, **changes)


def test_a_referral_in_time_puts_the_matter_to_the_body_of_its_route() -> None:
    refused().when(REFERRAL).then(
        MatterReferred(
            right=RIGHT,
            route="combination-refused",
            clause="TRIAL 20.12A",
            body="tribunal",
            grounds="It can't be tried.",
            role="requester",
            referred_by="mo",
            referred_at=REFERRAL.now,
        )
    )


def test_what_is_asked_for_is_kept_beside_the_grounds_and_a_referral_of_an_earlier_release_asks_for_nothing() -> None:
    referred = refused().when(replace(REFERRAL, relief="The trial is agreed.")).accepted()
    told, _ = (each.contract for each in published("E", referred.history[-1], referred.state))
    assert isinstance(told, disputes.MatterReferred)
    assert (told.grounds, told.relief) == ("It can't be tried.", "The trial is agreed.")
    stored = orjson.loads(MATTERS.codec.encode(referred.history[-1])[1])
    del stored["relief"]
    kept = MATTERS.codec.decode("matter-referred", orjson.dumps(stored))
    assert isinstance(kept, MatterReferred)
    assert (kept.grounds, kept.relief) == ("It can't be tried.", "")


def test_each_referrer_has_a_term_of_its_own_from_the_day_of_the_decision() -> None:
    """Ten Working Days, with the bank holiday of 31 May not counted; and fourteen days."""
    state = refused().state
    (right,) = state.open
    assert isinstance(right, ReferralRightArose)
    assert state.profile
    last = {"requester": date(2027, 6, 4), "laboratory": date(2027, 6, 3)}
    assert last_days(right, state.profile, state.calendar) == last
    declared = DayDeclared(1, date(2027, 6, 2), False, "A day of mourning")
    after = refused().when(declared).then(declared)
    after.when(declared).then_nothing()
    assert last_days(right, state.profile, after.state.calendar) == {**last, "requester": date(2027, 6, 7)}


@pytest.mark.parametrize(
    ("role", "last", "late", "term"),
    [
        ("requester", "2027-06-04", "2027-06-05", "10 Working Days"),
        ("laboratory", "2027-06-03", "2027-06-04", "14 days"),
    ],
)
def test_on_the_last_day_it_is_taken_and_after_it_refused(role: str, last: str, late: str, term: str) -> None:
    refused().when(on(last, 22, role=role)).accepted()
    refusal = (
        refused()
        .when(on(late, role=role))
        .then_refused(ReferredTooLate(RIGHT, role, term, date.fromisoformat(last), date.fromisoformat(late)))
    )
    assert refusal.clause == "TRIAL 20.12A"
    until, today = (in_words(date.fromisoformat(day)) for day in (last, late))
    assert refusal.message == (
        f"The role {role} had {term} to refer the matter of {RIGHT}, to {until}; today is {today}."
    )


def test_a_day_ends_in_london() -> None:
    """At 23:30 UTC of a day in summer the next one has begun there."""
    refused().when(replace(REFERRAL, now=datetime(2027, 6, 4, 23, 30, tzinfo=UTC))).then_refused(ReferredTooLate)


def test_another_role_than_those_of_the_right_may_not() -> None:
    refusal = refused().when(on("2027-05-21", role="board")).then_refused(NoReferrer("board", "requester, laboratory"))
    assert refusal.clause == "TRIAL 20.12A"


def test_a_matter_is_referred_once_whoever_did() -> None:
    refused().when(REFERRAL).accepted().when(on("2027-05-24", role="laboratory")).then_refused(
        MatterReferredAlready(RIGHT, "requester", REFERRAL.now)
    )


def test_a_right_that_lapsed_or_never_arose_is_not_used() -> None:
    settled = replace(
        FURTHER, values={"gate": "agreement", "outcome": "complete"}, at=datetime(2027, 5, 25, tzinfo=UTC)
    )
    refused().when(settled).accepted().when(REFERRAL).then_refused(RightLapsed(RIGHT))
    refused().when(replace(REFERRAL, right="descoping#1")).then_refused(RightUnknown("descoping#1", RIGHT))


def test_grounds_are_given_and_the_engagement_is_known() -> None:
    refused().when(replace(REFERRAL, grounds=" ")).then_refused(WordsMissing("grounds"))
    deciding(MATTERS).given().when(REFERRAL).then_refused(EngagementUnknown)


def test_without_a_stated_term_a_matter_may_be_referred_as_long_as_it_is_not_settled() -> None:
    subject = Subject("role", "SUPP/ES", "SUPP in the User Role ES", {"party": "SUPP", "role": "ES"})
    notice = EngagementNoted("uept", "ctsd-2026.1", subject, (Participant("participant", "SUPP", "Supplier plc"),))
    prevented = Fact(
        "artefact-review.entry-gate-held", {"gate": "entry", "outcome": "prevented"}, "CTSD 5.8.1(d)", "No.", AROSE
    )
    opened = deciding(MATTERS).given().when(notice).accepted().when(prevented).accepted()
    late = on("2028-05-04", right="entry-criteria#1", role="participant")
    referred = opened.when(late).accepted().history[-1]
    assert isinstance(referred, MatterReferred)
    assert (referred.clause, referred.body) == ("CTSD 5.8.3", "panel")


def test_a_newer_decision_gives_a_new_right_with_a_new_term() -> None:
    again = replace(FURTHER, reason="Two were not tried.", at=datetime(2027, 6, 10, 10, tzinfo=UTC))
    renewed = refused().when(REFERRAL).accepted().when(again).accepted()
    renewed.when(on("2027-06-11")).then_refused(RightLapsed(RIGHT))
    renewed.when(on("2027-06-24", right="combination-refused#2", role="laboratory")).accepted()
