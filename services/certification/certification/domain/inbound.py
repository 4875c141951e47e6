"""What other services' facts mean here: each comes as the event that it becomes, in any order.

A fact can't be refused; one that says nothing new changes nothing.
"""

from collections.abc import Sequence
from typing import assert_never

from certification.domain.completion import (
    Completion,
    CompletionOpened,
    CompletionPaused,
    CompletionResumed,
    Event,
    ExecutionCompleted,
    ExitGateDetermined,
    IssueNoted,
    ParticipantNamed,
    ScopeNoted,
    evolve,
)
from certification.domain.gate_determination import determine_gate
from kernel.engagement import EngagementWithdrawn

Hold = CompletionPaused | CompletionResumed
Noted = CompletionOpened | ParticipantNamed | ScopeNoted | IssueNoted | ExecutionCompleted | EngagementWithdrawn | Hold
Inbound = Noted | ExitGateDetermined


def take(fact: Inbound, state: Completion) -> Sequence[Event]:
    """What follows from a fact of another service: it is noted, unless it is known."""
    if isinstance(fact, ExitGateDetermined):
        return determine_gate(fact, state)
    return [] if _is_known(fact, state) else [fact]


def _is_known(fact: Noted, state: Completion) -> bool:
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
        case CompletionPaused():
            return state.paused.get(fact.right) == fact
        case CompletionResumed():
            return fact.right not in state.paused
        case _:
            assert_never(fact)
