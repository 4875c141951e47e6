"""The exit gate: a decision against criteria, by one body or a chain of them (CTSD 5.17.1.2, 5.18.1.2, 5.19)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from certification.domain import guards
from certification.domain.completion import (
    Completion,
    CompletionOpened,
    Event,
    ExecutionCompleted,
    ExitGateHeld,
    GateBodyDecided,
    Outcome,
)
from certification.domain.criteria import Findings, verdicts
from certification.domain.refusals import (
    CompletionIsPaused,
    EveryCriterionMet,
    EvidenceOfAnother,
    ExitCriteriaNotMet,
    ExitCriterionUnknown,
    MeetingBeforeReview,
    MeetingNotDated,
    MeetingNotHeldYet,
    NoExitGate,
    NoMeetingHere,
    NoServiceRequestTested,
    NotApprovedHere,
    OtherBodysTurn,
    ReasonMissing,
    ReceiptNotConfirmed,
)
from kernel.refusal import citing
from rulebook.engine.dating.working_days import local_day
from rulebook.engine.gates import Verdict
from rulebook.engine.profile import Gate


@dataclass(frozen=True)
class HoldExitGate:
    """A body records its decision: complete, or further testing (CTSD 5.20.1).

    `meeting_on` is the day of the quality gate review meeting, where the gate is held at one. `findings` are what the
    body finds beside the figures.
    """

    engagement: str
    body: str
    outcome: Outcome
    meeting_on: date | None
    reason: str
    held_by: str
    now: datetime
    findings: Findings = field(default_factory=Findings)


def hold_exit_gate(command: HoldExitGate, state: Completion) -> Sequence[Event]:
    """Complete, when every exit criterion is met and every body approves; otherwise further testing (CTSD 5.19.2)."""
    opened = guards.opened(state, command.engagement)
    began = _review_began(state, opened, command.engagement)
    gate = _exit_gate(opened)
    _require_turn(command.body, gate, state)
    _require_known(command.findings, gate)
    _require_own_evidence(command, gate)
    ends = command.outcome == "further-testing" or len(state.approvals) + 1 == len(gate.chain)
    meeting_on = _meeting(command, began, held=gate.meeting and ends)
    criteria = verdicts(opened, state, command.outcome == "complete", command.findings)
    if command.outcome == "complete":
        _require_met(criteria, gate, state, command.findings)
        _require_something_to_certify(opened, guards.executed(state, command.engagement))
    else:
        _require_unpaused(state)
        _require_ground(command, opened, state, gate)
    return [_held(command, gate, criteria, meeting_on) if ends else _approved(command, gate)]


def next_body(state: Completion, opened: CompletionOpened) -> str | None:
    """The body of the gate's chain that decides next; None after the gate was passed, and where there is none."""
    gate = opened.profile.gate("exit")
    return None if state.complete or gate is None else gate.chain[len(state.approvals)].body


def _exit_gate(opened: CompletionOpened) -> Gate:
    gate = opened.profile.gate("exit")
    if gate is None:
        raise NoExitGate()
    return gate


def _review_began(state: Completion, opened: CompletionOpened, engagement: str) -> date:
    """When the receipt of what was submitted was confirmed; where nothing is, when execution was completed."""
    execution = guards.executed(state, engagement)
    if opened.profile.execution.ends_with == "nothing":
        return local_day(execution.completed_at)
    number = guards.submitted(state, engagement)
    if state.confirmed_at is None:
        raise ReceiptNotConfirmed(number)
    return local_day(state.confirmed_at)


def _require_turn(body: str, gate: Gate, state: Completion) -> None:
    turn = gate.chain[len(state.approvals)]
    if body != turn.body:
        raise citing(OtherBodysTurn(body, turn.body), turn.clause)


def _require_known(findings: Findings, gate: Gate) -> None:
    criteria = [criterion.id for criterion in gate.criteria]
    if unknown := {*findings.not_met, *findings.evidence} - {*criteria}:
        raise ExitCriterionUnknown(", ".join(sorted(unknown)), ", ".join(criteria))
    if other := {*findings.approved} - {*gate.approves}:
        raise NotApprovedHere(", ".join(sorted(other)), ", ".join(gate.approves) or "nothing")


