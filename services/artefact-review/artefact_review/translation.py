"""Private event to public contract, and contract to private event, where their fields differ. Pure."""

from collections.abc import Iterable

from artefact_review.domain.events import (
    Descoped,
    DescopingDecided,
    DescopingDetermined,
    EntryGateDetermined,
    Event,
)
from artefact_review.domain.party import CertificateNoted
from artefact_review.domain.review import Review, State
from chassis.eventstore.aggregate import Publication
from chassis.eventstore.same_fields import public_as
from contracts import artefact_review, certification, disputes
from contracts.common import DescopedItem
from kernel.audience import Audience
from kernel.engagement import Subject, organisations

public = public_as(artefact_review)


def publish(id: str, event: Event, _state: State) -> Iterable[Publication]:
    """What others learn of an event."""
    if isinstance(event, DescopingDetermined) and event.upheld:
        event = DescopingDecided(event.item, True, event.reasons, event.determined_by, event.determined_at)
    if contract := public(event):
        yield Publication(contract, id)


def determined(fact: disputes.MatterDetermined) -> DescopingDetermined | EntryGateDetermined | None:
    """The determination of a decision that was taken here; of another matter it says nothing here."""
    if fact.decision == artefact_review.EntryGateHeld.fact():
        return _gate_determined(fact)
    return _descoping_determined(fact) if fact.decision == artefact_review.DescopingDecided.fact() else None


def _gate_determined(fact: disputes.MatterDetermined) -> EntryGateDetermined:
    return EntryGateDetermined(
        gate=str(fact.values["gate"]),
        decided_at=fact.decided_at,
        body=fact.body,
        outcome="met" if fact.upheld else "not-met",
        reasons=fact.reasons,
        determined_by=fact.determined_by,
        determined_at=fact.determined_at,
    )


def _descoping_determined(fact: disputes.MatterDetermined) -> DescopingDetermined:
    # Earlier releases named the item in one text, kind first.
    kind, _, item = str(fact.values.get("item", "")).partition(" ")
    parts = {"kind": fact.values.get("item.kind", kind), "item": fact.values.get("item.item", item)}
    named = DescopedItem.model_validate(parts)
    return DescopingDetermined(
        item=Descoped(named.kind, named.item),
        upheld=fact.upheld,
        body=fact.body,
        reasons=fact.reasons,
        determined_by=fact.determined_by,
        determined_at=fact.determined_at,
    )


def certificate(fact: certification.CertificateIssued) -> CertificateNoted:
    """The certificate, as this service keeps it."""
    srvs = tuple(each.srv for each in fact.srvs)
    subject = Subject(**fact.subject.model_dump())
    return CertificateNoted(fact.number, fact.outcome, subject, srvs, fact.supersedes, fact.issued_at)


def audience(state: State) -> Audience | None:
    """Who may do what in an engagement; None while it is not known."""
    return state.profile.audience(organisations(state.opened.participants)) if isinstance(state, Review) else None
