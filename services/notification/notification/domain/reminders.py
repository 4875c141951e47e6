"""When a step comes near its date and when it is missed."""

from collections.abc import Iterable
from datetime import date, datetime

from notification.domain.engagement import Engagement
from notification.domain.events import DeadlineMissed, DeadlineReminded, Row
from notification.domain.timetabling import last_moment, open_rows, start_of
from rulebook.engine.dating.holding import is_held
from rulebook.engine.dating.working_days import DayOutsideCalendar


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
    # Of several that were slept through the latest is said, and those before it never.
    before = min(days for days, day in _to_come(state, row) if start_of(day) <= now)
    return DeadlineReminded(row.key, row.ref, row.due, row.sender, now, before)


def next_check(state: Engagement, row: Row) -> datetime | None:
    """When there is next something to say of a step, None where nothing is left or it has no date of its own yet."""
    if state.withdrawal is not None or row.due is None or row.conditional or row.key in state.done:
        return None
    if (row.key, row.due) in state.missed or is_held(state.procedure.step(row.ref), row.due, state.facts):
        return None
    days = [day for _, day in _to_come(state, row)]
    return start_of(min(days)) if days else last_moment(row, row.due)


def _to_come(state: Engagement, row: Row) -> list[tuple[int, date]]:
    """The reminders of a step that are still to be said: those nearer to its date than the last one that was."""
    last = state.reminded.get((row.key, row.due))
    return [(days, day) for days, day in reminder_days(state, row) if last is None or days < last]


def reminder_days(state: Engagement, row: Row) -> list[tuple[int, date]]:
    """How many Working Days before the date of a step it is called to mind, and on which day, the earliest first.

    After the day on which the step opens and before its date; where two fall on one day the later one is said.
    """
    if row.due is None:
        return []
    found: dict[date, int] = {}
    for days in state.procedure.step(row.ref).reminders:
        try:
            day = _before(state, row.due, row.opens, days)
        except DayOutsideCalendar:
            continue
        if day < row.due:
            found[day] = days
    return [(days, day) for day, days in sorted(found.items())]


def _before(state: Engagement, due: date, opens: date | None, working_days: int) -> date:
    day = state.calendar.subtract(due, working_days)
    return day if opens is None else max(day, state.calendar.add(opens, 1))
