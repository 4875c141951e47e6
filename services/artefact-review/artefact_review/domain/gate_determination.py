"""A decision at the entry gate that was referred: what a body finds met opens the gate by itself (CTSD 5.8.3)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from artefact_review.domain.events import EntryGateDetermined, EntryGateHeld, Event
from artefact_review.domain.guards import entry_gate
from artefact_review.domain.review import NotNotified, Review, State, folded
from artefact_review.domain.schedule import last_day, planned_schedule
from artefact_review.domain.scoping import agree_by_determination
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.gates import Verdict, determined_met


def determine_gate(fact: EntryGateDetermined, state: State) -> Sequence[Event]:
    """The gate opens where its criteria are found met, and stays as it is where they are not.

    A decision that was replaced by a newer one is not determined any more, and what was found met stays so. It stays
    shut where nothing was left to test, too: what was determined is kept, and the gate says so when it is held again.
    """
    if isinstance(state, NotNotified) or state.withdrawal:
        return []
    if not _is_of_the_decision(fact, state) or _is_known(fact, state):
        return []
    found = replace(fact, criteria=_found(fact, state))
    after = folded(state, found)
    if after.found_met is None:
        return [found]
    agreed = agree_by_determination(after, fact.determined_at)
    return [found, *agreed, *opened(folded(after, *agreed), fact.determined_at)]


def opened(review: Review, now: datetime) -> Sequence[Event]:
    """The gate as a body's determination opens it; not before the start is one that has not passed.

    A start that has passed is scheduled anew, which is heard of.
    """
    found = review.found_met
    if found is None or review.withdrawal or review.gate == "ready" or review.has_nothing_to_test:
        return []
    if review.start_date < calendar().day_of(now):
        return []
    schedule = planned_schedule(review)
    return [
        EntryGateHeld(
            gate=found.gate,
            body=found.body,
            outcome="ready",
            criteria=found.criteria,
            approved=tuple(sorted(entry_gate(review).approves)),
            start_date=review.start_date,
            schedule=schedule,
            last_day=last_day(schedule),
            reason=found.reasons,
            held_by=found.determined_by,
            held_at=now,
        )
    ]


def _is_of_the_decision(fact: EntryGateDetermined, review: Review) -> bool:
    """Whether it is about the decision that stands; earlier releases did not say of which one it is."""
    held = review.held
    return held is not None and held.outcome != "ready" and fact.decided_at in (None, held.held_at)


def _is_known(fact: EntryGateDetermined, review: Review) -> bool:
    before = review.determination
    if before is None:
        return False
    return before.outcome == "met" or before.decided_at == fact.decided_at


def _found(fact: EntryGateDetermined, review: Review) -> tuple[Verdict, ...]:
    criteria = review.held.criteria if review.held else ()
    return determined_met(criteria, fact.body, fact.reasons, review.profile) if fact.outcome == "met" else criteria
