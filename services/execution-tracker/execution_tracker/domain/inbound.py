"""What other services' facts mean here: each comes as the event that it becomes, in any order.

A fact can't be refused; one that says nothing new changes nothing.
"""

from collections.abc import Sequence
from typing import assert_never

from execution_tracker.domain.events import (
    DisputeClosed,
    DisputeOpened,
    Event,
    ExecutionBegun,
    ExecutionConcluded,
    ExecutionReopened,
    FurtherStartAgreed,
    ParticipantNamed,
    ScopeSet,
    StartConfirmed,
    StartMoved,
)
from execution_tracker.domain.execution import Execution, evolve
from kernel.engagement import EngagementWithdrawn

Inbound = (
    ExecutionBegun
    | ParticipantNamed
    | StartMoved
    | ScopeSet
    | StartConfirmed
    | ExecutionReopened
    | ExecutionConcluded
    | FurtherStartAgreed
    | EngagementWithdrawn
    | DisputeOpened
    | DisputeClosed
)


def take(fact: Inbound, state: Execution) -> Sequence[Event]:
    """What follows from a fact of another service: it is kept, unless it says nothing new."""
    return [fact] if _is_new(fact, state) else []


def _is_new(fact: Inbound, state: Execution) -> bool:
    match fact:
        case ExecutionBegun():
            return state.engagement is None
        case ParticipantNamed():
            return evolve(state, fact) != state
        case StartMoved():
            # Where there is an entry gate, the date counts once that has confirmed it.
            return state.planned_start != fact.start_date
        case ScopeSet():
            # The whole set is taken over; results of tests that left it no longer count.
            known = (state.scoped, tuple(state.tests.values()), state.web_services)
            return known != (True, fact.tests, fact.web_services)
        case StartConfirmed():
            return (state.confirmed_start, state.schedule) != (fact.start_date, fact.schedule)
        case ExecutionReopened():
            # Further testing opens a completed execution again (CTSD 5.17.1.2).
            return state.completed and not state.concluded
        case ExecutionConcluded():
            # Nothing is open any more (CTSD 5.17.1.2); nor is further testing, where that was determined (5.19.5).
            return (state.completed or state.round > 0) and not state.concluded
        case FurtherStartAgreed():
            return state.further_starts.get(fact.round) != fact.start_date
        case EngagementWithdrawn():
            return state.withdrawal is None
        case DisputeOpened():
            return state.disputes.get(fact.right) != fact
        case DisputeClosed():
            return fact.right in state.disputes
        case _:
            assert_never(fact)
