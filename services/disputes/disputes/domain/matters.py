"""The matters of one engagement: what can have happened, and what it comes to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never


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


@dataclass(frozen=True)
class EngagementKnown:
    """The engagement, its kind, and whose it is."""

    procedure: str
    party: str
    rulebook: str | None = None


@dataclass(frozen=True)
class FactHeldBack:
    """A fact came before the engagement was known; it is looked at as soon as that is."""

    fact: Fact


@dataclass(frozen=True)
class ReferralRightArose:
    """A refusal gave a side the right to refer the matter. `fact` is what it arose from."""

    right: str
    route: str
    subject: str
    clause: str
    referred_by: str
    body: str
    meanwhile: str
    effect: str
    appeal: str
    arose_at: datetime
    fact: Fact


@dataclass(frozen=True)
class ReferralRightLapsed:
    """The matter was settled without a referral, or decided anew."""

    right: str
    route: str
    because: str
    lapsed_at: datetime


Event = EngagementKnown | FactHeldBack | ReferralRightArose | ReferralRightLapsed


@dataclass(frozen=True)
class Matters:
    """What decisions need: the engagement, once it is known, and the rights that arose in it."""

    procedure: str | None = None
    party: str | None = None
    rulebook: str | None = None
    held_back: tuple[Fact, ...] = ()
    arisen: tuple[ReferralRightArose, ...] = ()
    lapsed: frozenset[str] = field(default_factory=frozenset)

    @property
    def open(self) -> tuple[ReferralRightArose, ...]:
        """The rights that can still be used."""
        return tuple(right for right in self.arisen if right.right not in self.lapsed)


def evolve(state: Matters, event: Event) -> Matters:
    """The state after an event."""
    match event:
        case EngagementKnown():
            whose = replace(state, procedure=event.procedure, party=event.party, rulebook=event.rulebook)
            return replace(whose, held_back=())
        case FactHeldBack():
            return replace(state, held_back=(*state.held_back, event.fact))
        case ReferralRightArose():
            return replace(state, arisen=(*state.arisen, event))
        case ReferralRightLapsed():
            return replace(state, lapsed=state.lapsed | {event.right})
        case _:
            assert_never(event)
