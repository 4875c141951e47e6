"""What an event of an engagement does to its facts, as the steps say it: `sets`, `then`, `each_round`."""

from datetime import date
from itertools import count

from rulebook.engine.dating.facts import Facts
from rulebook.engine.procedures import Procedure


def after(
    procedure: Procedure, facts: Facts, fact: str, day: date, outcome: str | None = None, ref: str | None = None
) -> Facts:
    """The facts after an event on a day: an anchor is set, a review counted, a further round opened; or nothing.

    `ref` is that of the step, where the event tells of a step by its ref. Days that people choose are confirmed by a
    gate and not by this: `facts.having("start", day)`.
    """
    steps = procedure.completed_by(fact, ref)
    if any(procedure.leads_back(step, outcome) for step in steps):
        return facts.reopened(day)
    if any(procedure.reviews(step) for step in steps):
        returned = any(procedure.returns(step, outcome) for step in steps)
        return facts.reviewed(day, accepted=not returned)
    setting = next((step for step in steps if step.sets and step.is_completed_by(fact, outcome, ref)), None)
    if setting is None or setting.sets is None:
        return facts
    return facts.having(setting.sets, day, round_of(procedure, facts, fact, ref))


def round_of(procedure: Procedure, facts: Facts, fact: str, ref: str | None = None) -> int:
    """In which execution an event belongs that comes next: 0 in the first, then those that a gate asked for (5.19.2).

    Each service goes by what it said itself, so that this is the same in whichever order services are heard: what the
    service of the gate says belongs to the execution that its gate asked for last, and what another one says once in
    each execution belongs to the first in which it has not said it.
    """
    if fact.partition(".")[0] in procedure.sources_of_rounds:
        return len(facts.opened())
    renewed = procedure.renewed
    anchor = next((step.sets for step in procedure.completed_by(fact, ref) if step.sets in renewed), None)
    if anchor is None:
        return 0
    return next(number for number in count() if facts.in_round(number, renewed).of(anchor) is None)


def set_by(procedure: Procedure, anchor: str) -> tuple[str, ...]:
    """The events that set an anchor; none where people choose it."""
    return next((step.completed_by for step in procedure.steps if step.sets == anchor), ())
