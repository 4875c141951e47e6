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
    EvidenceSubmitted,
    ExecutionCompleted,
    ExitGateHeld,
    GateBodyDecided,
    IssueNoted,
    ReceiptConfirmed,
    ReportSubmitted,
    ScopedTest,
    ScopeNoted,
)
from certification.domain.effects import eligible, listed
from certification.domain.inbound import CompleteExecution, NoteIssue, NoteScope, OpenCompletion
from certification.domain.report import RunFigures, SubmittedFile, TestFigures
from chassis.eventstore.aggregate import Publication
from contracts import artefact_review, common, execution_tracker, notification
from contracts import certification as published
from kernel.engagement import Participant, Subject


def publish(engagement: str, event: Event, state: Completion) -> Iterable[Publication]:
    """What others learn of an event."""
    match event:
        case ReportSubmitted():
            yield Publication(_submitted(event, event.report.files), engagement)
        case EvidenceSubmitted():
            yield Publication(_submitted(event, event.evidence.files), engagement)
        case ReceiptConfirmed():
            yield Publication(_confirmed(event), engagement)
        case GateBodyDecided():
            yield Publication(_body_decided(event), engagement)
        case ExitGateHeld():
            yield Publication(_held(event), engagement)
        case CertificateIssued():
            certificate = state.certificates[event.number]
            yield Publication(_issued(event, certificate), engagement)
            yield from _effect(certificate)
        case CompletionOpened() | ScopeNoted() | IssueNoted() | ExecutionCompleted() | CertificatePrepared():
            return
        case _:
            assert_never(event)


def _submitted(
    event: ReportSubmitted | EvidenceSubmitted, files: Iterable[SubmittedFile]
) -> published.CompletionReportSubmitted:
    return published.CompletionReportSubmitted(
        report=event.number,
        files=tuple(published.SubmittedFile(**vars(file)) for file in files),
        submitted_by=event.submitted_by,
        submitted_at=event.submitted_at,
    )


def _confirmed(event: ReceiptConfirmed) -> published.ReportReceiptConfirmed:
    return published.ReportReceiptConfirmed(
        report=event.number, confirmed_by=event.confirmed_by, confirmed_at=event.confirmed_at
    )


def _body_decided(event: GateBodyDecided) -> published.GateBodyDecided:
    return published.GateBodyDecided(
        gate=event.gate,
        body=event.body,
        reason=event.reason,
        decided_by=event.decided_by,
        decided_at=event.decided_at,
    )


def _held(event: ExitGateHeld) -> published.ExitGateHeld:
    return published.ExitGateHeld(
        gate=event.gate,
        body=event.body,
        outcome=event.outcome,
        criteria=tuple(common.CriterionVerdict(**vars(verdict)) for verdict in event.criteria),
        meeting_on=event.meeting_on,
        reason=event.reason,
        held_by=event.held_by,
        held_at=event.held_at,
    )


def _issued(event: CertificateIssued, certificate: Certificate) -> published.CertificateIssued:
    return published.CertificateIssued(
        number=event.number,
        outcome=certificate.form,
        title=certificate.title,
        subject=common.Subject(**vars(certificate.subject)),
        recipient=common.Participant(**vars(certificate.recipient)),
        srvs=tuple(published.CertifiedSrv(**vars(row)) for row in certificate.srvs),
        supersedes=certificate.supersedes,
        issued_at=event.issued_at,
        pdf_sha256=event.pdf_sha256,
        json_sha256=event.json_sha256,
        verification_url=certificate.verification_url,
    )


def _effect(certificate: Certificate) -> Iterable[Publication]:
    """What the issue of a certificate of its form adds to the register, or to a list."""
    for row in eligible(certificate):
        yield Publication(published.EligibilityRegistered(**vars(row)), f"{row.party}/{row.role}/{row.srv}")
    for entry in listed(certificate):
        yield Publication(published.EntryListed(**vars(entry)), f"{entry.list}/{entry.key}")


def opened(fact: notification.EngagementNotified) -> OpenCompletion:
    """Notice was given: the completion opens."""
    participants = tuple(Participant(each.role, each.organisation, each.name) for each in fact.participants)
    subject = Subject(fact.subject.kind, fact.subject.id, fact.subject.name, fact.subject.fields)
    return OpenCompletion(fact.procedure, fact.rulebook, subject, participants)


def scope_noted(fact: artefact_review.ScopeAgreed) -> NoteScope:
    """The tests were agreed."""
    return NoteScope(tuple(ScopedTest(test.id, test.title) for test in fact.tests))


def issue_noted(fact: execution_tracker.IssueChanged) -> NoteIssue:
    """A testing issue as it stands after a change."""
    return NoteIssue(fact.issue, fact.severity, fact.status, fact.plan_agreed)


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
    return CompleteExecution(tests, fact.srvs, fact.unsuccessful, tuple(map(_run, fact.runs)), fact.completed_at)


def _run(count: execution_tracker.RunCount) -> RunFigures:
    return RunFigures(count.run, count.passed, count.failed, count.blocked, count.not_run + count.ready)
