"""The dates of the steps: as the rulebook has them for what has happened, and what of them must change."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time

from notification.domain.anchors import reached
from notification.domain.engagement import Engagement
from notification.domain.events import ExecutionContinued, Row, TimetableChanged
from rulebook.engine.dating.dating import undated
from rulebook.engine.dating.facts import Deadline, Facts
from rulebook.engine.dating.timetable import timetable
from rulebook.engine.dating.working_days import LONDON, ONE_DAY, Calendar, DayOutsideCalendar, calendar
from rulebook.engine.procedures import Procedure, Step


def projected(state: Engagement, facts: Facts) -> dict[str, Row]:
    """The timetable as the rulebook has it for these facts, by key.

    Facts of others can't be refused: a step that would fall outside of the calendar has no date, and says why.
    """
    steps = state.procedure
    rows: Sequence[Deadline]
    try:
        rows = timetable(steps, facts, state.calendar)
    except DayOutsideCalendar:
        rows = [row for step in steps.steps for row in _as_far_as_known(steps, step, facts, state.calendar)]
    return {row.key: Row.of(row, state.left.get(row.ref, "")) for row in rows}


def _as_far_as_known(steps: Procedure, step: Step, facts: Facts, calendar: Calendar) -> Sequence[Deadline]:
    try:
        return timetable(steps, facts, calendar, (step.ref,))
    except DayOutsideCalendar as beyond:
        known = f"No date: bank holidays are known from {beyond.first} to {beyond.last} only"
        return [undated(step, step.ref, known)]


def redated(state: Engagement, reason: str) -> tuple[TimetableChanged, ...]:
    """What must change in the timetable so that it agrees with the facts. A completed step keeps its dates.

    So does one whose date had passed when the calendar changed.
    """
    rows, stay = projected(state, state.facts), state.done.keys() | state.kept
    changed = tuple(row for row in rows.values() if row.key not in stay and row != state.rows.get(row.key))
    withdrawn = tuple(key for key in state.rows if key not in rows and key not in stay)
    return (TimetableChanged(reason, changed, withdrawn),) if changed or withdrawn else ()


def moved_by_the_calendar(state: Engagement) -> bool:
    """Whether an open step would have other days than it has: the calendar is another one than before."""
    now = projected(state, state.facts)
    stay = state.done.keys() | state.kept
    return any(key not in stay and _days(row) != _days(state.rows.get(key)) for key, row in now.items())


def _days(row: Row | None) -> tuple[date | None, date | None] | None:
    return (row.opens, row.due) if row else None


def open_rows(state: Engagement) -> Iterable[Row]:
    """The steps that are still to be done, in the order of the procedure."""
    return (row for row in state.rows.values() if row.key not in state.done)


def goes_on(state: Engagement, now: datetime) -> tuple[ExecutionContinued, ...]:
    """That testing goes on today, on a Working Day beyond those on which it was to owe something (CTSD 5.10.1.3)."""
    following, today = _following(state), calendar().day_of(now)
    return (ExecutionContinued(today),) if following is not None and following <= today else ()


def next_extension(state: Engagement) -> datetime | None:
    """When it is next to be seen whether testing still goes on; None where it is not under way."""
    following = _following(state)
    return start_of(following) if following else None


def _following(state: Engagement) -> date | None:
    """The first Working Day of testing on which nothing is owed yet: the next one, also after a day off."""
    day = reached(state.procedure, state.facts) if state.withdrawal is None else None
    try:
        return day and state.calendar.received(day + ONE_DAY)
    except DayOutsideCalendar:
        return None


def start_of(day: date) -> datetime:
    """The instant at which a day begins in Europe/London."""
    return datetime.combine(day, time(), LONDON)


def last_moment(row: Row, due: date) -> datetime:
    """The instant until which a step is in time: the end of its day, or the hour that it has on it."""
    return calendar().end_of(due) if row.at is None else datetime.combine(due, row.at, LONDON)
