"""A gate that approves provisionally: what may be outstanding, what redeems it, and when it lapses (CTSD 5.8.2c)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from artefact_review.domain import events, gate_refusals, review
from artefact_review.domain.party import Party
from artefact_review.domain.provisional import LapseApproval, lapses_at
from kernel.engagement import EngagementWithdrawn

from . import given
from .acting import (
    ACCEPTED,
    ACKNOWLEDGED,
    ARTEFACTS,
    LATER,
    OPENED,
    SPEC,
    descope,
    evidenced,
    gate,
    report,
    reschedule,
    stated,
    verdict,
)
from .acting import reviewed as state_of

BY = date(2027, 1, 27)
IN_TIME = datetime(2027, 1, 27, 23, 59, tzinfo=UTC)
OVER = datetime(2027, 1, 28, tzinfo=UTC)
BENCH = events.Outstanding("5.8.1d", "The report of the bench's acceptance test", BY)
PLAN = events.Outstanding("5.8.1c", "The accepted artefacts", BY)


def without(*criteria: str) -> Any:
    """Everything is there but the evidence for these criteria."""
    history = evidenced(SPEC.given(*ACCEPTED)).history
    return SPEC.given(*(event for event in history if getattr(event, "criterion", "") not in criteria))


def provisional(*outstanding: events.Outstanding, **more: Any) -> Any:
    return gate("provisional", outstanding=outstanding, **{"approved": (), **more})


def approved() -> Any:
    return without("5.8.1d").when(provisional(BENCH)).accepted()


def said(spec: Any) -> list[str]:
    return [type(event).__name__ for event in spec.history]


def at(command: Any, now: datetime) -> Any:
    return type(command)(**{**vars(command), "now": now})


def lapse(now: datetime) -> LapseApproval:
    return LapseApproval(given.ENGAGEMENT, now)


def test_a_provisional_approval_has_every_verdict_and_confirms_no_start() -> None:
    spec = approved()
    approval = spec.history[-1]
    assert [each.criterion for each in approval.criteria] == [f"5.8.1{letter}" for letter in "abcdef"]
    (unmet,) = (each for each in approval.criteria if not each.met)
    awaited = f"Outstanding, to be provided by Wed 27 January 2027: {BENCH.document}"
    assert (unmet.criterion, unmet.statement) == ("5.8.1d", awaited)
    assert (state_of(spec).gate, state_of(spec).held) == ("provisional", None)


def test_the_last_document_that_comes_passes_the_gate_by_itself() -> None:
    spec = without("5.8.1d", "5.8.1e").when(
        provisional(BENCH, events.Outstanding("5.8.1e", "The plan of the testers' shifts", BY))
    )
    one = spec.accepted().when(stated("5.8.1d")).accepted()
    provided = one.history[-1]
    assert (provided.criterion, provided.document, provided.provided_by) == ("5.8.1d", BENCH.document, "pat")
    assert state_of(one).gate == "provisional"
    both = one.when(at(stated("5.8.1e"), IN_TIME)).accepted()
    held = both.history[-1]
    assert (held.outcome, held.held_by, held.held_at, held.start_date) == ("ready", "dana", IN_TIME, given.START)
    assert all(each.met for each in held.criteria)
    assert sum(day.tests for day in held.schedule) == 36
    assert lapses_at(state_of(both)) is None


def test_documents_that_are_accepted_afterwards_redeem_what_was_outstanding() -> None:
    waiting = evidenced(SPEC.given(OPENED, *(each for each in ACCEPTED[1:-1])))
    accepted = waiting.when(provisional(PLAN)).accepted().when(verdict("accepted")).accepted()
    assert said(accepted)[-3:] == ["ScopeAgreed", "OutstandingProvided", "EntryGateHeld"]


def test_a_schedule_that_was_given_before_there_was_a_plan_gives_way_to_that_of_the_plan() -> None:
    planned = provisional(PLAN, schedule=(events.PlannedDay(given.START, 7),))
    spec = evidenced(SPEC.given(OPENED, ACKNOWLEDGED)).when(planned).accepted().when(given.submit(ARTEFACTS)).accepted()
    accepted = spec.when(descope(agreed=True)).accepted().when(verdict("accepted")).accepted()
    assert sum(day.tests for day in accepted.history[-1].schedule) == 36


def test_a_weekly_report_redeems_what_was_outstanding() -> None:
    history = [
        each for each in evidenced(SPEC.given(*ACCEPTED)).history if not isinstance(each, events.ReadinessReported)
    ]
    spec = SPEC.given(*history).when(provisional(PLAN)).accepted().when(report("2027-W03")).accepted()
    assert said(spec)[-2:] == ["OutstandingProvided", "EntryGateHeld"]


def test_an_acknowledgement_that_is_heard_redeems_what_was_outstanding() -> None:
    history = [each for each in evidenced(SPEC.given(*ACCEPTED)).history if each != ACKNOWLEDGED]
    spec = SPEC.given(*history).when(provisional(PLAN)).accepted().when(ACKNOWLEDGED).accepted()
    assert said(spec)[-2:] == ["OutstandingProvided", "EntryGateHeld"]


def test_evidence_that_was_there_before_does_not_answer_what_dcc_holds_outstanding() -> None:
    spec = without().when(provisional(BENCH)).accepted().when(stated("5.8.1e")).accepted()
    assert state_of(spec).gate == "provisional"
    assert state_of(spec.when(stated("5.8.1d")).accepted()).gate == "ready"


def test_it_lapses_with_the_end_of_its_day_and_that_is_said_once() -> None:
    spec = approved()
    spec.when(lapse(IN_TIME)).then_nothing()
    lapsed = spec.when(lapse(OVER)).then(events.ProvisionalApprovalLapsed("entry", (BENCH,), given.START, OVER))
    assert state_of(lapsed).gate == "lapsed"
    lapsed.when(lapse(OVER)).then_nothing()


def test_evidence_that_comes_too_late_does_not_redeem_also_before_the_timer_looked() -> None:
    late = approved().when(at(stated("5.8.1d"), OVER)).accepted()
    assert said(late)[-2:] == ["ProvisionalApprovalLapsed", "EntryEvidenceGiven"]
    assert state_of(late).gate == "lapsed"
    late.when(lapse(OVER)).then_nothing()


def test_after_a_lapse_the_gate_is_held_again() -> None:
    lapsed = approved().when(lapse(OVER)).accepted()
    lapsed.when(gate(now=OVER)).then_refused(gate_refusals.EntryCriteriaNotMet)
    again = lapsed.when(at(stated("5.8.1d"), OVER)).accepted().when(gate(now=OVER)).accepted()
    assert state_of(again).gate == "ready"


def test_a_start_that_is_moved_voids_the_approval_of_the_old_one() -> None:
    moved = approved().when(reschedule()).accepted()
    assert state_of(moved).gate is None
    moved.when(lapse(OVER)).then_nothing()
    given_then = moved.when(stated("5.8.1d")).accepted()
    assert said(given_then)[-1] == "EntryEvidenceGiven"
    given_then.when(gate(start_date=LATER)).accepted()


def test_the_approval_of_an_engagement_that_is_withdrawn_does_not_lapse() -> None:
    withdrawn = approved().when(EngagementWithdrawn("No longer.", "participant", "pat", given.NOW)).accepted()
    withdrawn.when(lapse(OVER)).then_nothing()


def test_dcc_may_still_prevent_the_start_that_it_approved_provisionally() -> None:
    prevented = approved().when(gate("prevented", reason="No bench at all.")).accepted()
    assert state_of(prevented).gate == "prevented"
    prevented.when(lapse(OVER)).then_nothing()


@pytest.mark.parametrize(
    ("outstanding", "wrong"),
    [
        ((events.Outstanding("5.8.1a", "The accession", BY),), "5.8.1a"),
        ((BENCH, BENCH), "5.8.1d, 5.8.1d"),
        ((events.Outstanding("5.8.1d", "The bench", given.START),), "5.8.1d by Mon 1 March 2027"),
        ((events.Outstanding("5.8.1d", "The bench", date(2027, 1, 21)),), "5.8.1d by Thu 21 January 2027"),
    ],
    ids=["no document", "twice", "on the day of the start", "in the past"],
)
def test_documents_only_are_outstanding_each_once_and_by_a_day_before_the_start(outstanding: Any, wrong: str) -> None:
    refusal = without("5.8.1d").when(provisional(*outstanding)).then_refused(gate_refusals.OutstandingNotUsable)
    assert refusal.facts["wrong"] == wrong
    assert "from Fri 22 January 2027 to Sun 28 February 2027" in refusal.remedy_text


def test_each_criterion_that_is_not_met_is_named_and_something_is() -> None:
    refusal = without("5.8.1d", "5.8.1e").when(provisional(BENCH)).then_refused(gate_refusals.OutstandingMissing)
    assert refusal.facts["criteria"] == "5.8.1e"
    without().when(provisional()).then_refused(gate_refusals.OutstandingMissing("any criterion"))


def test_what_is_no_document_is_never_outstanding() -> None:
    refused = without("5.8.1d").when(provisional(BENCH, party=Party())).then_refused(gate_refusals.EntryCriteriaNotMet)
    assert refused.facts["criteria"] == "5.8.1a"


def test_outstanding_documents_belong_to_a_provisional_approval() -> None:
    without().when(gate(outstanding=(BENCH,))).then_refused(gate_refusals.OutstandingNotWanted("ready"))


def test_a_start_that_has_passed_is_not_approved_provisionally() -> None:
    after = datetime(2027, 3, 2, 10, tzinfo=UTC)
    without("5.8.1d").when(provisional(BENCH, now=after)).then_refused(gate_refusals.StartPassed)


def test_a_gate_that_does_not_know_it_approves_nothing_provisionally() -> None:
    opened = given.opened("ES", procedure="additional-sr-dust", srvs=("6.7",))
    refusal = SPEC.given(opened).when(provisional(BENCH)).then_refused(gate_refusals.ProvisionalNotOffered)
    assert refusal.facts["gate"] == "decision on the entry criteria"


def test_a_review_without_an_approval_never_lapses() -> None:
    assert lapses_at(review.Review(OPENED)) is None
    SPEC.when(lapse(OVER)).then_nothing()
