"""The matters of one engagement: what can have happened, and what it comes to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from kernel.audience import Audience
from kernel.engagement import Participant, Subject, organisations
from kernel.stored import stored
from rulebook.engine.profile import Profile, profile


@dataclass(frozen=True)
class Fact:
    """What another service said: the name that the rulebook uses, and the values that rights depend on.

    `matter` says in words what it is about, `reason` why it was decided so.
    """

    name: str
    values: Mapping[str, str | bool]
    matter: str
    reason: str
    at: datetime


@stored("engagement-noted")
@dataclass(frozen=True)
class EngagementNoted:
    """The engagement was notified: its procedure, the edition that it keeps, its subject, and who takes part."""

    procedure: str
    rulebook: str
    subject: Subject
    participants: tuple[Participant, ...]


@stored("fact-taken-before-engagement")
@dataclass(frozen=True)
class FactTakenBeforeEngagement:
    """A fact came before the notice of its engagement; what follows from it is decided as the notice comes."""

    fact: Fact


@stored("referral-right-arose")
@dataclass(frozen=True)
class ReferralRightArose:
    """A refusal gave roles the right to refer the matter. `fact` is what it arose from.

    `within` says how long each of them has, where a term is stated.
    """

    right: str
    route: str
    subject: str
    clause: str
    referred_by: tuple[str, ...]
    within: Mapping[str, str]
    body: str
    meanwhile: str
    effect: str
    appeal: str
    final: str
    arose_at: datetime
    fact: Fact


@stored("referral-right-lapsed")
@dataclass(frozen=True)
class ReferralRightLapsed:
    """The matter was settled, or decided anew."""

    right: str
    route: str
    because: str
    lapsed_at: datetime


@stored("matter-referred")
@dataclass(frozen=True)
class MatterReferred:
    """A role put the matter of a right to the body that decides on it."""

    right: str
    route: str
    clause: str
    body: str
    grounds: str
    role: str
    referred_by: str
    referred_at: datetime


Event = EngagementNoted | FactTakenBeforeEngagement | ReferralRightArose | ReferralRightLapsed | MatterReferred


@dataclass(frozen=True)
class Matters:
    """What decisions need: the engagement, once its notice has come, the rights that arose in it, and their referrals.

    `early` are the facts that came before the notice.
    """

    engagement: EngagementNoted | None = None
    early: tuple[Fact, ...] = ()
    arisen: tuple[ReferralRightArose, ...] = ()
    lapsed: frozenset[str] = field(default_factory=frozenset)
    referred: Mapping[str, MatterReferred] = field(default_factory=dict)

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
        """The rights whose matter is not settled."""
        return tuple(right for right in self.arisen if right.right not in self.lapsed)


def evolve(state: Matters, event: Event) -> Matters:
    """The state after an event."""
    match event:
        case EngagementNoted():
            return replace(state, engagement=event, early=())
        case FactTakenBeforeEngagement():
            return replace(state, early=(*state.early, event.fact))
        case ReferralRightArose():
            return replace(state, arisen=(*state.arisen, event))
        case ReferralRightLapsed():
            return replace(state, lapsed=state.lapsed | {event.right})
        case MatterReferred():
            return replace(state, referred={**state.referred, event.right: event})
        case _:
            assert_never(event)
