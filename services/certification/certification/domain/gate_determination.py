"""A decision for further testing that was referred: what a body finds met completes the testing (CTSD 5.19.5)."""

from collections.abc import Sequence
from dataclasses import replace

from certification.domain.completion import Completion, Event, ExitGateDetermined, ExitGateHeld, Refused
from rulebook.engine.dating.working_days import local_day
from rulebook.engine.gates import Verdict


def determine_gate(fact: ExitGateDetermined, state: Completion) -> Sequence[Event]:
    """The gate is passed where its criteria are found met; else further testing goes on.

    A decision that was replaced by a newer one is not determined any more, and what is complete, or was withdrawn,
    stays so.
    """
    refused = state.refused
    if state.complete or state.withdrawal or refused is None or fact.decided_at not in (None, refused.held.held_at):
        return []
    before = state.determination
    if before and (before.body, before.determined_at) == (fact.body, fact.determined_at):
        return []
    return [fact, _passed(fact, refused, state)] if fact.outcome == "met" else [fact]


def _passed(found: ExitGateDetermined, refused: Refused, state: Completion) -> ExitGateHeld:
    day = local_day(found.determined_at)
    return replace(
        refused.held,
        body=found.body,
        outcome="complete",
        criteria=tuple(each if each.met else _met(each, found, state) for each in refused.held.criteria),
        meeting_on=day,
        reason=found.reasons,
        held_by=found.determined_by,
        held_at=found.determined_at,
    )


def _met(verdict: Verdict, found: ExitGateDetermined, state: Completion) -> Verdict:
    title = state.opened.profile.roles[found.body].title if state.opened else found.body
    return replace(verdict, met=True, statement=f"The {title} determined that it is met: {found.reasons}")
