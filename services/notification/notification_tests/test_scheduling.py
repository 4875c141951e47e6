"""A body found the entry criteria met: the start follows as soon as practicable (CTSD 5.8.3)."""

from datetime import date
from typing import Any

import pytest

from contracts.artefact_review import EntryGateDetermined
from notification import translation
from notification.domain.events import FactRecorded, StartRescheduled, TimetableChanged
from notification.domain.occurrence import Determination
from notification.domain.rescheduling import RescheduleStart
from notification.emails.templates import emails
from rulebook.engine.dating.working_days import calendar

from .given import (
    ENTRY_GATE,
    ID,
    REVIEWED,
    START,
    SUBMITTED,
    Heard,
    Story,
    acknowledged,
    at,
    confirmed,
    due,
    engagement,
    hearing,
)

DETERMINED = "artefact-review.entry-gate-determined"
FOUND = Determination("panel", "The bench is there.", ENTRY_GATE)
REASON = "the Panel determined that the entry criteria are met: The bench is there."


def prevented() -> Story:
    """The artefacts were accepted in time, and the start was prevented on 22 February."""
    story = hearing(acknowledged(), SUBMITTED, "2027-01-20").accepted()
    story = hearing(story, REVIEWED, "2027-01-28", outcome="accepted").accepted()
    return hearing(story, ENTRY_GATE, "2027-02-22", outcome="prevented", gate="entry").accepted()


def determining(story: Story, day: str, found: Determination | None = FOUND, **more: Any) -> Heard:
    return hearing(story, DETERMINED, day, gate="entry", determination=found, by="pat", **more)


def test_a_start_that_has_passed_is_moved_to_the_earliest_practicable_day_and_each_date_says_why() -> None:
    heard = determining(prevented(), "2027-03-10")
    _, event, dates = heard.events
    assert isinstance(event, StartRescheduled)
    day = date(2027, 3, 10)
    assert event == StartRescheduled(START, day, day, REASON, "pat", at("2027-03-10"), event.excused)
    assert isinstance(dates, TimetableChanged)
    assert dates.reason == f"start moved from Mon 1 March 2027 to Wed 10 March 2027: {REASON}"
    assert due(heard.accepted(), "5.10.1.1") == day


def test_a_day_off_is_no_start() -> None:
    story = determining(prevented(), "2027-03-27").accepted()
    assert engagement(story).facts.start == date(2027, 3, 30), "Saturday before Easter; the Monday is a bank holiday"


def test_what_is_still_to_be_done_before_it_keeps_its_time() -> None:
    """Only the step of the decision that was determined otherwise needs none any more."""
    late = hearing(acknowledged(), ENTRY_GATE, "2027-02-22", outcome="prevented", gate="entry").accepted()
    story = determining(late, "2027-03-10").accepted()
    assert engagement(story).facts.start == calendar().add(date(2027, 3, 10), 25)


@pytest.mark.parametrize("day", ["2027-02-24", "2027-03-01"])
def test_a_start_that_has_not_passed_stands(day: str) -> None:
    assert [type(event) for event in determining(prevented(), day).events] == [FactRecorded]


def test_where_the_criteria_are_not_met_nothing_moves() -> None:
    story = prevented()
    assert [type(event) for event in determining(story, "2027-03-10", None).events] == [FactRecorded]


def test_a_start_that_was_confirmed_meanwhile_stands() -> None:
    passed = hearing(prevented(), ENTRY_GATE, "2027-02-24", **confirmed(date(2027, 3, 3))).accepted()
    assert [type(event) for event in determining(passed, "2027-03-10").events] == [FactRecorded]


def test_what_comes_again_changes_nothing_and_the_gate_that_follows_confirms_the_new_start() -> None:
    story = determining(prevented(), "2027-03-10").accepted()
    determining(story, "2027-03-10").then_nothing()
    day = date(2027, 3, 10)
    passed = hearing(story, ENTRY_GATE, "2027-03-10", **confirmed(date(2027, 3, 12), start=day)).accepted()
    assert engagement(passed).done["5.6.1.9"].completed_by == (ENTRY_GATE, "2027-03-10")
    assert engagement(passed).start_is_confirmed
    assert due(passed, "5.10.1.3/2027-03-12") == date(2027, 3, 12)


def test_both_sides_are_told_what_was_determined_and_why_the_start_moved() -> None:
    fact = EntryGateDetermined(
        gate="entry",
        body="panel",
        outcome="met",
        reasons="The bench is there.",
        determined_by="pat",
        determined_at=at("2027-03-10"),
    )
    seen = translation.entry_gate_determined(fact)
    assert seen.determination == FOUND
    story = prevented().when(FactRecorded(seen)).accepted()
    determined, moved = (event for event in story.history[-3:] if isinstance(event, FactRecorded | StartRescheduled))
    told = {email.role: email for email in emails(determined, engagement(story), ID)}
    assert set(told) == {"participant", "dcc"}
    assert told["dcc"].subject.endswith("CTSD 5.6.1.9: determined: the criteria are met")
    assert "- Reasons: The bench is there." in told["participant"].body
    assert f"Reason: {REASON}" in {email.role: email for email in emails(moved, engagement(story), ID)}["dcc"].body
    refusal = translation.entry_gate_determined(fact.model_copy(update={"outcome": "not-met"}))
    assert (refusal.determination, refusal.headline) == (None, "determined: the criteria are not met")


def test_until_the_gate_opens_dcc_may_still_move_the_start() -> None:
    story = determining(prevented(), "2027-03-10").accepted()
    story.when(
        RescheduleStart(ID, date(2027, 3, 17), "timescale-missed", "No tester.", "dee", at("2027-03-10"))
    ).accepted()


def test_artefacts_that_are_returned_with_a_start_that_can_not_be_kept_move_it_to_the_earliest_practicable_day() -> (
    None
):
    """20 Working Days before the start they are returned; revising and reviewing them takes 10."""
    story = hearing(acknowledged(), SUBMITTED, "2027-02-20").accepted()
    why = "the test artefacts were returned, and the start can't be kept"
    heard = hearing(story, REVIEWED, "2027-02-22", outcome="returned", reschedules=why)
    (event,) = (each for each in heard.events if isinstance(each, StartRescheduled))
    assert (event.was, event.reason, event.ground) == (START, why, "artefacts-returned")
    assert event.start_date == event.earliest == due(heard.accepted(), "5.10.1.1")
    assert due(heard.accepted(), "5.6.1.7#1") == calendar().subtract(event.start_date, 10)


def test_a_start_that_is_prevented_and_rescheduled_moves_by_itself() -> None:
    story = hearing(acknowledged(), SUBMITTED, "2027-01-20").accepted()
    told = {"outcome": "prevented", "gate": "entry", "reschedules": "the start was prevented at the gate: no bench"}
    heard = hearing(story, ENTRY_GATE, "2027-03-01", **told)
    (event,) = (each for each in heard.events if isinstance(each, StartRescheduled))
    assert event.ground == "entry-criteria-not-met"
    assert event.start_date > START


def test_a_start_that_leaves_what_is_still_to_be_done_its_time_stands() -> None:
    story = hearing(acknowledged(), SUBMITTED, "2027-01-20").accepted()
    heard = hearing(story, REVIEWED, "2027-01-21", outcome="returned", reschedules="It can't be kept.")
    assert not [each for each in heard.events if isinstance(each, StartRescheduled)]
