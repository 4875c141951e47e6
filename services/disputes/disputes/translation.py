"""Private event to public fact, and others' facts to what decides here, where their fields differ. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from chassis.eventstore.aggregate import Publication
from chassis.eventstore.same_fields import public_as
from contracts import artefact_review, certification, disputes
from contracts.common import CriterionVerdict
from disputes.domain.events import Event, Fact, ReferralRightArose

public = public_as(disputes)


def published(id: str, event: Event, _state: Any) -> Iterable[Publication]:
    """The public fact of an event, where there is one."""
    if isinstance(event, ReferralRightArose):
        event = replace(event, subject=f"{event.subject}: {event.fact.matter}")
    if contract := public(event):
        yield Publication(contract, id)


def descoping_decided(fact: artefact_review.DescopingDecided) -> Fact:
    """One item was descoped, or not."""
    item = fact.item
    values: dict[str, str | bool] = {"item.kind": item.kind, "item.item": item.item, "agreed": fact.agreed}
    return Fact(fact.fact(), values, f"{item.kind} {item.item}", fact.reason, fact.decided_at)


def gate_held(fact: artefact_review.EntryGateHeld | certification.ExitGateHeld) -> Fact:
    """A gate was held, whichever it is; what it found unmet is the matter."""
    values: dict[str, str | bool] = {"gate": fact.gate, "outcome": fact.outcome}
    matter = _unmet(fact.criteria) or f"gate {fact.gate}"
    return Fact(fact.fact(), values, matter, fact.reason or fact.outcome, fact.held_at)


def _unmet(criteria: Sequence[CriterionVerdict]) -> str:
    return ", ".join(each.clause for each in criteria if not each.met)
