"""Time that does not run: a step whose clock was held while a matter was before a body gets those Working Days back."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import reduce

from kernel.days import in_words
from rulebook.engine.dating.explanation import Explanation
from rulebook.engine.dating.facts import Deadline, Facts, Hold
from rulebook.engine.dating.working_days import Calendar
from rulebook.engine.procedures import Step

COUNTED_ON = ("after", "within", "on", "day-of-month")
"""The rules by which time runs on from an anchor; what comes before one moves with it."""


def with_time_given_back(rows: Iterable[Deadline], facts: Facts, calendar: Calendar) -> Iterator[Deadline]:
    """The deadlines, each later by the Working Days for which its clock was held, and saying so."""
    for row in rows:
        yield reduce(lambda each, hold: _held(each, hold, calendar), facts.holds, row)


def is_held(step: Step, due: date | None, facts: Facts) -> bool:
    """Whether no time runs for a step at present: its date had not passed when the hold began."""
    return due is not None and any(hold.ended is None and _stops(step, due, hold) for hold in facts.holds)


def _stops(step: Step, due: date, hold: Hold) -> bool:
    return step.timing.rule in COUNTED_ON and step.timing.anchor in hold.anchors and due >= hold.began


def _held(row: Deadline, hold: Hold, calendar: Calendar) -> Deadline:
    why = row.because
    if why is None or row.due is None or not _stops(why.step, row.due, hold):
        return row
    if hold.ended is None:
        words = f"No time runs since {in_words(hold.began)}, while it is referred ({hold.clause})"
        return _saying(row, why, words, row.due)
    began = max(hold.began, why.inputs.get(why.step.timing.anchor, hold.began))
    if began >= hold.ended:
        return row
    days = calendar.between(began, hold.ended)
    words = f"{days} Working Days given back: no time ran from {in_words(began)} to {in_words(hold.ended)}"
    return _saying(row, why, f"{words}, while it was referred ({hold.clause})", calendar.add(row.due, days))


def _saying(row: Deadline, why: Explanation, words: str, due: date) -> Deadline:
    told = replace(why, notes=(*why.notes, words))
    return replace(row, due=due, why=str(told), because=told)
