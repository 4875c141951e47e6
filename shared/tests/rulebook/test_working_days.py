from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.refusal import Kind, Refusal
from rulebook.engine.dating.working_days import (
    Calendar,
    DayOutsideCalendar,
    Division,
    Override,
    Skipped,
    calendar,
    local_day,
)
from rulebook.engine.errors import RulebookError

DIVISIONS = st.sampled_from(list(Division)).map(calendar)
DAYS = st.dates(date(2013, 1, 1), date(2027, 12, 31))
COUNTS = st.integers(min_value=0, max_value=120)

FRIDAY = date(2026, 11, 27)
SATURDAY = date(2026, 11, 28)
MONDAY = date(2026, 11, 30)
CHRISTMAS_EVE = date(2026, 12, 24)


def test_saturdays_sundays_and_bank_holidays_are_no_working_days() -> None:
    off = [SATURDAY, date(2026, 11, 29), date(2026, 12, 25), date(2026, 12, 28)]
    assert not any(calendar().is_working_day(day) for day in off)
    assert calendar().is_working_day(FRIDAY)


def test_one_working_day_after_christmas_eve_2026_is_the_29th() -> None:
    assert calendar().add(CHRISTMAS_EVE, 1) == date(2026, 12, 29)


def test_sixty_working_days_before_1_march_2027_is_2_december_2026() -> None:
    # December 2026 has 21 Working Days, January 20 and February 20: the 61st back from 1 March is 1 December.
    assert calendar().subtract(date(2027, 3, 1), 60) == date(2026, 12, 2)
    assert calendar().between(date(2026, 12, 2), date(2027, 3, 1)) == 60


def test_what_is_received_on_a_saturday_counts_as_received_on_monday() -> None:
    assert calendar().received(SATURDAY) == MONDAY
    assert calendar().add(SATURDAY, 2) == calendar().add(MONDAY, 2) == date(2026, 12, 2)


def test_zero_days_after_a_day_is_its_receipt_and_zero_days_before_it_is_the_last_working_day() -> None:
    assert calendar().add(FRIDAY, 0) == calendar().subtract(FRIDAY, 0) == FRIDAY
    assert calendar().add(SATURDAY, 0) == MONDAY
    assert calendar().subtract(SATURDAY, 0) == FRIDAY


def test_a_negative_number_of_days_is_refused() -> None:
    with pytest.raises(RulebookError, match="subtract for earlier"):
        calendar().add(MONDAY, -1)


def test_scotland_works_on_easter_monday_and_not_on_saint_andrews_day() -> None:
    assert calendar(Division.SCOTLAND).is_working_day(date(2027, 3, 29))
    assert not calendar().is_working_day(date(2027, 3, 29))
    assert not calendar(Division.SCOTLAND).is_working_day(date(2027, 11, 30))


def test_every_skipped_day_has_its_reason() -> None:
    assert calendar().skipped(CHRISTMAS_EVE, date(2026, 12, 28)) == (
        Skipped(date(2026, 12, 25), "Christmas Day"),
        Skipped(date(2026, 12, 26), "Saturday"),
        Skipped(date(2026, 12, 27), "Sunday"),
        Skipped(date(2026, 12, 28), "Boxing Day (substitute day)"),
    )


def test_a_day_outside_of_the_data_is_refused_with_what_is_covered() -> None:
    with pytest.raises(DayOutsideCalendar, match=r"Sun 1 January 2012 to \w{3} 31 December \d{4}") as refused:
        calendar().is_working_day(date(2099, 1, 4))
    assert isinstance(refused.value, Refusal)
    assert isinstance(refused.value, RulebookError)
    assert refused.value.kind is Kind.INVALID


def test_counting_beyond_the_data_is_refused_and_not_guessed() -> None:
    last = calendar().last
    with pytest.raises(DayOutsideCalendar):
        calendar().add(last - timedelta(days=10), 60)
    with pytest.raises(DayOutsideCalendar):
        calendar().subtract(date(2012, 1, 10), 60)


def test_the_local_day_in_summer_begins_an_hour_before_utc_midnight() -> None:
    assert local_day(datetime(2027, 7, 1, 23, 30, tzinfo=UTC)) == date(2027, 7, 2)
    assert local_day(datetime(2027, 1, 1, 23, 30, tzinfo=UTC)) == date(2027, 1, 1)


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(RulebookError, match="no time zone"):
        local_day(datetime(2027, 1, 1, 12, 0))  # noqa: DTZ001


def test_a_day_ends_at_midnight_in_london_unless_set_otherwise() -> None:
    assert calendar().end_of(date(2027, 7, 1)).astimezone(UTC) == datetime(2027, 7, 1, 23, 0, tzinfo=UTC)
    assert calendar().day_of(datetime(2027, 1, 4, 23, 59, tzinfo=UTC)) == date(2027, 1, 4)


