"""What can have happened in the completion of one engagement: its events, its state, and how it folds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal, assert_never

from certification.domain.certificate import Certificate
from certification.domain.report import Evidence, Report, RunFigures, TestFigures
from kernel.audience import Audience
from kernel.engagement import EngagementWithdrawn, Participant, Subject, named, organisations
from kernel.stored import stored
from rulebook.engine.gates import Verdict
from rulebook.engine.profile import Profile, profile

Outcome = Literal["complete", "further-testing"]
IssueStatus = Literal["open", "planned", "fixed", "closed"]


@stored("completion-opened")
@dataclass(frozen=True)
class CompletionOpened:
    """Notice of an engagement was given; it will be completed here. The first participant is the one that starts it."""

    procedure: str
    rulebook: str
    subject: Subject
    participants: tuple[Participant, ...]

    @property
    def profile(self) -> Profile:
        """The procedure with everything that it asks for, by the edition that the engagement keeps."""
        return profile(self.procedure, self.rulebook)


@stored("participant-named")
@dataclass(frozen=True)
class ParticipantNamed:
    """An organisation that takes part is called otherwise than before, as its registration says it."""

    organisation: str
    name: str


@dataclass(frozen=True)
class ScopedTest:
    """A test that must be executed, and what it shows."""

    id: str
    title: str


@stored("scope-noted")
@dataclass(frozen=True)
class ScopeNoted:
    """The tests that must be executed were agreed; the latest agreement counts."""

    tests: tuple[ScopedTest, ...]


@stored("issue-noted")
@dataclass(frozen=True)
class IssueNoted:
    """A testing issue as it stands now; it is outstanding until a retest closed it (CTSD 5.19.1b)."""

    issue: int
    severity: int
    status: IssueStatus
    plan_agreed: bool
    provider: str | None = None


@stored("execution-completed")
@dataclass(frozen=True)
class ExecutionCompleted:
    """The execution of the tests is complete; `srvs` are the Service Requests whose tests all passed.

    `unsuccessful` are the tests whose latest result is not passed, `runs` the results by test run.
    """

    tests: TestFigures
    srvs: tuple[str, ...]
    unsuccessful: tuple[str, ...]
    runs: tuple[RunFigures, ...]
    completed_at: datetime


@stored("report-submitted")
@dataclass(frozen=True)
class ReportSubmitted:
    """The Test Completion Report came in; `number` counts from 1 (CTSD 5.10.1.4)."""

    number: int
    report: Report
    submitted_by: str
    submitted_at: datetime


@stored("evidence-submitted")
@dataclass(frozen=True)
class EvidenceSubmitted:
    """The completed dashboard and the Test Evidence came in; `number` counts from 1 (CTSD 5.11.2.4)."""

    number: int
    evidence: Evidence
    submitted_by: str
    submitted_at: datetime


@stored("receipt-confirmed")
@dataclass(frozen=True)
class ReceiptConfirmed:
    """The receipt of a report, or of evidence, was confirmed (CTSD 5.17.1.1, 5.18.1.1)."""

    number: int
    confirmed_by: str
    confirmed_at: datetime


@stored("gate-body-decided")
@dataclass(frozen=True)
class GateBodyDecided:
    """A body of the gate's chain approved, and the next one decides.

    `approved` are the kinds of document that it approved, `evidence` what it stated, by criterion.
    """

    gate: str
    body: str
    approved: tuple[str, ...]
    evidence: Mapping[str, str]
    reason: str
    decided_by: str
    decided_at: datetime


@stored("exit-gate-held")
@dataclass(frozen=True)
class ExitGateHeld:
    """The exit gate was held and decided, by the word of `body` (CTSD 5.17.1.2, 5.18.1.2, 5.20.1)."""

    gate: str
    body: str
    outcome: Outcome
    criteria: tuple[Verdict, ...]
    approved: tuple[str, ...]
    meeting_on: date
    reason: str
    held_by: str
    held_at: datetime


@stored("exit-gate-determined")
@dataclass(frozen=True)
class ExitGateDetermined:
    """The body to which a decision for further testing was referred has determined whether the criteria are met.

    `decided_at` is when the decision was taken that was referred.
    """

    gate: str
    decided_at: datetime | None
    body: str
    outcome: Literal["met", "not-met"]
    reasons: str
    determined_by: str
    determined_at: datetime


@stored("completion-paused")
@dataclass(frozen=True)
class CompletionPaused:
    """Whether the criteria are met lies before a body: until that has determined it, completion does not go on."""

    right: str
    body: str
    clause: str
    paused_at: datetime


@stored("completion-resumed")
@dataclass(frozen=True)
class CompletionResumed:
    """The body has determined what was referred, or has nothing to determine any more."""

    right: str
    resumed_at: datetime


@stored("certificate-prepared")
@dataclass(frozen=True)
class CertificatePrepared:
    """A certificate has its number and everything it says; it is not signed yet."""

    certificate: Certificate


@stored("certificate-issued")
@dataclass(frozen=True)
class CertificateIssued:
    """The certificate was signed and stored (CTSD 5.17.1.3, 5.18.1.3)."""

    number: str
    pdf_sha256: str
    json_sha256: str
    issued_at: datetime


Event = (
    CompletionOpened
    | ParticipantNamed
    | ScopeNoted
    | IssueNoted
    | ExecutionCompleted
    | EngagementWithdrawn
    | ReportSubmitted
    | EvidenceSubmitted
    | ReceiptConfirmed
    | GateBodyDecided
    | ExitGateHeld
    | ExitGateDetermined
    | CompletionPaused
    | CompletionResumed
    | CertificatePrepared
    | CertificateIssued
)


@dataclass(frozen=True)
class Refused:
    """A decision for further testing, and the execution that it was about."""

    held: ExitGateHeld
    execution: ExecutionCompleted | None


@dataclass(frozen=True)
class Completion:
    """Where the completion of an engagement stands. Its parts come in any order, and stay empty until they do.

    `execution` is the present one. `submissions` counts reports, or evidence; `submission` is the number of the one
    that speaks of the present execution, and `confirmed_at` when its receipt was confirmed. `approvals` are those of
    the gate's chain so far, `gate` is the latest decision, as long as no other execution followed it; `refused` is the
    latest for further testing, and `determination` what a body found to which one was referred. `paused` says by
    which rights completion waits.
    """

    opened: CompletionOpened | None = None
    scope: tuple[ScopedTest, ...] = ()
    issues: Mapping[int, IssueNoted] = field(default_factory=dict)
    execution: ExecutionCompleted | None = None
    submissions: int = 0
    submission: int | None = None
    confirmed_at: datetime | None = None
    approvals: tuple[GateBodyDecided, ...] = ()
    gate: ExitGateHeld | None = None
    refused: Refused | None = None
    determination: ExitGateDetermined | None = None
    paused: Mapping[str, CompletionPaused] = field(default_factory=dict)
    certificates: Mapping[str, Certificate] = field(default_factory=dict)
    issued: frozenset[str] = frozenset()
    withdrawal: EngagementWithdrawn | None = None

    @property
    def audience(self) -> Audience | None:
        """Who may do what here; None until the engagement is known."""
        if self.opened is None:
            return None
        return self.opened.profile.audience(organisations(self.opened.participants))

    @property
    def receipt_confirmed(self) -> bool:
        """Whether the receipt of what was submitted on the present execution is confirmed."""
        return self.confirmed_at is not None

    @property
    def outstanding(self) -> tuple[IssueNoted, ...]:
        """The issues whose fix was not verified."""
        return tuple(issue for issue in self.issues.values() if issue.status != "closed")

    @property
    def complete(self) -> bool:
        """Whether the exit gate found that every criterion is met, or a body determined that they are."""
        return self.gate is not None and self.gate.outcome == "complete"

    @property
    def found_met(self) -> ExitGateDetermined | None:
        """The determination on which the completion rests, where it does."""
        found = self.determination
        return found if found and found.outcome == "met" else None


def evolve(state: Completion, event: Event) -> Completion:
    """The state after one more event."""
    match event:
        case CompletionOpened():
            return replace(state, opened=event)
        case ParticipantNamed():
            return _called(state, event)
        case ScopeNoted():
            return replace(state, scope=event.tests)
        case IssueNoted():
            return replace(state, issues={**state.issues, event.issue: event})
        case ExecutionCompleted():
            return _reviewed_anew(replace(state, execution=event, submission=None, gate=None))
        case EngagementWithdrawn():
            return replace(state, withdrawal=event)
        case ReportSubmitted() | EvidenceSubmitted():
            return _reviewed_anew(replace(state, submissions=event.number, submission=event.number))
        case ReceiptConfirmed():
            return replace(state, confirmed_at=event.confirmed_at)
        case GateBodyDecided():
            return replace(state, approvals=(*state.approvals, event))
        case ExitGateHeld():
            return _decided(state, event)
        case ExitGateDetermined():
            return _determined(state, event)
        case CompletionPaused():
            return replace(state, paused={**state.paused, event.right: event})
        case CompletionResumed():
            return replace(state, paused={right: each for right, each in state.paused.items() if right != event.right})
        case CertificatePrepared():
            return replace(state, certificates={**state.certificates, event.certificate.number: event.certificate})
        case CertificateIssued():
            return replace(state, issued=state.issued | {event.number})
        case _:
            assert_never(event)


def _called(state: Completion, event: ParticipantNamed) -> Completion:
    if state.opened is None:
        return state
    participants = named(state.opened.participants, event.organisation, event.name)
    return replace(state, opened=replace(state.opened, participants=participants))


def _reviewed_anew(state: Completion) -> Completion:
    return replace(state, confirmed_at=None, approvals=())


def _decided(state: Completion, event: ExitGateHeld) -> Completion:
    if event.outcome == "complete":
        return replace(state, gate=event)
    refused = Refused(event, state.execution)
    return _reviewed_anew(replace(state, gate=event, refused=refused, execution=None, submission=None))


def _determined(state: Completion, event: ExitGateDetermined) -> Completion:
    """Where the criteria are found met, they are those of the execution that was decided on, whatever came after."""
    state = replace(state, determination=event)
    if event.outcome != "met" or state.refused is None:
        return state
    return _reviewed_anew(replace(state, execution=state.refused.execution, submission=None))
