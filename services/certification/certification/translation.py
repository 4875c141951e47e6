"""Between what this service keeps and what crosses Kafka, where their fields differ. Pure."""

from collections.abc import Iterable
from typing import Final

from certification.domain.certificate import Certificate, pdf_name
from certification.domain.completion import (
    CertificateIssued,
    Completion,
    CompletionPaused,
    CompletionResumed,
    Event,
    EvidenceSubmitted,
    ExecutionCompleted,
    ExitGateDetermined,
    ReceiptConfirmed,
    ReportSubmitted,
)
from certification.domain.effects import eligible, listed
from certification.domain.report import RunFigures, SubmittedFile, TestFigures
from chassis.eventstore.aggregate import Publication
from chassis.eventstore.same_fields import public_as
from contracts import certification as published
from contracts import disputes, execution_tracker
from kernel.engagement import key_of

public = public_as(published)


def publish(engagement: str, event: Event, state: Completion) -> Iterable[Publication]:
    """What others learn of an event."""
    match event:
        case ReportSubmitted():
            yield Publication(_submitted(event, event.report.files), engagement)
        case EvidenceSubmitted():
            yield Publication(_submitted(event, event.evidence.files), engagement)
        case ReceiptConfirmed():
            yield Publication(_confirmed(event), engagement)
        case CertificateIssued():
            certificate = state.certificates[event.number]
            yield Publication(_issued(event, certificate), engagement)
            yield from _effect(certificate)
        case _:
            if contract := public(event):
                yield Publication(contract, engagement)


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


def _issued(event: CertificateIssued, certificate: Certificate) -> published.CertificateIssued:
    named = {"outcome": certificate.form, "pdf_file": pdf_name(event.number)}
    fields = {**vars(certificate), **vars(event), **named}
    return published.CertificateIssued.model_validate(fields, from_attributes=True)


def _effect(certificate: Certificate) -> Iterable[Publication]:
    """What the issue of a certificate of its form adds to the register, or to a list."""
    for row in eligible(certificate):
        yield Publication(published.EligibilityRegistered(**vars(row)), key_of((row.party, row.role, row.srv)))
    for entry in listed(certificate):
        yield Publication(published.EntryListed(**vars(entry)), f"{entry.list}/{entry.key}")


def execution_completed(fact: execution_tracker.ExecutionCompleted) -> ExecutionCompleted:
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
    return ExecutionCompleted(tests, fact.srvs, fact.unsuccessful, tuple(map(_run, fact.runs)), fact.completed_at)


def determined(fact: disputes.MatterDetermined) -> ExitGateDetermined | None:
    """The determination of a decision at the exit gate; of another matter it says nothing here."""
    if fact.decision != published.ExitGateHeld.fact():
        return None
    return ExitGateDetermined(
        gate=str(fact.values["gate"]),
        decided_at=fact.decided_at,
        body=fact.body,
        outcome="met" if fact.upheld else "not-met",
        reasons=fact.reasons,
        determined_by=fact.determined_by,
        determined_at=fact.determined_at,
    )


COMPLETION: Final = "completion"
"""What waits here while a matter is before a body, as routes call it."""


def paused(fact: disputes.HoldBegan) -> CompletionPaused | None:
    """Completion waits; nothing where something else does."""
    return CompletionPaused(fact.right, fact.body, fact.clause, fact.began_at) if COMPLETION in fact.holds else None


def resumed(fact: disputes.HoldEnded) -> CompletionResumed | None:
    """Completion waits no longer."""
    return CompletionResumed(fact.right, fact.ended_at) if COMPLETION in fact.holds else None


def _run(count: execution_tracker.RunCount) -> RunFigures:
    return RunFigures(count.run, count.passed, count.failed, count.blocked, count.not_run + count.ready)
