"""Further testing that was referred: what a body finds met is certified by itself (CTSD 5.19.3, 5.19.5)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any

import pytest

from certification import translation
from certification.domain.completion import (
    Completion,
    CompletionPaused,
    CompletionResumed,
    Event,
    ExitGateDetermined,
    ExitGateHeld,
)
from certification.domain.decisions import Command
from certification.domain.refusals import CompletionIsPaused, GateAlreadyPassed, GateNotPassed
from contracts import certification as published
from contracts.disputes import MatterDetermined
from testing.probe import Spec

from .events import CONFIRMED, EXECUTED, FURTHER, HOLD, NOW, REQUEST, SUBMITTED, reviewed

PANEL_AT, AT = datetime(2027, 5, 20, 10, tzinfo=UTC), datetime(2027, 6, 3, 10, tzinfo=UTC)
REASONS = "The evidence of run 2 was sent with the report."
refused = reviewed.when(FURTHER).accepted()
AGAIN = replace(EXECUTED, srvs=("6.2.4",), completed_at=datetime(2027, 6, 1, 10, tzinfo=UTC))
"""A further execution in which fewer Service Requests passed."""


def determined(outcome: Any = "met", body: str = "authority", at: datetime = AT, **more: Any) -> ExitGateDetermined:
    return replace(ExitGateDetermined("exit", NOW, body, outcome, REASONS, "ada", at), **more)


def completion(story: Spec[Command, Completion, Event]) -> Completion:
    return story.state


def test_what_a_body_finds_met_passes_the_gate_with_its_reasons() -> None:
    story = refused.when(determined()).accepted()
    found, held = story.history[-2:]
    assert found == determined()
    assert isinstance(held, ExitGateHeld)
    assert (held.outcome, held.body, held.reason, held.held_by) == ("complete", "authority", REASONS, "ada")
    assert (held.meeting_on, held.held_at) == (date(2027, 6, 3), AT), "from which the certificate has its time"
    (said,) = (each.statement for each in held.criteria if each.criterion == "5.19.1a")
    assert said == f"The Authority determined that it is met: {REASONS}"
    assert all(each.met for each in held.criteria)


def test_the_panel_says_no_and_the_authority_yes() -> None:
    dismissed = refused.when(determined("not-met", "panel", PANEL_AT)).then(determined("not-met", "panel", PANEL_AT))
    assert not completion(dismissed).complete
    dismissed.when(REQUEST).then_refused(GateNotPassed)
    assert completion(dismissed.when(determined()).accepted()).complete


def test_the_certificate_rests_on_it_and_lists_what_passed_in_the_execution_that_was_decided_on() -> None:
    story = refused.given(AGAIN, SUBMITTED, CONFIRMED).when(determined()).accepted().when(REQUEST).accepted()
    (certificate,) = completion(story).certificates.values()
    assert [row.srv for row in certificate.srvs] == ["6.2.4", "6.15.1", "8.9"]
    assert (certificate.issuer, certificate.rests_on) == ("DCC", "the Authority, on 3 June 2027")


def test_a_certificate_that_rests_on_the_gate_alone_names_no_determination() -> None:
    story = reviewed.when(HOLD).accepted().when(REQUEST).accepted()
    assert [each.rests_on for each in completion(story).certificates.values()] == [None]


def test_what_is_determined_against_the_party_leaves_further_testing_going_on() -> None:
    story = refused.when(determined("not-met")).accepted().given(AGAIN, SUBMITTED, CONFIRMED).when(HOLD).accepted()
    assert completion(story).complete
    assert completion(story).execution == AGAIN


def test_a_decision_that_a_newer_one_replaced_is_not_determined_any_more() -> None:
    later = replace(FURTHER, now=PANEL_AT, meeting_on=PANEL_AT.date())
    newer = refused.given(AGAIN, SUBMITTED, CONFIRMED).when(later).accepted()
    newer.when(determined()).then_nothing()
    newer.when(determined(decided_at=PANEL_AT)).accepted()
    complete = refused.given(AGAIN, SUBMITTED, CONFIRMED).when(HOLD).accepted()
    complete.when(determined()).then_nothing()
    reviewed.when(determined()).then_nothing()


@pytest.mark.parametrize("outcome", ["met", "not-met"])
def test_what_comes_again_changes_nothing(outcome: Any) -> None:
    story = refused.when(determined(outcome)).accepted()
    story.when(determined(outcome)).then_nothing()


def test_once_it_is_determined_no_gate_is_held_and_no_further_execution_counts() -> None:
    story = refused.when(determined()).accepted()
    story.when(AGAIN).then_nothing()
    story.when(HOLD).then_refused(GateAlreadyPassed)


@pytest.mark.parametrize("facts", sorted({*permutations("adda")}))
def test_a_further_execution_and_a_determination_end_alike_in_any_order_and_as_often_as_they_come(
    facts: str,
) -> None:
    """`a` is the further execution, `d` the determination."""
    story = refused
    for fact in facts:
        story = story.given(*story.when(AGAIN if fact == "a" else determined()).events)
    assert completion(story) == completion(refused.when(determined()).accepted())


def test_the_determination_of_a_decision_at_the_exit_gate_is_taken_and_told() -> None:
    fact = MatterDetermined(
        right="uept-exit#1",
        route="uept-exit",
        clause="CTSD 5.19.3",
        body="authority",
        upheld=True,
        reasons=REASONS,
        final=True,
        decision=published.ExitGateHeld.fact(),
        values={"gate": "exit", "outcome": "further-testing"},
        determined_by="ada",
        determined_at=AT,
        decided_at=NOW,
    )
    assert translation.determined(fact) == determined()
    assert translation.determined(fact.model_copy(update={"decision": "artefact-review.entry-gate-held"})) is None
    story = refused.when(determined()).accepted()
    told = [each.contract for event in story.history[-2:] for each in translation.publish("", event, story.state)]
    assert [type(each) for each in told] == [published.ExitGateDetermined, published.ExitGateHeld]


PAUSED = CompletionPaused("uept-exit#1", "panel", "CTSD 5.19.4", NOW)
RESUMED = CompletionResumed("uept-exit#1", AT)
again = refused.given(AGAIN, SUBMITTED, CONFIRMED).when(PAUSED).then(PAUSED)


def test_while_it_is_before_a_body_further_testing_is_not_decided_again_but_that_the_criteria_are_met_is() -> None:
    later = replace(FURTHER, now=PANEL_AT, meeting_on=PANEL_AT.date())
    refusal = again.when(later).then_refused(CompletionIsPaused("panel", NOW))
    assert refusal.clause == "CTSD 5.19.4"
    again.when(HOLD).accepted()
    again.when(RESUMED).then(RESUMED).when(later).accepted()


def test_a_pause_that_comes_again_changes_nothing() -> None:
    again.when(PAUSED).then_nothing()
    again.when(RESUMED).accepted().when(RESUMED).then_nothing()
