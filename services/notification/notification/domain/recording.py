"""Recording a step that has no rule of its own, with the information that it asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kernel.days import in_words
from kernel.refusal import citing
from notification.domain.completion import closed, execution_of, overtaken
from notification.domain.engagement import Engagement, folded
from notification.domain.events import Event, Row, StepRecorded
from notification.domain.occurrence import STEP_RECORDED, Occurrence
from notification.domain.step_refusals import (
    InformationMissing,
    InformationNotAsked,
    StepAlreadyDone,
    StepBeforeItsTurn,
    StepHasOwnRule,
    StepNotOpen,
    StepNotYetDone,
    StepOutcomeUnknown,
    StepUnknown,
)
from notification.domain.timetabling import redated
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.procedures import Step
from rulebook.engine.refusing import require_sender


@dataclass(frozen=True)
class RecordStep:
    """Whoever owes a step says that it was done; `information` is what the step asks for, by its name there."""

    engagement: str
    key: str
    outcome: str | None
    information: Mapping[str, str]
    done_on: date
    role: str
    by: str
    now: datetime


def record_step(command: RecordStep, state: Engagement) -> Sequence[Event]:
    """A step is recorded once, by its sender, in its turn, with all its information; it sets its anchor."""
    row = state.rows.get(command.key)
    if row is None:
        raise StepUnknown(command.key, example=next(iter(state.rows)))
    step = state.procedure.step(row.ref)
    _check_who(step, command.role)
    _check_turn(command, row, step, state)
    _check_what(command, step)
    event = _recorded(command, step)
    done = closed(state, row, _occurrence(command, step))
    after = folded(state, event, *done)
    dates = redated(after, f"{step.ref} on {in_words(command.done_on)}") if after.facts != state.facts else ()
    return (event, *done, *dates, *overtaken(folded(after, *dates)))


def _check_who(step: Step, role: str) -> None:
    if not step.is_recorded:
        raise citing(StepHasOwnRule(step.ref), step.clause)
    require_sender(step, role)


def _check_turn(command: RecordStep, row: Row, step: Step, state: Engagement) -> None:
    today = calendar().day_of(command.now)
    if row.key in state.done:
        raise citing(StepAlreadyDone(row.key, state.done[row.key].done_on), step.clause)
    facts = state.facts.in_round(execution_of(step, row.key), state.procedure.renewed)
    for anchor in sorted(step.timing.anchors()):
        if facts.of(anchor) is None:
            raise citing(StepBeforeItsTurn(row.key, step.timing.called(anchor)), step.clause)
    if command.done_on > today:
        raise citing(StepNotYetDone(row.key, command.done_on, today), step.clause)
    if row.opens is not None and command.done_on < row.opens:
        raise citing(StepNotOpen(row.key, command.done_on, row.opens), step.clause)


def _check_what(command: RecordStep, step: Step) -> None:
    for each in step.information:
        if not command.information.get(each, "").strip():
            raise citing(InformationMissing(step.ref, each), step.clause)
    for each in command.information:
        if each not in step.information:
            raise citing(InformationNotAsked(each, asked="; ".join(step.information) or "nothing"), step.clause)
    allowed = tuple(dict.fromkeys((*step.then, *filter(None, (step.outcome,)))))
    if (command.outcome not in allowed) if allowed else command.outcome is not None:
        told = ", ".join(allowed) or "none, it has no outcome"
        raise citing(StepOutcomeUnknown(step.ref, command.outcome or "no outcome", told), step.clause)


def _recorded(command: RecordStep, step: Step) -> StepRecorded:
    return StepRecorded(
        key=command.key,
        ref=step.ref,
        outcome=command.outcome,
        information=dict(command.information),
        done_on=command.done_on,
        role=command.role,
        recorded_by=command.by,
        recorded_at=command.now,
    )


def _occurrence(command: RecordStep, step: Step) -> Occurrence:
    on = command.done_on if command.done_on != calendar().day_of(command.now) else None
    return Occurrence(STEP_RECORDED, command.key, command.now, command.by, outcome=command.outcome, on=on, ref=step.ref)
