"""Private event to public contract, and contract to private event, where their fields differ. Pure."""

from collections.abc import Iterable

from artefact_review.domain.events import Event
from artefact_review.domain.party import CertificateNoted
from artefact_review.domain.review import Review, State
from chassis.eventstore.aggregate import Publication
from chassis.eventstore.same_fields import public_as
from contracts import artefact_review, certification
from kernel.audience import Audience
from kernel.engagement import Subject, organisations

public = public_as(artefact_review)


def publish(id: str, event: Event, _state: State) -> Iterable[Publication]:
    """What others learn of an event."""
    if contract := public(event):
        yield Publication(contract, id)


def certificate(fact: certification.CertificateIssued) -> CertificateNoted:
    """The certificate, as this service keeps it."""
    srvs = tuple(each.srv for each in fact.srvs)
    subject = Subject(**fact.subject.model_dump())
    return CertificateNoted(fact.number, fact.outcome, subject, srvs, fact.supersedes, fact.issued_at)


def audience(state: State) -> Audience | None:
    """Who may do what in an engagement; None while it is not known."""
    return state.profile.audience(organisations(state.opened.participants)) if isinstance(state, Review) else None
