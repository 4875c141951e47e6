"""Between this service's own events and what crosses Kafka."""

from collections.abc import Iterable
from typing import Any, assert_never

from chassis.eventstore.aggregate import Publication
from contracts import artefact_review, certification, disputes
from contracts.notification import EngagementNotified
from disputes.domain.decisions import KnowEngagement
from disputes.domain.matters import (
    EngagementKnown,
    Event,
    Fact,
    FactHeldBack,
    ReferralRightArose,
    ReferralRightLapsed,
)


def published(id: str, event: Event, _state: Any) -> Iterable[Publication]:
    """The public fact of an event, where there is one."""
    match event:
        case ReferralRightArose():
            yield Publication(_arose(event), id)
        case ReferralRightLapsed():
            yield Publication(disputes.ReferralRightLapsed.model_validate(vars(event)), id)
        case EngagementKnown() | FactHeldBack():
            return
        case _:
            assert_never(event)


def _arose(event: ReferralRightArose) -> disputes.ReferralRightArose:
    fields = {**vars(event), "subject": f"{event.subject}: {event.fact.matter}"}
    return disputes.ReferralRightArose.model_validate(fields)


def engagement(fact: EngagementNotified) -> KnowEngagement:
    """Whose engagement it is, and of which kind."""
    return KnowEngagement(fact.procedure, fact.party, fact.rulebook)


def descoping_decided(fact: artefact_review.DescopingDecided) -> Fact:
    """DCC agreed or refused to descope one item."""
    item = f"{fact.item.kind} {fact.item.item}"
    return Fact(fact.fact(), {"item": item, "agreed": fact.agreed}, item, fact.reason, fact.decided_at)


def entry_gate_held(fact: artefact_review.EntryGateHeld) -> Fact:
    """The entry gate was held."""
    unmet = ", ".join(each.clause for each in fact.criteria if not each.met)
    matter = unmet or "entry quality gate"
    return Fact(fact.fact(), {"outcome": fact.outcome}, matter, fact.reason or fact.outcome, fact.held_at)


def exit_gate_held(fact: certification.ExitGateHeld) -> Fact:
    """The exit gate was held."""
    unmet = ", ".join(each.clause for each in fact.criteria if not each.met)
    matter = unmet or "exit quality gate"
    return Fact(fact.fact(), {"outcome": fact.outcome}, matter, fact.reason or fact.outcome, fact.held_at)
