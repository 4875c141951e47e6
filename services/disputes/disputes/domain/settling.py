"""Settling a referred matter: one side proposes terms, the other agrees or declines; nothing is then determined."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from disputes.domain.events import Event, ReferralSettled, SettlementDeclined, SettlementProposed
from disputes.domain.matters import Matters
from disputes.domain.referral import Referral
from disputes.domain.referring import pending, require_text
from disputes.domain.refusals import NoSide, NothingProposed, SettlementProposedAlready, SettlementWaitsForOther
from kernel.refusal import citing


@dataclass(frozen=True)
class ProposeSettlement:
    """One side says on what terms it would settle the matter."""

    right: str
    terms: str
    role: str
    by: str
    now: datetime


@dataclass(frozen=True)
class AnswerSettlement:
    """The other side agrees to the terms proposed, or declines them and says why."""

    right: str
    agreed: bool
    reason: str
    role: str
    by: str
    now: datetime


def propose_settlement(command: ProposeSettlement, state: Matters) -> Sequence[Event]:
    """By either side, while a body has still to determine the matter, and while no other proposal is unanswered."""
    referral = pending(command.right, state)
    asked, clause = _other_side(command.role, referral, state), referral.referred.clause
    if open := referral.proposal:
        raise citing(SettlementProposedAlready(command.right, open.role, open.proposed_at), clause)
    require_text(command.terms, "terms", clause)
    return [SettlementProposed(command.right, command.terms, command.role, asked, command.by, command.now)]


def answer_settlement(command: AnswerSettlement, state: Matters) -> Sequence[Event]:
    """By the side that did not propose; with agreement the referral has come to its end."""
    referral = pending(command.right, state)
    _other_side(command.role, referral, state)
    right, clause = command.right, referral.referred.clause
    if (proposed := referral.proposal) is None:
        raise citing(NothingProposed(right), clause)
    if command.role not in proposed.asked:
        raise citing(SettlementWaitsForOther(right, proposed.role, ", ".join(proposed.asked)), clause)
    if command.agreed:
        terms, proposer = proposed.terms, proposed.role
        return [ReferralSettled(right, terms, proposer, command.role, command.by, command.now)]
    require_text(command.reason, "reason", clause)
    return [SettlementDeclined(right, command.reason, command.role, command.by, command.now)]


def _other_side(role: str, referral: Referral, state: Matters) -> tuple[str, ...]:
    """The roles that must agree to what a role proposes, or NoSide: who referred the matter, or who decides such."""
    referrer, audience = referral.referred.role, state.audience
    determining = audience.holders("determine") if audience else ()
    deciding = audience.holders("decide") if audience else ()
    decided = tuple(each for each in deciding if each not in (referrer, *determining))
    if role == referrer:
        return decided
    if role not in decided:
        raise citing(NoSide(role, ", ".join((referrer, *decided))), referral.referred.clause)
    return (referrer,)
