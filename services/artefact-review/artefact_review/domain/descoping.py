"""Descoping item by item, and the scope as it stands between proposal and decision (CTSD 5.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from artefact_review.domain import refusals
from artefact_review.domain.review import Descoped, DescopingDecided, Event, Review
from rulebook.engine.scope.scope import Item, Scope, below_minimum, scope


@dataclass(frozen=True)
class DecideDescoping:
    """Agree or refuse to descope an item."""

    engagement: str
    item: Descoped
    agreed: bool
    reason: str
    by: str
    now: datetime


def decide_descoping(command: DecideDescoping, review: Review) -> Sequence[Event]:
    """Each proposed item is decided once, and never agreed below the role's minimum set (CTSD 5.2.6)."""
    if command.item not in review.proposed:
        raise refusals.ProposalUnknown(command.item.item, names(review.proposed) or "none was proposed")
    if command.item not in review.undecided:
        raise refusals.DescopingDecidedBefore(command.item.item)
    if not command.agreed and not command.reason:
        raise refusals.DescopingReasonMissing(command.item.item)
    if command.agreed:
        _keep_minimum_set(command.item, review)
    return [DescopingDecided(command.item, command.agreed, command.reason, command.by, command.now)]


def provisional_scope(review: Review) -> Scope:
    """The scope less what was proposed and not refused; once nothing is open, the scope that is agreed."""
    items = (Item(item.kind, item.item) for item in review.proposed if item not in review.refused)
    return scope(review.opened.role, tuple(items), review.rules)


def names(items: Sequence[Descoped]) -> str:
    """Items as they are spoken of."""
    return ", ".join(f"{item.kind} {item.item}" for item in items)


def _keep_minimum_set(item: Descoped, review: Review) -> None:
    items = [Item(each.kind, each.item) for each in (*review.descoped, item)]
    if lost := below_minimum(review.opened.role, items, review.rules):
        raise refusals.BelowMinimumSet(item.item, review.opened.role, ", ".join(sorted(lost)))
