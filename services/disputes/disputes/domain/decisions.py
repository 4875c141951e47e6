"""What follows from others' decisions: the rights that the rulebook's table of routes gives, and their end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from disputes.domain.matters import (
    EngagementKnown,
    Event,
    Fact,
    FactHeldBack,
    Matters,
    ReferralRightArose,
    ReferralRightLapsed,
    evolve,
)
from rulebook.engine.editions import root_of
from rulebook.engine.routes import Route, arising, lapsing


@dataclass(frozen=True)
class KnowEngagement:
    """A Party gave notice of an engagement of a kind, which keeps the edition of the rules under which it began."""

    procedure: str
    party: str
    rulebook: str | None = None


@dataclass(frozen=True)
class HearFact:
    """Another service decided something."""

    fact: Fact


Command = KnowEngagement | HearFact


def decide(command: Command, state: Matters) -> Sequence[Event]:
    """What follows from a command. Facts of others are never refused."""
    match command:
        case KnowEngagement():
            return know(command, state)
        case HearFact():
            return hear(command.fact, state)
        case _:
            assert_never(command)


def know(command: KnowEngagement, state: Matters) -> Sequence[Event]:
    """Facts of different services come in any order: what was held back is looked at now."""
    if state.procedure is not None:
        return []
    events: list[Event] = [EngagementKnown(command.procedure, command.party, command.rulebook)]
    after = evolve(state, events[0])
    for fact in state.held_back:
        following = hear(fact, after)
        for event in following:
            after = evolve(after, event)
        events.extend(following)
    return events


def hear(fact: Fact, state: Matters) -> Sequence[Event]:
    """A refusal gives a right, or renews the one that an earlier decision gave; a settlement ends it."""
    if state.procedure is None:
        return [FactHeldBack(fact)]
    rules = root_of(state.rulebook)
    lapsed = [
        ReferralRightLapsed(right.right, right.route, fact.reason, fact.at)
        for route, trigger in lapsing(state.procedure, fact.name, fact.values, rules)
        for right in state.open
        if right.route == route.id and _same(right.fact, fact, trigger.same)
    ]
    arisen = [
        event
        for route in arising(state.procedure, fact.name, fact.values, rules)
        for event in _renewed(route, fact, state)
    ]
    return [*lapsed, *arisen]


def _renewed(route: Route, fact: Fact, state: Matters) -> Sequence[Event]:
    """The right on the newest decision; one on an earlier decision of the same thing, with other words, lapses."""
    before = [right for right in state.open if right.route == route.id and right.fact.values == fact.values]
    if any((right.fact.matter, right.fact.reason) == (fact.matter, fact.reason) for right in before):
        return []
    because = f"A newer decision took its place: {fact.reason}"
    lapsed = [ReferralRightLapsed(right.right, right.route, because, fact.at) for right in before]
    return [*lapsed, _arisen(route, fact, state)]


def _same(before: Fact, now: Fact, names: Sequence[str]) -> bool:
    return all(before.values.get(name) == now.values.get(name) for name in names)


def _arisen(route: Route, fact: Fact, state: Matters) -> ReferralRightArose:
    number = 1 + sum(right.clause == route.clause for right in state.arisen)
    return ReferralRightArose(
        right=f"{route.clause.removeprefix('CTSD ')}#{number}",
        route=route.id,
        subject=route.subject,
        clause=route.clause,
        referred_by=route.referred_by,
        body=route.body,
        meanwhile=route.meanwhile,
        effect=route.effect,
        appeal=route.appeal,
        arose_at=fact.at,
        fact=fact,
    )
