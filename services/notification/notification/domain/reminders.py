"""When a step comes near its date and when it is missed."""

from collections.abc import Iterable
from datetime import date, datetime

from notification.domain.engagement import Engagement
from notification.domain.events import DeadlineMissed, DeadlineReminded, Row
from notification.domain.timetabling import last_moment, open_rows, start_of
from rulebook.engine.dating.working_days import DayOutsideCalendar, calendar

REMINDER_WORKING_DAYS = 2


def missed(state: Engagement, row: Row, at: datetime) -> Iterable[DeadlineMissed]:
    """That a step's date has passed, unless it was said before."""
    if row.due is None or (row.key, row.due) in state.missed:
        return ()
    return (DeadlineMissed(row.key, row.ref, row.due, row.sender, at),)


def fallen_due(state: Engagement, now: datetime) -> tuple[DeadlineReminded | DeadlineMissed, ...]:
    """Every reminder and missed deadline there is to speak of by `now`, in order of date."""
    spoken = (said for row in open_rows(state) if (said := _due_notice(state, row, now)) is not None)
    return tuple(sorted(spoken, key=lambda said: said.due))


def _due_notice(state: Engagement, row: Row, now: datetime) -> DeadlineReminded | DeadlineMissed | None:
    look = next_check(state, row)
    if row.due is None or look is None or look > now:
        return None
    if now >= last_moment(row, row.due):  # also when the reminder was slept through: it would come too late
        return DeadlineMissed(row.key, row.ref, row.due, row.sender, now)
    return DeadlineReminded(row.key, row.ref, row.due, row.sender, now)


def next_check(state: Engagement, row: Row) -> datetime | None:
    """When there is next something to say of a step, None where nothing is left or it has no date of its own yet."""
    if state.withdrawal is not None or row.due is None or row.conditional or row.key in state.done:
        return None
    if (row.key, row.due) in state.missed:
        return None
    reminder = reminder_day(row)
    if reminder is None or (row.key, row.due) in state.reminded:
        return last_moment(row, row.due)
    return start_of(reminder)


def reminder_day(row: Row) -> date | None:
    """2 Working Days before the date, but after the day on which the step opens; None where that leaves no day."""
    if row.due is None:
        return None
    try:
        day = _before(row.due, row.opens)
    except DayOutsideCalendar:
        return None
    return day if day < row.due else None


def _before(due: date, opens: date | None) -> date:
    day = calendar().subtract(due, REMINDER_WORKING_DAYS)
    return day if opens is None else max(day, calendar().add(opens, 1))
