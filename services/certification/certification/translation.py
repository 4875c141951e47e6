"""Between what this service keeps and what crosses Kafka. Pure."""

from collections.abc import Iterable
from typing import assert_never

from certification.domain.certificate import Certificate
from certification.domain.completion import (
    CertificateIssued,
    CertificatePrepared,
    Completion,
    CompletionOpened,
    Event,
    ExecutionCompleted,
    ExitGateHeld,
    FixDisproved,
    IssueClosed,
    IssueFixed,
    IssueRaised,
    PlanAgreed,
    PlanReplaced,
    ReceiptConfirmed,
    ReportSubmitted,
)
from certification.domain.inbound import (
    CompleteExecution,
    NoteClosure,
    NoteFailedRetest,
    NoteFix,
    NoteIssue,
    NotePlan,
    NoteProposal,
    OpenCompletion,
)
from certification.domain.report import RunFigures, TestFigures
from chassis.eventstore.aggregate import Publication
from contracts import certification as published
from contracts import execution_tracker, notification
from contracts.common import CriterionVerdict


def publish(engagement: str, event: Event, state: Completion) -> Iterable[Publication]:
    """What others learn of an event."""
    match event:
        case ReportSubmitted():
            yield Publication(_submitted(event), engagement)
        case ReceiptConfirmed():
            yield Publication(_confirmed(event), engagement)
        case ExitGateHeld():
            yield Publication(_held(event), engagement)
        case CertificateIssued():
            if state.certificate:
                yield Publication(_issued(event, state.certificate), engagement)
                yield from _eligibility(state.certificate)
        case IssueRaised() | PlanAgreed() | PlanReplaced() | IssueFixed() | FixDisproved() | IssueClosed():
            return
        case CompletionOpened() | ExecutionCompleted() | CertificatePrepared():
            return
        case _:
            assert_never(event)


def _submitted(event: ReportSubmitted) -> published.CompletionReportSubmitted:
    return published.CompletionReportSubmitted(
        report=event.number,
        file_name=event.report.file_name,
        sha256=event.report.sha256,
        submitted_by=event.submitted_by,
        submitted_at=event.submitted_at,
    )


def _confirmed(event: ReceiptConfirmed) -> published.ReportReceiptConfirmed:
    return published.ReportReceiptConfirmed(
        report=event.number, confirmed_by=event.confirmed_by, confirmed_at=event.confirmed_at
    )


def _held(event: ExitGateHeld) -> published.ExitGateHeld:
    return published.ExitGateHeld(
        outcome=event.outcome,
        criteria=tuple(CriterionVerdict(**vars(verdict)) for verdict in event.criteria),
        meeting_on=event.meeting_on,
        reason=event.reason,
        held_by=event.held_by,
        held_at=event.held_at,
    )


def _issued(event: CertificateIssued, certificate: Certificate) -> published.CertificateIssued:
    return published.CertificateIssued(
        number=event.number,
        party=certificate.party,
        party_name=certificate.party_name,
        role=certificate.role,
        srvs=tuple(published.CertifiedSrv(**vars(row)) for row in certificate.srvs),
        issued_at=event.issued_at,
        pdf_sha256=event.pdf_sha256,
        json_sha256=event.json_sha256,
        verification_url=certificate.verification_url,
    )


def _eligibility(certificate: Certificate) -> Iterable[Publication]:
    for row in certificate.srvs:
        eligible = published.EligibilityRegistered(
            party=certificate.party,
            role=certificate.role,
            srv=row.srv,
            since=row.issued_on,
            certificate=certificate.number,
        )
        yield Publication(eligible, f"{certificate.party}/{certificate.role}/{row.srv}")


def opened(fact: notification.EngagementNotified) -> OpenCompletion:
    """Notice was given: the completion opens."""
    return OpenCompletion(fact.party, fact.party_name, fact.role, fact.procedure, fact.rulebook)


def issue_raised(fact: execution_tracker.IssueRaised) -> NoteIssue:
    """A testing issue was raised."""
    return NoteIssue(fact.issue, fact.severity)


def plan_proposed(fact: execution_tracker.RemediationPlanProposed) -> NoteProposal:
    """A remediation plan was proposed, perhaps in place of another."""
    return NoteProposal(fact.issue)


def plan_agreed(fact: execution_tracker.RemediationPlanAgreed) -> NotePlan:
    """A remediation plan was agreed."""
    return NotePlan(fact.issue)


def issue_fixed(fact: execution_tracker.IssueFixed) -> NoteFix:
    """The Party says that an issue is fixed."""
    return NoteFix(fact.issue)


def failed_retest(fact: execution_tracker.ResultRecorded) -> NoteFailedRetest | None:
    """A retest that failed; other results say nothing about an issue."""
    return NoteFailedRetest(fact.verifies) if fact.verifies is not None and fact.outcome == "failed" else None


def issue_closed(fact: execution_tracker.IssueClosed) -> NoteClosure:
    """The fix of an issue was verified."""
    return NoteClosure(fact.issue)


def execution_completed(fact: execution_tracker.ExecutionCompleted) -> CompleteExecution:
    """The tests were executed."""
    counts = fact.tests
    tests = TestFigures(
        scheduled=fact.scheduled,
        passed=counts.passed,
        failed=counts.failed,
        blocked=counts.blocked,
        not_run=counts.not_run,
        ready=counts.ready,
    )
    runs = None if fact.runs is None else tuple(map(_run, fact.runs))
    return CompleteExecution(tests, fact.srvs, fact.completed_at, fact.unsuccessful, runs)


def _run(count: execution_tracker.RunCount) -> RunFigures:
    return RunFigures(count.run, count.passed, count.failed, count.blocked, count.not_run + count.ready)
