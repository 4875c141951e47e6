"""The start that follows from what others decided of artefacts and the entry gate (CTSD 5.6.1.6, 5.8.2b, 5.8.3)."""

from collections.abc import Sequence

from notification.domain.engagement import Engagement
from notification.domain.events import Event, StartRescheduled
from notification.domain.occurrence import Determination, Occurrence
from notification.domain.rescheduling import with_dates
from rulebook.engine.dating.facts import START
from rulebook.engine.dating.replanning import earliest_practicable_start, move_start
from rulebook.engine.procedure_parts import RescheduleGround


def schedule_start(state: Engagement, seen: Occurrence) -> Sequence[Event]:
    """The start that follows from what another service decided: the earliest practicable one, where it must move.

    After a determination that is where the start has passed: the step of the decision that was determined otherwise
    needs no time any more. Where artefacts or a start are refused and it can't be kept, it is where that is later.
    """
    if state.start_is_confirmed:
        return ()
    if (found := seen.determination) is not None:
        return _determined(state, seen, found)
    if seen.reschedules:
        return _moved(state, seen, frozenset(state.done), seen.reschedules)
    return ()


def _determined(state: Engagement, seen: Occurrence, found: Determination) -> Sequence[Event]:
    if seen.gate != state.procedure.anchors[START].confirmed_by or state.facts.start >= seen.day:
        return ()
    body = state.profile.roles[found.body].title
    reason = f"the {body} determined that the entry criteria are met: {found.reasons}"
    return _moved(state, seen, _done(state, found), reason)


def _moved(state: Engagement, seen: Occurrence, done: frozenset[str], reason: str) -> Sequence[Event]:
    steps, was, today = state.procedure, state.facts.start, seen.day
    earliest = earliest_practicable_start(steps, state.facts, today, state.calendar, done)
    if earliest <= was:
        return ()
    moved = move_start(steps, state.facts, earliest, today, state.calendar, done)
    excused = tuple(sorted(moved.facts.excused - state.facts.excused))
    ground = next((each for each in steps.reschedules if _is_told(each, seen)), None)
    event = StartRescheduled(
        was=was,
        start_date=moved.start,
        earliest=earliest,
        reason=reason,
        rescheduled_by=seen.by,
        rescheduled_at=seen.at,
        excused=excused,
        ground=ground.id if ground else "",
        clause=ground.clause if ground else "",
    )
    return with_dates(event, state)


def _is_told(ground: RescheduleGround, seen: Occurrence) -> bool:
    return ground.fact == seen.fact and ground.outcome in (None, seen.outcome)


def _done(state: Engagement, found: Determination) -> frozenset[str]:
    steps = {step.ref for step in state.procedure.completed_by(found.decision)}
    return frozenset({*state.done, *(key for key, row in state.rows.items() if row.ref in steps)})
