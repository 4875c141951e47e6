"""Moving the start of testing: where it may go, and which dates move with it (CTSD 5.5.2, 5.8.2b)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from kernel.days import in_words
from kernel.refusal import citing
from notification.domain.completion import overtaken
from notification.domain.engagement import Engagement, folded
from notification.domain.events import Event, StartRescheduled
from notification.domain.refusals import RescheduleReasonMissing, StartConfirmed, StartUnmoved
from notification.domain.start_date import check_reach
from notification.domain.timetabling import redated
from rulebook.engine.dating.facts import START
from rulebook.engine.dating.replanning import Move, Replan, earliest_practicable_start, move_start, moves
from rulebook.engine.dating.timetable import timetable
from rulebook.engine.dating.working_days import Calendar, calendar


@dataclass(frozen=True)
class RescheduleStart:
    """The start is moved, to a day or to the earliest practicable one (CTSD 5.5.2, 5.8.2b)."""

    engagement: str
    start_date: date | None
    reason: str
    by: str
    now: datetime


def reschedule_start(command: RescheduleStart, state: Engagement) -> Sequence[Event]:
    """Another start moves every open step that is counted from it; what is done keeps its dates."""
    found = _checked(state, command.start_date, command.reason, calendar().day_of(command.now))
    was = state.facts.start
    excused = tuple(sorted(found.facts.excused - state.facts.excused))
    event = StartRescheduled(was, found.start, found.earliest, command.reason, command.by, command.now, excused)
    dates = redated(
        folded(state, event), f"start moved from {in_words(was)} to {in_words(found.start)}: {command.reason}"
    )
    return (event, *dates, *overtaken(folded(state, event, *dates)))


def _checked(state: Engagement, start: date | None, reason: str, today: date) -> Replan:
    """The other start and what it moves, when it is given for a reason, practicable, and not confirmed yet."""
    was, clause = state.facts.start, state.procedure.reschedule_clause
    if not reason.strip():
        raise citing(RescheduleReasonMissing(), clause)
    if state.start_is_confirmed:
        raise citing(StartConfirmed(was), _confirming_clause(state))
    found = replanned(state, start, today, calendar())
    if found.start == was:
        raise citing(StartUnmoved(was, earliest=found.earliest), clause)
    check_reach(found.start, clause)
    return found


def _confirming_clause(state: Engagement) -> str:
    confirmed_by = state.procedure.anchors[START].confirmed_by
    clauses = (gate.clause for gate in state.profile.gates if gate.id == confirmed_by)
    return next(clauses, state.procedure.reschedule_clause)


def replanned(state: Engagement, start: date | None, today: date, calendar: Calendar) -> Replan:
    """What another start would do to an engagement; without one, the earliest that is practicable (CTSD 5.8.2b)."""
    steps, done = state.procedure, state.done.keys()
    earliest = earliest_practicable_start(steps, state.facts, today, calendar, done)
    return move_start(steps, state.facts, start or earliest, today, calendar, done)


def moved(state: Engagement, event: StartRescheduled) -> tuple[Move, ...]:
    """Every open date that moves with the start, in the engagement as it is after the event."""
    excused = state.facts.excused.difference(event.excused)
    before = replace(state.facts.having(START, event.was), excused=excused)
    steps = state.procedure
    return moves(timetable(steps, before, calendar()), timetable(steps, state.facts, calendar()), state.done.keys())
