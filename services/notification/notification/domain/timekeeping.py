"""What time leads to: reminders, missed deadlines, testing that goes on, and a calendar that changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kernel.days import in_words
from notification.domain.completion import overtaken
from notification.domain.declared_days import DayDeclared
from notification.domain.engagement import Engagement, folded
from notification.domain.events import CalendarChanged, DateMoved, Event, Row
from notification.domain.reminders import fallen_due
from notification.domain.timetabling import goes_on, moved_by_the_calendar, open_rows, projected, redated
from rulebook.engine.dating.holding import is_held
from rulebook.engine.dating.working_days import calendar


@dataclass(frozen=True)
class CheckDeadlines:
    """Time has gone on to `now`."""

    engagement: str
    now: datetime


@dataclass(frozen=True)
class FollowCalendar:
    """The release's calendar is another one than before."""

    engagement: str


@dataclass(frozen=True)
class FollowDeclarations:
    """Days were declared otherwise: every declaration there was, in its order."""

    engagement: str
    declarations: tuple[DayDeclared, ...]
    now: datetime


def check_deadlines(command: CheckDeadlines, state: Engagement) -> Sequence[Event]:
    """What is owed each day is owed on each day that testing goes on; then what is near or over is told."""
    extended = goes_on(state, command.now)
    after = folded(state, *extended)
    dates = redated(after, f"testing goes on, {in_words(calendar().day_of(command.now))}") if extended else ()
    done = tuple(overtaken(folded(after, *dates))) if extended else ()
    return (*extended, *dates, *done, *fallen_due(folded(after, *dates, *done), command.now))


def follow_calendar(state: Engagement) -> Sequence[Event]:
    """Every open date that the calendar moves is given anew; where none moves, nothing is said."""
    if state.withdrawal is not None:
        return ()
    dates = redated(state, "the calendar changed") if moved_by_the_calendar(state) else ()
    return (*dates, *overtaken(folded(state, *dates)))


def follow_declarations(command: FollowDeclarations, state: Engagement) -> Sequence[Event]:
    """Each declaration that the engagement does not count with yet moves its open dates, once."""
    events: list[Event] = []
    if state.withdrawal is not None:
        return events
    for declaration in command.declarations[len(state.declared) :]:
        following = _declared(declaration, state, command.now)
        events.extend(following)
        state = folded(state, *following)
    return events


def _declared(declaration: DayDeclared, state: Engagement, now: datetime) -> Sequence[Event]:
    """What a declared day moves; a date that has passed stays as it is, and none is given that would have.

    No date passes while its step is held: it gets the Working Days back that it lost.
    """
    today = calendar().day_of(now)

    def has_passed(row: Row) -> bool:
        held = is_held(state.procedure.step(row.ref), row.due, state.facts)
        return row.due is not None and row.due < today and not held

    then = projected(replace(state, declared=(*state.declared, declaration.declared)), state.facts)
    moving = [row for row in open_rows(state) if row.key not in state.kept]
    unasked = [row for row in then.values() if row.key not in state.rows]
    kept = tuple(row.key for row in (*moving, *unasked) if has_passed(row))
    was = {row.key: row.due for row in moving}
    due = {key: row.due for key, row in then.items() if key not in state.done and key not in state.kept}
    moves = (DateMoved(key, was.get(key), due.get(key)) for key in {**was, **due} if was.get(key) != due.get(key))
    event = CalendarChanged(
        number=declaration.number,
        day=declaration.day,
        working=declaration.working,
        why=declaration.why,
        declared_by=declaration.declared_by,
        declared_at=declaration.declared_at,
        moves=tuple(move for move in moves if move.key not in kept),
        kept=kept,
    )
    what = "a Working Day" if declaration.working else "no Working Day"
    after = folded(state, event)
    dates = redated(after, f"{in_words(declaration.day)} was declared {what}: {declaration.why}")
    return (event, *dates, *overtaken(folded(after, *dates)))
