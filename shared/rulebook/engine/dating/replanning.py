"""What moves when a date is missed, a start is moved or the calendar changes (CTSD 5.5.2, 5.8.2b).

Open steps move; what is done keeps its dates. Pure: nothing is registered.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from kernel.refusal import Refusal
from rulebook.engine.dating.counting import counted_on, due_before
from rulebook.engine.dating.facts import START, Deadline, Facts
from rulebook.engine.dating.plan_refusals import NoticeUndercut, StartNotPracticable, StartOnDayOff
from rulebook.engine.dating.timetable import earliest_start, timetable
from rulebook.engine.dating.timing import Timing
from rulebook.engine.dating.working_days import Calendar
from rulebook.engine.procedures import Procedure, Step


@dataclass(frozen=True)
class Move:
    """One open date that would change. `sender` owes the step and `recipient` waits for it: both are affected."""

    change: Literal["moved", "added", "dropped"]
    key: str
    ref: str
    action: str
    sender: str
    recipient: str
    was: date | None
    now: date | None
    why: str


@dataclass(frozen=True)
class Replan:
    """What another start would do: the facts as they would be, every move, the earliest practicable start."""

    start: date
    earliest: date
    facts: Facts
    moves: tuple[Move, ...]


def moves(before: Iterable[Deadline], after: Iterable[Deadline], done: Collection[str] = ()) -> tuple[Move, ...]:
    """Every date that differs between two timetables, leaving out what is done."""
    old = {each.key: each for each in before if each.key not in done}
    new = {each.key: each for each in after if each.key not in done}
    return tuple(_moves(old, new))


def _moves(old: dict[str, Deadline], new: dict[str, Deadline]) -> Iterator[Move]:
    for key in dict.fromkeys((*old, *new)):
        was, now = old.get(key), new.get(key)
        if was is None and now is not None:
            yield _move("added", now, None, now.due)
        elif was is not None and now is None:
            yield replace(_move("dropped", was, was.due, None), why=f"Not owed any more. It was: {was.why}")
        elif was is not None and now is not None and was.due != now.due:
            yield _move("moved", now, was.due, now.due)


def _move(change: Literal["moved", "added", "dropped"], row: Deadline, was: date | None, now: date | None) -> Move:
    return Move(change, row.key, row.ref, row.action, row.sender, row.recipient, was, now, row.why)


def earliest_practicable_start(
    procedure: Procedure, facts: Facts, today: date, calendar: Calendar, done: Collection[str] = ()
) -> date:
    """The first start before which every open step still has its time, counted from today (CTSD 5.8.2b).

    Never one for which the notice that was given would have been too short (UEPT: 60 Working Days, CTSD 5.6.1.1).
    """
    noticed = earliest_start(procedure, facts.notified, calendar)
    longest = _longest(procedure, facts, today, calendar, done)
    return max(noticed, longest[0] if longest else calendar.received(today))


def _longest(
    procedure: Procedure, facts: Facts, today: date, calendar: Calendar, done: Collection[str]
) -> tuple[date, Step] | None:
    """The open step that must lie furthest before the start, and the first start that leaves it time.

    Weekly reports of weeks gone by can't be made up.
    """
    open_refs = {each.ref for each in timetable(procedure, facts, calendar) if each.key not in done}
    counted = (step for step in procedure.steps if step.ref in open_refs and step.timing.rule == "before")
    before_start = [step for step in counted if step.timing.anchor == START]
    starts = ((_first_start(step.timing, today, calendar), step) for step in before_start)
    return max(starts, key=lambda found: found[0], default=None)


def _first_start(timing: Timing, today: date, calendar: Calendar) -> date:
    """The first start for which a date so long before it does not lie before today."""
    start = calendar.received(counted_on(today, timing.term, calendar))
    while due_before(start, timing, calendar).day < today:
        start = calendar.add(start, 1)
    return start


def move_start(
    procedure: Procedure, facts: Facts, start: date, today: date, calendar: Calendar, done: Collection[str] = ()
) -> Replan:
    """What another start would do. Refused: a day off, and one that is too early for the open steps."""
    if not calendar.is_working_day(start):
        [off] = calendar.skipped(start, start)
        raise StartOnDayOff(start, off.reason, calendar.received(start))
    earliest = earliest_practicable_start(procedure, facts, today, calendar, done)
    if start < earliest:
        raise _not_practicable(procedure, facts, start, earliest, today, calendar, done)
    before = timetable(procedure, facts, calendar)
    owed = {row.key for row in before}
    moved = _without_days_gone_by(procedure, _started(procedure, facts, start, calendar), owed, today, calendar)
    return Replan(start, earliest, moved, moves(before, timetable(procedure, moved, calendar), done))


def _not_practicable(
    procedure: Procedure,
    facts: Facts,
    start: date,
    earliest: date,
    today: date,
    calendar: Calendar,
    done: Collection[str],
) -> Refusal:
    if start < (noticed := earliest_start(procedure, facts.notified, calendar)):
        return NoticeUndercut(facts.notified, start, procedure.notice_working_days, noticed)
    longest = _longest(procedure, facts, today, calendar, done)
    ref, takes = (longest[1].ref, str(longest[1].timing.term)) if longest else ("none", "no time")
    return StartNotPracticable(start, earliest, ref, takes)


def _without_days_gone_by(
    procedure: Procedure, facts: Facts, owed: Collection[str], today: date, calendar: Calendar
) -> Facts:
    """An earlier start asks for weekly reports earlier: those of weeks gone by can't be made up, and are not owed."""
    rows = timetable(procedure, facts, calendar)
    gone = {row.key for row in rows if row.key not in owed and row.due is not None and row.due < today}
    return replace(facts, excused=facts.excused | gone)


def _started(procedure: Procedure, facts: Facts, start: date, calendar: Calendar) -> Facts:
    """The facts with another start; every other day that people chose keeps its distance in Working Days."""

    def along(day: date) -> date:
        return calendar.add(start, max(0, calendar.between(facts.start, day)))

    chosen = {anchor: along(day) for anchor, day in facts.days.items() if anchor in procedure.chosen}
    agreed = facts.agreed_days
    return replace(
        facts,
        days={**facts.days, **chosen, START: start},
        agreed_days=tuple(map(along, agreed)) if agreed is not None else None,
    )
