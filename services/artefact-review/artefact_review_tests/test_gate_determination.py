"""A start that was prevented and referred: what the body finds met opens the gate by itself (CTSD 5.8.3)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from artefact_review import translation
from artefact_review.domain import events, gate_refusals
from contracts.artefact_review import EntryGateDetermined, EntryGateHeld
from contracts.disputes import MatterDetermined

from . import given
from .acting import LATER, OPENED, SPEC, gate, reschedule, reviewed, stated, with_everything

IN_TIME = datetime(2027, 2, 24, 15, tzinfo=UTC)
TOO_LATE = datetime(2027, 3, 3, 15, tzinfo=UTC)
PREVENTED = with_everything().when(gate("prevented", not_met=("5.8.1d",), reason="No bench.")).accepted()
REASONS = "The bench is there."


def determined(outcome: Any = "met", at: datetime = IN_TIME, **more: Any) -> events.EntryGateDetermined:
    """As it comes: what the criteria are by it, is for the review to say."""
    found = events.EntryGateDetermined("entry", given.NOW, "panel", outcome, REASONS, "pat", at)
    return replace(found, **more)


def moved(start: date = LATER, at: datetime = TOO_LATE) -> events.StartRescheduled:
    return replace(reschedule(start), rescheduled_at=at)


def test_what_the_body_finds_met_opens_the_gate_with_its_reasons_for_the_start_that_was_planned() -> None:
    story = PREVENTED.when(determined()).accepted()
    found, held = story.history[-2:]
    assert isinstance(found, events.EntryGateDetermined)
    assert isinstance(held, events.EntryGateHeld)
    assert (held.outcome, held.body, held.reason, held.held_by) == ("ready", "panel", REASONS, "pat")
    assert (held.start_date, held.last_day, sum(day.tests for day in held.schedule)) == (
        given.START,
        date(2027, 3, 5),
        36,
    )
    said = {each.criterion: each.statement for each in held.criteria if each.met}
    assert said["5.8.1d"] == "The Panel determined that it is met: The bench is there."
    assert len(said) == 6
    assert said["5.8.1e"] == "It is so. (reference DOC-1)", "what was met is as it was"


def test_where_the_start_has_passed_the_gate_opens_with_the_start_that_is_scheduled_anew() -> None:
    waiting = PREVENTED.when(determined(at=TOO_LATE)).accepted()
    assert reviewed(waiting).gate == "prevented"
    final = gate_refusals.EntryCriteriaDetermined("Panel", given.START)
    waiting.when(gate("prevented", reason="Still none.", now=TOO_LATE)).then_refused(final)
    waiting.when(stated("5.8.1d")).then_refused(gate_refusals.EntryCriteriaDetermined)
    said, held = waiting.when(moved()).accepted().history[-2:]
    assert said == moved()
    assert isinstance(held, events.EntryGateHeld)
    assert (held.outcome, held.start_date, held.held_at) == ("ready", LATER, TOO_LATE)


def test_a_start_that_moves_after_it_needs_no_gate_of_its_own() -> None:
    """What the body found met is met for whatever start follows."""
    again = PREVENTED.when(determined()).accepted().when(moved(at=IN_TIME)).accepted()
    held = reviewed(again).held
    assert held
    assert (held.outcome, held.start_date) == ("ready", LATER)


def test_where_it_is_not_met_the_gate_stays_as_it_is_and_may_be_held_again() -> None:
    story = PREVENTED.when(determined("not-met")).accepted()
    assert (reviewed(story).gate, reviewed(story).held) == ("prevented", reviewed(PREVENTED).held)
    assert len(story.history) == len(PREVENTED.history) + 1
    story.when(gate(now=IN_TIME)).then_refused(gate_refusals.EntryCriteriaNotMet)
    story.when(stated("5.8.1d")).accepted()


@pytest.mark.parametrize("at", [IN_TIME, TOO_LATE])
@pytest.mark.parametrize("outcome", ["met", "not-met"])
def test_what_comes_again_changes_nothing(outcome: Any, at: datetime) -> None:
    story = PREVENTED.when(determined(outcome, at)).accepted()
    story.when(determined(outcome, at)).then_nothing()
    if outcome == "met":
        story.when(moved()).accepted().when(determined(outcome, at)).then_nothing()


def test_a_decision_that_a_newer_one_replaced_is_not_determined_any_more() -> None:
    newer = PREVENTED.when(gate("prevented", reason="Nor a tester.", not_met=("5.8.1e",), now=IN_TIME)).accepted()
    newer.when(determined()).then_nothing()
    newer.when(determined(decided_at=IN_TIME)).accepted()
    passed = with_everything().when(gate()).accepted()
    passed.when(determined()).then_nothing()
    SPEC.given(OPENED).when(determined()).then_nothing()
    SPEC.given().when(determined()).then_nothing()


def test_a_determination_of_an_earlier_release_is_about_the_decision_that_stands() -> None:
    PREVENTED.when(determined(decided_at=None)).accepted()


def test_where_the_notice_agrees_the_scope_it_is_agreed_without_what_was_certified_when_the_gate_was_held() -> None:
    chosen = given.opened(procedure="additional-sr-dust", srvs=("4.2", "4.6.2"))
    party = replace(given.ACCEDED, certificates=(given.certificate("4.2"),))
    held = SPEC.given(chosen).when(gate("prevented", reason="No.", party=party, approved=())).accepted()
    story = held.when(determined()).accepted()
    (agreed,) = (event for event in story.history if isinstance(event, events.ScopeAgreed))
    assert agreed.certified == ("4.2",)
    assert {test.srv for test in agreed.tests} == {"4.6.2"}
    assert reviewed(story).gate == "ready"


@pytest.mark.parametrize("at", [IN_TIME, TOO_LATE])
def test_where_nothing_was_left_to_test_the_determination_is_kept_and_the_gate_stays_shut_and_says_why(
    at: datetime,
) -> None:
    chosen = given.opened(procedure="additional-sr-dust", srvs=("4.2", "4.6.2"))
    party = replace(given.ACCEDED, certificates=(given.certificate("4.2", "4.6.2"),))
    held = SPEC.given(chosen).when(gate("prevented", reason="No.", party=party, approved=())).accepted()
    story = held.when(determined(at=at)).accepted()
    assert [type(event) for event in story.history[len(held.history) :]] == [events.EntryGateDetermined]
    assert reviewed(story).gate == "prevented"
    story.when(determined(at=at)).then_nothing()
    refused = gate_refusals.NothingToStart("Panel", "4.2, 4.6.2")
    story.when(gate(party=party, approved=(), now=at)).then_refused(refused)
    again = story.when(moved()).accepted()
    assert reviewed(again).gate == "prevented", "another start opens nothing either"
    again.when(gate(party=party, approved=(), start_date=LATER, now=at)).then_refused(refused)


def test_the_determination_of_a_decision_at_the_gate_is_taken_and_told() -> None:
    fact = MatterDetermined(
        right="entry-criteria#1",
        route="entry-criteria",
        clause="CTSD 5.8.3",
        body="panel",
        upheld=True,
        reasons=REASONS,
        final=True,
        decision=EntryGateHeld.fact(),
        values={"gate": "entry", "outcome": "prevented"},
        determined_by="pat",
        determined_at=IN_TIME,
        decided_at=given.NOW,
    )
    assert translation.determined(fact) == determined()
    story = PREVENTED.when(determined()).accepted()
    told = [each.contract for event in story.history[-2:] for each in translation.publish("", event, reviewed(story))]
    assert [type(each) for each in told] == [EntryGateDetermined, EntryGateHeld]
