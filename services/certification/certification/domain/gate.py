"""The exit quality gate (CTSD 5.17.1.2, 5.19, 5.20)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from certification.domain import guards
from certification.domain.completion import (
    Completion,
    Event,
    ExecutionCompleted,
    ExitGateHeld,
    Outcome,
)
from certification.domain.criteria import report_is_required, verdicts
from certification.domain.refusals import (
    ExitCriteriaNotMet,
    MeetingBeforeReview,
    MeetingNotHeldYet,
    NoServiceRequestTested,
    ReasonMissing,
    ReceiptNotConfirmed,
)
from rulebook.engine.criteria import Verdict
from rulebook.engine.dating.working_days import local_day


@dataclass(frozen=True)
class HoldExitGate:
    """DCC records the quality gate review meeting and its decision (CTSD 5.20.1)."""

    engagement: str
    outcome: Outcome
    meeting_on: date
    report_approved: bool
    reason: str
    held_by: str
    now: datetime


def hold_exit_gate(command: HoldExitGate, state: Completion) -> Sequence[Event]:
    """Complete, when every exit criterion is met; otherwise further testing, with a reason (CTSD 5.19.2)."""
    _require_held(command.meeting_on, _review_began(state, command.engagement), local_day(command.now))
    criteria = verdicts(guards.opened(state, command.engagement), state, command)
    if command.outcome == "complete":
        _require_complete(criteria, guards.executed(state, command.engagement))
    elif not command.reason.strip():
        raise ReasonMissing()
    return [
        ExitGateHeld(
            command.outcome,
            criteria,
            command.report_approved,
            command.meeting_on,
            command.reason,
            command.held_by,
            command.now,
        )
    ]


def _require_complete(criteria: Iterable[Verdict], execution: ExecutionCompleted) -> None:
    """Every exit criterion is met, and there is something to certify (CTSD 5.19.1, 5.21.1)."""
    if unmet := [verdict.clause for verdict in criteria if not verdict.met]:
        raise ExitCriteriaNotMet(", ".join(unmet))
    if not execution.srvs:
        raise NoServiceRequestTested()


def _review_began(state: Completion, engagement: str) -> date:
    """When the receipt of the report was confirmed; where none is required, when execution was completed."""
    execution = guards.executed(state, engagement)
    if not report_is_required(guards.opened(state, engagement)):
        return local_day(execution.completed_at)
    report = guards.reported(state, engagement)
    if state.confirmed_at is None:
        raise ReceiptNotConfirmed(report)
    return local_day(state.confirmed_at)


def _require_held(meeting_on: date, began: date, today: date) -> None:
    if meeting_on > today:
        raise MeetingNotHeldYet(meeting_on, today)
    if meeting_on < began:
        raise MeetingBeforeReview(meeting_on, began, today)
