"""What other services' facts mean here: each comes as the event that it becomes, in any order.

A fact can't be refused; one that says nothing new changes nothing.
"""

from collections.abc import Sequence
from typing import assert_never

from certification.domain.completion import (
    Completion,
    CompletionOpened,
    Event,
    ExecutionCompleted,
    IssueNoted,
    ParticipantNamed,
    ScopeNoted,
    evolve,
)
from kernel.engagement import EngagementWithdrawn

Inbound = CompletionOpened | ParticipantNamed | ScopeNoted | IssueNoted | ExecutionCompleted | EngagementWithdrawn


def take(fact: Inbound, state: Completion) -> Sequence[Event]:
    """What follows from a fact of another service: it is noted, unless it is known."""
    return [] if _is_known(fact, state) else [fact]


def _is_known(fact: Inbound, state: Completion) -> bool:
    match fact:
        case CompletionOpened():
            return state.opened is not None  # the first notice opens the completion
        case ParticipantNamed():
            return evolve(state, fact) == state
        case ScopeNoted():
            return state.scope == fact.tests
        case IssueNoted():
            return state.issues.get(fact.issue) == fact
        case ExecutionCompleted():
            # It opens the way for a report; after the decision that all is complete, it changes nothing any more.
            return state.complete or state.execution == fact
        case EngagementWithdrawn():
            return state.withdrawal is not None
        case _:
            assert_never(fact)
