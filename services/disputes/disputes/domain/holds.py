"""What waits while a matter is before a body, and when it goes on again (CTSD 5.2.9, 5.8.3, 5.19.4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from disputes.domain.events import (
    DeterminationAppealed,
    Event,
    Fact,
    MatterDetermined,
    MatterReferred,
    ReferralRightLapsed,
    ReferralSettled,
    ReferralWithdrawn,
)
from disputes.domain.matters import Matters
from disputes.domain.referring import right_of, route_of
from rulebook.engine.routes import Route

Because = Literal["determined", "withdrawn", "settled"]


@dataclass(frozen=True)
class Hold:
    """What waits by a route since a matter came before the body: `because` and `ended_at` once it has ended."""

    right: str
    route: Route
    fact: Fact
    body: str
    began_at: datetime
    because: Because | None = None
    ended_at: datetime | None = None


def hold(event: Event, state: Matters) -> Hold | None:
    """The hold that an event begins or ends, in the state after it; an appeal begins one of its own."""
    match event:
        case MatterReferred() | DeterminationAppealed():
            return _held(event.right, state)
        case MatterDetermined():
            return _held(event.right, state, "determined", event.determined_at)
        case ReferralWithdrawn():
            return _held(event.right, state, "withdrawn", event.withdrawn_at)
        case ReferralSettled():
            return _held(event.right, state, "settled", event.settled_at)
        case ReferralRightLapsed() if _was_pending(event.right, state):
            return _held(event.right, state, "settled", event.lapsed_at)
        case _:
            return None


def _was_pending(right: str, state: Matters) -> bool:
    referral = state.referrals.get(right)
    return referral is not None and referral.before_settlement.pending


def _held(right: str, state: Matters, because: Because | None = None, ended_at: datetime | None = None) -> Hold | None:
    known, referral = right_of(right, state), state.referrals[right]
    route = route_of(known, state)
    if not route.holds:
        return None
    return Hold(right, route, known.fact, referral.body, referral.before_since, because, ended_at)
