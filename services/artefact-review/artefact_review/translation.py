"""Private event to public contract, and contract to command. Pure."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import assert_never

from artefact_review.domain.documents import Artefact
from artefact_review.domain.inbound import NoteAcknowledgement, OpenReview, RescheduleStart
from artefact_review.domain.party import AdmitParty
from artefact_review.domain.review import (
    ArtefactsReviewed,
    ArtefactsSubmitted,
    Descoped,
    DescopingDecided,
    EntryEvidenceGiven,
    EntryGateHeld,
    Event,
    NotificationAcknowledged,
    Proposal,
    ReadinessReported,
    Review,
    ReviewOpened,
    ScopeAgreed,
    StartRescheduled,
    State,
)
from chassis.eventstore.aggregate import Publication
from contracts import artefact_review as public
from contracts import notification
from contracts.base import Contract
from contracts.common import CriterionVerdict, DescopedItem


def open_review(fact: notification.EngagementNotified) -> OpenReview:
    """The notice, as this service keeps it."""
    return OpenReview(
        procedure=fact.procedure,
        party=fact.party,
        party_name=fact.party_name,
        role=fact.role,
        start_date=fact.start_date,
        descoping=tuple(Proposal(one.kind, one.item, one.reason, one.rationale) for one in fact.descoping),
        notified_at=fact.notified_at,
        rulebook=fact.rulebook,
    )


def note_acknowledgement(engagement: str, fact: notification.NotificationAcknowledged) -> NoteAcknowledgement:
    """DCC's acknowledgement, as this service keeps it."""
    return NoteAcknowledgement(engagement, fact.acknowledged_at)


def reschedule_start(engagement: str, fact: notification.StartRescheduled) -> RescheduleStart:
    """The new start, as this service keeps it."""
    return RescheduleStart(engagement, fact.start_date, fact.reason, fact.rescheduled_at)


def admit_party(fact: notification.PartyRegistered) -> AdmitParty:
    """The accession, as this service keeps it."""
    return AdmitParty(fact.signifier, fact.name, fact.acceded_on, fact.reference)


def owner(state: State) -> str | None:
    """The Party an engagement belongs to."""
    return state.opened.party if isinstance(state, Review) else None


def publish(id: str, event: Event, _state: State) -> Iterable[Publication]:
    """What others learn of an event."""
    if contract := _contract(event):
        yield Publication(contract, id)


def _contract(event: Event) -> Contract | None:
    match event:
        case ReviewOpened() | NotificationAcknowledged() | StartRescheduled() | EntryEvidenceGiven():
            return None
        case ReadinessReported():
            return public.ReadinessReported(
                week=event.week, rag=event.report.rag, reported_by=event.reported_by, reported_at=event.reported_at
            )
        case ArtefactsSubmitted():
            return _submitted(event)
        case ArtefactsReviewed():
            return public.ArtefactsReviewed(
                submission=event.submission,
                outcome=event.outcome,
                deficiencies=tuple(public.Deficiency(**asdict(each)) for each in event.deficiencies),
                reviewed_by=event.reviewed_by,
                reviewed_at=event.reviewed_at,
            )
        case DescopingDecided():
            return public.DescopingDecided(
                item=_item(event.item),
                agreed=event.agreed,
                reason=event.reason,
                decided_by=event.decided_by,
                decided_at=event.decided_at,
            )
        case ScopeAgreed():
            return _scope(event)
        case EntryGateHeld():
            return _gate(event)
        case _:
            assert_never(event)


def _submitted(event: ArtefactsSubmitted) -> Contract:
    return public.ArtefactsSubmitted(
        submission=event.submission,
        artefacts=tuple(_file(artefact) for artefact in event.artefacts),
        findings=tuple(public.Finding(**asdict(finding)) for finding in event.findings),
        submitted_by=event.submitted_by,
        submitted_at=event.submitted_at,
    )


def _scope(event: ScopeAgreed) -> Contract:
    return public.ScopeAgreed(
        role=event.role,
        rulebook=event.rulebook,
        tests=tuple(public.ScopedTest(**asdict(test)) for test in event.tests),
        descoped=tuple(_item(item) for item in event.descoped),
        web_services=event.web_services,
        agreed_at=event.agreed_at,
    )


def _gate(event: EntryGateHeld) -> Contract:
    return public.EntryGateHeld(
        outcome=event.outcome,
        criteria=tuple(CriterionVerdict(**asdict(verdict)) for verdict in event.criteria),
        start_date=event.start_date,
        schedule=tuple(public.PlannedDay(day=planned.day, tests=planned.tests) for planned in event.schedule),
        reason=event.reason,
        held_by=event.held_by,
        held_at=event.held_at,
    )


def _file(artefact: Artefact) -> public.ArtefactFile:
    return public.ArtefactFile(
        kind=artefact.kind, file_name=artefact.file_name, sha256=artefact.sha256, size=artefact.size
    )


def _item(item: Descoped) -> DescopedItem:
    return DescopedItem(kind=item.kind, item=item.item)
