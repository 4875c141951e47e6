from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulebook.engine.dating.plan_refusals import NoticeUndercut, StartNotPracticable, StartOnDayOff
from rulebook.engine.dating.replanning import (
    Move,
    Replan,
    earliest_practicable_start,
    move_start,
    moves,
)
from rulebook.engine.dating.timetable import Facts, Review, timetable
from rulebook.engine.dating.working_days import Calendar, Division, Override, calendar
from rulebook.engine.procedures import procedure
from testing.present import present

ENGLAND = calendar()
UEPT = procedure("uept")
FACTS = Facts({"notified": date(2026, 12, 1), "start": date(2027, 3, 1), "acknowledged": date(2026, 12, 2)})
NOTIFIED = {"5.6.1.1", "5.6.1.2"}
BEFORE_GATE = {*NOTIFIED, "5.6.1.3", "5.6.1.5", "5.6.1.6"}


def by_key(found: Iterable[Move]) -> dict[str, Move]:
    return {move.key: move for move in found}


def moved_to_the_earliest(facts: Facts, today: date, done: set[str]) -> Replan:
    """The start moved to the first day that is practicable."""
    earliest = earliest_practicable_start(UEPT, facts, today, ENGLAND, done)
    return move_start(UEPT, facts, earliest, today, ENGLAND, done)


def test_a_later_start_moves_every_open_step_that_is_counted_from_it() -> None:
    found = by_key(move_start(UEPT, FACTS, date(2027, 4, 6), date(2026, 12, 3), ENGLAND, NOTIFIED).moves)
    assert (found["5.6.1.5"].was, found["5.6.1.5"].now) == (date(2027, 1, 25), date(2027, 2, 26))
    assert "5.6.1.1" not in found
    assert "5.6.1.3" not in found


def test_a_move_names_who_owes_the_step_and_who_waits_for_it() -> None:
    found = move_start(UEPT, FACTS, date(2027, 4, 6), date(2026, 12, 3), ENGLAND, NOTIFIED)
    assert (by_key(found.moves)["5.6.1.6"].sender, by_key(found.moves)["5.6.1.6"].recipient) == ("dcc", "participant")
    assert {move.ref for move in found.moves if move.sender == "dcc"} == {"5.6.1.6", "5.6.1.9"}


def test_the_test_schedule_keeps_its_length_when_the_start_moves() -> None:
    facts = replace(FACTS, agreed_days=(date(2027, 3, 5),)).having("planned-last-day", date(2027, 3, 12))
    found = move_start(UEPT, facts, date(2027, 3, 24), date(2027, 2, 1), ENGLAND, BEFORE_GATE)
    assert ENGLAND.between(date(2027, 3, 1), date(2027, 3, 12)) == 9
    assert found.facts.of("planned-last-day") == date(2027, 4, 8)
    assert found.facts.agreed_days == (date(2027, 4, 1),)
    assert by_key(found.moves)["5.10.1.2"].now == date(2027, 4, 8)


def test_the_earliest_practicable_start_is_the_longest_open_step_away() -> None:
    today = date(2027, 3, 2)
    assert earliest_practicable_start(UEPT, FACTS, today, ENGLAND) == ENGLAND.add(today, 60)
    assert earliest_practicable_start(UEPT, FACTS, today, ENGLAND, NOTIFIED) == ENGLAND.add(today, 25)
    assert earliest_practicable_start(UEPT, FACTS, today, ENGLAND, BEFORE_GATE) == ENGLAND.add(today, 5)
    assert earliest_practicable_start(UEPT, FACTS, today, ENGLAND, {*BEFORE_GATE, "5.6.1.9"}) == today


def test_a_start_is_never_moved_to_where_the_notice_would_have_been_too_short() -> None:
    noticed = ENGLAND.add(FACTS.notified, 60)
    assert earliest_practicable_start(UEPT, FACTS, date(2027, 1, 4), ENGLAND, BEFORE_GATE) == noticed
    with pytest.raises(NoticeUndercut) as refused:
        move_start(UEPT, FACTS, ENGLAND.subtract(noticed, 1), date(2027, 1, 4), ENGLAND, BEFORE_GATE)
    assert (refused.value.needed, refused.value.earliest) == (60, noticed)


def test_an_earlier_start_asks_for_no_report_of_a_week_gone_by() -> None:
    facts, today = Facts({"notified": date(2027, 3, 8), "start": date(2027, 8, 16)}), date(2027, 5, 12)
    found = move_start(UEPT, facts, date(2027, 6, 21), today, ENGLAND, BEFORE_GATE)
    added = [move for move in found.moves if move.change == "added"]
    assert min(present(move.now) for move in added) >= today
    assert "5.6.1.4/2027-W18" in found.facts.excused
    assert found.facts.excused.isdisjoint({row.key for row in timetable(UEPT, found.facts, ENGLAND)})


def test_a_date_that_stays_is_no_move_also_where_a_step_opens_earlier() -> None:
    rows = timetable(UEPT, FACTS, ENGLAND)
    opened = [replace(row, opens=date(2026, 12, 1)) for row in rows]
    assert moves(rows, opened) == ()


def test_what_falls_away_says_that_it_is_not_owed_any_more() -> None:
    found = move_start(UEPT, FACTS, date(2027, 4, 6), date(2026, 12, 3), ENGLAND, NOTIFIED)
    dropped = next(move for move in found.moves if move.change == "dropped")
    assert dropped.why.startswith("Not owed any more. It was: ")


