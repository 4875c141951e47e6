"""Referring a matter, by whom, within what term and once; answering, withdrawing, appealing (CTSD 5.2.7, 5.19.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from disputes.domain.events import (
    DeterminationAppealed,
    Event,
    InformationGiven,
    MatterReferred,
    ReferralRightArose,
    ReferralWithdrawn,
)
from disputes.domain.matters import Matters
from disputes.domain.referral import Referral
from disputes.domain.refusals import (
    AppealedAlready,
    DeterminationFinal,
    DeterminedAlready,
    MatterReferredAlready,
    NoReferrer,
    NotDetermined,
    NothingAsked,
    NotReferred,
    ReferralEnded,
    ReferredTooLate,
    RightLapsed,
    RightUnknown,
    SettledAlready,
    WordsMissing,
)
from kernel.engagement import EngagementUnknown
from kernel.refusal import citing
from rulebook.engine.dating.counting import counted_on
from rulebook.engine.dating.working_days import Calendar
from rulebook.engine.profile import Profile
from rulebook.engine.routes import Route


@dataclass(frozen=True)
class ReferMatter:
    """A role puts the matter of a right to the body that decides on it, and says why, and what it asks for."""

    right: str
    grounds: str
    role: str
    by: str
    now: datetime
    relief: str = ""


@dataclass(frozen=True)
class GiveInformation:
    """A role answers what the body asked of it."""

    right: str
    answer: str
    role: str
    by: str
    now: datetime


@dataclass(frozen=True)
class WithdrawReferral:
    """Whoever referred the matter does not ask for a determination any more."""

    right: str
    reason: str
    role: str
    by: str
    now: datetime


@dataclass(frozen=True)
class AppealDetermination:
    """Whoever referred the matter disagrees with its determination, and takes it to the body that the route names."""

    right: str
    grounds: str
    role: str
    by: str
    now: datetime


def refer_matter(command: ReferMatter, state: Matters) -> Sequence[Event]:
    """A matter is referred once, by a role that may, within its term and while the right stands."""
    if (profile := state.profile) is None:
        raise EngagementUnknown()
    right = right_of(command.right, state)
    if right.right in state.lapsed:
        raise citing(RightLapsed(right.right), right.clause)
    if command.role not in right.referred_by:
        raise citing(NoReferrer(command.role, ", ".join(right.referred_by)), right.clause)
    _require_in_time(command, right, profile, state.calendar)
    if earlier := state.referrals.get(right.right):
        _refuse_settled(earlier)
        before = earlier.referred
        raise citing(MatterReferredAlready(right.right, before.role, before.referred_at), right.clause)
    require_text(command.grounds, "grounds", right.clause)
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
            relief=command.relief,
        )
    ]


def give_information(command: GiveInformation, state: Matters) -> Sequence[Event]:
    """The role that was asked answers, while the matter is not determined."""
    referral = pending(command.right, state)
    clause = referral.referred.clause
    if not any(asked.role == command.role for asked in referral.unanswered):
        waiting = ", ".join(asked.role for asked in referral.unanswered) or "nobody"
        raise citing(NothingAsked(command.role, waiting), clause)
    require_text(command.answer, "answer", clause)
    return [InformationGiven(command.right, command.answer, command.role, command.by, command.now)]


def withdraw_referral(command: WithdrawReferral, state: Matters) -> Sequence[Event]:
    """Who referred the matter takes it back, while it is not determined."""
    referral = pending(command.right, state)
    _require_referrer(command.role, referral)
    require_text(command.reason, "reason", referral.referred.clause)
    return [ReferralWithdrawn(command.right, command.reason, command.role, command.by, command.now)]


def appeal_determination(command: AppealDetermination, state: Matters) -> Sequence[Event]:
    """Who referred the matter and did not get what they asked for appeals, once, where the route has an appeal."""
    referral, right = known_referral(command.right, state), right_of(command.right, state)
    _refuse_settled(referral)
    determined = referral.determination
    if determined is None:
        raise citing(NotDetermined(command.right, referral.body), right.clause)
    if determined.final:
        raise citing(DeterminationFinal(command.right, determined.body, determined.determined_at), right.clause)
    if referral.stage == "withdrawn":
        raise citing(ReferralEnded(command.right), right.clause)
    if referral.body != determined.body:
        raise citing(AppealedAlready(command.right, referral.body), right.clause)
    _require_referrer(command.role, referral)
    if right.right in state.lapsed:
        raise citing(RightLapsed(right.right), right.clause)
    require_text(command.grounds, "grounds", right.clause)
    return [DeterminationAppealed(command.right, right.appeal, command.grounds, command.role, command.by, command.now)]


def known_referral(right: str, state: Matters) -> Referral:
    """The referral of a right's matter, or RightUnknown, NotReferred."""
    known = right_of(right, state)
    if (referral := state.referrals.get(right)) is None:
        raise citing(NotReferred(right), known.clause)
    return referral


def pending(right: str, state: Matters) -> Referral:
    """A referral that a body has still to determine, or the refusal that says how it ended."""
    referral = known_referral(right, state)
    clause = referral.referred.clause
    _refuse_settled(referral)
    if (determined := referral.determination) is not None and not referral.pending:
        raise citing(DeterminedAlready(right, determined.body, determined.determined_at), clause)
    if referral.stage == "withdrawn":
        raise citing(ReferralEnded(right), clause)
    if right in state.lapsed:
        raise citing(RightLapsed(right), clause)
    return referral


def right_of(right: str, state: Matters) -> ReferralRightArose:
    """A right of the engagement, or RightUnknown, EngagementUnknown."""
    if state.engagement is None:
        raise EngagementUnknown()
    for each in state.arisen:
        if each.right == right:
            return each
    raise RightUnknown(right, ", ".join(each.right for each in state.open) or "none")


def require_text(text: str, what: str, clause: str) -> None:
    """Refuse what says nothing."""
    if not text.strip():
        raise citing(WordsMissing(what), clause)


def last_days(right: ReferralRightArose, profile: Profile, calendar: Calendar) -> Mapping[str, date]:
    """The last day on which each role may refer a matter, where it has a term; the day of the right is day zero."""
    day, route = calendar.day_of(right.arose_at), _route(right, profile)
    terms = {role: route.term(role) for role in right.referred_by}
    return {role: counted_on(day, term, calendar) for role, term in terms.items() if term is not None}


def route_of(right: ReferralRightArose, state: Matters) -> Route:
    """What the engagement's procedure says of a right."""
    if state.profile is None:
        raise EngagementUnknown()
    return _route(right, state.profile)


def _route(right: ReferralRightArose, profile: Profile) -> Route:
    return next(route for route in profile.routes if route.id == right.route)


def _require_in_time(command: ReferMatter, right: ReferralRightArose, profile: Profile, calendar: Calendar) -> None:
    last, today = last_days(right, profile, calendar).get(command.role), calendar.day_of(command.now)
    if last is not None and today > last:
        term = str(_route(right, profile).term(command.role))
        raise citing(ReferredTooLate(right.right, command.role, term, last, today), right.clause)


def _refuse_settled(referral: Referral) -> None:
    if settled := referral.settlement:
        raise citing(SettledAlready(settled.right, settled.settled_at), referral.referred.clause)


def _require_referrer(role: str, referral: Referral) -> None:
    referred = referral.referred
    if role != referred.role:
        raise citing(NoReferrer(role, referred.role), referred.clause)
