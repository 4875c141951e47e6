"""The rules of the review: reports, submissions, descoping, evidence and the gate."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any, Literal

import pytest

from artefact_review.application import PARTY, REVIEW
from artefact_review.domain import decisions, descoping, entry_gate, notice, refusals, reporting, review, reviewing
from artefact_review.domain.criteria import Grounds, standing, verdicts
from artefact_review.domain.party import AdmitParty, PartyAdmitted
from artefact_review.domain.reporting import next_due
from chassis.testing import deciding
from rulebook.working_days import Calendar

from . import given

OPENED = given.opened("ES", given.E11)
E11 = review.Descoped("response-code", "E11")
ARTEFACTS = given.artefacts("ES", given.E11)
SPEC = deciding(REVIEW)
LATER = date(2027, 3, 15)
ACKNOWLEDGED = review.NotificationAcknowledged(given.NOW)
ACCEPTED = (
    OPENED,
    ACKNOWLEDGED,
    given.submitted(ARTEFACTS),
    given.decided(given.E11, agreed=True),
    given.reviewed("accepted"),
)


def report(week: str, now: datetime = given.NOW) -> reporting.SubmitReadinessReport:
    return reporting.SubmitReadinessReport(given.ENGAGEMENT, week, given.report(), "pat", now)


def verdict(outcome: Literal["accepted", "returned"], *remarks: reviewing.Remark) -> reviewing.ReviewArtefacts:
    return reviewing.ReviewArtefacts(given.ENGAGEMENT, outcome, remarks, "dana", given.NOW)


def descope(item: review.Descoped = E11, *, agreed: bool, reason: str = "") -> descoping.DecideDescoping:
    return descoping.DecideDescoping(given.ENGAGEMENT, item, agreed, reason, "dana", given.NOW)


def evidence(criterion: str, side: Any = "participant") -> entry_gate.GiveEntryEvidence:
    return entry_gate.GiveEntryEvidence(given.ENGAGEMENT, criterion, "It is so.", "DOC-1", side, "pat", given.NOW)


def gate(outcome: Any = "ready", party: PartyAdmitted | None = given.ACCEDED, **more: Any) -> entry_gate.HoldEntryGate:
    held = entry_gate.HoldEntryGate(given.ENGAGEMENT, outcome, given.START, "", True, (), party, "dana", given.NOW)
    return replace(held, **more)


def test_the_notice_opens_the_review_and_a_second_one_changes_nothing() -> None:
    command = notice.OpenReview("uept", "ACME", "Acme Export Ltd", "ES", given.START, (given.E11,), given.NOW)
    SPEC.given().when(command).then(OPENED).when(command).then_nothing()


@pytest.mark.parametrize(
    "command",
    [report("2027-W03"), given.submit(ARTEFACTS), verdict("accepted"), descope(agreed=True), evidence("x"), gate()],
)
def test_nothing_can_be_done_in_an_engagement_that_was_not_notified(command: decisions.Command) -> None:
    SPEC.given().when(command).then_refused(refusals.EngagementUnknown(given.ENGAGEMENT))


def reschedule(start_date: date = LATER) -> notice.RescheduleStart:
    return notice.RescheduleStart(given.ENGAGEMENT, start_date, "The bench is late.", given.NOW)


def test_a_rescheduled_start_is_noted_once_beside_the_one_it_replaces() -> None:
    moved = SPEC.given(OPENED).when(reschedule())
    after = moved.then(review.StartRescheduled(given.START, LATER, "The bench is late.", given.NOW))
    after.when(reschedule()).then_nothing()
    after.when(reschedule(given.START)).then(
        review.StartRescheduled(LATER, given.START, "The bench is late.", given.NOW)
    )


def test_the_weeks_that_owe_a_report_move_with_the_start() -> None:
    moved = SPEC.given(OPENED).when(reschedule()).accepted()
    moved.when(report("2027-W01")).then_refused(refusals.WeekOutside("2027-W01", "2027-W03", "2027-W10"))
    moved.when(report("2027-W10", datetime(2027, 3, 9, 12, tzinfo=UTC))).accepted()


def test_the_gate_confirms_a_rescheduled_start_and_counts_the_test_schedule_from_it() -> None:
    moved = with_everything().when(reschedule()).accepted()
    moved.when(gate()).then_refused(refusals.StartDateDiffers(LATER, given.START))
    held = moved.when(gate(start_date=LATER)).accepted().history[-1]
    assert [planned.day for planned in held.schedule] == [date(2027, 3, day) for day in (15, 16, 17, 18, 19)]


def test_a_start_that_is_rescheduled_after_a_passed_gate_waits_for_another_gate() -> None:
    moved = with_everything().when(gate()).accepted().when(reschedule()).accepted()
    moved.when(evidence("5.8.1d")).accepted().when(gate(start_date=LATER)).accepted()


def test_a_prevented_start_stays_prevented_when_it_is_rescheduled() -> None:
    prevented = SPEC.given(OPENED).when(gate("prevented", reason="No environment.")).accepted()
    state = prevented.when(reschedule()).accepted().state
    assert isinstance(state, review.Review)
    assert state.gate == "prevented"


def test_an_accepted_schedule_that_the_start_has_moved_past_is_revised_before_the_gate_is_ready() -> None:
    found = given.tables("ES", given.E11)
    found["test-plan"]["Schedule"] = [("day", "tests"), ("2027-03-01", 36)]
    dated, by_number = given.read(found), ARTEFACTS
    waiting = SPEC.given(OPENED, ACKNOWLEDGED, given.submitted(dated), given.decided(given.E11, agreed=True))
    ready = evidenced(waiting.when(verdict("accepted")).accepted())
    ready.when(given.submit(by_number)).then_refused(refusals.ArtefactsAccepted(1))
    moved = ready.when(reschedule()).accepted()
    moved.when(gate(start_date=LATER)).then_refused(refusals.EntryCriteriaNotMet)
    revised = moved.when(given.submit(by_number)).accepted().when(verdict("accepted")).accepted()
    assert [type(event) for event in revised.history].count(review.ScopeAgreed) == 1
    revised.when(gate(start_date=LATER)).accepted()


def test_a_readiness_report_of_the_current_week_is_taken() -> None:
    SPEC.given(OPENED).when(report("2027-W03")).then(
        review.ReadinessReported("2027-W03", given.report(), "pat", given.NOW)
    )


def test_a_late_readiness_report_is_taken() -> None:
    SPEC.given(OPENED).when(report("2027-W01")).accepted()


@pytest.mark.parametrize("week", ["2027-W01", "2027-W08"])
def test_the_weeks_that_owe_a_report_run_from_40_working_days_before_the_start_to_the_day_before_it(week: str) -> None:
    SPEC.given(OPENED).when(report(week, datetime(2027, 2, 28, 12, tzinfo=UTC))).accepted()


@pytest.mark.parametrize("week", ["2026-W53", "2027-W09", "2027-W53", "0000-W01"])
def test_a_week_that_owes_no_report_is_refused(week: str) -> None:
    SPEC.given(OPENED).when(report(week)).then_refused(refusals.WeekOutside(week, "2027-W01", "2027-W08"))


def test_a_report_of_a_week_that_has_not_begun_is_refused() -> None:
    SPEC.given(OPENED).when(report("2027-W04")).then_refused(refusals.WeekInFuture("2027-W04", date(2027, 1, 22)))


def test_the_week_is_the_one_in_london() -> None:
    nearly_monday = datetime(2027, 1, 24, 23, 59, tzinfo=UTC)
    SPEC.given(OPENED).when(report("2027-W04", nearly_monday)).then_refused(refusals.WeekInFuture)
    SPEC.given(OPENED).when(report("2027-W04", datetime(2027, 1, 25, tzinfo=UTC))).accepted()


@pytest.mark.parametrize(
    ("reported", "today", "week"),
    [
        ((), date(2026, 12, 1), "2027-W01"),
        ((), date(2027, 1, 22), "2027-W03"),
        (("2027-W03",), date(2027, 1, 22), "2027-W04"),
        (("2027-W08",), date(2027, 3, 2), "2027-W07"),
        (tuple(f"2027-W0{n}" for n in range(1, 9)), date(2027, 3, 2), "2027-W08"),
    ],
)
def test_the_week_to_report_next_is_the_first_due_that_is_owed_or_else_the_latest_owed(
    reported: tuple[str, ...], today: date, week: str
) -> None:
    found, due = next_due(review.Review(OPENED, weeks=frozenset(reported)), today)
    assert (found, due.isocalendar().week) == (week, int(week[-2:]))


def test_a_day_that_ends_early_ends_for_reports_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "calendar", lambda: Calendar(end_of_day=time(17)))
    sunday = datetime(2027, 1, 24, 17, 0, 1, tzinfo=UTC)
    SPEC.given(OPENED).when(report("2027-W04", sunday)).accepted()
    SPEC.given(OPENED).when(report("2027-W04", sunday.replace(second=0))).then_refused(refusals.WeekInFuture)


def test_a_week_is_reported_once() -> None:
    SPEC.given(OPENED).when(report("2027-W03")).accepted().when(report("2027-W03")).then_refused(
        refusals.WeekReported("2027-W03")
    )


def test_a_submission_carries_the_verdict_of_every_check() -> None:
    after = SPEC.given(OPENED).when(given.submit(ARTEFACTS)).accepted()
    submitted = after.history[-1]
    assert isinstance(submitted, review.ArtefactsSubmitted)
    assert submitted.submission == 1
    assert submitted.changed == given.KINDS
    assert all(finding.passed for finding in submitted.findings)


def test_a_submission_with_failing_checks_is_taken_for_dcc_decides() -> None:
    SPEC.given(OPENED).when(given.submit(given.without_a_script("ES", given.E11))).accepted()


def test_a_first_submission_needs_all_four_artefacts() -> None:
    SPEC.given(OPENED).when(given.submit(ARTEFACTS[:2])).then_refused(
        refusals.ArtefactsMissing("test-scripts, test-data-plan")
    )


def test_a_second_submission_waits_for_the_review_of_the_first() -> None:
    SPEC.given(OPENED, given.submitted(ARTEFACTS)).when(given.submit(ARTEFACTS)).then_refused(refusals.WithDcc(1))


def test_a_revision_carries_only_what_changed_and_keeps_the_rest() -> None:
    draft = given.without_a_script("ES", given.E11)
    history = (OPENED, given.submitted(draft), given.reviewed("returned"))
    after = SPEC.given(*history).when(given.submit(ARTEFACTS[1:3])).accepted()
    submitted = after.history[-1]
    assert isinstance(submitted, review.ArtefactsSubmitted)
    assert submitted.submission == 2
    assert submitted.artefacts == (draft[0], *ARTEFACTS[1:3], draft[3])
    assert submitted.changed == ("requirements-traceability-matrix", "test-scripts")


@pytest.mark.parametrize("sent", [(), ARTEFACTS[:1]])
def test_a_revision_that_changes_nothing_is_refused(sent: tuple[Any, ...]) -> None:
    history = (OPENED, given.submitted(ARTEFACTS), given.reviewed("returned"))
    SPEC.given(*history).when(given.submit(sent)).then_refused(refusals.NothingRevised())


def test_nothing_is_submitted_after_acceptance() -> None:
    SPEC.given(*ACCEPTED).when(given.submit(ARTEFACTS)).then_refused(refusals.ArtefactsAccepted(1))


@pytest.mark.parametrize("outcome", ["accepted", "returned"])
def test_there_is_nothing_to_review_before_a_submission_or_after_its_review(outcome: Any) -> None:
    SPEC.given(OPENED).when(verdict(outcome)).then_refused(refusals.NothingToReview)
    returned = SPEC.given(OPENED, given.submitted(ARTEFACTS), given.reviewed("returned"))
    returned.when(verdict(outcome)).then_refused(refusals.NothingToReview)
    SPEC.given(*ACCEPTED).when(verdict(outcome)).then_refused(refusals.NothingToReview)


def test_a_return_names_deficiencies_which_are_numbered_by_submission() -> None:
    waiting = SPEC.given(OPENED, given.submitted(ARTEFACTS))
    waiting.when(verdict("returned")).then_refused(refusals.DeficiencyMissing)
    remark = reviewing.Remark("test-scripts", "One is missing.", "Scripts!3")
    deficiency = review.Deficiency("1.1", "test-scripts", "One is missing.", "Scripts!3")
    waiting.when(verdict("returned", remark)).then(
        review.ArtefactsReviewed(1, "returned", (deficiency,), "dana", given.NOW)
    )


def test_acceptance_is_refused_while_a_check_fails() -> None:
    draft = given.without_a_script("ES", given.E11)
    decided = SPEC.given(OPENED, given.submitted(draft), given.decided(given.E11, agreed=True))
    refusal = decided.when(verdict("accepted")).then_refused(refusals.ChecksFail)
    assert isinstance(refusal, refusals.ChecksFail)
    assert refusal.count == 2
    assert "SSI" in refusal.message


def test_a_refused_acceptance_names_every_fault_that_the_checks_found() -> None:
    found = given.tables("ES", given.E11)
    found["test-scripts"]["Scripts"][1] = (*found["test-scripts"]["Scripts"][1][:4], "", "")
    found["test-data-plan"]["Test Data"].pop()
    decided = SPEC.given(OPENED, given.submitted(given.read(found)), given.decided(given.E11, agreed=True))
    refusal = decided.when(verdict("accepted")).then_refused(refusals.ChecksFail)
    assert "TS-SR-4.2-CV1-OD-S1 lacks its steps" in refusal.message
    assert "No Test Data is planned for Service Request" in refusal.message


def test_a_refused_acceptance_names_every_proposal_that_is_undecided() -> None:
    proposals = (given.E11, review.Proposal("response-code", "E13", "b", "We can't."))
    waiting = SPEC.given(given.opened("ES", *proposals), given.submitted(given.artefacts("ES", *proposals)))
    waiting.when(verdict("accepted")).then_refused(refusals.DescopingUndecided("response-code E11, response-code E13"))


def test_acceptance_is_refused_while_a_proposal_is_undecided() -> None:
    SPEC.given(OPENED, given.submitted(ARTEFACTS)).when(verdict("accepted")).then_refused(
        refusals.DescopingUndecided("response-code E11")
    )


def test_acceptance_is_refused_when_the_scripts_leave_out_what_dcc_refused_to_descope() -> None:
    refused = SPEC.given(OPENED, given.submitted(ARTEFACTS), given.decided(given.E11, agreed=False))
    refused.when(verdict("accepted")).then_refused(refusals.ChecksFail)


def test_acceptance_with_deficiencies_is_refused() -> None:
    remark = reviewing.Remark("test-scripts", "One is missing.")
    ready = SPEC.given(OPENED, given.submitted(ARTEFACTS), given.decided(given.E11, agreed=True))
    ready.when(verdict("accepted", remark)).then_refused(refusals.DeficiencyNotWanted(1))


def test_acceptance_settles_the_whole_scope() -> None:
    ready = SPEC.given(OPENED, given.submitted(ARTEFACTS), given.decided(given.E11, agreed=True))
    agreed = ready.when(verdict("accepted")).accepted().history[-1]
    assert isinstance(agreed, review.ScopeAgreed)
    assert len(agreed.tests) == 36
    assert not any(test.code == "E11" for test in agreed.tests)
    assert agreed.descoped == (E11,)
    assert agreed.web_services == ("non-critical", "dcc-only")


def test_what_dcc_refuses_to_descope_stays_in_the_scope() -> None:
    everything = given.artefacts("ES")
    refused = SPEC.given(OPENED, given.submitted(everything), given.decided(given.E11, agreed=False))
    agreed = refused.when(verdict("accepted")).accepted().history[-1]
    assert isinstance(agreed, review.ScopeAgreed)
    assert len(agreed.tests) == 38
    assert agreed.descoped == ()


def test_a_proposal_is_decided_once() -> None:
    once = SPEC.given(OPENED).when(descope(agreed=True)).accepted()
    once.when(descope(agreed=False, reason="No.")).then_refused(refusals.DescopingDecidedBefore("E11"))


def test_what_was_not_proposed_can_not_be_descoped() -> None:
    other = review.Descoped("response-code", "E13")
    SPEC.given(OPENED).when(descope(other, agreed=True)).then_refused(
        refusals.ProposalUnknown("E13", "response-code E11")
    )


def test_refusing_to_descope_needs_a_reason() -> None:
    SPEC.given(OPENED).when(descope(agreed=False)).then_refused(refusals.DescopingReasonMissing("E11"))


def test_a_service_request_of_the_minimum_set_is_never_agreed_to_be_descoped() -> None:
    proposal = review.Proposal("service-request", "4.8.3", "a", "We do not read profiles.")
    opened = SPEC.given(given.opened("ES", proposal))
    item = review.Descoped("service-request", "4.8.3")
    refusal = opened.when(descope(item, agreed=True)).then_refused(refusals.BelowMinimumSet("4.8.3", "ES", "4.8.3"))
    assert refusal.clause == "CTSD 5.2.6"
    opened.when(descope(item, agreed=False, reason="It is needed.")).accepted()


@pytest.mark.parametrize("criterion", ["5.8.1a", "5.8.1b", "5.8.1c", "5.8.1z"])
def test_evidence_is_given_only_where_it_is_asked_for(criterion: str) -> None:
    SPEC.given(OPENED).when(evidence(criterion)).then_refused(
        refusals.EvidenceNotWanted(criterion, "5.8.1d, 5.8.1e, 5.8.1f")
    )


def test_dcc_does_not_give_the_participants_evidence() -> None:
    SPEC.given(OPENED).when(evidence("5.8.1d", "dcc")).then_refused(refusals.EvidenceNotWanted)


def test_later_evidence_replaces_the_earlier() -> None:
    twice = SPEC.given(OPENED).when(evidence("5.8.1d")).accepted().when(evidence("5.8.1d")).accepted()
    state = twice.state
    assert isinstance(state, review.Review)
    assert len(state.evidence) == 1


def with_everything() -> Any:
    return evidenced(SPEC.given(*ACCEPTED))


def evidenced(spec: Any) -> Any:
    spec = spec.when(report("2027-W03")).accepted()
    for criterion in ("5.8.1d", "5.8.1e", "5.8.1f"):
        spec = spec.when(evidence(criterion)).accepted()
    return spec


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
    party = given.ACCEDED if missing else None
    refusal = SPEC.given(*history).when(gate(party=party)).then_refused(refusals.EntryCriteriaNotMet)
    assert refusal.facts["criteria"] == criterion


def unmet(spec: Any, **more: Any) -> str:
    """What a gate that would be ready says of criterion 5.8.1(c)."""
    refusal = spec.when(gate(**more)).then_refused(refusals.EntryCriteriaNotMet)
    assert refusal.facts["criteria"] == "5.8.1c"
    return str(refusal.facts["statements"])


@pytest.mark.parametrize(("said", "how"), [(None, "is given at the entry gate"), (False, "did not give at the gate")])
def test_the_gate_is_not_ready_unless_dcc_approves_the_readiness_report_there(said: bool | None, how: str) -> None:
    statement = unmet(with_everything(), readiness_report_approved=said)
    assert statement.startswith("5.8.1c: Missing: DCC's approval of the Test Readiness Report, which ")
    assert how in statement


def test_the_report_of_the_latest_week_that_was_due_by_the_day_of_the_gate_must_be_given() -> None:
    friday = datetime(2027, 1, 29, 10, tzinfo=UTC)
    with_everything().when(gate(now=datetime(2027, 1, 28, 10, tzinfo=UTC))).accepted()
    assert "the Test Readiness Report of week 2027-W04" in unmet(with_everything(), now=friday)
    with_everything().when(report("2027-W04", friday)).accepted().when(gate(now=friday)).accepted()


def test_before_any_report_is_due_the_gate_wants_one_all_the_same() -> None:
    history = [event for event in with_everything().history if not isinstance(event, review.ReadinessReported)]
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
    assert state.held.readiness_report_approved is True
    later = Grounds(given.ACCEDED, date(2027, 2, 26))
    assert all(each.met for each in standing(state, later))
    assert not all(each.met for each in verdicts(state, later))


def test_an_acknowledgement_is_noted_once() -> None:
    command = notice.NoteAcknowledgement(given.ENGAGEMENT, given.NOW)
    SPEC.given(OPENED).when(command).then(ACKNOWLEDGED).when(command).then_nothing()


def _is(event: review.Event, missing: tuple[str, ...]) -> bool:
    name, _ = REVIEW.codec.encode(event)
    return missing[:1] == (name,) and (len(missing) == 1 or getattr(event, "criterion", "") == missing[1])


def test_a_prevented_start_needs_a_reason_and_the_gate_may_be_held_again() -> None:
    held = SPEC.given(OPENED)
    held.when(gate("prevented")).then_refused(refusals.PreventionReasonMissing)
    prevented = held.when(gate("prevented", reason="No environment.")).accepted()
    prevented.when(gate("prevented", reason="Still none.")).accepted()


def prevented(spec: Any, **more: Any) -> Any:
    return spec.when(gate("prevented", reason="The bench is not there.", **more))


def test_a_start_is_not_prevented_when_every_criterion_is_met() -> None:
    refusal = prevented(with_everything()).then_refused(refusals.NoCriterionUnmet)
    assert "5.8.1d" in refusal.would_be_right
    prevented(SPEC.given(OPENED)).accepted()


def test_an_approval_that_dcc_did_not_speak_of_does_not_prevent_a_start_but_one_that_it_refuses_does() -> None:
    prevented(with_everything(), readiness_report_approved=None).then_refused(refusals.NoCriterionUnmet)
    held = prevented(with_everything(), readiness_report_approved=False).accepted().history[-1]
    assert [each.criterion for each in held.criteria if not each.met] == ["5.8.1c"]


def test_a_criterion_that_dcc_considers_not_met_is_published_as_unmet_with_the_reason() -> None:
    held = prevented(with_everything(), not_met=("5.8.1d",)).accepted().history[-1]
    (unmet,) = (each for each in held.criteria if not each.met)
    assert (unmet.criterion, unmet.clause) == ("5.8.1d", "CTSD 5.8.1(d)")
    assert unmet.statement == "DCC considers it not met: The bench is not there."


def test_the_gate_is_not_ready_when_dcc_considers_a_criterion_not_met() -> None:
    refusal = with_everything().when(gate(not_met=("5.8.1e",))).then_refused(refusals.EntryCriteriaNotMet)
    assert refusal.facts["criteria"] == "5.8.1e"


@pytest.mark.parametrize("outcome", ["ready", "prevented"])
def test_a_criterion_that_the_gate_does_not_have_is_refused(outcome: str) -> None:
    named = gate(outcome, reason="No.", not_met=("5.8.1d", "5.8.1g", "zzz"))
    with_everything().when(named).then_refused(
        refusals.CriterionUnknown("5.8.1g, zzz", "5.8.1a, 5.8.1b, 5.8.1c, 5.8.1d, 5.8.1e, 5.8.1f")
    )


def test_the_gate_confirms_the_start_date_of_the_notice() -> None:
    other = date(2027, 3, 8)
    with_everything().when(gate(start_date=other)).then_refused(refusals.StartDateDiffers(given.START, other))


def test_the_gate_is_not_ready_for_a_start_that_has_passed() -> None:
    late = datetime(2027, 3, 2, 10, tzinfo=UTC)
    refusal = (
        with_everything()
        .when(gate(now=late))
        .then_refused(refusals.StartPassed(given.ENGAGEMENT, given.START, date(2027, 3, 2)))
    )
    assert f"POST /engagements/{given.ENGAGEMENT}/start" in refusal.would_be_right
    moved = with_everything().when(reschedule()).accepted().when(report("2027-W08", late)).accepted()
    moved.when(gate(start_date=LATER, now=late)).accepted()


def test_the_gate_may_be_ready_on_the_day_of_the_start_and_prevented_after_it() -> None:
    nearly_over = datetime(2027, 3, 1, 23, 59, tzinfo=UTC)
    with_everything().when(report("2027-W08", nearly_over)).accepted().when(gate(now=nearly_over)).accepted()
    late = datetime(2027, 3, 2, 0, tzinfo=UTC)
    SPEC.given(OPENED).when(gate("prevented", reason="No environment.", now=late)).accepted()


def test_after_a_passed_gate_only_readiness_reports_are_taken() -> None:
    passed = with_everything().when(gate()).accepted()
    passed.when(gate()).then_refused(refusals.EntryGateReady)
    passed.when(evidence("5.8.1d")).then_refused(refusals.EntryGateReady)
    passed.when(given.submit(ARTEFACTS)).then_refused(refusals.ArtefactsAccepted)
    passed.when(report("2027-W02")).accepted()


def test_an_accession_is_noted_once_and_can_be_corrected() -> None:
    first = AdmitParty("ACME", "Acme Export Ltd", date(2026, 6, 1), "SEC-4711")
    noted = deciding(PARTY).given().when(first).then(given.ACCEDED)
    noted.when(first).then_nothing()
    noted.when(replace(first, reference="SEC-4712")).accepted()
