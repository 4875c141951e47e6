"""Descoping item by item: what is proposed, what of it is still wished, and how it is decided (CTSD 5.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from artefact_review.domain import refusals
from artefact_review.domain.artefacts import TestPlan
from artefact_review.domain.events import Descoped, DescopingDecided, Event, ProposalWithdrawn
from artefact_review.domain.review import Review
from rulebook.engine.scope.scope import Item, below_minimum, tests_of

Standing = Literal["proposed", "agreed", "refused", "withdrawn", "covered"]


@dataclass(frozen=True)
class DecideDescoping:
    """Agree or refuse to descope an item."""

    engagement: str
    item: Descoped
    agreed: bool
    reason: str
    by: str
    now: datetime


@dataclass(frozen=True)
class WithdrawProposal:
    """Propose no longer to descope an item."""

    engagement: str
    item: Descoped
    by: str
    now: datetime


def decide_descoping(command: DecideDescoping, review: Review) -> Sequence[Event]:
    """Each proposed item is decided once, and never agreed below the role's minimum set (CTSD 5.2.6)."""
    item = command.item
    _refuse_unless_open(item, review)
    if not command.agreed and not command.reason:
        raise refusals.DescopingReasonMissing(item.item)
    if command.agreed:
        _keep_minimum_set(item, review)
    return [DescopingDecided(item, command.agreed, command.reason, command.by, command.now)]


def withdraw_proposal(command: WithdrawProposal, review: Review) -> Sequence[Event]:
    """A proposal may be withdrawn until it is decided or the scope is agreed: the item is tested then (CTSD 5.2.5)."""
    item = command.item
    _refuse_unless_open(item, review)
    if review.agreed:
        raise refusals.ScopeAgreedBefore(item.item)
    return [ProposalWithdrawn(item, command.by, command.now)]


def wished(review: Review) -> tuple[Descoped, ...]:
    """What is still wished to be descoped: proposed, not withdrawn, and in the Test Plan too once there is one.

    What the plan covers although it was proposed is simply not descoped (CTSD 5.2.5).
    """
    return tuple(item for item in proposed(review) if item not in review.withdrawn and not _covered(item, review))


def proposed(review: Review) -> tuple[Descoped, ...]:
    """What the notification proposed to descope."""
    return tuple(Descoped(proposal.kind, proposal.item) for proposal in review.opened.descoping)


def refused(review: Review) -> tuple[Descoped, ...]:
    """What it was refused to descope, unless that was determined otherwise (CTSD 5.2.7)."""
    items = (decision.item for decision in review.decisions if not decision.agreed)
    return tuple(item for item in items if not review.determined.get(item))


def undecided(review: Review) -> tuple[Descoped, ...]:
    """What waits for a decision."""
    return tuple(item for item in wished(review) if item not in _decided(review))


def left_out(review: Review) -> tuple[Descoped, ...]:
    """What is still wished to be descoped and was not refused; what was determined to be, whatever the plan covers."""
    left = {*wished(review), *(item for item in proposed(review) if review.determined.get(item))} - {*refused(review)}
    return tuple(item for item in proposed(review) if item in left)


def standing(item: Descoped, review: Review) -> Standing:
    """How a proposal stands."""
    if item in review.withdrawn:
        return "withdrawn"
    if item in refused(review):
        return "refused"
    if review.determined.get(item):
        return "agreed"
    if _covered(item, review):
        return "covered"
    return "agreed" if item in _decided(review) else "proposed"


def names(items: Sequence[Descoped]) -> str:
    """Items as they are spoken of."""
    return ", ".join(f"{item.kind} {item.item}" for item in items)


def _decided(review: Review) -> frozenset[Descoped]:
    return frozenset(decision.item for decision in review.decisions)


def _covered(item: Descoped, review: Review) -> bool:
    plan = review.documents.find(TestPlan)
    return plan is not None and all((row.kind, row.item) != (item.kind, item.item) for row in plan.descoping)


def _refuse_unless_open(item: Descoped, review: Review) -> None:
    if "descoping" not in review.profile.notice.asks:
        raise refusals.DescopingNotOffered(review.profile.title)
    if item not in proposed(review):
        raise refusals.ProposalUnknown(item.item, names(proposed(review)) or "none was proposed")
    if item in review.withdrawn:
        raise refusals.ProposalWithdrawnBefore(item.item)
    if item in _decided(review):
        raise refusals.DescopingDecidedBefore(item.item)


def _keep_minimum_set(item: Descoped, review: Review) -> None:
    """It is asked of the tests of a whole User Role only (CTSD 5.2.6)."""
    if review.profile.scope.source != "matrix":
        return
    role = tests_of(review.profile, review.opened.subject.fields).role
    agreed = [item for item in _decided(review) if item not in refused(review)]
    items = [Item(each.kind, each.item) for each in (*agreed, item)]
    if lost := below_minimum(role, items, review.profile.root):
        raise refusals.BelowMinimumSet(item.item, role, ", ".join(sorted(lost)))