def test_a_returned_review_opens_ten_working_days() -> None:
    facts = replace(FACTS, reviews=(Review(date(2027, 2, 19), accepted=False),))
    found = moved_to_the_earliest(facts, date(2027, 2, 19), BEFORE_GATE)
    assert found.start == date(2027, 3, 5)
    assert by_key(found.moves)["5.6.1.7#1"].was is None
    assert by_key(found.moves)["5.6.1.7#1"].now == date(2027, 2, 19)


def test_a_start_that_still_holds_need_not_be_moved() -> None:
    assert earliest_practicable_start(UEPT, FACTS, date(2027, 1, 4), ENGLAND, NOTIFIED) <= FACTS.start


def test_missed_artefacts_move_the_start_by_as_much_as_they_need() -> None:
    found = moved_to_the_earliest(FACTS, date(2027, 2, 10), NOTIFIED)
    assert found.start == found.earliest == date(2027, 3, 17)
    assert by_key(found.moves)["5.6.1.5"].now == date(2027, 2, 10)


def test_a_start_that_is_too_early_is_refused_with_the_step_that_needs_the_time() -> None:
    with pytest.raises(StartNotPracticable) as refused:
        move_start(UEPT, FACTS, date(2027, 3, 1), date(2027, 2, 10), ENGLAND, NOTIFIED)
    assert (refused.value.ref, refused.value.takes) == ("5.6.1.5", "25 Working Days")
    with pytest.raises(StartOnDayOff):
        move_start(UEPT, FACTS, date(2027, 3, 26), date(2027, 2, 10), ENGLAND, NOTIFIED)


def test_a_bank_holiday_that_is_proclaimed_moves_the_open_dates_and_gives_the_reason() -> None:
    crowned = {date(2027, 2, 17): Override(working=False, why="Proclaimed a holiday")}
    moved = by_key(
        moves(timetable(UEPT, FACTS, ENGLAND), timetable(UEPT, FACTS, Calendar(overrides=crowned)), NOTIFIED)
    )
    assert (moved["5.6.1.5"].was, moved["5.6.1.5"].now) == (date(2027, 1, 25), date(2027, 1, 22))
    assert "Proclaimed a holiday on Wed 17 Feb 2027" in moved["5.6.1.5"].why
    assert "5.6.1.3" not in moved


def test_another_division_moves_only_what_its_holidays_touch() -> None:
    scotland = calendar(Division.SCOTLAND)
    facts = FACTS.having("start", date(2027, 4, 20))
    moved = by_key(moves(timetable(UEPT, facts, ENGLAND), timetable(UEPT, facts, scotland), NOTIFIED))
    assert moved["5.6.1.5"].now == ENGLAND.add(present(moved["5.6.1.5"].was), 1)
    assert "5.6.1.9" not in moved


STARTS = st.dates(date(2026, 6, 1), date(2027, 12, 1)).map(ENGLAND.received)


@given(STARTS)
def test_no_move_is_told_when_nothing_changes(start: date) -> None:
    rows = timetable(UEPT, FACTS.having("start", start), ENGLAND)
    assert moves(rows, rows) == ()


@given(STARTS, st.integers(min_value=0, max_value=80))
def test_what_is_done_never_moves_and_the_new_start_leaves_every_open_step_its_days(start: date, later: int) -> None:
    today = date(2026, 6, 1)
    facts = Facts({"notified": today, "start": start})
    new = max(ENGLAND.add(start, later), earliest_practicable_start(UEPT, facts, today, ENGLAND, NOTIFIED))
    found = move_start(UEPT, facts, new, today, ENGLAND, NOTIFIED)
    assert not NOTIFIED & {move.key for move in found.moves}
    counted = {step.ref for step in UEPT.steps if step.timing.rule == "before"}
    assert all(move.now >= today for move in found.moves if move.ref in counted and move.now)


@pytest.mark.parametrize(
    ("timing", "earliest", "takes"),
    [
        ({"days": 40}, date(2027, 3, 22), "40 days"),
        ({"months": 2}, date(2027, 4, 12), "2 months"),
        ({"days": 40, "day_off": "previous"}, date(2027, 3, 22), "40 days"),
    ],
)
def test_a_step_counted_in_days_or_months_needs_its_time_as_well(
    timing: dict[str, Any], earliest: date, takes: str
) -> None:
    longer = {"5.6.1.5": {"working_days": 0, **timing}}
    steps = tuple(
        replace(step, timing=replace(step.timing, **longer[step.ref])) if step.ref in longer else step
        for step in UEPT.steps
    )
    other, today = replace(UEPT, steps=steps), date(2027, 2, 10)
    found = earliest_practicable_start(other, FACTS, today, ENGLAND, NOTIFIED)
    assert found == earliest
    [moved] = [row for row in timetable(other, FACTS.having("start", found), ENGLAND) if row.ref == "5.6.1.5"]
    assert present(moved.due) >= today
    with pytest.raises(StartNotPracticable) as refused:
        move_start(other, FACTS, date(2027, 3, 15), today, ENGLAND, NOTIFIED)
    assert (refused.value.ref, refused.value.takes) == ("5.6.1.5", takes)
