"""What other services' facts mean here: each comes as the event that it becomes, in any order, the notice perhaps last.

A fact is not refused; one that says nothing new changes nothing.
"""

from collections.abc import Sequence
from datetime import date
from typing import assert_never

from artefact_review.domain.descoping import refused
from artefact_review.domain.events import (
    DayDeclared,
    DescopingDetermined,
    EntryGateDetermined,
    Event,
    NotificationAcknowledged,
    ParticipantNamed,
    ReviewOpened,
    StartRescheduled,
)
from artefact_review.domain.gate_determination import determine_gate, opened
from artefact_review.domain.review import NotNotified, Review, State, evolve, folded
from artefact_review.domain.scoping import agree_anew, agree_by_notice
from kernel.engagement import EngagementWithdrawn

Inbound = (
    ReviewOpened
    | ParticipantNamed
    | NotificationAcknowledged
    | StartRescheduled
    | EngagementWithdrawn
    | DayDeclared
    | DescopingDetermined
    | EntryGateDetermined
)


def take(fact: Inbound, state: State) -> Sequence[Event]:
    """What follows from a fact of another service: of an engagement that was withdrawn nothing, but its notice."""
    if state.withdrawal is not None and not isinstance(fact, ReviewOpened):
        return []
    match fact:
        case ReviewOpened():
            return _open_review(fact, state)
        case ParticipantNamed():
            return [] if evolve(state, fact) == state else [fact]
        case NotificationAcknowledged():
            return [] if state.acknowledged_at else [fact]  # the entry criteria ask for it (CTSD 5.8.1c)
        case StartRescheduled():
            return _move(fact, state)
        case EngagementWithdrawn():
            return [fact]
        case DayDeclared():
            return [fact] if isinstance(state, Review) and fact.number > len(state.declared) else []
        case DescopingDetermined():
            return _determine(fact, state)
        case EntryGateDetermined():
            return determine_gate(fact, state)
        case _:
            assert_never(fact)


def _move(fact: StartRescheduled, state: State) -> Sequence[Event]:
    """From now on everything counts from the new start; the old one stays in the history (CTSD 5.5.2, 5.8.2b)."""
    if fact.start_date == _start_of(state):
        return []
    return [fact, *(opened(folded(state, fact), fact.rescheduled_at) if isinstance(state, Review) else ())]


def _determine(fact: DescopingDetermined, state: State) -> Sequence[Event]:
    """What the body decided is the scope by itself, also where that was agreed before (CTSD 5.2.8).

    Only a refusal is referred: what was not refused, or is determined already, stays as it is.
    """
    if isinstance(state, NotNotified) or fact.item not in refused(state) or fact.item in state.determined:
        return []
    return [fact, *agree_anew(folded(state, fact), fact.determined_at)]


def _open_review(opened: ReviewOpened, state: State) -> Sequence[Event]:
    """The first notice opens the review, and agrees the scope where it may.

    The notice of a procedure or an edition that is not known here is parked until it is.
    """
    if isinstance(state, Review):
        return []
    return [opened, *(agree_by_notice(Review(opened), opened.notified_at) if state.withdrawal is None else ())]


def _start_of(state: State) -> date | None:
    if isinstance(state, NotNotified):
        return state.rescheduled.start_date if state.rescheduled else None
    return state.start_date
