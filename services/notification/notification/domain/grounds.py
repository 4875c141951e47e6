"""The grounds of the law on which a start is moved, and whether one holds now (CTSD 5.5.2, 5.8.2, 5.19.2)."""

from datetime import datetime

from kernel.refusal import citing
from notification.domain.engagement import Engagement
from notification.domain.events import DeadlineMissed
from notification.domain.occurrence import MISSED
from notification.domain.reminders import fallen_due
from notification.domain.start_refusals import GroundDoesNotHold, RescheduleGroundMissing, RescheduleGroundUnknown
from notification.domain.timetabling import open_rows
from rulebook.engine.procedure_parts import RescheduleGround


def required_ground(name: str, state: Engagement, now: datetime) -> RescheduleGround:
    """The ground of a name. Refused: none, one that the procedure does not give, and one that does not hold."""
    given = {ground.id: ground for ground in state.procedure.reschedules}
    known = ", ".join(f"{ground.id} ({ground.clause})" for ground in given.values()) or "none"
    if not name.strip():
        raise citing(RescheduleGroundMissing(known), state.procedure.reschedule_clause)
    if name not in given:
        raise citing(RescheduleGroundUnknown(name, known), state.procedure.reschedule_clause)
    ground = given[name]
    if not holds(ground, state, now):
        holding = ", ".join(each.id for each in given.values() if holds(each, state, now)) or "none does now"
        raise citing(GroundDoesNotHold(name, ground.words, holding), ground.clause)
    return ground


def holds(ground: RescheduleGround, state: Engagement, now: datetime) -> bool:
    """Whether what the ground tells of is so: said last of its kind, or missed whether or not anybody has said it."""
    if ground.fact == MISSED:
        return bool(state.missed_since) or _has_missed(state, now)
    said = state.outcomes.get(ground.fact)
    return said is not None and ground.outcome in (None, said[0])


def _has_missed(state: Engagement, now: datetime) -> bool:
    said = any((row.key, row.due) in state.missed for row in open_rows(state))
    return said or any(isinstance(each, DeadlineMissed) for each in fallen_due(state, now))


def leads_back(ground: RescheduleGround, state: Engagement) -> bool:
    """Whether the ground is an outcome that opens a further round: then its start is what is moved."""
    steps = state.procedure.completed_by(ground.fact)
    return any(state.procedure.leads_back(step, ground.outcome) for step in steps)
