"""Private event to public contract, and contract to command. Pure."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import assert_never

from artefact_review.domain import events
from artefact_review.domain.artefacts import Artefact
from artefact_review.domain.inbound import NoteAcknowledgement, OpenReview, RescheduleStart
from artefact_review.domain.party import AdmitParty, NoteCertificate
from artefact_review.domain.review import Review, State
from chassis.eventstore.aggregate import Publication
from contracts import artefact_review as public
from contracts import certification, common, notification
from contracts.base import Contract
from kernel.audience import Audience
from kernel.engagement import Participant, Subject, organisations


def open_review(fact: notification.EngagementNotified) -> OpenReview:
    """The notice, as this service keeps it."""
    return OpenReview(
        procedure=fact.procedure,
        rulebook=fact.rulebook,
        subject=_subject(fact.subject),
        participants=tuple(Participant(each.role, each.organisation, each.name) for each in fact.participants),
        start_date=fact.start_date,
        service_requests=fact.service_requests,
        descoping=tuple(events.Proposal(each.kind, each.item, each.reason, each.rationale) for each in fact.descoping),
        notified_at=fact.notified_at,
    )


def note_acknowledgement(fact: notification.NotificationAcknowledged) -> NoteAcknowledgement:
    """The acknowledgement, as this service keeps it."""
    return NoteAcknowledgement(fact.acknowledged_at)


def reschedule_start(fact: notification.StartRescheduled) -> RescheduleStart:
    """The new start, as this service keeps it."""
    return RescheduleStart(fact.was, fact.start_date, fact.reason, fact.rescheduled_at)


def admit_party(fact: notification.PartyRegistered) -> AdmitParty:
    """The accession, as this service keeps it."""
    return AdmitParty(fact.signifier, fact.name, fact.acceded_on, fact.reference)


def note_certificate(fact: certification.CertificateIssued) -> NoteCertificate:
    """The certificate, as this service keeps it."""
    srvs = tuple(each.srv for each in fact.srvs)
    return NoteCertificate(fact.number, fact.outcome, _subject(fact.subject), srvs, fact.supersedes, fact.issued_at)


def audience(state: State) -> Audience | None:
    """Who may do what in an engagement; None while it is not known."""
    return state.profile.audience(organisations(state.opened.participants)) if isinstance(state, Review) else None


def publish(id: str, event: events.Event, _state: State) -> Iterable[Publication]:
    """What others learn of an event."""
    if contract := _contract(event):
        yield Publication(contract, id)


def _contract(event: events.Event) -> Contract | None:
    match event:
        case events.ReviewOpened() | events.NotificationAcknowledged() | events.StartRescheduled():
            return None
        case events.ProposalWithdrawn() | events.EntryEvidenceGiven():
            return None
        case events.ReadinessReported():
            return public.ReadinessReported(
                week=event.week, rag=event.report.rag, reported_by=event.reported_by, reported_at=event.reported_at
            )
        case events.ArtefactsSubmitted():
            return _submitted(event)
        case events.ArtefactsReviewed():
            return _reviewed(event)
        case events.DescopingDecided():
            return _decided(event)
        case events.ScopeAgreed():
            return _scope(event)
        case events.GateBodyDecided():
            return _body(event)
        case events.EntryGateHeld():
            return _gate(event)
        case _:
            assert_never(event)


def _submitted(event: events.ArtefactsSubmitted) -> Contract:
    return public.ArtefactsSubmitted(
        submission=event.submission,
        artefacts=tuple(_file(artefact) for artefact in event.artefacts),
        findings=tuple(public.Finding(**asdict(finding)) for finding in event.findings),
        submitted_by=event.submitted_by,
        submitted_at=event.submitted_at,
    )


def _reviewed(event: events.ArtefactsReviewed) -> Contract:
    return public.ArtefactsReviewed(
        submission=event.submission,
        outcome=event.outcome,
        deficiencies=tuple(public.Deficiency(**asdict(each)) for each in event.deficiencies),
        reviewed_by=event.reviewed_by,
        reviewed_at=event.reviewed_at,
    )


def _decided(event: events.DescopingDecided) -> Contract:
    return public.DescopingDecided(
        item=_item(event.item),
        agreed=event.agreed,
        reason=event.reason,
        decided_by=event.decided_by,
        decided_at=event.decided_at,
    )


def _scope(event: events.ScopeAgreed) -> Contract:
    return public.ScopeAgreed(
        rulebook=event.rulebook,
        tests=tuple(public.ScopedTest(**asdict(test)) for test in event.tests),
        descoped=tuple(_item(item) for item in event.descoped),
        web_services=event.web_services,
        agreed_at=event.agreed_at,
    )


def _body(event: events.GateBodyDecided) -> Contract:
    return public.GateBodyDecided(
        gate=event.gate,
        body=event.body,
        reason=event.reason,
        decided_by=event.decided_by,
        decided_at=event.decided_at,
    )


def _gate(event: events.EntryGateHeld) -> Contract:
    return public.EntryGateHeld(
        gate=event.gate,
        body=event.body,
        outcome=event.outcome,
        criteria=tuple(common.CriterionVerdict(**asdict(verdict)) for verdict in event.criteria),
        start_date=event.start_date,
        schedule=tuple(public.PlannedDay(day=planned.day, tests=planned.tests) for planned in event.schedule),
        last_day=event.last_day,
        reason=event.reason,
        held_by=event.held_by,
        held_at=event.held_at,
    )


def _subject(said: common.Subject) -> Subject:
    return Subject(said.kind, said.id, said.name, dict(said.fields))


def _file(artefact: Artefact) -> public.ArtefactFile:
    return public.ArtefactFile(
        kind=artefact.kind, file_name=artefact.file_name, sha256=artefact.sha256, size=artefact.size
    )


def _item(item: events.Descoped) -> common.DescopedItem:
    return common.DescopedItem(kind=item.kind, item=item.item)