def _require_own_evidence(command: HoldExitGate, gate: Gate) -> None:
    """What a body of the chain is to state, no other body states for it."""
    others = {link.body for link in gate.chain} - {command.body}
    for criterion in gate.criteria:
        if criterion.id in command.findings.evidence and criterion.evidence_by in others:
            raise citing(EvidenceOfAnother(criterion.id, str(criterion.evidence_by)), criterion.clause)


def _meeting(command: HoldExitGate, began: date, held: bool) -> date:
    """The day of the meeting; of the review, where there is none."""
    today, meeting_on = local_day(command.now), command.meeting_on
    if not held:
        if meeting_on is not None:
            raise NoMeetingHere()
        return today
    if meeting_on is None:
        raise MeetingNotDated(began, today)
    if meeting_on > today:
        raise MeetingNotHeldYet(meeting_on, today)
    if meeting_on < began:
        raise MeetingBeforeReview(meeting_on, began, today)
    return meeting_on


def _require_met(criteria: Iterable[Verdict], gate: Gate, state: Completion, findings: Findings) -> None:
    if unmet := _unmet(criteria, gate, state, findings.not_met):
        raise ExitCriteriaNotMet(", ".join(verdict.clause for verdict in unmet))


def _unmet(criteria: Iterable[Verdict], gate: Gate, state: Completion, named: Collection[str]) -> Sequence[Verdict]:
    """The criteria that are not met (CTSD 5.19.1). What a later body of the chain is to state counts where it is named
    only."""
    later = {link.body for link in gate.chain[len(state.approvals) + 1 :]}
    open_yet = {criterion.id for criterion in gate.criteria if criterion.evidence_by in later} - {*named}
    return [verdict for verdict in criteria if not verdict.met and verdict.criterion not in open_yet]


def _require_something_to_certify(opened: CompletionOpened, execution: ExecutionCompleted) -> None:
    """Where a certificate identifies Service Requests, there is one of which every test passed (CTSD 5.21.1)."""
    if not execution.srvs and any(form.rows == "srvs" for form in opened.profile.certificates):
        raise NoServiceRequestTested()


def _require_unpaused(state: Completion) -> None:
    """While a body decides whether the criteria are met, only that they are is decided here (CTSD 5.19.4)."""
    for paused in state.paused.values():
        raise citing(CompletionIsPaused(paused.body, paused.paused_at), paused.clause)


def _require_ground(command: HoldExitGate, opened: CompletionOpened, state: Completion, gate: Gate) -> None:
    """A reason, and a criterion that is not met: by the figures, or because the body says which and why."""
    if not command.reason.strip():
        raise ReasonMissing()
    findings = command.findings
    # As they would stand had the body approved whatever is its to approve.
    favourable = Findings(gate.approves, findings.evidence, findings.not_met, findings.certificates)
    if not _unmet(verdicts(opened, state, True, favourable), gate, state, findings.not_met):
        raise EveryCriterionMet(", ".join(criterion.id for criterion in gate.criteria))


def _approved(command: HoldExitGate, gate: Gate) -> GateBodyDecided:
    approved = tuple(sorted(command.findings.approved))
    return GateBodyDecided(
        gate=gate.id,
        body=command.body,
        approved=approved,
        evidence=command.findings.evidence,
        reason=command.reason,
        decided_by=command.held_by,
        decided_at=command.now,
    )


def _held(command: HoldExitGate, gate: Gate, criteria: tuple[Verdict, ...], meeting_on: date) -> ExitGateHeld:
    return ExitGateHeld(
        gate=gate.id,
        body=command.body,
        outcome=command.outcome,
        criteria=criteria,
        approved=tuple(sorted(command.findings.approved)),
        meeting_on=meeting_on,
        reason=command.reason,
        held_by=command.held_by,
        held_at=command.now,
    )
