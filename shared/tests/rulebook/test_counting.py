"""Working Days, days, months, a day of a month, an hour and an earliest day."""

from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulebook.engine.dating.counting import counted_back, counted_on, day_of_month, months_on
from rulebook.engine.dating.facts import Deadline, Facts
from rulebook.engine.dating.timetable import timetable
from rulebook.engine.dating.timing import Term, Timing, read_term, read_timing
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.errors import RulebookError
from rulebook.engine.files import Entry
from rulebook.engine.procedures import procedure

UEPT = procedure("uept")
ENGLAND = calendar()
WORDS = {"start": "the start", "gate-held": "the gate"}
START = date(2027, 3, 25)
DAYS = st.dates(date(2015, 1, 1), date(2026, 12, 31))


def due(timing: Timing, gate_held: date | None = None) -> Deadline:
    step = replace(UEPT.step("5.10.1.1"), timing=replace(timing, words=WORDS), conditional=False, only_if="")
    known = Facts({"notified": START, "start": START}).having("gate-held", gate_held)
    [row] = timetable(replace(UEPT, steps=(step,)), known, ENGLAND)
    return row


def read(**timing: object) -> Timing:
    return read_timing(Entry("procedures/x.toml", "[[steps]] 1", {"timing": timing}), WORDS)


@pytest.mark.parametrize(
    ("timing", "day", "why"),
    [
        (Timing("after", "start", days=2), date(2027, 3, 27), "2 days after the start, Thu 25 March 2027 (day zero) ("),
        (
            Timing("within", "start", days=2, day_off="next"),
            date(2027, 3, 30),
            "no Working Day: on the next one, Tue 30",
        ),
        (Timing("within", "start", months=1), date(2027, 4, 25), "Within 1 month of the start, "),
        (Timing("before", "start", months=2), date(2027, 1, 25), "2 months before the start, "),
        (Timing("before", "start", days=4, day_off="previous"), date(2027, 3, 19), "on the previous one, Fri 19 March"),
        (Timing("day-of-month", "start", day=15), date(2027, 4, 15), "Day 15 of a month, the first from the start"),
        (
            Timing("day-of-month", "start", day=26, day_off="next"),
            date(2027, 3, 30),
            "Fri 26 March 2027, no Working Day",
        ),
        (Timing("day-of-month", "start", day=28, day_off="previous"), date(2027, 3, 25), "on the previous one, Thu 25"),
    ],
)
def test_a_date_is_counted_in_the_unit_of_its_rule_and_says_so(timing: Timing, day: date, why: str) -> None:
    row = due(timing)
    assert row.due == day
    assert why in row.why


def test_the_bank_holidays_over_which_a_day_of_a_month_moved_are_told() -> None:
    why = due(Timing("day-of-month", "start", day=26, day_off="next")).why
    assert "Bank holidays not counted: Good Friday on Fri 26 Mar 2027, Easter Monday on Mon 29 Mar 2027." in why


def test_an_hour_is_told_with_its_day() -> None:
    row = due(Timing("on", "start", at=time(17)))
    assert (row.due, row.at) == (START, time(17))
    assert row.why.startswith("On the start, Thu 25 March 2027, by 17:00 (CTSD")


def test_a_step_is_not_due_before_its_earliest_day_and_says_so() -> None:
    timing = Timing("within", "start", working_days=1, not_before="gate-held")
    early, late = due(timing, gate_held=date(2027, 3, 1)), due(timing, gate_held=date(2027, 4, 9))
    assert (early.opens, early.due) == (START, date(2027, 3, 30))
    assert (late.opens, late.due) == (date(2027, 4, 9), date(2027, 4, 9))
    assert "Not before the gate, Fri 9 April 2027." in late.why


def test_as_long_as_the_earliest_day_is_not_known_there_is_no_date() -> None:
    row = due(Timing("within", "start", working_days=1, not_before="gate-held"))
    assert (row.due, "counted from the gate, not known yet" in row.why) == (None, True)


def test_a_day_of_a_month_waits_for_its_anchor() -> None:
    assert due(Timing("day-of-month", "gate-held", day=15)).due is None


@pytest.mark.parametrize(
    ("timing", "told"),
    [
        ({"rule": "within"}, r"it counts in nothing\. Write one of working_days, days and months"),
        ({"rule": "within", "days": 1, "months": 1}, r"it counts in days and months\. Write one of"),
        ({"rule": "within", "days": -1}, r"days is -1\. Write a whole number that is not negative"),
        ({"rule": "on", "at": "25:00"}, r"at is '25:00'\. Write an hour of London time"),
        ({"rule": "on", "not_before": "gate"}, r"not_before is 'gate'\. Known: start, gate-held"),
        ({"rule": "day-of-month", "day": 31}, r"day is 31\. Write a day that every month has: 1 to 28"),
        ({"rule": "day-of-month", "day": 0}, r"day is 0\. Write a day"),
        ({"rule": "each-week", "working_days": 5, "at": "17:00"}, r"unknown key 'at'"),
        ({"rule": "on", "days": 3}, r"unknown key 'days'\. Known keys: anchor, at, day_off"),
    ],
)
def test_a_timing_that_can_not_be_counted_is_refused(timing: dict[str, object], told: str) -> None:
    with pytest.raises(RulebookError, match=told):
        read(anchor="start", **timing)


def test_a_term_is_told_in_its_own_unit() -> None:
    terms = [{"working_days": 1}, {"days": 1}, {"days": 14}, {"months": 2}]
    told = [str(read_term(Entry("routes.toml", "within", each))) for each in terms]
    assert told == ["1 Working Days", "1 day", "14 days", "2 months"]


def test_a_month_after_the_last_of_a_longer_month_is_the_last_of_the_shorter() -> None:
    assert months_on(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert months_on(date(2027, 1, 31), -2) == date(2026, 11, 30)


@given(DAYS, st.integers(0, 200))
def test_counting_days_back_undoes_counting_them_on(day: date, count: int) -> None:
    term = Term(count, "days")
    assert counted_back(counted_on(day, term, ENGLAND), term, ENGLAND) == day


@given(DAYS, st.integers(1, 28))
def test_the_first_such_day_of_a_month_is_never_before_nor_a_month_away(earliest: date, day: int) -> None:
    found = day_of_month(earliest, day)
    assert found.day == day
    assert 0 <= (found - earliest).days < 31
