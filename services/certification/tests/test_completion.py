"""What may happen between the end of execution and the certificate."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from certification.application import COMPLETION
from certification.domain.certificate import CertifiedSrv
from certification.domain.completion import (
    CertificateIssued,
    Completion,
    CompletionOpened,
    Event,
    ExecutionCompleted,
    ExitGateHeld,
    FixDisproved,
    IssueClosed,
    IssueFixed,
    IssueRaised,
    PlanAgreed,
    PlanReplaced,
    ReceiptConfirmed,
    ReportSubmitted,
)
from certification.domain.criteria import verdicts
from certification.domain.decisions import Command
from certification.domain.following import (
    CompleteExecution,
    NoteClosure,
    NoteFailedRetest,
    NoteFix,
    NoteIssue,
    NotePlan,
    NoteProposal,
    OpenCompletion,
)
from certification.domain.gate import HoldExitGate
from certification.domain.issuing import RecordIssued, RequestCertificate
from certification.domain.refusals import (
    CertificateAlreadyPrepared,
    EngagementUnknown,
    ExecutionNotComplete,
    ExitCriteriaNotMet,
    FiguresDisagree,
    GateAlreadyPassed,
    GateNotPassed,
    MeetingBeforeReview,
    MeetingNotHeldYet,
    NoServiceRequestTested,
    NothingToConfirm,
    NothingToExplain,
    NotTheCertificate,
    ReasonMissing,
    ReceiptNotConfirmed,
    ReportMissing,
    TestsUnexplained,
)
from certification.domain.report import Explanation, IssueFigures, Report, RunFigures, TestFigures
from certification.domain.reporting import ConfirmReceipt, SubmitCompletionReport
from chassis.testing import Spec, deciding
from rulebook.errors import RulebookError
from rulebook.refusal import Refusal

NOW = datetime(2027, 5, 7, 10, 0, tzinfo=UTC)
TODAY = date(2027, 5, 7)
OPENED = CompletionOpened("ESUP", "Export Supplies Ltd", "ES", "uept", "ctsd-2026.1")
ALL_PASSED = TestFigures(scheduled=40, passed=40, failed=0, blocked=0, not_run=0)
ONE_FAILED = TestFigures(scheduled=40, passed=39, failed=1, blocked=0, not_run=0)
RUN = RunFigures("Run 1", 40, 0, 0, 0)
FAILED_TEST = "SR:6.2.4:CV1-OD:S1"
EXECUTED = ExecutionCompleted(ALL_PASSED, ("6.15.1", "6.2.4", "8.9"), NOW, unsuccessful=(), runs=(RUN,))
NO_ISSUES = IssueFigures(total=0, open=0, planned=0, fixed=0, closed=0, severity={})
REPORT = Report(
    approach="By hand",
    scope="Everything",
    environment_updates="None",
    tests=ALL_PASSED,
    runs=(RUN,),
    issues=NO_ISSUES,
    explanations=(),
    file_name="report.pdf",
    sha256="ab" * 32,
)
SUBMITTED = ReportSubmitted(1, REPORT, "Tess Manager", NOW)
CONFIRMED = ReceiptConfirmed(1, "Dana Clerk", NOW)
SUBMIT = SubmitCompletionReport(REPORT, "Tess Manager", NOW)
HOLD = HoldExitGate("complete", TODAY, True, "", "Dana Clerk", NOW)
FURTHER = HoldExitGate("further-testing", TODAY, False, "Run 2 is missing", "Dana Clerk", NOW)
REQUEST = RequestCertificate(
    serial=7,
    today=TODAY,
    previous=(),
    code="secret",
    address="https://assay.example/certificates/{number}/verification?code={code}",
    signatory="Dana Clerk",
    position="Test Assurance",
    now=NOW,
)
RECORD = RecordIssued("TCC-2027-0007", "aa" * 32, "bb" * 32, NOW)

completion = deciding(COMPLETION)
executed = completion.given(OPENED, EXECUTED)
reviewed = executed.given(SUBMITTED, CONFIRMED)
ONE_FAILURE = ExecutionCompleted(ONE_FAILED, ("8.9",), NOW, (FAILED_TEST,), (RunFigures("Run 1", 39, 1, 0, 0),))
with_a_severity_3_issue = completion.given(OPENED, IssueRaised(1, 3), PlanAgreed(1), ONE_FAILURE)
REPORT_OF_ONE_FAILURE = replace(
    REPORT,
    tests=ONE_FAILED,
    runs=(RunFigures("Run 1", 39, 1, 0, 0),),
    issues=IssueFigures(total=1, open=0, planned=1, fixed=0, closed=0, severity={3: 1}),
    explanations=(Explanation((FAILED_TEST,), "A rounding error, see issue 1"),),
)


def test_a_notice_opens_the_completion_once() -> None:
    command = OpenCompletion("ESUP", "Export Supplies Ltd", "ES", "uept", "ctsd-2026.1")
    completion.given().when(command).then(OPENED).when(command).then_nothing()


def test_an_issue_its_plan_its_fix_and_its_closure_are_each_noted_once() -> None:
    raised = completion.given(OPENED).when(NoteIssue(1, 2)).then(IssueRaised(1, 2))
    raised.when(NoteIssue(1, 2)).then_nothing()
    raised.when(NoteFailedRetest(1)).then_nothing()
    planned = raised.when(NotePlan(1)).then(PlanAgreed(1))
    planned.when(NotePlan(1)).then_nothing()
    fixed = planned.when(NoteFix(1)).then(IssueFixed(1))
    fixed.when(NoteFix(1)).then_nothing()
    fixed.when(NoteFailedRetest(1)).then(FixDisproved(1)).when(NoteFix(1)).then(IssueFixed(1))
    planned.when(NoteClosure(1)).then(IssueClosed(1)).when(NoteClosure(1)).then_nothing()


def test_an_agreed_plan_that_is_replaced_must_be_agreed_anew() -> None:
    raised = completion.given(OPENED, IssueRaised(1, 3))
    raised.when(NoteProposal(1)).then_nothing()
    replaced = raised.given(PlanAgreed(1)).when(NoteProposal(1)).then(PlanReplaced(1))
    replaced.when(NoteProposal(1)).then_nothing()
    replaced.when(NotePlan(1)).then(PlanAgreed(1))


def test_what_is_said_of_an_unknown_issue_changes_nothing() -> None:
    completion.given(OPENED).when(NoteProposal(4)).then_nothing()
    completion.given(OPENED).when(NotePlan(4)).then_nothing()
    completion.given(OPENED).when(NoteFix(4)).then_nothing()
    completion.given(OPENED).when(NoteFailedRetest(4)).then_nothing()
    completion.given(OPENED).when(NoteClosure(4)).then_nothing()


@pytest.mark.parametrize("command", [SUBMIT, ConfirmReceipt("Dana Clerk", NOW), HOLD, REQUEST])
def test_nothing_can_be_done_in_an_engagement_that_was_never_notified(command: Command) -> None:
    completion.given().when(command).then_refused(EngagementUnknown)


@pytest.mark.parametrize("command", [SUBMIT, ConfirmReceipt("Dana Clerk", NOW), HOLD, FURTHER])
def test_nothing_can_be_done_before_execution_is_complete(command: Command) -> None:
    completion.given(OPENED).when(command).then_refused(ExecutionNotComplete)


def test_a_report_that_agrees_with_what_was_recorded_is_accepted() -> None:
    executed.when(SUBMIT).then(SUBMITTED)


def test_every_figure_that_is_not_the_recorded_one_is_named() -> None:
    wrong = replace(
        REPORT,
        tests=TestFigures(scheduled=41, passed=39, failed=2, blocked=0, not_run=0),
        issues=IssueFigures(total=2, open=1, planned=0, fixed=0, closed=0, severity={2: 1}),
    )
    refusal = executed.when(SubmitCompletionReport(wrong, "Tess Manager", NOW)).then_refused(FiguresDisagree)
    assert str(refusal.facts["differences"]).split("; ") == [
        "tests scheduled: 41 reported, 40 recorded",
        "tests passed: 39 reported, 40 recorded",
        "tests failed: 2 reported, 0 recorded",
        "testing issues: 2 reported, 0 recorded",
        "testing issues by status: 1 reported, 0 recorded",
        "open issues: 1 reported, 0 recorded",
        "severity 2 issues: 1 reported, 0 recorded",
    ]


def submitting(report: Report, **changes: Any) -> SubmitCompletionReport:
    return SubmitCompletionReport(replace(report, **changes), "Tess Manager", NOW)


def test_results_are_reported_run_by_run_as_they_were_recorded() -> None:
    runs = (RunFigures("Run 9", 1, 999, 0, 0), RunFigures("Run 9", 1, 999, 0, 0))
    refusal = executed.when(submitting(REPORT, runs=runs)).then_refused(FiguresDisagree)
    assert str(refusal.facts["differences"]).split("; ") == [
        "test runs: 2 reported, 1 recorded",
        "passed in run Run 1: 0 reported, 40 recorded",
        "passed in run Run 9: 1 reported, 0 recorded",
        "failed in run Run 9: 999 reported, 0 recorded",
    ]


def test_each_issue_is_reported_in_the_state_in_which_it_is() -> None:
    def reported(status: str) -> SubmitCompletionReport:
        figures = {"open": 0, "planned": 0, "fixed": 0, "closed": 0, status: 1}
        return submitting(REPORT_OF_ONE_FAILURE, issues=IssueFigures(total=1, severity={3: 1}, **figures))

    refusal = with_a_severity_3_issue.when(reported("open")).then_refused(FiguresDisagree)
    assert str(refusal.facts["differences"]).split("; ") == [
        "open issues: 1 reported, 0 recorded",
        "planned issues: 0 reported, 1 recorded",
    ]
    with_a_severity_3_issue.when(reported("planned")).accepted()
    replaced = with_a_severity_3_issue.when(NoteProposal(1)).accepted()
    replaced.when(reported("open")).accepted()
    fixed = replaced.when(NoteFix(1)).accepted()
    fixed.when(reported("fixed")).accepted()
    fixed.when(NoteFailedRetest(1)).accepted().when(reported("open")).accepted()
    fixed.when(NoteClosure(1)).accepted().when(reported("closed")).accepted()


def test_each_test_that_did_not_succeed_is_explained_by_its_id_and_nothing_else_is() -> None:
    silent, other = (
        submitting(REPORT_OF_ONE_FAILURE, explanations=()),
        Explanation(("NO:SUCH:TEST",), "It is not there"),
    )
    with_a_severity_3_issue.when(silent).then_refused(TestsUnexplained(FAILED_TEST))
    elsewhere = submitting(REPORT_OF_ONE_FAILURE, explanations=(other,))
    with_a_severity_3_issue.when(elsewhere).then_refused(TestsUnexplained(FAILED_TEST))
    both = submitting(REPORT_OF_ONE_FAILURE, explanations=(*REPORT_OF_ONE_FAILURE.explanations, other))
    with_a_severity_3_issue.when(both).then_refused(NothingToExplain("NO:SUCH:TEST", FAILED_TEST))
    with_a_severity_3_issue.when(submitting(REPORT_OF_ONE_FAILURE)).accepted()
    executed.when(submitting(REPORT, explanations=(other,))).then_refused(NothingToExplain("NO:SUCH:TEST", "none"))


def test_what_an_older_execution_did_not_tell_is_not_compared() -> None:
    before = replace(ONE_FAILURE, unsuccessful=None, runs=None)
    open_issue = IssueFigures(total=1, open=1, planned=0, fixed=0, closed=0, severity={3: 1})
    report = submitting(REPORT_OF_ONE_FAILURE, runs=(), issues=open_issue, explanations=())
    older = completion.given(OPENED, IssueRaised(1, 3), PlanAgreed(1), before)
    older.when(report).accepted()
    closed = replace(open_issue, open=0, closed=1)
    refusal = older.when(submitting(report.report, issues=closed)).then_refused(FiguresDisagree)
    assert refusal.facts["differences"] == "closed issues: 1 reported, 0 recorded"


def test_reports_count_from_1_and_the_receipt_of_each_is_confirmed() -> None:
    second = replace(SUBMITTED, number=2)
    reviewed.when(SUBMIT).then(second).when(HOLD).then_refused(ReceiptNotConfirmed(2))


def test_a_receipt_is_confirmed_once() -> None:
    confirm = ConfirmReceipt("Dana Clerk", NOW)
    executed.when(confirm).then_refused(ReportMissing)
    executed.given(SUBMITTED).when(confirm).then(CONFIRMED).when(confirm).then_refused(NothingToConfirm(1))


def test_the_gate_waits_for_a_report_whose_receipt_is_confirmed() -> None:
    executed.when(HOLD).then_refused(ReportMissing)
    executed.given(SUBMITTED).when(HOLD).then_refused(ReceiptNotConfirmed(1))


def test_a_meeting_that_lies_ahead_was_not_held() -> None:
    tomorrow = replace(HOLD, meeting_on=date(2027, 5, 8))
    reviewed.when(tomorrow).then_refused(MeetingNotHeldYet(date(2027, 5, 8), TODAY))


def test_the_meeting_was_held_when_the_receipt_was_confirmed_or_later() -> None:
    day, later = date(2027, 5, 7), datetime(2027, 6, 1, 10, 0, tzinfo=UTC)
    long_ago = replace(HOLD, meeting_on=date(2001, 1, 1), now=later)
    reviewed.when(long_ago).then_refused(MeetingBeforeReview(date(2001, 1, 1), day, date(2027, 6, 1)))
    reviewed.when(replace(HOLD, meeting_on=day, now=later)).accepted()
    again = reviewed.given(replace(SUBMITTED, number=2), ReceiptConfirmed(2, "Dana Clerk", later))
    again.when(replace(HOLD, meeting_on=day, now=later)).then_refused(MeetingBeforeReview)


def test_without_a_report_the_meeting_was_held_when_execution_was_complete_or_later() -> None:
    without_report = completion.given(replace(OPENED, procedure="additional-sr-dust"), EXECUTED)
    without_report.when(replace(HOLD, meeting_on=date(2027, 5, 6))).then_refused(
        MeetingBeforeReview(date(2027, 5, 6), TODAY, TODAY)
    )
    without_report.when(HOLD).accepted()


def test_the_gate_finds_the_testing_complete_when_every_criterion_is_met() -> None:
    (held,) = reviewed.when(HOLD).accepted().history[-1:]
    assert isinstance(held, ExitGateHeld)
    assert [verdict.met for verdict in held.criteria] == [True] * 5


def unmet(spec: Spec[Command, Completion, Event], command: Command = HOLD) -> str:
    refusal: Refusal = spec.when(command).then_refused(ExitCriteriaNotMet)
    return str(refusal.facts["criteria"])


def test_tests_without_a_result_keep_the_gate_shut() -> None:
    missing = TestFigures(scheduled=40, passed=38, failed=0, blocked=1, not_run=1)
    spec = completion.given(OPENED, ExecutionCompleted(missing, ("6.2.4",), NOW), SUBMITTED, CONFIRMED)
    assert unmet(spec) == "CTSD 5.19.1(a)"


def test_an_outstanding_issue_without_an_agreed_plan_keeps_the_gate_shut() -> None:
    spec = completion.given(OPENED, IssueRaised(1, 3), EXECUTED, SUBMITTED, CONFIRMED)
    assert "CTSD 5.19.1(b)" in unmet(spec)
    agreed = spec.given(PlanAgreed(1))
    agreed.when(HOLD).accepted()
    assert "CTSD 5.19.1(b)" in unmet(agreed.given(PlanReplaced(1)))


@pytest.mark.parametrize("severity", [1, 2])
def test_one_outstanding_issue_of_severity_1_or_2_is_over_the_threshold(severity: int) -> None:
    spec = completion.given(OPENED, IssueRaised(1, severity), PlanAgreed(1), EXECUTED, SUBMITTED, CONFIRMED)
    assert unmet(spec) == "CTSD 5.19.1(c)"
    spec.given(IssueClosed(1)).when(HOLD).accepted()


@pytest.mark.parametrize(("severity", "threshold"), [(3, 5), (4, 10)])
def test_outstanding_issues_may_reach_the_threshold_and_not_pass_it(severity: int, threshold: int) -> None:
    def issues(count: int) -> list[Event]:
        raised: list[Event] = [IssueRaised(number, severity) for number in range(1, count + 1)]
        return [OPENED, *raised, *(PlanAgreed(number) for number in range(1, count + 1)), EXECUTED]

    completion.given(*issues(threshold), SUBMITTED, CONFIRMED).when(HOLD).accepted()
    assert unmet(completion.given(*issues(threshold + 1), SUBMITTED, CONFIRMED)) == "CTSD 5.19.1(c)"


def test_testing_that_qualifies_for_no_service_request_is_not_complete() -> None:
    nothing = completion.given(OPENED, replace(EXECUTED, srvs=()), SUBMITTED, CONFIRMED)
    nothing.when(HOLD).then_refused(NoServiceRequestTested)
    nothing.when(FURTHER).accepted()


def test_a_report_that_dcc_has_not_approved_keeps_the_gate_shut() -> None:
    assert unmet(reviewed, replace(HOLD, report_approved=False)) == "CTSD 5.19.1(d)"


def test_further_testing_needs_a_reason_and_a_new_execution_and_a_new_report() -> None:
    reviewed.when(replace(FURTHER, reason="  ")).then_refused(ReasonMissing)
    again = reviewed.when(FURTHER).accepted()
    again.when(SUBMIT).then_refused(ExecutionNotComplete)
    again.when(REQUEST).then_refused(GateNotPassed)
    executed_again = again.when(CompleteExecution(**vars(EXECUTED))).accepted()
    executed_again.when(HOLD).then_refused(ReportMissing)
    executed_again.when(SUBMIT).then(replace(SUBMITTED, number=2))


def test_the_same_execution_told_twice_changes_nothing() -> None:
    reviewed.when(CompleteExecution(**vars(EXECUTED))).then_nothing()


def test_after_the_gate_found_the_testing_complete_nothing_is_reopened() -> None:
    complete = reviewed.when(HOLD).accepted()
    complete.when(HOLD).then_refused(GateAlreadyPassed)
    complete.when(SUBMIT).then_refused(GateAlreadyPassed)
    complete.when(CompleteExecution(ONE_FAILED, ("6.2.4",), NOW)).then_nothing()


def test_a_certificate_needs_a_gate_that_was_passed() -> None:
    reviewed.when(REQUEST).then_refused(GateNotPassed)


def test_a_certificate_lists_the_srvs_that_were_tested_in_the_order_of_their_numbers() -> None:
    state = reviewed.when(HOLD).accepted().when(REQUEST).accepted().state
    certificate = state.certificate
    assert certificate is not None
    assert [row.srv for row in certificate.srvs] == ["6.2.4", "6.15.1", "8.9"]
    assert {(row.route, row.issued_on) for row in certificate.srvs} == {("UEPT", TODAY)}
    assert (certificate.number, certificate.role_name) == ("TCC-2027-0007", "Export Supplier")
    assert certificate.verification_url.endswith("/certificates/TCC-2027-0007/verification?code=secret")


def test_a_re_issued_certificate_keeps_what_was_certified_before() -> None:
    before = (
        CertifiedSrv("6.2.4", "UEPT", date(2026, 3, 2)),
        CertifiedSrv("4.2", "Additional SR Testing", date(2026, 9, 1)),
    )
    state = reviewed.when(HOLD).accepted().when(replace(REQUEST, previous=before)).accepted().state
    assert state.certificate is not None
    assert state.certificate.srvs == (
        before[1],
        before[0],
        CertifiedSrv("6.15.1", "UEPT", TODAY),
        CertifiedSrv("8.9", "UEPT", TODAY),
    )


def test_there_is_one_certificate_for_each_decision() -> None:
    prepared = reviewed.when(HOLD).accepted().when(REQUEST).accepted()
    prepared.when(replace(REQUEST, serial=8)).then_refused(CertificateAlreadyPrepared("TCC-2027-0007"))


def test_the_issue_of_a_certificate_is_recorded_once() -> None:
    prepared = reviewed.when(HOLD).accepted().when(REQUEST).accepted()
    issued = prepared.when(RECORD).then(CertificateIssued("TCC-2027-0007", "aa" * 32, "bb" * 32, NOW))
    issued.when(RECORD).then_nothing()


def test_only_the_certificate_that_was_prepared_is_issued() -> None:
    reviewed.when(RECORD).then_refused(NotTheCertificate)
    prepared = reviewed.when(HOLD).accepted().when(REQUEST).accepted()
    prepared.when(replace(RECORD, number="TCC-2027-0001")).then_refused(NotTheCertificate("TCC-2027-0001"))


def test_the_criteria_are_those_of_the_edition_under_which_the_engagement_began() -> None:
    other = replace(executed.state, opened=replace(OPENED, rulebook="ctsd-1999.1"))
    assert verdicts(executed.state, None)
    with pytest.raises(RulebookError, match=r"no edition 'ctsd-1999\.1'"):
        verdicts(other, None)
