"""A completion as its own events tell it."""

from dataclasses import replace
from datetime import UTC, date, datetime

from certification.aggregates import COMPLETION
from certification.domain.completion import (
    CompletionOpened,
    ExecutionCompleted,
    IssueRaised,
    PlanAgreed,
    ReceiptConfirmed,
    ReportSubmitted,
)
from certification.domain.gate import HoldExitGate
from certification.domain.issuing import RecordIssued, RequestCertificate
from certification.domain.report import Explanation, IssueFigures, Report, RunFigures, TestFigures
from certification.domain.reporting import SubmitCompletionReport
from testing.probe import deciding

NOW = datetime(2027, 5, 7, 10, 0, tzinfo=UTC)
TODAY = date(2027, 5, 7)
ENGAGEMENT = "6f1c7e0e-0000-4000-8000-000000000001"
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
SUBMIT = SubmitCompletionReport(ENGAGEMENT, REPORT, "Tess Manager", NOW)
HOLD = HoldExitGate(ENGAGEMENT, "complete", TODAY, True, "", "Dana Clerk", NOW)
FURTHER = HoldExitGate(ENGAGEMENT, "further-testing", TODAY, False, "Run 2 is missing", "Dana Clerk", NOW)
REQUEST = RequestCertificate(
    engagement=ENGAGEMENT,
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
