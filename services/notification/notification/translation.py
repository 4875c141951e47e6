"""Between the service's own events and what crosses Kafka."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from chassis.eventstore.aggregate import Publication
from contracts import artefact_review, certification, execution_tracker
from contracts import notification as public
from contracts.base import Contract
from contracts.code_administrator import PartyAcceded
from contracts.common import CriterionVerdict
from notification.domain import engagement, party
from notification.domain.anchors import Occurrence
from notification.domain.party import RegisterParty

PUBLIC: dict[type, type[Contract]] = {
    party.PartyRegistered: public.PartyRegistered,
    engagement.EngagementNotified: public.EngagementNotified,
    engagement.NotificationAcknowledged: public.NotificationAcknowledged,
    engagement.InitiationMeetingHeld: public.InitiationMeetingHeld,
    engagement.StartRescheduled: public.StartRescheduled,
    engagement.TimetableChanged: public.TimetableChanged,
    engagement.StepCompleted: public.StepCompleted,
    engagement.DeadlineReminded: public.DeadlineReminded,
    engagement.DeadlineMissed: public.DeadlineMissed,
}
"""What is published of an event. What another service said (FactRecorded) is that service's to publish."""


def published(id: str, event: Any, _state: Any) -> Iterable[Publication]:
    """The public fact of an event. A contract takes the fields it knows; the rest stays private."""
    contract = PUBLIC.get(type(event))
    return () if contract is None else (Publication(contract.model_validate(asdict(event)), subject=id),)


def register_party(accession: PartyAcceded) -> RegisterParty:
    """The command that a confirmed accession leads to."""
    return RegisterParty(accession.signifier, accession.name, accession.acceded_on, accession.reference)


def readiness_reported(fact: artefact_review.ReadinessReported) -> Occurrence:
    """The report of one week, which completes that week's step."""
    return Occurrence(fact.fact(), fact.week, fact.reported_at, fact.reported_by, period=fact.week)


def artefacts_submitted(fact: artefact_review.ArtefactsSubmitted) -> Occurrence:
    """Artefacts, or revised ones."""
    return Occurrence(fact.fact(), str(fact.submission), fact.submitted_at, fact.submitted_by)


def artefacts_reviewed(fact: artefact_review.ArtefactsReviewed) -> Occurrence:
    """DCC's review, with each deficiency as people are to be told of it."""
    return Occurrence(
        fact.fact(),
        str(fact.submission),
        fact.reviewed_at,
        fact.reviewed_by,
        outcome=fact.outcome,
        details=tuple(_told(deficiency) for deficiency in fact.deficiencies),
    )


def _told(deficiency: artefact_review.Deficiency) -> str:
    place = f", {deficiency.location}" if deficiency.location else ""
    return f"{deficiency.id} ({deficiency.artefact}{place}): {deficiency.text}"


def entry_gate_held(fact: artefact_review.EntryGateHeld) -> Occurrence:
    """The entry gate, with the start and the last day of the Test Schedule."""
    return Occurrence(
        fact.fact(),
        fact.held_at.isoformat(),
        fact.held_at,
        fact.held_by,
        outcome=fact.outcome,
        start_date=fact.start_date,
        last_day=max((planned.day for planned in fact.schedule), default=None),
        details=_scheduled(fact) if fact.outcome == "ready" else _unmet(fact.reason, fact.criteria),
    )


def _scheduled(fact: artefact_review.EntryGateHeld) -> tuple[str, ...]:
    return tuple(f"{planned.day}: {planned.tests} tests" for planned in fact.schedule)


def _unmet(reason: str, criteria: Iterable[CriterionVerdict]) -> tuple[str, ...]:
    unmet = (f"{verdict.clause} is not met: {verdict.statement}" for verdict in criteria if not verdict.met)
    return (f"Reason: {reason}", *unmet)


def connectivity_confirmed(fact: execution_tracker.ConnectivityConfirmed) -> Occurrence:
    """Every web service was reached."""
    return Occurrence(fact.fact(), fact.confirmed_at.isoformat(), fact.confirmed_at, fact.confirmed_by)


def dashboard_published(fact: execution_tracker.DashboardPublished) -> Occurrence:
    """The dashboard of one day, which completes that day's step."""
    day = fact.day.isoformat()
    return Occurrence(fact.fact(), day, fact.updated_at, fact.published_by, period=day)


def execution_completed(fact: execution_tracker.ExecutionCompleted) -> Occurrence:
    """Execution is complete."""
    return Occurrence(fact.fact(), fact.completed_at.isoformat(), fact.completed_at, fact.completed_by)


def completion_report_submitted(fact: certification.CompletionReportSubmitted) -> Occurrence:
    """The Test Completion Report was received."""
    return Occurrence(fact.fact(), str(fact.report), fact.submitted_at, fact.submitted_by)


def report_receipt_confirmed(fact: certification.ReportReceiptConfirmed) -> Occurrence:
    """DCC confirmed the report's receipt."""
    return Occurrence(fact.fact(), str(fact.report), fact.confirmed_at, fact.confirmed_by)


def exit_gate_held(fact: certification.ExitGateHeld) -> Occurrence:
    """The exit gate: done when it was decided; what follows counts from the day of its meeting."""
    return Occurrence(
        fact.fact(),
        fact.held_at.isoformat(),
        fact.held_at,
        fact.held_by,
        outcome=fact.outcome,
        details=() if fact.outcome == "complete" else _unmet(fact.reason, fact.criteria),
        meeting_on=fact.meeting_on,
    )


def certificate_issued(fact: certification.CertificateIssued) -> Occurrence:
    """The certificate was issued by DCC, with its number and where it can be verified."""
    details = (
        f"Certificate {fact.number}",
        f"Service Requests: {', '.join(row.srv for row in fact.srvs)}",
        f"To verify it: {fact.verification_url}",
    )
    return Occurrence(fact.fact(), fact.number, fact.issued_at, "DCC", details=details)
