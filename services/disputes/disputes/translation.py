"""Private event to public fact; others' facts to commands. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any, assert_never

from chassis.eventstore.aggregate import Publication
from contracts import artefact_review, certification, disputes
from contracts.common import CriterionVerdict
from contracts.notification import EngagementNotified
from disputes.domain.decisions import NoteEngagement
from disputes.domain.matters import (
    EngagementNoted,
    Event,
    Fact,
    FactTakenBeforeEngagement,
    ReferralRightArose,
    ReferralRightLapsed,
)
from kernel.engagement import Participant, Subject


def published(id: str, event: Event, _state: Any) -> Iterable[Publication]:
    """The public fact of an event, where there is one."""
    match event:
        case ReferralRightArose():
            yield Publication(_arose(event), id)
        case ReferralRightLapsed():
            yield Publication(disputes.ReferralRightLapsed.model_validate(vars(event)), id)
        case EngagementNoted() | FactTakenBeforeEngagement():
            return
        case _:
            assert_never(event)


def _arose(event: ReferralRightArose) -> disputes.ReferralRightArose:
    fields = {**vars(event), "subject": f"{event.subject}: {event.fact.matter}"}
    return disputes.ReferralRightArose.model_validate(fields)


def engagement(fact: EngagementNotified) -> NoteEngagement:
    """The engagement: its procedure, its subject, and who takes part."""
    return NoteEngagement(
        procedure=fact.procedure,
        rulebook=fact.rulebook,
        subject=Subject(**fact.subject.model_dump()),
        participants=tuple(Participant(**each.model_dump()) for each in fact.participants),
    )


def descoping_decided(fact: artefact_review.DescopingDecided) -> Fact:
    """One item was descoped, or not."""
    item = f"{fact.item.kind} {fact.item.item}"
    return Fact(fact.fact(), {"item": item, "agreed": fact.agreed}, item, fact.reason, fact.decided_at)


def gate_held(fact: artefact_review.EntryGateHeld | certification.ExitGateHeld) -> Fact:
    """A gate was held, whichever it is; what it found unmet is the matter."""
    values: dict[str, str | bool] = {"gate": fact.gate, "outcome": fact.outcome}
    matter = _unmet(fact.criteria) or f"gate {fact.gate}"
    return Fact(fact.fact(), values, matter, fact.reason or fact.outcome, fact.held_at)


def _unmet(criteria: Sequence[CriterionVerdict]) -> str:
    return ", ".join(each.clause for each in criteria if not each.met)
