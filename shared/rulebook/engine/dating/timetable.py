"""When each step of an engagement is due, and why: a pure function of procedure, facts and calendar."""

from collections.abc import Collection, Iterator
from datetime import date
from itertools import groupby

from rulebook.engine.dating.dating import again, dated, in_round, week_of
from rulebook.engine.dating.explanation import Explanation
from rulebook.engine.dating.facts import Deadline, Facts, Review, Round
from rulebook.engine.dating.holding import with_time_given_back
from rulebook.engine.dating.working_days import Calendar
from rulebook.engine.procedures import Procedure, Step

__all__ = ["Deadline", "Explanation", "Facts", "Review", "Round", "earliest_start", "timetable", "week_of"]


def timetable(
    procedure: Procedure, facts: Facts, calendar: Calendar, only: Collection[str] = ()
) -> tuple[Deadline, ...]:
    """Every step with its dates, in the order in which the steps are taken; with `only`, the steps of these refs.

    A step that opens with a returned review appears once for each (`#1`, `#2`), a weekly one once for each week, a
    daily one once for each Working Day of execution. Steps that are taken again for a further execution appear again,
    after the others (`#1`, `#2`); daily ones are owed by their own days.
    """
    executions = (0, *facts.opened())
    rows = (
        deadline
        for number in executions
        for deadline in _execution(
            procedure, _steps(procedure, number, number == executions[-1], only), number, facts, calendar
        )
        if deadline.key not in facts.excused
    )
    held = with_time_given_back(rows, facts, calendar) if facts.holds else rows
    return tuple({row.key: row for row in held}.values())


def _steps(procedure: Procedure, number: int, is_last: bool, only: Collection[str]) -> Iterator[Step]:
    fallen = frozenset() if is_last else procedure.left_behind
    for step in procedure.taken_again if number else procedure.steps:
        if step.ref not in fallen and (not only or step.ref in only):
            yield step


def _execution(
    procedure: Procedure, steps: Iterator[Step], number: int, facts: Facts, calendar: Calendar
) -> Iterator[Deadline]:
    if number:
        yield from (again(procedure, step, number, facts, calendar) for step in steps)
        yield from _days_again(procedure, number, facts, calendar)
        return
    for repeated, group in groupby(steps, key=lambda step: step.each_round):
        yield from (_rounds if repeated else _once)(procedure, tuple(group), facts, calendar)


def _days_again(procedure: Procedure, number: int, facts: Facts, calendar: Calendar) -> Iterator[Deadline]:
    """The daily steps of a further execution, once it began: `facts.having("start", day, number)`."""
    own, closed_on = facts.rounds[number - 1].days, facts.rounds[number - 1].closed_on
    for step in procedure.daily:
        inside, ends = facts.in_round(number, procedure.renewed), step.timing.ended_by
        if ends is not None and inside.of(ends) is None:
            inside = inside.having(ends, closed_on)
        began, until = own.get(step.timing.anchor), str(step.timing.until)
        if began:
            yield from dated(step, inside.having(until, own.get(until, began)), calendar)


def earliest_start(procedure: Procedure, notified_on: date, calendar: Calendar) -> date:
    """The first start date for which notice given on a day is long enough (UEPT: 60 Working Days, CTSD 5.6.1.1)."""
    return calendar.add(notified_on, procedure.notice_working_days)


def _once(_procedure: Procedure, steps: tuple[Step, ...], facts: Facts, calendar: Calendar) -> Iterator[Deadline]:
    for step in steps:
        yield from dated(step, facts, calendar)


def _rounds(procedure: Procedure, steps: tuple[Step, ...], facts: Facts, calendar: Calendar) -> Iterator[Deadline]:
    returned = [review for review in facts.reviews if not review.accepted]
    for number, review in enumerate(returned, start=1):
        for step in steps:
            yield in_round(procedure, step, number, review, facts, calendar)
