"""The matters of one engagement: what has happened, and what it comes to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from disputes.domain.events import (
    DayDeclared,
    EngagementNoted,
    Event,
    Fact,
    FactTakenBeforeEngagement,
    MatterReferred,
    OfReferral,
    ReferralRightArose,
    ReferralRightLapsed,
)
from disputes.domain.referral import Referral
from kernel.audience import Audience
from kernel.engagement import EngagementWithdrawn, organisations
from rulebook.engine.dating.working_days import Calendar, DeclaredDay, in_force
from rulebook.engine.profile import Profile, profile


@dataclass(frozen=True)
class Matters:
    """What decisions need: the engagement, once its notice has come, the rights that arose in it, and their referrals.

    `early` are the facts that came before the notice.
    """

    engagement: EngagementNoted | None = None
    withdrawal: EngagementWithdrawn | None = None
    declared: tuple[DeclaredDay, ...] = ()
    early: tuple[Fact, ...] = ()
    arisen: tuple[ReferralRightArose, ...] = ()
    lapsed: frozenset[str] = field(default_factory=frozenset)
    referrals: Mapping[str, Referral] = field(default_factory=dict)

    @property
    def calendar(self) -> Calendar:
        """The calendar by which its Working Days are counted."""
        return in_force(self.declared)

    @property
    def profile(self) -> Profile | None:
        """What the engagement's procedure says, in the edition that the engagement keeps."""
        return profile(self.engagement.procedure, self.engagement.rulebook) if self.engagement else None

    @property
    def audience(self) -> Audience | None:
        """Who may do what in the engagement."""
        if (known := self.profile) is None or self.engagement is None:
            return None
        return known.audience(organisations(self.engagement.participants))

    @property
    def open(self) -> tuple[ReferralRightArose, ...]:
        """The rights whose matter is not settled, nor determined for good."""
        ended = {*self.lapsed, *(right for right, referral in self.referrals.items() if referral.over)}
        return tuple(right for right in self.arisen if right.right not in ended)


def evolve(state: Matters, event: Event) -> Matters:
    """The state after an event."""
    if isinstance(event, OfReferral):
        before = state.referrals[event.right]
        after = replace(before, since=(*before.since, event))
        return replace(state, referrals={**state.referrals, event.right: after})
    match event:
        case EngagementNoted():
            return replace(state, engagement=event, early=(), declared=event.declared)
        case DayDeclared():
            return replace(state, declared=(*state.declared, DeclaredDay(event.day, event.working, event.why)))
        case EngagementWithdrawn():
            return replace(state, withdrawal=event)
        case FactTakenBeforeEngagement():
            return replace(state, early=(*state.early, event.fact))
        case ReferralRightArose():
            return replace(state, arisen=(*state.arisen, event))
        case ReferralRightLapsed():
            settled = {
                right: replace(each, settled=True) for right, each in state.referrals.items() if right == event.right
            }
            return replace(state, lapsed=state.lapsed | {event.right}, referrals={**state.referrals, **settled})
        case MatterReferred():
            return replace(state, referrals={**state.referrals, event.right: Referral(event)})
        case _:
            assert_never(event)
