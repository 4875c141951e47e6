"""A decision for further testing that was referred: what a body finds met completes the testing (CTSD 5.19.5)."""

from collections.abc import Sequence
from dataclasses import replace

from certification.domain.completion import Completion, Event, ExitGateDetermined, ExitGateHeld
from rulebook.engine.dating.working_days import local_day
from rulebook.engine.gates import determined_met
from rulebook.engine.profile import Profile


def determine_gate(fact: ExitGateDetermined, state: Completion) -> Sequence[Event]:
    """The gate is passed where its criteria are found met; else further testing goes on.

    A decision that was replaced by a newer one is not determined any more, and what is complete, or was withdrawn,
    stays so.
    """
    opened, refused = state.opened, state.refused
    if opened is None or refused is None or state.complete or state.withdrawal:
        return []
    if fact.decided_at not in (None, refused.held.held_at):
        return []
    before = state.determination
    if before and (before.body, before.determined_at) == (fact.body, fact.determined_at):
        return []
    return [fact, _passed(fact, refused.held, opened.profile)] if fact.outcome == "met" else [fact]


def _passed(found: ExitGateDetermined, held: ExitGateHeld, profile: Profile) -> ExitGateHeld:
    return replace(
        held,
        body=found.body,
        outcome="complete",
        criteria=determined_met(held.criteria, found.body, found.reasons, profile),
        meeting_on=local_day(found.determined_at),
        reason=found.reasons,
        held_by=found.determined_by,
        held_at=found.determined_at,
    )
