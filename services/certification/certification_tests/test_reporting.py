"""Which reports are accepted, and the confirmation of their receipt."""

from dataclasses import replace
from typing import Any

from certification.domain.completion import IssueNoted, IssueStatus
from certification.domain.refusals import (
    FiguresDisagree,
    NothingSubmitted,
    NothingToConfirm,
    NothingToExplain,
    ReceiptNotConfirmed,
    TestsUnexplained,
)
from certification.domain.report import Explanation, IssueFigures, Report, RunFigures, TestFigures
from certification.domain.reporting import ConfirmReceipt, SubmitCompletionReport

from .events import (
    CONFIRMED,
    ENGAGEMENT,
    FAILED_TEST,
    HOLD,
    NOW,
    REPORT,
    REPORT_OF_ONE_FAILURE,
    SUBMIT,
    SUBMITTED,
    executed,
    reviewed,
    with_a_severity_3_issue,
)


def test_a_report_that_agrees_with_what_was_recorded_is_accepted() -> None:
    executed.when(SUBMIT).then(SUBMITTED)


def test_every_figure_that_is_not_the_recorded_one_is_named() -> None:
    wrong = replace(
        REPORT,
        tests=TestFigures(scheduled=41, passed=39, failed=2, blocked=0, not_run=0),
        issues=IssueFigures(total=2, open=1, planned=0, fixed=0, closed=0, severity={2: 1}),
    )
    refusal = executed.when(SubmitCompletionReport(ENGAGEMENT, wrong, "Tess Manager", NOW)).then_refused(
        FiguresDisagree
    )
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
    return SubmitCompletionReport(ENGAGEMENT, replace(report, **changes), "Tess Manager", NOW)


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
    states: tuple[tuple[IssueStatus, bool], ...] = (
        *(("open", False), ("fixed", False), ("open", False), ("fixed", True), ("closed", True)),
    )
    for status, agreed in states:
        now = with_a_severity_3_issue.when(IssueNoted(1, 3, status, agreed)).accepted()
        now.when(reported(status)).accepted()
        now.when(reported("planned")).then_refused(FiguresDisagree)


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


def test_reports_count_from_1_and_the_receipt_of_each_is_confirmed() -> None:
    second = replace(SUBMITTED, number=2)
    reviewed.when(SUBMIT).then(second).when(HOLD).then_refused(ReceiptNotConfirmed(2))


def test_a_receipt_is_confirmed_once() -> None:
    confirm = ConfirmReceipt(ENGAGEMENT, "Dana Clerk", NOW)
    executed.when(confirm).then_refused(NothingSubmitted)
    executed.given(SUBMITTED).when(confirm).then(CONFIRMED).when(confirm).then_refused(NothingToConfirm(1))
