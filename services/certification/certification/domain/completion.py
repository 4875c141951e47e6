"""What can have happened in the completion of one engagement: its events, its state, and how it folds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal, assert_never

from certification.domain.certificate import Certificate
from certification.domain.report import Report, RunFigures, TestFigures
from rulebook.engine.criteria import Verdict

Outcome = Literal["complete", "further-testing"]
IssueStatus = Literal["open", "planned", "fixed", "closed"]


@dataclass(frozen=True)
class CompletionOpened:
    """A Party gave notice of an engagement, which will be completed here."""

    party: str
    party_name: str
    role: str
    procedure: str
    rulebook: str


@dataclass(frozen=True)
class IssueRaised:
    """A testing issue came up."""

    issue: int
    severity: int


@dataclass(frozen=True)
class PlanAgreed:
    """DCC agreed the work-around and remediation plan of an issue (CTSD 5.19.1b)."""

    issue: int


@dataclass(frozen=True)
class PlanReplaced:
    """Another plan took the place of an agreed one: DCC must agree it anew (CTSD 5.19.1b)."""

    issue: int


@dataclass(frozen=True)
class IssueFixed:
    """The Party says that an issue is fixed."""

    issue: int


@dataclass(frozen=True)
class FixDisproved:
    """A retest of a fixed issue failed: the fix did not hold."""

    issue: int


@dataclass(frozen=True)
class IssueClosed:
    """A retest verified the fix of an issue."""

    issue: int


@dataclass(frozen=True)
class ExecutionCompleted:
    """The execution of the tests is complete; `srvs` are those that were tested.

    `unsuccessful` are the tests whose latest result is not passed, `runs` the results by test run; older events
    have neither.
    """

    tests: TestFigures
    srvs: tuple[str, ...]
    completed_at: datetime
    unsuccessful: tuple[str, ...] | None = None
    runs: tuple[RunFigures, ...] | None = None


@dataclass(frozen=True)
class ReportSubmitted:
    """The Test Completion Report came in; `number` counts from 1 (CTSD 5.10.1.4)."""

    number: int
    report: Report
    submitted_by: str
    submitted_at: datetime


@dataclass(frozen=True)
class ReceiptConfirmed:
    """DCC confirmed the receipt of a report (CTSD 5.17.1.1)."""

    number: int
    confirmed_by: str
    confirmed_at: datetime


@dataclass(frozen=True)
class ExitGateHeld:
    """The exit quality gate was held and decided (CTSD 5.17.1.2, 5.20.1)."""

    outcome: Outcome
    criteria: tuple[Verdict, ...]
    report_approved: bool
    meeting_on: date
    reason: str
    held_by: str
    held_at: datetime


@dataclass(frozen=True)
class CertificatePrepared:
    """A certificate has its number and everything it says; it is not signed yet."""

    certificate: Certificate


@dataclass(frozen=True)
class CertificateIssued:
    """The certificate was signed and stored (CTSD 5.17.1.3)."""

    number: str
    pdf_sha256: str
    json_sha256: str
    issued_at: datetime


Event = (
    CompletionOpened
    | IssueRaised
    | PlanAgreed
    | PlanReplaced
    | IssueFixed
    | FixDisproved
    | IssueClosed
    | ExecutionCompleted
    | ReportSubmitted
    | ReceiptConfirmed
    | ExitGateHeld
    | CertificatePrepared
    | CertificateIssued
)


@dataclass(frozen=True)
class Issue:
    """An issue as report and exit criteria see it; it is outstanding until it is closed."""

    severity: int
    plan_agreed: bool = False
    fixed: bool = False
    closed: bool = False

    @property
    def status(self) -> IssueStatus:
        """Closed, fixed, planned (DCC agreed a remediation plan) or open."""
        if self.closed:
            return "closed"
        if self.fixed:
            return "fixed"
        return "planned" if self.plan_agreed else "open"


@dataclass(frozen=True)
class Completion:
    """Where the completion of an engagement stands. `execution` is the present one; `reports` counts all reports,
    `report_open` is the number of the one that speaks of the present execution, and `confirmed_at` when its receipt
    was confirmed. `gate` is the latest decision, as long as no other execution followed it."""

    opened: CompletionOpened | None = None
    issues: Mapping[int, Issue] = field(default_factory=dict)
    execution: ExecutionCompleted | None = None
    reports: int = 0
    report_open: int | None = None
    confirmed_at: datetime | None = None
    gate: ExitGateHeld | None = None
    certificate: Certificate | None = None
    issued: bool = False

    @property
    def party(self) -> str | None:
        """Whose engagement it is."""
        return self.opened.party if self.opened else None

    @property
    def receipt_confirmed(self) -> bool:
        """Whether DCC confirmed the receipt of the report on the present execution."""
        return self.confirmed_at is not None

    @property
    def outstanding(self) -> tuple[Issue, ...]:
        """The issues whose fix was not verified."""
        return tuple(issue for issue in self.issues.values() if not issue.closed)

    @property
    def complete(self) -> bool:
        """Whether the exit gate found that every criterion is met."""
        return self.gate is not None and self.gate.outcome == "complete"


def evolve(state: Completion, event: Event) -> Completion:
    """The state after one more event."""
    match event:
        case CompletionOpened():
            return replace(state, opened=event)
        case IssueRaised():
            return replace(state, issues={**state.issues, event.issue: Issue(event.severity)})
        case PlanAgreed():
            return _changed(state, event.issue, plan_agreed=True)
        case PlanReplaced():
            return _changed(state, event.issue, plan_agreed=False)
        case IssueFixed():
            return _changed(state, event.issue, fixed=True)
        case FixDisproved():
            return _changed(state, event.issue, fixed=False)
        case IssueClosed():
            return _changed(state, event.issue, closed=True)
        case ExecutionCompleted():
            return replace(state, execution=event, report_open=None, confirmed_at=None, gate=None)
        case ReportSubmitted():
            return replace(state, reports=event.number, report_open=event.number, confirmed_at=None)
        case ReceiptConfirmed():
            return replace(state, confirmed_at=event.confirmed_at)
        case ExitGateHeld():
            return _decided(state, event)
        case CertificatePrepared():
            return replace(state, certificate=event.certificate)
        case CertificateIssued():
            return replace(state, issued=True)
        case _:
            assert_never(event)


def _changed(state: Completion, number: int, **changes: bool) -> Completion:
    issue = replace(state.issues[number], **changes)
    return replace(state, issues={**state.issues, number: issue})


def _decided(state: Completion, event: ExitGateHeld) -> Completion:
    if event.outcome == "complete":
        return replace(state, gate=event)
    return replace(state, gate=event, execution=None, report_open=None, confirmed_at=None)
