"""Further testing: each execution that a gate asks for has steps and dates of its own (CTSD 5.19.2)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import permutations
from typing import Any

import pytest

from notification.domain.events import DeadlineMissed
from notification.domain.occurrence import Determination

from .given import (
    AGAIN,
    CERTIFICATE,
    DASHBOARD,
    EXECUTED,
    EXIT_GATE,
    FURTHER_TESTING,
    RECEIPT,
    REPORT,
    Story,
    checking,
    done,
    due,
    engagement,
    executing,
    hearing,
)


def further_testing(*more: tuple[str, str]) -> Story:
    """The first execution ended as planned, and on 8 March the exit gate asked for further testing."""
    story = executing()
    for fact, day in ((EXECUTED, "2027-03-03"), (REPORT, "2027-03-03"), *more, (RECEIPT, "2027-03-05")):
        story = hearing(story, fact, day).accepted()
    return hearing(story, EXIT_GATE, "2027-03-08", outcome="further-testing").accepted()


def test_a_gate_that_asks_for_further_testing_gives_no_date_for_a_certificate() -> None:
    story = further_testing()
    assert "5.17.1.2" in done(story)
    assert "5.17.1.3" not in engagement(story).rows
    assert due(story, "5.17.1.3#1") is None


def test_further_testing_opens_a_round_whose_execution_has_no_date_until_it_is_rescheduled_with_dcc() -> None:
    rows = engagement(further_testing()).rows
    assert [key for key in rows if key.endswith("#1")] == [f"{ref}#1" for ref in AGAIN]
    assert all(rows[f"{ref}#1"].due is None for ref in AGAIN)
    assert "further testing on Mon 8 March 2027" in rows["5.10.1.2#1"].why
    assert "The participant reschedules testing with DCC (CTSD 5.19.2)." in rows["5.10.1.2#1"].why


def test_the_second_round_has_deadlines_of_its_own_that_are_met_or_missed_up_to_the_certificate() -> None:
    story = hearing(further_testing(), EXECUTED, "2027-03-22").accepted()
    assert due(story, "5.10.1.4#1") == date(2027, 3, 22)
    story = hearing(checking(story, "2027-03-23").accepted(), REPORT, "2027-03-23", identity="2").accepted()
    assert due(story, "5.17.1.1#1") == date(2027, 3, 25)
    story = hearing(story, RECEIPT, "2027-03-24", identity="2").accepted()
    assert due(story, "5.17.1.2#1") == date(2027, 4, 2)
    story = hearing(story, EXIT_GATE, "2027-03-31", outcome="complete").accepted()
    assert due(story, "5.17.1.3#1") == date(2027, 4, 2)
    missed = checking(story, "2027-04-05").accepted()
    keys = [event.key for event in missed.history if isinstance(event, DeadlineMissed)]
    assert [key for key in keys if key.endswith("#1")] == ["5.10.1.4#1", "5.17.1.3#1"]
    closed = engagement(hearing(missed, CERTIFICATE, "2027-04-05").accepted()).done
    assert {key: step.in_time for key, step in closed.items() if key.endswith("#1")} == {
        "5.10.1.2#1": True,
        "5.10.1.4#1": False,
        "5.17.1.1#1": True,
        "5.17.1.2#1": True,
        "5.17.1.3#1": False,
    }


def test_silence_after_the_second_execution_misses_its_report() -> None:
    story = hearing(further_testing(), EXECUTED, "2027-03-22").accepted()
    said = checking(story, "2027-03-23").events
    assert [event.key for event in said if isinstance(event, DeadlineMissed) and "#" in event.key] == ["5.10.1.4#1"]


FIRST_DAYS = [f"5.10.1.3/2027-03-0{day}" for day in (1, 2, 3)]


def dashboards(story: Story) -> list[str]:
    return sorted(key for key in engagement(story).rows if "5.10.1.3" in key)


def begun_again(story: Story, day: str, number: int = 1) -> Story:
    """The first test of a further execution was tried on a day, and recorded on it."""
    begun = {"identity": f"{number}/{day}", "on": date.fromisoformat(day), "round": number}
    return hearing(story, FURTHER_TESTING, day, **begun).accepted()


def test_no_dashboard_is_owed_between_the_first_execution_and_the_beginning_of_the_second() -> None:
    waiting = checking(further_testing(), "2027-03-18").accepted()
    assert dashboards(waiting) == FIRST_DAYS
    published = hearing(waiting, DASHBOARD, "2027-03-18", period="2027-03-18").accepted()
    assert dashboards(checking(published, "2027-03-19").accepted()) == FIRST_DAYS


def test_dashboards_are_owed_day_by_day_from_the_first_day_of_a_further_execution_until_it_is_complete() -> None:
    story = begun_again(further_testing(), "2027-03-18")
    assert dashboards(story) == [*FIRST_DAYS, "5.10.1.3/2027-03-18"]
    story = checking(story, "2027-03-23").accepted()
    owed = [f"5.10.1.3/2027-03-{day}" for day in (18, 19, 22, 23)]
    assert dashboards(story) == [*FIRST_DAYS, *owed]
    assert {*owed[:-1]} <= {event.key for event in story.history if isinstance(event, DeadlineMissed)}
    ended = hearing(story, EXECUTED, "2027-03-22").accepted()
    assert dashboards(ended) == [*FIRST_DAYS, *owed[:-1]]


def test_a_further_execution_that_begins_on_a_saturday_owes_its_first_dashboard_on_monday() -> None:
    story = begun_again(further_testing(), "2027-03-20")
    assert dashboards(story) == FIRST_DAYS
    assert dashboards(checking(story, "2027-03-22").accepted()) == [*FIRST_DAYS, "5.10.1.3/2027-03-22"]


def test_a_further_execution_began_on_the_earliest_day_that_is_told() -> None:
    story = begun_again(begun_again(further_testing(), "2027-03-19"), "2027-03-18")
    assert dashboards(story) == [*FIRST_DAYS, "5.10.1.3/2027-03-18"]


def test_a_beginning_that_is_heard_before_the_gate_that_asked_for_it_counts_once_that_is_heard() -> None:
    story = executing()
    for fact in (EXECUTED, REPORT):
        story = hearing(story, fact, "2027-03-03").accepted()
    story = begun_again(story, "2027-03-18")
    assert dashboards(story) == FIRST_DAYS
    story = hearing(story, EXIT_GATE, "2027-03-08", outcome="further-testing").accepted()
    assert dashboards(story) == [*FIRST_DAYS, "5.10.1.3/2027-03-18"]


def test_a_dashboard_of_a_day_of_the_first_execution_does_not_begin_the_second() -> None:
    late = hearing(further_testing(), DASHBOARD, "2027-03-10", identity="2027-03-03", period="2027-03-03").accepted()
    assert dashboards(checking(late, "2027-03-18").accepted()) == FIRST_DAYS


def test_a_gate_that_asks_for_further_testing_again_opens_a_third_round() -> None:
    story = further_testing()
    for fact, day in ((EXECUTED, "2027-03-22"), (REPORT, "2027-03-22"), (RECEIPT, "2027-03-23")):
        story = hearing(story, fact, day).accepted()
    story = hearing(story, EXIT_GATE, "2027-03-25", outcome="further-testing").accepted()
    assert "5.17.1.2#1" in done(story)
    assert [key for key in engagement(story).rows if key.startswith("5.17.1.3")] == ["5.17.1.3#2"]
    assert due(hearing(story, EXECUTED, "2027-04-06").accepted(), "5.10.1.4#2") == date(2027, 4, 6)


def test_a_second_report_before_the_gate_is_no_report_of_the_next_round() -> None:
    story = further_testing((REPORT, "2027-03-05"))
    assert "5.10.1.4#1" not in done(hearing(story, EXECUTED, "2027-03-22").accepted())


DETERMINED = "certification.exit-gate-determined"
FOUND = Determination("authority", "It was tested.", EXIT_GATE)


def determined(story: Story, day: str, outcome: Determination | None = FOUND) -> Story:
    """The Authority found the criteria met on a day, and the gate was passed by that."""
    story = hearing(story, DETERMINED, day, gate="exit", determined=True, determination=outcome).accepted()
    return hearing(story, EXIT_GATE, day, outcome="complete").accepted() if outcome else story


def test_where_the_criteria_are_determined_to_be_met_nothing_of_further_testing_is_owed_but_the_certificate() -> None:
    story = checking(begun_again(further_testing(), "2027-03-18"), "2027-03-19").accepted()
    story = determined(story, "2027-03-22")
    rows = engagement(story).rows
    assert [key for key in rows if key.endswith("#1")] == ["5.17.1.2#1", "5.17.1.3#1"]
    assert "5.17.1.2#1" in done(story)
    assert due(story, "5.17.1.3#1") == date(2027, 3, 24)
    owed = [f"5.10.1.3/2027-03-{day}" for day in (18, 19, 22)]
    assert dashboards(checking(story, "2027-04-20").accepted()) == [*FIRST_DAYS, *owed], "none after that day"


def test_where_they_are_determined_not_to_be_met_further_testing_stays_owed() -> None:
    before = further_testing()
    after = determined(before, "2027-03-22", None)
    assert engagement(after).rows == engagement(before).rows


Told = Sequence[tuple[str, str, dict[str, Any]]]
"""What a service tells, in its order: a fact, its day, and more of it."""


def crossing(story: Story, order: Iterable[str], said: Mapping[str, Told]) -> tuple[Any, Any, Any]:
    """How an engagement ends where each service is heard in its own order, and the two in this one."""
    left = {service: iter(facts) for service, facts in said.items()}
    for service in order:
        fact, day, known = next(left[service])
        story = hearing(story, fact, day, **known).accepted()
    after = engagement(story)
    done = {key: (step.due, step.done_on, step.in_time) for key, step in after.done.items()}
    return done, {key: row.due for key, row in after.rows.items()}, after.facts


@pytest.mark.parametrize(("executed", "reported"), [("2027-03-19", True), ("2027-03-24", False)])
def test_further_testing_that_was_done_is_done_in_whichever_order_it_and_a_determination_are_heard(
    executed: str, reported: bool
) -> None:
    begun = {"identity": "1", "on": date(2027, 3, 18), "round": 1}
    reports = [(REPORT, executed, {"identity": "2"}), (RECEIPT, executed, {"identity": "2"})] if reported else []
    found = [(DETERMINED, "2027-03-23", {"gate": "exit", "determined": True, "determination": FOUND})]
    passed = [(EXIT_GATE, "2027-03-23", {"outcome": "complete"}), (CERTIFICATE, "2027-03-24", {})]
    said: dict[str, Told] = {
        "e": [(FURTHER_TESTING, "2027-03-18", begun), (EXECUTED, executed, {})],
        "c": [*reports, *found, *passed],
    }
    story, own = further_testing(), "c" * len(said["c"])
    expected = crossing(story, f"ee{own}", said)
    assert {"5.10.1.2#1", "5.17.1.2#1", "5.17.1.3#1"} <= expected[0].keys()
    assert ("5.10.1.4#1" in expected[0]) == reported
    for order in sorted({*permutations(f"ee{own}")}):
        assert crossing(story, order, said) == expected, order
