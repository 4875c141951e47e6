"""When each step of an engagement is due, and why: a pure function of procedure, facts and calendar."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from rulebook.dating import dated, in_round, week_of
from rulebook.explanation import Explanation
from rulebook.facts import Deadline, Facts, Review
from rulebook.procedures import Procedure, Step
from rulebook.working_days import Calendar

__all__ = ["Deadline", "Explanation", "Facts", "Review", "earliest_start", "timetable", "week_of"]


def timetable(procedure: Procedure, facts: Facts, calendar: Calendar) -> tuple[Deadline, ...]:
    """Every step with its dates, in the order in which the steps are taken.

    A step that opens with a returned review appears once for each (`#1`, `#2`), a weekly one once for each week, a
    daily one once for each Working Day of execution.
    """
    return tuple(
        deadline
        for repeated, steps in groupby(procedure.steps, key=lambda step: step.each_round)
        for deadline in (_rounds(tuple(steps), facts, calendar) if repeated else _once(steps, facts, calendar))
        if deadline.key not in facts.excused
    )


def earliest_start(procedure: Procedure, notified_on: date, calendar: Calendar) -> date:
    """The first start date for which notice given on a day is long enough (UEPT: 60 Working Days, CTSD 5.6.1.1)."""
    return calendar.add(notified_on, procedure.notice_working_days)


def _once(steps: Iterator[Step], facts: Facts, calendar: Calendar) -> Iterator[Deadline]:
    for step in steps:
        yield from dated(step, facts, calendar)


def _rounds(steps: tuple[Step, ...], facts: Facts, calendar: Calendar) -> Iterator[Deadline]:
    returned = [review for review in facts.reviews if not review.accepted]
    for number, review in enumerate(returned, start=1):
        for step in steps:
            yield in_round(step, number, review, facts, calendar)
