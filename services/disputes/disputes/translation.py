"""Private event to public fact, and others' facts to what decides here, where their fields differ. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from chassis.eventstore.aggregate import Publication
from chassis.eventstore.same_fields import public_as
from contracts import artefact_review, certification, disputes
from contracts.common import CriterionVerdict
from disputes.domain.events import Event, Fact, ReferralRightArose
from disputes.domain.holds import Hold, hold
from disputes.domain.matters import Matters

public = public_as(disputes)


def published(id: str, event: Event, state: Matters) -> Iterable[Publication]:
    """The public fact of an event, where there is one, and of the hold that it begins or ends."""
    held = hold(event, state)
    if isinstance(event, ReferralRightArose):
        event = replace(event, subject=f"{event.subject}: {event.fact.matter}")
    if contract := public(event):
        yield Publication(contract, id)
    if held:
        yield Publication(_held(held), id)


def _held(held: Hold) -> disputes.HoldBegan | disputes.HoldEnded:
    route, fact = held.route, held.fact
    shared: dict[str, Any] = {
        "right": held.right,
        "route": route.id,
        "clause": route.holds_by,
        "holds": route.holds,
        "decision": fact.name,
        "values": fact.spread,
        "began_at": held.began_at,
    }
    if held.because is None or held.ended_at is None:
        return disputes.HoldBegan(body=held.body, **shared)
    return disputes.HoldEnded(because=held.because, ended_at=held.ended_at, **shared)


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
