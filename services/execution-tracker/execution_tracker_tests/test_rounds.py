"""Further testing: when it began is told, so that what is owed each day is owed from then on (CTSD 5.19.2, 6.5.1)."""

from datetime import date, datetime, timedelta

import pytest

from execution_tracker.aggregates import EXECUTION
from execution_tracker.domain.events import Event, ExecutionReopened, FurtherStartAgreed, FurtherTestingBegun, Outcome
from execution_tracker.domain.refusals import NotStarted
from testing.execution_events import BY, CONNECTED, NOW, RC, SR, completed, record, recorded, result
from testing.probe import deciding

REOPENED = NOW + timedelta(days=7)
MONDAY = NOW + timedelta(days=21)
further = deciding(EXECUTION).given(*CONNECTED, recorded(SR), completed(), ExecutionReopened(REOPENED))


def begun(at: datetime, day: date, number: int = 1) -> FurtherTestingBegun:
    return FurtherTestingBegun(number, day, BY, at)


def told(*events: Event) -> list[date]:
    return [event.begun_on for event in events if isinstance(event, FurtherTestingBegun)]


def test_the_first_execution_began_with_the_start_that_is_known_to_all() -> None:
    assert not told(*deciding(EXECUTION).given(*CONNECTED).when(record(result(SR))).events)


@pytest.mark.parametrize("outcome", ["passed", "failed", "blocked"])
def test_the_first_test_that_is_tried_begins_a_further_execution(outcome: Outcome) -> None:
    tried = further.when(record(result(RC, outcome, 2, MONDAY), now=MONDAY))
    again = tried.then(recorded(RC, outcome, 2, MONDAY), begun(MONDAY, MONDAY.date()))
    later = MONDAY + timedelta(days=1)
    again.when(record(result(RC, "passed", 3, later), now=later)).then(recorded(RC, "passed", 3, later))


@pytest.mark.parametrize("outcome", ["ready", "not-run"])
def test_a_test_that_was_not_tried_begins_nothing(outcome: Outcome) -> None:
    assert not told(*further.when(record(result(RC, outcome, 2, MONDAY), now=MONDAY)).events)


def test_an_earlier_day_that_is_recorded_later_is_told_and_one_before_the_gate_is_none_of_it() -> None:
    began = further.when(record(result(RC, number=2, at=MONDAY), now=MONDAY)).accepted()
    earlier, before = MONDAY - timedelta(days=3), REOPENED - timedelta(days=2)
    assert told(*began.when(record(result(RC, number=3, at=earlier), now=MONDAY)).events) == [earlier.date()]
    assert not told(*further.when(record(result(RC, number=3, at=before), now=MONDAY)).events)


def test_each_further_execution_begins_anew() -> None:
    began = further.when(record(result(RC, number=2, at=MONDAY), now=MONDAY)).accepted()
    later = MONDAY + timedelta(days=14)
    third = began.given(completed(MONDAY), ExecutionReopened(MONDAY + timedelta(days=3)))
    again = third.when(record(result(RC, number=3, at=later), now=later))
    again.then(recorded(RC, "passed", 3, later), begun(later, later.date(), number=2))


def test_a_further_execution_begins_on_the_day_that_was_agreed_for_it_in_whatever_order_that_is_heard() -> None:
    agreed = FurtherStartAgreed(1, MONDAY.date())
    early, command = MONDAY - timedelta(days=1), record(result(RC, number=2, at=MONDAY), now=MONDAY)
    before = record(result(RC, number=2, at=early), now=early)
    waiting = further.when(agreed).then(agreed)
    waiting.when(agreed).then_nothing()
    waiting.when(before).then_refused(NotStarted(start_date=MONDAY.date(), today=early.date()))
    assert told(*waiting.when(command).events) == [MONDAY.date()]
    first = deciding(EXECUTION).given(*CONNECTED, recorded(SR), completed(), agreed, ExecutionReopened(REOPENED))
    first.when(before).then_refused(NotStarted)
    sooner = waiting.when(FurtherStartAgreed(1, early.date())).accepted()
    assert told(*sooner.when(before).events) == [early.date()]