def test_what_comes_after_the_hour_at_which_a_day_ends_counts_for_the_next_day() -> None:
    office = Calendar(end_of_day=time(17, 0))
    assert office.day_of(datetime(2027, 1, 4, 17, 0, tzinfo=UTC)) == date(2027, 1, 4)
    assert office.day_of(datetime(2027, 1, 4, 17, 1, tzinfo=UTC)) == date(2027, 1, 5)
    assert office.end_of(date(2027, 1, 4)).astimezone(UTC) == datetime(2027, 1, 4, 17, 0, tzinfo=UTC)


@given(DIVISIONS, DAYS, COUNTS)
def test_adding_and_subtracting_undo_each_other(days: Calendar, day: date, count: int) -> None:
    zero = days.received(day)
    assert days.subtract(days.add(zero, count), count) == zero


@given(DIVISIONS, DAYS, COUNTS)
def test_no_result_is_a_day_off(days: Calendar, day: date, count: int) -> None:
    assert days.is_working_day(days.add(day, count))
    assert days.is_working_day(days.subtract(day, count))


@given(DIVISIONS, DAYS, DAYS, COUNTS)
def test_a_later_day_never_gives_an_earlier_result(days: Calendar, one: date, other: date, count: int) -> None:
    earlier, later = sorted((one, other))
    assert days.add(earlier, count) <= days.add(later, count)
    assert days.subtract(earlier, count) <= days.subtract(later, count)


@given(DIVISIONS, DAYS, COUNTS)
def test_between_counts_what_add_added(days: Calendar, day: date, count: int) -> None:
    assert days.between(days.received(day), days.add(day, count)) == count


@given(DIVISIONS, DAYS, COUNTS)
def test_adding_agrees_with_walking_one_day_at_a_time(days: Calendar, day: date, count: int) -> None:
    walked, left = days.received(day), count
    while left:
        walked += timedelta(days=1)
        left -= days.is_working_day(walked)
    assert days.add(day, count) == walked


@given(DIVISIONS, DAYS, st.integers(min_value=0, max_value=90))
def test_each_day_of_a_span_is_either_counted_or_skipped(days: Calendar, day: date, length: int) -> None:
    end = day + timedelta(days=length)
    counted, skipped = days.days(day, end), [each.day for each in days.skipped(day, end)]
    assert sorted([*counted, *skipped]) == [day + timedelta(days=offset) for offset in range(length + 1)]


MAY_DAY = date(2027, 5, 3)


def test_a_bank_holiday_can_be_declared_a_working_day_and_the_reverse() -> None:
    declared = {
        MAY_DAY: Override(working=True, why="Kept open"),
        date(2027, 5, 8): Override(working=True, why="A working Saturday"),
        date(2027, 5, 6): Override(working=False, why="Closed"),
    }
    days = Calendar(overrides=declared)
    assert days.is_working_day(MAY_DAY)
    assert days.add(date(2027, 4, 30), 1) == MAY_DAY
    assert days.add(date(2027, 5, 5), 2) == date(2027, 5, 8)
    assert days.skipped(date(2027, 5, 5), date(2027, 5, 9)) == (
        Skipped(date(2027, 5, 6), "Closed"),
        Skipped(date(2027, 5, 9), "Sunday"),
    )


@pytest.fixture
def declared(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        (tmp_path / "calendar.toml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


OVERRIDE = """
division = "scotland"
end_of_day = "17:00"

[[override]]
division = "scotland"
day = 2027-05-04
working = false
why = "Closed in Scotland"
"""


def test_the_calendar_is_data(declared: Callable[[str], Path]) -> None:
    days = calendar(root=declared(OVERRIDE))
    assert (days.division, days.end_of_day) == (Division.SCOTLAND, time(17, 0))
    assert days.skipped(date(2027, 5, 4), date(2027, 5, 4)) == (Skipped(date(2027, 5, 4), "Closed in Scotland"),)


def test_a_day_is_declared_in_one_division_only(declared: Callable[[str], Path]) -> None:
    assert calendar(Division.ENGLAND_AND_WALES, root=declared(OVERRIDE)).is_working_day(date(2027, 5, 4))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"17:00"', '"5 pm"', r"calendar\.toml, line 3, head: end_of_day is '5 pm'"),
        ("2027-05-04", '"May"', r"line 7, \[\[override\]\] 1 .*day is 'May'"),
        ("working = false", 'working = "no"', r"line 8, .*Write true or false"),
        ('division = "scotland"', 'division = "wales"', r"division is 'wales'\. Known: england-and-wales"),
    ],
)
def test_a_broken_calendar_is_refused(declared: Callable[[str], Path], old: str, new: str, told: str) -> None:
    with pytest.raises(RulebookError, match=told):
        calendar(root=declared(OVERRIDE.replace(old, new, 1)))


def test_a_calendar_is_told_from_another_by_its_fingerprint() -> None:
    open_may_day = {MAY_DAY: Override(working=True, why="Kept open")}
    others = [Calendar(overrides=open_may_day), Calendar(end_of_day=time(17)), calendar(Division.SCOTLAND)]
    assert len({each.fingerprint for each in (calendar(), *others)}) == 4
    assert Calendar().fingerprint == calendar(Division.ENGLAND_AND_WALES).fingerprint
