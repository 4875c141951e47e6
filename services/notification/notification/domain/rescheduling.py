"""Moving the start of testing: where it may go, and which dates move with it (CTSD 5.5.2, 5.8.2b)."""

from dataclasses import replace
from datetime import date

from notification.domain.deadlines import start_is_confirmed, steps_of
from notification.domain.engagement import Engagement, StartRescheduled
from notification.domain.intention import check_reach
from notification.domain.refusals import RescheduleReasonMissing, StartConfirmed, StartUnmoved
from rulebook.engine.dating.replanning import Move, Replan, earliest_practicable_start, move_start, moves
from rulebook.engine.dating.timetable import timetable
from rulebook.engine.dating.working_days import Calendar, calendar


def check_rescheduling(state: Engagement, start: date | None, reason: str, today: date) -> Replan:
    """The other start and what it moves, when it is given for a reason, practicable, and the gate is still to come."""
    if not reason.strip():
        raise RescheduleReasonMissing
    was = state.facts.start_date
    if start_is_confirmed(state):
        raise StartConfirmed(was)
    found = replanned(state, start, today, calendar())
    if found.start == was:
        raise StartUnmoved(was, earliest=found.earliest)
    check_reach(found.start, steps_of(state).reschedule_clause)
    return found


def replanned(state: Engagement, start: date | None, today: date, calendar: Calendar) -> Replan:
    """What another start would do to an engagement; without one, the earliest that is practicable (CTSD 5.8.2b)."""
    steps, done = steps_of(state), state.done.keys()
    earliest = earliest_practicable_start(steps, state.facts, today, calendar, done)
    return move_start(steps, state.facts, start or earliest, today, calendar, done)


def moved(state: Engagement, event: StartRescheduled) -> tuple[Move, ...]:
    """Every open date that moves with the start, in the engagement as it is after the event."""
    before = replace(state.facts, start_date=event.was, excused=state.facts.excused.difference(event.excused))
    steps = steps_of(state)
    return moves(timetable(steps, before, calendar()), timetable(steps, state.facts, calendar()), state.done.keys())
