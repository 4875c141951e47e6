"""Descoping item by item: what is proposed, what of it is still wished, and how it is decided (CTSD 5.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from artefact_review.domain import refusals
from artefact_review.domain.artefacts import TestPlan
from artefact_review.domain.events import (
    Descoped,
    DescopingDecided,
    DescopingProposed,
    Event,
    Proposal,
    ProposalWithdrawn,
)
from artefact_review.domain.review import Review
from rulebook.engine.scope.scope import Item, below_minimum, matching, tests_of

REVIEWED: Final = "artefact-review.artefacts-reviewed"
Standing = Literal["proposed", "agreed", "refused", "withdrawn", "covered"]


@dataclass(frozen=True)
class ProposeDescoping:
    """Propose to descope more than the notice said."""

    engagement: str
    proposals: tuple[Proposal, ...]
    by: str
    now: datetime


@dataclass(frozen=True)
class DecideDescoping:
    """Agree or refuse to descope an item, or a group of them together."""

    engagement: str
    items: tuple[Descoped, ...]
    agreed: bool
    reason: str
    by: str
    now: datetime


@dataclass(frozen=True)
class WithdrawProposal:
    """Propose no longer to descope an item, or a group of them."""

    engagement: str
    items: tuple[Descoped, ...]
    by: str
    now: datetime


def propose_descoping(command: ProposeDescoping, review: Review) -> Sequence[Event]:
    """More may be proposed until the scope is agreed, and the Test Plan must propose it too (CTSD 5.2.5)."""
    _refuse_unless_offered(review)
    if review.agreed:
        raise refusals.ProposedTooLate(names(_items(command.proposals)))
    role = tests_of(review.profile, review.opened.subject.fields).role
    covered = {test for item in proposed(review) for test in _tests(role, item, review)}
    for proposal in command.proposals:
        if proposal.reason == "b" and proposal.kind != "response-code":
            raise refusals.ProposalGroundNotOpen(proposal.kind, proposal.item)
        tests = _tests(role, proposal, review)
        if tests & covered:
            raise refusals.ProposedBefore(proposal.item)
        covered |= tests
    return [DescopingProposed(command.proposals, command.by, command.now)]


def decide_descoping(command: DecideDescoping, review: Review) -> Sequence[Event]:
    """Each proposed item is decided once, and none agreed below the role's minimum set (CTSD 5.2.6)."""
    _refuse_repeated(command.items)
    for item in command.items:
        _refuse_unless_open(item, review)
    if not command.agreed and not command.reason:
        raise refusals.DescopingReasonMissing(", ".join(each.item for each in command.items))
    if command.agreed:
        _keep_minimum_set(command.items, review)
    return [DescopingDecided(item, command.agreed, command.reason, command.by, command.now) for item in command.items]


def withdraw_proposal(command: WithdrawProposal, review: Review) -> Sequence[Event]:
    """A proposal may be withdrawn until it is decided or the scope is agreed: the item is tested then (CTSD 5.2.5).

    What is descoped and wanted again later is tested by Additional SR Testing (5.2.10).
    """
    _refuse_repeated(command.items)
    for item in command.items:
        if review.agreed and item in (*proposed(review), *review.agreed.descoped):
            raise refusals.ScopeAgreedBefore(item.item)
        _refuse_unless_open(item, review)
    return [ProposalWithdrawn(item, command.by, command.now) for item in command.items]


def answer_due(review: Review) -> date | None:
    """The day by which what is proposed is answered: that of the review of the artefacts (CTSD 5.2.6, Table 1)."""
    steps = review.profile.procedure.completed_by(REVIEWED)
    if not steps:
        return None
    timing = steps[min(review.submission, len(steps)) - 1 if review.submission else 0].timing
    return review.calendar.subtract(review.start_date, timing.working_days) if timing.working_days else None


def wished(review: Review) -> tuple[Descoped, ...]:
    """What is still wished to be descoped: proposed, not withdrawn, and in the Test Plan too once there is one.

    What the plan covers although it was proposed is simply not descoped (CTSD 5.2.5).
    """
    return tuple(item for item in proposed(review) if item not in review.withdrawn and not _covered(item, review))


def proposed(review: Review) -> tuple[Descoped, ...]:
    """What was proposed to be descoped."""
    return _items(review.proposals)


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


def _items(proposals: Sequence[Proposal]) -> tuple[Descoped, ...]:
    return tuple(Descoped(proposal.kind, proposal.item) for proposal in proposals)


def _tests(role: str, item: Descoped, review: Review) -> frozenset[str]:
    """The tests that fall away with an item."""
    return frozenset(test.id for test in matching(role, Item(item.kind, item.item), review.profile.root))


def _refuse_repeated(items: Sequence[Descoped]) -> None:
    if twice := sorted({each.item for each in items if items.count(each) > 1}):
        raise refusals.ItemNamedTwice(", ".join(twice))


def _refuse_unless_offered(review: Review) -> None:
    if "descoping" not in review.profile.notice.asks:
        raise refusals.DescopingNotOffered(review.profile.title)


def _refuse_unless_open(item: Descoped, review: Review) -> None:
    _refuse_unless_offered(review)
    if item not in proposed(review):
        raise refusals.ProposalUnknown(item.item, names(proposed(review)) or "none was proposed")
    if item in review.withdrawn:
        raise refusals.ProposalWithdrawnBefore(item.item)
    if item in _decided(review):
        raise refusals.DescopingDecidedBefore(item.item)


def _keep_minimum_set(items: Sequence[Descoped], review: Review) -> None:
    """It is asked of the tests of a whole User Role only (CTSD 5.2.6)."""
    if review.profile.scope.source != "matrix":
        return
    role = tests_of(review.profile, review.opened.subject.fields).role
    agreed = [item for item in _decided(review) if item not in refused(review)]
    together = [Item(each.kind, each.item) for each in (*agreed, *items)]
    if lost := below_minimum(role, together, review.profile.root):
        raise refusals.BelowMinimumSet(", ".join(each.item for each in items), role, ", ".join(sorted(lost)))
