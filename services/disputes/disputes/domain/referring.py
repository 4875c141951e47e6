"""Referring a matter: by whom, within what term, and once (CTSD 5.2.7, 5.8.3, 5.19.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from disputes.domain.matters import Event, MatterReferred, Matters, ReferralRightArose
from disputes.domain.refusals import (
    GroundsMissing,
    MatterReferredAlready,
    NoReferrer,
    ReferredTooLate,
    RightLapsed,
    RightUnknown,
)
from kernel.engagement import EngagementUnknown
from kernel.refusal import citing
from rulebook.engine.dating.counting import counted_on
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.profile import Profile
from rulebook.engine.routes import Route


@dataclass(frozen=True)
class ReferMatter:
    """A role puts the matter of a right to the body that decides on it, and says why."""

    engagement: str
    right: str
    grounds: str
    role: str
    by: str
    now: datetime


def refer_matter(command: ReferMatter, state: Matters) -> Sequence[Event]:
    """A matter is referred once, by a role that may, within its term and while the right stands."""
    if (profile := state.profile) is None:
        raise EngagementUnknown()
    right = _right(command, state)
    if right.right in state.lapsed:
        raise citing(RightLapsed(right.right), right.clause)
    if command.role not in right.referred_by:
        raise citing(NoReferrer(command.role, ", ".join(right.referred_by)), right.clause)
    _require_in_time(command, right, profile)
    if earlier := state.referred.get(right.right):
        raise citing(MatterReferredAlready(right.right, earlier.role, earlier.referred_at), right.clause)
    if not command.grounds.strip():
        raise citing(GroundsMissing(), right.clause)
    return [
        MatterReferred(
            right=right.right,
            route=right.route,
            clause=right.clause,
            body=right.body,
            grounds=command.grounds,
            role=command.role,
            referred_by=command.by,
            referred_at=command.now,
        )
    ]


def last_days(right: ReferralRightArose, profile: Profile) -> Mapping[str, date]:
    """The last day on which each role may refer a matter, where it has a term; the day of the right is day zero."""
    day, route = calendar().day_of(right.arose_at), _route(right, profile)
    terms = {role: route.term(role) for role in right.referred_by}
    return {role: counted_on(day, term, calendar()) for role, term in terms.items() if term is not None}


def _right(command: ReferMatter, state: Matters) -> ReferralRightArose:
    for right in state.arisen:
        if right.right == command.right:
            return right
    raise RightUnknown(command.right, ", ".join(right.right for right in state.open) or "none")


def _route(right: ReferralRightArose, profile: Profile) -> Route:
    return next(route for route in profile.routes if route.id == right.route)


def _require_in_time(command: ReferMatter, right: ReferralRightArose, profile: Profile) -> None:
    last, today = last_days(right, profile).get(command.role), calendar().day_of(command.now)
    if last is not None and today > last:
        term = str(_route(right, profile).term(command.role))
        raise citing(ReferredTooLate(right.right, command.role, term, last, today), right.clause)
