"""What follows from a command, and from others' decisions: the rights that a procedure's routes give, and their end."""

from collections.abc import Sequence
from typing import assert_never

from disputes.domain.determining import (
    AcknowledgeReferral,
    CorrectDetermination,
    DetermineMatter,
    RequestInformation,
    acknowledge_referral,
    correct_determination,
    determine_matter,
    request_information,
)
from disputes.domain.events import (
    DayDeclared,
    EngagementNoted,
    Event,
    Fact,
    FactTakenBeforeEngagement,
    ReferralRightArose,
    ReferralRightLapsed,
)
from disputes.domain.evidence import GiveEvidence, give_evidence
from disputes.domain.matters import Matters, evolve
from disputes.domain.referring import (
    AppealDetermination,
    GiveInformation,
    ReferMatter,
    WithdrawReferral,
    appeal_determination,
    give_information,
    refer_matter,
    withdraw_referral,
)
from disputes.domain.settling import AnswerSettlement, ProposeSettlement, answer_settlement, propose_settlement
from kernel.engagement import EngagementWithdrawn, require_going_on
from rulebook.engine.profile import Profile
from rulebook.engine.routes import Route, arising, lapsing

ByReferrer = ReferMatter | GiveInformation | WithdrawReferral | AppealDetermination
ByBody = AcknowledgeReferral | RequestInformation | DetermineMatter | CorrectDetermination
BySides = GiveEvidence | ProposeSettlement | AnswerSettlement
Command = EngagementNoted | EngagementWithdrawn | DayDeclared | Fact | ByReferrer | BySides | ByBody


def decide(command: Command, state: Matters) -> Sequence[Event]:
    """What follows from a command, or its refusal; a fact of another service is never refused."""
    match command:
        case EngagementNoted():
            return note_engagement(command, state)
        case DayDeclared():
            known = state.engagement is None or command.number <= len(state.declared)
            return [] if known else [command]
        case EngagementWithdrawn():
            return end_matters(command, state)
        case Fact():
            return take_fact(command, state)
        case _:
            if state.profile is not None:
                require_going_on(state.withdrawal, state.profile.notice.clause)
            return _decide(command, state)


def _decide(command: ByReferrer | BySides | ByBody, state: Matters) -> Sequence[Event]:
    match command:
        case ReferMatter():
            return refer_matter(command, state)
        case GiveInformation():
            return give_information(command, state)
        case WithdrawReferral():
            return withdraw_referral(command, state)
        case AppealDetermination():
            return appeal_determination(command, state)
        case GiveEvidence():
            return give_evidence(command, state)
        case ProposeSettlement():
            return propose_settlement(command, state)
        case AnswerSettlement():
            return answer_settlement(command, state)
        case AcknowledgeReferral():
            return acknowledge_referral(command, state)
        case RequestInformation():
            return request_information(command, state)
        case DetermineMatter():
            return determine_matter(command, state)
        case CorrectDetermination():
            return correct_determination(command, state)
        case _:
            assert_never(command)


def note_engagement(noted: EngagementNoted, state: Matters) -> Sequence[Event]:
    """The engagement is noted once, and what follows from the facts that came before it is decided now."""
    if state.engagement is not None:
        return []
    events: list[Event] = [noted]
    after = evolve(state, noted)
    for fact in state.early:
        following = take_fact(fact, after)
        for event in following:
            after = evolve(after, event)
        events.extend(following)
    return events


def end_matters(withdrawn: EngagementWithdrawn, state: Matters) -> Sequence[Event]:
    """With the engagement every right in it ends, referred or not: there is nothing left to determine."""
    if state.withdrawal is not None:
        return []
    because, at = f"The engagement was withdrawn: {withdrawn.reason}", withdrawn.withdrawn_at
    return [withdrawn, *(ReferralRightLapsed(right.right, right.route, because, at) for right in state.open)]


def take_fact(fact: Fact, state: Matters) -> Sequence[Event]:
    """A refusal gives a right, or renews the one that an earlier decision gave; a settlement ends it.

    In an engagement that was withdrawn no right arises any more.
    """
    if state.withdrawal is not None:
        return []
    if (profile := state.profile) is None:
        return [FactTakenBeforeEngagement(fact)]
    return [*_lapsed(profile, fact, state), *_arisen(profile, fact, state)]


def _lapsed(profile: Profile, fact: Fact, state: Matters) -> Sequence[Event]:
    return [
        ReferralRightLapsed(right.right, right.route, fact.reason, fact.at)
        for route, trigger in lapsing(profile, fact.name, fact.values)
        for right in state.open
        if right.route == route.id and _same(right.fact, fact, trigger.same)
    ]


def _same(before: Fact, now: Fact, names: Sequence[str]) -> bool:
    return all(before.part(name) == now.part(name) for name in names)


def _arisen(profile: Profile, fact: Fact, state: Matters) -> Sequence[Event]:
    return [event for route in arising(profile, fact.name, fact.values) for event in _renewed(route, fact, state)]


def _renewed(route: Route, fact: Fact, state: Matters) -> Sequence[Event]:
    """The right on the newest decision; one on an earlier decision of the same thing, with other words, lapses."""
    before = [right for right in state.open if right.route == route.id and right.fact.spread == fact.spread]
    if any((right.fact.matter, right.fact.reason) == (fact.matter, fact.reason) for right in before):
        return []
    because = f"A newer decision took its place: {fact.reason}"
    lapsed = [ReferralRightLapsed(right.right, right.route, because, fact.at) for right in before]
    return [*lapsed, _right(route, fact, state)]


def _right(route: Route, fact: Fact, state: Matters) -> ReferralRightArose:
    number = 1 + sum(right.route == route.id for right in state.arisen)
    return ReferralRightArose(
        right=f"{route.id}#{number}",
        route=route.id,
        subject=route.subject,
        clause=route.clause,
        referred_by=route.referred_by,
        within=_terms(route),
        body=route.body,
        meanwhile=route.meanwhile,
        effect=route.effect,
        appeal=route.appeal,
        final=route.final,
        arose_at=fact.at,
        fact=fact,
    )


def _terms(route: Route) -> dict[str, str]:
    return {role: str(term) for role in route.referred_by if (term := route.term(role)) is not None}
