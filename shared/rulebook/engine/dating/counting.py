"""Counting on the calendar: so many Working Days, days or months on or back, a day of a month, a day off moved."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import assert_never

from rulebook.engine.dating.timing import DayOff, Term, Timing
from rulebook.engine.dating.working_days import Calendar, Skipped


@dataclass(frozen=True)
class Due:
    """A day, whether it was moved because the one that was meant is a day off, and what was skipped to get there."""

    day: date
    moved: bool = False
    skipped: tuple[Skipped, ...] = ()


def counted_on(day: date, term: Term, calendar: Calendar) -> date:
    """The day that lies a term after another."""
    match term.unit:
        case "working_days":
            return calendar.add(day, term.count)
        case "days":
            return day + timedelta(days=term.count)
        case "months":
            return months_on(day, term.count)
        case _:
            assert_never(term.unit)


def counted_back(day: date, term: Term, calendar: Calendar) -> date:
    """The day that lies a term before another."""
    match term.unit:
        case "working_days":
            return calendar.subtract(day, term.count)
        case "days":
            return day - timedelta(days=term.count)
        case "months":
            return months_on(day, -term.count)
        case _:
            assert_never(term.unit)


def months_on(day: date, months: int) -> date:
    """The same day so many months on, or the last of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def day_of_month(earliest: date, day: int) -> date:
    """The first such day of a month that does not lie before another day."""
    return earliest.replace(day=day) if earliest.day <= day else months_on(earliest.replace(day=day), 1)


def moved(day: date, day_off: DayOff, calendar: Calendar) -> Due:
    """A day, or the Working Day after or before it where it is a day off."""
    if day_off == "stay" or calendar.is_working_day(day):
        return Due(day)
    due = calendar.received(day) if day_off == "next" else calendar.subtract(day, 0)
    first, last = sorted((day, due))
    return Due(due, True, calendar.skipped(first, last))


def due_before(anchor: date, timing: Timing, calendar: Calendar) -> Due:
    """The day that lies so long before an anchor as a timing says, moved where that is a day off."""
    return moved(counted_back(anchor, timing.term, calendar), timing.day_off, calendar)


def in_order(opens: date | None, due: date | None, first: date) -> tuple[date, date | None]:
    """The days of a step that can't be done before another day."""
    return max(opens or first, first), due and max(due, first)
