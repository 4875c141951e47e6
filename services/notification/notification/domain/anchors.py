"""Which days of its timetable a fact of an engagement sets, as the steps and anchors of its procedure say it."""

from dataclasses import replace
from datetime import date
from itertools import takewhile

from notification.domain.events import StepRecorded
from notification.domain.occurrence import MEETING_HELD, STEP_RECORDED, Occurrence
from rulebook.engine.dating import happening
from rulebook.engine.dating.facts import START, Facts
from rulebook.engine.procedures import Procedure, Step

OWN = "notification"


def anchored(procedure: Procedure, facts: Facts, seen: Occurrence) -> Facts:
    """The facts after an occurrence: an anchor set or renewed, days confirmed, testing seen to go on; or nothing."""
    after = happening.after(procedure, facts, seen.fact, seen.anchor, seen.outcome, seen.ref)
    for renewed in procedure.anchors.values():
        if seen.fact == renewed.renewed_by:
            after = after.having(renewed.id, seen.day, seen.round)
    for anchor, day in seen.confirmed.items():
        if anchor in procedure.anchors and procedure.anchors[anchor].confirmed_by == seen.gate:
            after = after.having(anchor, day)
    after = _unplanned(procedure, after, seen.gate) if seen.confirmed else after
    after = _done_all_the_same(procedure, facts, _without_further_testing(procedure, after, seen), seen)
    return _going_on(procedure, after, seen)


def recorded(procedure: Procedure, facts: Facts, event: StepRecorded) -> Facts:
    """The facts after a step was recorded."""
    return happening.after(procedure, facts, STEP_RECORDED, event.done_on, event.outcome, event.ref)


def planned_meeting(procedure: Procedure, facts: Facts, day: date | None) -> Facts:
    """The facts with the day that was set for the initiation meeting, where the procedure has one."""
    if day is not None:
        for step in procedure.completed_by(MEETING_HELD):
            facts = facts.planned_for(step.timing.anchor, day)
    return facts


def execution_of_fact(procedure: Procedure, facts: Facts, seen: Occurrence) -> int:
    """To which execution a fact belongs that comes next: 0 is the first."""
    return happening.round_of(procedure, facts, seen.fact, seen.ref)


def set_by_another_service(procedure: Procedure, anchor: str, fact: str) -> bool:
    """Whether an anchor is set by a service other than the one that says a fact.

    What one service says comes in its order, so that only facts of different services can overtake each other; what
    this service says itself overtakes nothing.
    """
    setters = {_service(each) for each in happening.set_by(procedure, anchor)}
    return bool(setters - {_service(fact)}) and _service(fact) != OWN


def is_of_testing(step: Step) -> bool:
    """Whether a step is taken from the start on, and not before it."""
    opens = step.timing.opens or step.timing.anchor
    return opens == START and step.timing.rule not in ("before", "each-week")


def reached(procedure: Procedure, facts: Facts) -> date | None:
    """The day up to which what is owed each day of testing is owed so far; None where testing is not under way."""
    days = [day for step in procedure.daily if (day := _reached_by(procedure, facts, step)) is not None]
    return max(days, default=None)


def _reached_by(procedure: Procedure, facts: Facts, step: Step) -> date | None:
    number = max(facts.opened(), default=0)
    inside = facts.in_round(number, procedure.renewed)
    if _ended(inside, step):
        return None
    if number:
        if facts.rounds[number - 1].closed_on is not None:
            return None
        began = facts.rounds[number - 1].days.get(step.timing.anchor)
        return began and max(began, facts.running_on or began)
    return max(filter(None, (inside.of(str(step.timing.until)), facts.running_on)), default=None)


def _unplanned(procedure: Procedure, facts: Facts, gate: str | None) -> Facts:
    """Where a gate confirmed the start and no last day was planned, testing is known to run on its first day."""
    for step in procedure.daily:
        began = facts.of(step.timing.anchor)
        if procedure.anchors[step.timing.anchor].confirmed_by == gate and facts.of(str(step.timing.until)) is None:
            facts = replace(facts, running_on=began)
    return facts


def _without_further_testing(procedure: Procedure, facts: Facts, seen: Occurrence) -> Facts:
    """Where a body found met what further testing was asked for, nothing of it is owed any more (CTSD 5.19.5)."""
    found, number = seen.determination, max(facts.opened(), default=0)
    gates = {step.ref for step in procedure.completed_by(found.decision)} if found else set()
    again = [step.ref for step in procedure.taken_again]
    if not number or not gates & {*again}:
        return facts
    inside = facts.in_round(number, procedure.renewed)
    told = {ref for ref in again if inside.of(procedure.step(ref).sets or "") is not None}
    left = {*takewhile(lambda ref: ref not in gates, again)} - told
    excused = facts.excused | {f"{ref}#{number}" for ref in left}
    return replace(facts.closed(number, seen.day), excused=excused)


def _done_all_the_same(procedure: Procedure, before: Facts, after: Facts, seen: Occurrence) -> Facts:
    """What was done of a further execution is done, also where it is heard of after it was found not to be owed."""
    number = execution_of_fact(procedure, before, seen)
    steps = procedure.completed_by(seen.fact, seen.ref) if number else ()
    done = {f"{step.ref}#{number}" for step in steps if step.is_completed_by(seen.fact, seen.outcome, seen.ref)}
    return replace(after, excused=after.excused - done)


def _going_on(procedure: Procedure, facts: Facts, seen: Occurrence) -> Facts:
    """While testing is under way, what is owed on a day of it shows that it goes on."""
    if not seen.period or not any(step.is_completed_by(seen.fact, seen.outcome, seen.ref) for step in procedure.daily):
        return facts
    if reached(procedure, facts) is None:
        return facts
    day = date.fromisoformat(seen.period)
    return replace(facts, running_on=max(day, facts.running_on or day))


def _ended(facts: Facts, step: Step) -> bool:
    return step.timing.ended_by is not None and facts.of(step.timing.ended_by) is not None


def _service(fact: str) -> str:
    return fact.partition(".")[0]
