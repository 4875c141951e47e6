"""The entry gate: evidence, criteria with their verdicts, and what DCC decides."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from artefact_review.aggregates import REVIEW
from artefact_review.domain import events, gate_refusals, refusals, review
from artefact_review.domain.judging import Grounds, current_verdicts, verdicts
from artefact_review.domain.party import Party

from . import given
from .acting import ARTEFACTS, LATER, OPENED, SPEC, gate, report, reschedule, stated, with_everything


@pytest.mark.parametrize("criterion", ["5.8.1a", "5.8.1b", "5.8.1c", "5.8.1z"])
def test_evidence_is_given_only_where_it_is_asked_for(criterion: str) -> None:
    SPEC.given(OPENED).when(stated(criterion)).then_refused(
        gate_refusals.EvidenceNotWanted(criterion, "participant", "5.8.1d, 5.8.1e, 5.8.1f")
    )


def test_dcc_does_not_give_the_participants_evidence() -> None:
    SPEC.given(OPENED).when(stated("5.8.1d", "dcc")).then_refused(gate_refusals.EvidenceNotWanted)


def test_later_evidence_replaces_the_earlier() -> None:
    twice = SPEC.given(OPENED).when(stated("5.8.1d")).accepted().when(stated("5.8.1d")).accepted()
    state = twice.state
    assert isinstance(state, review.Review)
    assert len(state.evidence) == 1


def test_the_gate_is_ready_when_every_criterion_is_met_and_confirms_the_test_schedule() -> None:
    held = with_everything().when(gate()).accepted().history[-1]
    assert [each.criterion for each in held.criteria] == [f"5.8.1{letter}" for letter in "abcdef"]
    assert all(each.met and each.statement for each in held.criteria)
    assert sum(planned.tests for planned in held.schedule) == 36
    assert [planned.day for planned in held.schedule] == [date(2027, 3, day) for day in (1, 2, 3, 4, 5)]


@pytest.mark.parametrize(
    ("missing", "criterion"),
    [
        ((), "5.8.1a"),
        (("notification-acknowledged",), "5.8.1c"),
        (("artefacts-reviewed",), "5.8.1c"),
        (("readiness-reported",), "5.8.1c"),
        (("entry-evidence-given", "5.8.1d"), "5.8.1d"),
        (("entry-evidence-given", "5.8.1e"), "5.8.1e"),
        (("entry-evidence-given", "5.8.1f"), "5.8.1f"),
    ],
)
def test_the_gate_is_not_ready_while_one_criterion_is_unmet(missing: tuple[str, ...], criterion: str) -> None:
    history = [event for event in with_everything().history if not _is(event, missing)]
    party = given.ACCEDED if missing else Party()
    refusal = SPEC.given(*history).when(gate(party=party)).then_refused(gate_refusals.EntryCriteriaNotMet)
    assert refusal.facts["criteria"] == criterion


def unmet(spec: Any, **more: Any) -> str:
    """What a gate that would be ready says of criterion 5.8.1(c)."""
    refusal = spec.when(gate(**more)).then_refused(gate_refusals.EntryCriteriaNotMet)
    assert refusal.facts["criteria"] == "5.8.1c"
    return str(refusal.facts["statements"])


def test_the_gate_is_not_ready_unless_dcc_approves_the_readiness_report_there() -> None:
    statement = unmet(with_everything(), approved=())
    assert statement == (
        "5.8.1c: Missing: DCC's approval of the Test Readiness Report, which it did not give at the gate."
    )


def test_the_report_of_the_latest_week_that_was_due_by_the_day_of_the_gate_must_be_given() -> None:
    friday = datetime(2027, 1, 29, 10, tzinfo=UTC)
    with_everything().when(gate(now=datetime(2027, 1, 28, 10, tzinfo=UTC))).accepted()
    assert "the Test Readiness Report of week 2027-W04" in unmet(with_everything(), now=friday)
    with_everything().when(report("2027-W04", friday)).accepted().when(gate(now=friday)).accepted()


def test_before_any_report_is_due_the_gate_wants_one_all_the_same() -> None:
    history = [event for event in with_everything().history if not isinstance(event, events.ReadinessReported)]
    assert "a Test Readiness Report" in unmet(SPEC.given(*history), now=datetime(2026, 12, 1, 10, tzinfo=UTC))


def test_the_verdict_on_the_documents_names_everything_that_is_missing() -> None:
    grounds = Grounds(given.ACCEDED, date(2027, 1, 22))
    found = {each.criterion: each for each in verdicts(review.Review(OPENED), grounds)}
    assert found["5.8.1c"].statement == (
        "Missing: DCC's acknowledgement of the notification; the Test Readiness Report of week 2027-W03; the test "
        "artefacts; DCC's approval of the Test Readiness Report, which is given at the entry gate."
    )


def test_a_passed_gate_keeps_the_verdicts_it_confirmed_whatever_becomes_due_later() -> None:
    state = with_everything().when(gate()).accepted().state
    assert state.held.approved == ("test-readiness-report",)
    later = Grounds(given.ACCEDED, date(2027, 2, 26))
    assert all(each.met for each in current_verdicts(state, later))
    assert not all(each.met for each in verdicts(state, later))


def _is(event: events.Event, missing: tuple[str, ...]) -> bool:
    name, _ = REVIEW.codec.encode(event)
    return missing[:1] == (name,) and (len(missing) == 1 or getattr(event, "criterion", "") == missing[1])


def test_a_prevented_start_needs_a_reason_and_the_gate_may_be_held_again() -> None:
    held = SPEC.given(OPENED)
    held.when(gate("prevented")).then_refused(gate_refusals.PreventionReasonMissing)
    prevented = held.when(gate("prevented", reason="No environment.")).accepted()
    prevented.when(gate("prevented", reason="Still none.")).accepted()


def prevented(spec: Any, **more: Any) -> Any:
    return spec.when(gate("prevented", reason="The bench is not there.", **more))


def test_a_start_is_not_prevented_when_every_criterion_is_met() -> None:
    refusal = prevented(with_everything()).then_refused(gate_refusals.NoCriterionUnmet)
    assert "5.8.1d" in refusal.remedy_text
    prevented(SPEC.given(OPENED)).accepted()


def test_an_approval_that_dcc_does_not_give_prevents_no_start_unless_dcc_names_the_criterion() -> None:
    prevented(with_everything(), approved=()).then_refused(gate_refusals.NoCriterionUnmet)
    held = prevented(with_everything(), approved=(), not_met=("5.8.1c",)).accepted().history[-1]
    assert [each.criterion for each in held.criteria if not each.met] == ["5.8.1c"]


def test_what_the_gate_does_not_approve_is_refused_with_what_it_does() -> None:
    with_everything().when(gate(approved=("test-plan",))).then_refused(
        gate_refusals.ApprovalNotWanted("test-plan", "test-readiness-report")
    )


def test_the_schedule_is_that_of_the_test_plan_where_there_is_one() -> None:
    day = events.PlannedDay(given.START, 36)
    with_everything().when(gate(schedule=(day,))).then_refused(gate_refusals.ScheduleIsInThePlan)


def test_a_criterion_that_dcc_considers_not_met_is_published_as_unmet_with_the_reason() -> None:
    held = prevented(with_everything(), not_met=("5.8.1d",)).accepted().history[-1]
    (unmet,) = (each for each in held.criteria if not each.met)
    assert (unmet.criterion, unmet.clause) == ("5.8.1d", "CTSD 5.8.1(d)")
    assert unmet.statement == "DCC considers it not met: The bench is not there."


def test_the_gate_is_not_ready_when_dcc_considers_a_criterion_not_met() -> None:
    refusal = with_everything().when(gate(not_met=("5.8.1e",))).then_refused(gate_refusals.EntryCriteriaNotMet)
    assert refusal.facts["criteria"] == "5.8.1e"


@pytest.mark.parametrize("outcome", ["ready", "prevented"])
def test_a_criterion_that_the_gate_does_not_have_is_refused(outcome: str) -> None:
    named = gate(outcome, reason="No.", not_met=("5.8.1d", "5.8.1g", "zzz"))
    with_everything().when(named).then_refused(
        gate_refusals.EntryCriterionUnknown("5.8.1g, zzz", "5.8.1a, 5.8.1b, 5.8.1c, 5.8.1d, 5.8.1e, 5.8.1f")
    )


def test_the_gate_confirms_the_start_date_of_the_notice() -> None:
    other = date(2027, 3, 8)
    with_everything().when(gate(start_date=other)).then_refused(gate_refusals.StartDateDiffers(given.START, other))


def test_the_gate_is_not_ready_for_a_start_that_has_passed() -> None:
    late = datetime(2027, 3, 2, 10, tzinfo=UTC)
    refusal = (
        with_everything()
        .when(gate(now=late))
        .then_refused(gate_refusals.StartPassed(given.ENGAGEMENT, given.START, date(2027, 3, 2)))
    )
    assert f"POST /engagements/{given.ENGAGEMENT}/start" in refusal.remedy_text
    moved = with_everything().when(reschedule()).accepted().when(report("2027-W08", late)).accepted()
    moved.when(gate(start_date=LATER, now=late)).accepted()


def test_the_gate_may_be_ready_on_the_day_of_the_start_and_prevented_after_it() -> None:
    nearly_over = datetime(2027, 3, 1, 23, 59, tzinfo=UTC)
    with_everything().when(report("2027-W08", nearly_over)).accepted().when(gate(now=nearly_over)).accepted()
    late = datetime(2027, 3, 2, 0, tzinfo=UTC)
    SPEC.given(OPENED).when(gate("prevented", reason="No environment.", now=late)).accepted()


def test_after_a_passed_gate_only_readiness_reports_are_taken() -> None:
    passed = with_everything().when(gate()).accepted()
    passed.when(gate()).then_refused(gate_refusals.EntryGateReady)
    passed.when(stated("5.8.1d")).then_refused(gate_refusals.EntryGateReady)
    passed.when(given.submit(ARTEFACTS)).then_refused(refusals.ArtefactsAccepted)
    passed.when(report("2027-W02")).accepted()
