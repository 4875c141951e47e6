"""What may happen in the completion of one engagement: its commands, and the one function that decides each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import assert_never

from certification.domain.certificate import Certificate, CertifiedSrv, RecordsHead, all_to_date, numbered, route_of
from certification.domain.completion import (
    CertificateIssued,
    CertificatePrepared,
    Completion,
    CompletionOpened,
    Event,
    Execution,
    ExecutionCompleted,
    ExitGateHeld,
    Gate,
    IssueClosed,
    IssueRaised,
    Outcome,
    PlanAgreed,
    ReceiptConfirmed,
    ReportSubmitted,
)
from certification.domain.criteria import report_is_required, verdicts
from certification.domain.refusals import (
    CertificateAlreadyPrepared,
    EngagementUnknown,
    ExecutionNotComplete,
    ExitCriteriaNotMet,
    FiguresDisagree,
    GateAlreadyPassed,
    GateNotPassed,
    MeetingNotHeldYet,
    NothingToConfirm,
    NotTheCertificate,
    ReasonMissing,
    ReceiptNotConfirmed,
    ReportMissing,
    TestsUnexplained,
)
from certification.domain.report import Recorded, Report, TestFigures, disagreements
from rulebook.scope import role_name
from rulebook.working_days import local_day


@dataclass(frozen=True)
class OpenCompletion:
    """Notice of an engagement was given."""

    party: str
    party_name: str
    role: str
    procedure: str
    rulebook: str


@dataclass(frozen=True)
class NoteIssue:
    """A testing issue was raised."""

    issue: int
    severity: int


@dataclass(frozen=True)
class NotePlan:
    """DCC agreed the remediation plan of an issue."""

    issue: int


@dataclass(frozen=True)
class NoteClosure:
    """A retest verified the fix of an issue."""

    issue: int


@dataclass(frozen=True)
class CompleteExecution:
    """The execution of the tests was completed."""

    tests: TestFigures
    srvs: tuple[str, ...]
    completed_at: datetime


@dataclass(frozen=True)
class SubmitCompletionReport:
    """The participant sends the finalised Test Completion Report (CTSD 6.6.1)."""

    report: Report
    submitted_by: str
    now: datetime


@dataclass(frozen=True)
class ConfirmReceipt:
    """DCC confirms that it received the report (CTSD 5.17.1.1)."""

    confirmed_by: str
    now: datetime


@dataclass(frozen=True)
class HoldExitGate:
    """DCC records the quality gate review meeting and its decision (CTSD 5.20.1)."""

    outcome: Outcome
    meeting_on: date
    report_approved: bool
    reason: str
    held_by: str
    now: datetime


@dataclass(frozen=True)
class RequestCertificate:
    """DCC has the certificate made out (CTSD 5.17.1.3).

    `serial` is the next of the year `today`; `previous` is what the Party's certificates of this role list so far.
    `address` is where a certificate is verified, with `{number}` and `{code}` in it; `head` seals what was stored.
    """

    serial: int
    today: date
    previous: tuple[CertifiedSrv, ...]
    code: str
    address: str
    signatory: str
    position: str
    now: datetime
    head: RecordsHead | None = None


@dataclass(frozen=True)
class RecordIssued:
    """The certificate was signed and stored."""

    number: str
    pdf_sha256: str
    json_sha256: str
    now: datetime


Command = (
    OpenCompletion
    | NoteIssue
    | NotePlan
    | NoteClosure
    | CompleteExecution
    | SubmitCompletionReport
    | ConfirmReceipt
    | HoldExitGate
    | RequestCertificate
    | RecordIssued
)


def decide(command: Command, state: Completion) -> Sequence[Event]:
    """What follows from a command, or the refusal of it."""
    match command:
        case OpenCompletion():
            return open_completion(command, state)
        case NoteIssue():
            return note_issue(command, state)
        case NotePlan():
            return note_plan(command, state)
        case NoteClosure():
            return note_closure(command, state)
        case CompleteExecution():
            return complete_execution(command, state)
        case SubmitCompletionReport():
            return submit_completion_report(command, state)
        case ConfirmReceipt():
            return confirm_receipt(command, state)
        case HoldExitGate():
            return hold_exit_gate(command, state)
        case RequestCertificate():
            return request_certificate(command, state)
        case RecordIssued():
            return record_issued(command, state)
        case _:
            assert_never(command)


def open_completion(command: OpenCompletion, state: Completion) -> Sequence[Event]:
    """The first notice opens the completion."""
    if state.opened:
        return []
    return [
        CompletionOpened(command.party, command.party_name, command.role, command.procedure, command.rulebook),
    ]


def note_issue(command: NoteIssue, state: Completion) -> Sequence[Event]:
    """Every issue is noted once."""
    return [] if command.issue in state.issues else [IssueRaised(command.issue, command.severity)]


def note_plan(command: NotePlan, state: Completion) -> Sequence[Event]:
    """The agreement is noted once, for an issue that is known."""
    issue = state.issues.get(command.issue)
    return [PlanAgreed(command.issue)] if issue and not issue.plan_agreed else []


def note_closure(command: NoteClosure, state: Completion) -> Sequence[Event]:
    """The closure is noted once, for an issue that is known."""
    issue = state.issues.get(command.issue)
    return [IssueClosed(command.issue)] if issue and not issue.closed else []


def complete_execution(command: CompleteExecution, state: Completion) -> Sequence[Event]:
    """Opens the way for a report; after the decision that all is complete, it changes nothing any more."""
    if state.complete or state.execution == Execution(command.tests, command.srvs):
        return []
    return [ExecutionCompleted(command.tests, command.srvs, command.completed_at)]


def submit_completion_report(command: SubmitCompletionReport, state: Completion) -> Sequence[Event]:
    """Accept a report that agrees with what was recorded and explains what did not succeed."""
    execution = _executed(state)
    differences = disagreements(command.report, _recorded(state, execution))
    if differences:
        raise FiguresDisagree("; ".join(differences))
    if command.report.explained < execution.tests.unsuccessful:
        raise TestsUnexplained(execution.tests.unsuccessful, command.report.explained)
    return [ReportSubmitted(state.reports + 1, command.report, command.submitted_by, command.now)]


def confirm_receipt(command: ConfirmReceipt, state: Completion) -> Sequence[Event]:
    """Confirm the receipt of the report at hand, once."""
    report = _reported(state)
    if state.receipt_confirmed:
        raise NothingToConfirm(report)
    return [ReceiptConfirmed(report, command.confirmed_by, command.now)]


def hold_exit_gate(command: HoldExitGate, state: Completion) -> Sequence[Event]:
    """Complete, when every exit criterion is met; otherwise further testing, with a reason (CTSD 5.19.2)."""
    _may_be_decided(state)
    if command.meeting_on > local_day(command.now):
        raise MeetingNotHeldYet(command.meeting_on, local_day(command.now))
    criteria = verdicts(state, Gate(command.outcome, command.report_approved))
    unmet = [verdict.clause for verdict in criteria if not verdict.met]
    if command.outcome == "complete" and unmet:
        raise ExitCriteriaNotMet(", ".join(unmet))
    if command.outcome == "further-testing" and not command.reason.strip():
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


def request_certificate(command: RequestCertificate, state: Completion) -> Sequence[Event]:
    """One certificate for the decision that the testing is complete (CTSD 5.21.1)."""
    opened = _opened(state)
    if state.certificate:
        raise CertificateAlreadyPrepared(state.certificate.number)
    if not state.complete or not state.execution:
        raise GateNotPassed()
    number = numbered(command.today.year, command.serial)
    certificate = Certificate(
        number=number,
        code=command.code,
        procedure=opened.procedure,
        rulebook=opened.rulebook,
        party=opened.party,
        party_name=opened.party_name,
        role=opened.role,
        role_name=role_name(opened.role),
        srvs=all_to_date(command.previous, state.execution.srvs, route_of(opened.procedure), command.today),
        issued_on=command.today,
        prepared_at=command.now,
        signatory=command.signatory,
        position=command.position,
        verification_url=command.address.format(number=number, code=command.code),
        head=command.head,
    )
    return [CertificatePrepared(certificate)]


def record_issued(command: RecordIssued, state: Completion) -> Sequence[Event]:
    """Record the issue once."""
    if state.certificate is None or state.certificate.number != command.number:
        raise NotTheCertificate(command.number)
    if state.issued:
        return []
    return [CertificateIssued(command.number, command.pdf_sha256, command.json_sha256, command.now)]


def _opened(state: Completion) -> CompletionOpened:
    if state.opened is None:
        raise EngagementUnknown()
    return state.opened


def _executed(state: Completion) -> Execution:
    _opened(state)
    if state.complete:
        raise GateAlreadyPassed()
    if state.execution is None:
        raise ExecutionNotComplete()
    return state.execution


def _reported(state: Completion) -> int:
    _executed(state)
    if state.report_open is None:
        raise ReportMissing()
    return state.report_open


def _may_be_decided(state: Completion) -> None:
    _executed(state)
    if report_is_required(_opened(state)):
        report = _reported(state)
        if not state.receipt_confirmed:
            raise ReceiptNotConfirmed(report)


def _recorded(state: Completion, execution: Execution) -> Recorded:
    severity = Counter(issue.severity for issue in state.issues.values())
    return Recorded(execution.tests, len(state.issues), len(state.outstanding), severity)
