"""Moving the start of testing: on which ground, where it may go, and which dates move with it (CTSD 5.5.2, 5.8.2b)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from kernel.days import in_words
from kernel.refusal import citing
from notification.domain.completion import overtaken
from notification.domain.engagement import Engagement, folded, unconfirmed
from notification.domain.events import Event, FurtherTestingScheduled, StartRescheduled
from notification.domain.grounds import leads_back, required_ground
from notification.domain.start_date import check_reach
from notification.domain.start_refusals import AlreadyTesting, RescheduleReasonMissing, StartUnmoved
from notification.domain.timetabling import redated
from rulebook.engine.dating.facts import START
from rulebook.engine.dating.plan_refusals import StartNotPracticable, StartOnDayOff
from rulebook.engine.dating.replanning import Move, Replan, earliest_practicable_start, move_start, moves
from rulebook.engine.dating.timetable import timetable
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.procedure_parts import RescheduleGround


@dataclass(frozen=True)
class RescheduleStart:
    """The start is moved on a ground of the law, to a day or to the earliest practicable one (CTSD 5.5.2, 5.8.2b)."""

    engagement: str
    start_date: date | None
    ground: str
    reason: str
    by: str
    now: datetime


def reschedule_start(command: RescheduleStart, state: Engagement) -> Sequence[Event]:
    """Another start moves every open step that is counted from it; what is done keeps its dates.

    After the gate that confirmed it, the gate is held anew. On a ground that asks for further testing (CTSD 5.19.2) it
    is the start of that.
    """
    if not command.reason.strip():
        raise citing(RescheduleReasonMissing(), state.procedure.reschedule_clause)
    ground = required_ground(command.ground, state, command.now)
    if leads_back(ground, state):
        return _further_testing(command, ground, state)
    return _first_testing(command, ground, state)


def _first_testing(command: RescheduleStart, ground: RescheduleGround, state: Engagement) -> Sequence[Event]:
    was = state.facts.start
    if state.testing_has_begun:
        raise citing(AlreadyTesting(was), ground.clause)
    found = replanned(state, command.start_date, calendar().day_of(command.now))
    if found.start == was:
        raise citing(StartUnmoved(was, earliest=found.earliest), ground.clause)
    check_reach(found.start, ground.clause, state.calendar)
    event = StartRescheduled(
        was=was,
        start_date=found.start,
        earliest=found.earliest,
        reason=command.reason,
        rescheduled_by=command.by,
        rescheduled_at=command.now,
        excused=tuple(sorted(found.facts.excused - state.facts.excused)),
        ground=ground.id,
        clause=ground.clause,
        reopened=_reopened(state),
    )
    return with_dates(event, state)


def with_dates(event: StartRescheduled, state: Engagement) -> Sequence[Event]:
    """A start that is moved, the dates that follow, and what those complete."""
    after = folded(state, event)
    dates = redated(after, f"start moved from {in_words(event.was)} to {in_words(event.start_date)}: {event.reason}")
    return (event, *dates, *overtaken(folded(after, *dates)))


def _further_testing(command: RescheduleStart, ground: RescheduleGround, state: Engagement) -> Sequence[Event]:
    """The day on which further testing begins is agreed with DCC: it takes no time but to come (CTSD 5.19.2)."""
    number, today = max(state.facts.opened()), calendar().day_of(command.now)
    own, earliest = state.facts.rounds[number - 1], state.calendar.received(today)
    if (began := own.days.get(START)) is not None:
        raise citing(AlreadyTesting(began), ground.clause)
    start = command.start_date or earliest
    if start < earliest:
        raise citing(StartNotPracticable(start, earliest, "further testing", "no time"), ground.clause)
    if not state.calendar.is_working_day(start):
        [off] = state.calendar.skipped(start, start)
        raise citing(StartOnDayOff(start, off.reason, state.calendar.received(start)), ground.clause)
    if start == own.scheduled:
        raise citing(StartUnmoved(start, earliest=earliest), ground.clause)
    check_reach(start, ground.clause, state.calendar)
    event = FurtherTestingScheduled(
        *(number, own.scheduled, start, ground.id, ground.clause, command.reason, command.by, command.now)
    )
    return (event, *redated(folded(state, event), f"further testing begins on {in_words(start)}: {command.reason}"))


def _reopened(state: Engagement) -> tuple[str, ...]:
    """The steps that are to be done again: those completed by the fact that confirmed the start."""
    by = state.confirmed.get(state.procedure.anchors[START].confirmed_by or "")
    return tuple(key for key, step in state.done.items() if by is not None and step.completed_by == by)


def replanned(state: Engagement, start: date | None, today: date) -> Replan:
    """What another start would do to an engagement; without one, the earliest that is practicable (CTSD 5.8.2b)."""
    steps, facts, calendar = state.procedure, unconfirmed(state), state.calendar
    done = state.done.keys() - set(_reopened(state))
    earliest = earliest_practicable_start(steps, facts, today, calendar, done)
    found = move_start(steps, facts, start or earliest, today, calendar, done)
    before, after = timetable(steps, state.facts, calendar), timetable(steps, found.facts, calendar)
    return replace(found, moves=moves(before, after, done))


def moved(state: Engagement) -> tuple[Move, ...]:
    """Every open date that moved with the start, in the engagement as it is after the start was moved."""
    steps, calendar, before = state.procedure, state.calendar, state.moved_from or state.facts
    return moves(timetable(steps, before, calendar), timetable(steps, state.facts, calendar), state.done.keys())
