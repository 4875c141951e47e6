"""While a matter is before a body no time runs for what waits; when that ends the Working Days are given back."""

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from contracts.disputes import HoldBegan, HoldEnded
from notification import translation
from notification.domain.declared_days import DayDeclared
from notification.domain.events import DeadlineMissed, FactRecorded, TimetableChanged
from notification.domain.timekeeping import FollowDeclarations

from .given import EXECUTED, ID, START, Story, at, checking, due, engagement, hearing
from .test_rounds import further_testing
from .test_scheduling import determining, prevented

WHY = "5.10.1.1"


def hold(route: str, began: str, ended: str | None = None) -> FactRecorded:
    """A matter came before the Panel on a day, and was determined on another."""
    told: dict[str, Any] = {
        "right": f"{route}#1",
        "route": route,
        "clause": "CTSD 5.8.3",
        "holds": ("start",),
        "decision": "a decision",
        "values": {},
        "began_at": at(began),
    }
    if ended is None:
        return FactRecorded(translation.hold(HoldBegan(body="panel", **told)))
    return FactRecorded(translation.hold(HoldEnded(because="determined", ended_at=at(ended), **told)))


def missed(story: Story) -> set[str]:
    return {event.key for event in story.history if isinstance(event, DeadlineMissed)}


def test_while_the_start_is_held_nothing_that_counts_from_it_is_missed_and_each_date_says_why() -> None:
    story = prevented().when(hold("entry-criteria", "2027-02-24")).accepted()
    assert WHY not in missed(checking(story, "2027-03-09").accepted())
    assert WHY in missed(checking(prevented(), "2027-03-09").accepted()), "without a hold it is"
    assert "No time runs since Wed 24 February 2027, while it is referred (CTSD 5.8.3)." in (
        engagement(story).rows[WHY].why
    )
    assert due(story, WHY) == START


def test_what_ended_gives_the_working_days_back_and_says_so() -> None:
    story = prevented().when(hold("entry-criteria", "2027-02-24")).accepted()
    heard = checking(story, "2027-03-09").accepted().when(hold("entry-criteria", "2027-02-24", "2027-03-10"))
    assert isinstance(heard.events[-1], TimetableChanged)
    after = heard.accepted()
    assert due(after, WHY) == date(2027, 3, 10)
    assert "7 Working Days given back: no time ran from Mon 1 March 2027 to Wed 10 March 2027" in (
        engagement(after).rows[WHY].why
    )
    late = checking(after, "2027-03-11").accepted()
    assert WHY in missed(late), "from then on it is owed again"


def test_what_had_passed_before_the_matter_was_referred_stays_missed() -> None:
    story = checking(prevented(), "2027-03-03").accepted().when(hold("entry-criteria", "2027-03-04")).accepted()
    assert due(story.when(hold("entry-criteria", "2027-03-04", "2027-03-10")).accepted(), WHY) == START


def test_time_is_given_back_once_also_where_the_start_is_scheduled_anew() -> None:
    """The two are told by different services: in either order, and as often as they come, they end alike."""
    story = prevented().when(hold("entry-criteria", "2027-02-24")).accepted()

    def ended(order: tuple[str, ...]) -> Any:
        there = story
        for each in order:
            command = hold("entry-criteria", "2027-02-24", "2027-03-10")
            decision = there.when(command) if each == "h" else determining(there, "2027-03-10")
            there = there.given(*decision.events)
        return engagement(there).rows, engagement(there).facts

    expected = ended(("h", "d"))
    assert expected[0][WHY].due == date(2027, 3, 10)
    for order in sorted({*permutations("hhdd")}):
        assert ended(order) == expected, order


def test_a_step_that_is_held_has_not_passed_where_a_day_is_declared_meanwhile() -> None:
    story = prevented().when(hold("entry-criteria", "2027-02-24")).accepted()
    off = DayDeclared(1, date(2027, 6, 16), False, "A day of mourning", "dcc", "dee", at("2027-03-05"))
    declared = story.when(FollowDeclarations(ID, (off,), at("2027-03-05"))).accepted()
    after = declared.when(hold("entry-criteria", "2027-02-24", "2027-03-10")).accepted()
    assert due(after, WHY) == date(2027, 3, 10)
    assert WHY in missed(checking(after, "2027-03-11").accepted())


@pytest.mark.parametrize(("ended", "expected"), [("2027-03-24", date(2027, 3, 24)), ("2027-03-22", date(2027, 3, 22))])
def test_while_completion_is_held_its_steps_get_the_time_back_that_they_had_left(ended: str, expected: date) -> None:
    story = further_testing().when(hold("uept-exit", "2027-03-09")).accepted()
    story = hearing(story, EXECUTED, "2027-03-22").accepted()
    assert "5.10.1.4#1" not in missed(checking(story, "2027-03-24").accepted())
    assert due(story.when(hold("uept-exit", "2027-03-09", ended)).accepted(), "5.10.1.4#1") == expected


def test_disputed_tests_stop_no_clock() -> None:
    story = prevented().when(hold("descoping", "2027-02-24")).accepted()
    assert engagement(story).rows == engagement(prevented()).rows


def test_a_hold_that_ended_before_a_step_counts_takes_nothing_from_it_and_gives_nothing_back() -> None:
    story = prevented().when(hold("entry-criteria", "2027-02-23")).accepted()
    after = story.when(hold("entry-criteria", "2027-02-23", "2027-02-25")).accepted()
    assert engagement(after).rows == engagement(prevented()).rows
