"""A completion as its own events tell it."""

from dataclasses import replace
from datetime import UTC, date, datetime

from certification.aggregates import COMPLETION
from certification.domain.certificate import RecordsHead
from certification.domain.completion import (
    CompletionOpened,
    ExecutionCompleted,
    IssueNoted,
    ReceiptConfirmed,
    ReportSubmitted,
)
from certification.domain.criteria import Findings
from certification.domain.gate import HoldExitGate
from certification.domain.issuing import RecordIssued, RequestCertificates, Reserved
from certification.domain.report import Explanation, IssueFigures, Report, RunFigures, SubmittedFile, TestFigures
from certification.domain.reporting import SubmitCompletionReport
from kernel.engagement import Participant, Subject
from testing.probe import deciding

NOW = datetime(2027, 5, 7, 10, 0, tzinfo=UTC)
TODAY = date(2027, 5, 7)
ENGAGEMENT = "6f1c7e0e-0000-4000-8000-000000000001"
REPORT_KIND = "test-completion-report"
TCC, ATP = "test-completion-certificate", "authority-to-proceed"
SUBJECT = Subject("role", "ESUP/ES", "ESUP in the User Role ES", {"party": "ESUP", "role": "ES"})
OPENED = CompletionOpened("uept", "ctsd-2026.1", SUBJECT, (Participant("participant", "ESUP", "Export Supplies Ltd"),))
ALL_PASSED = TestFigures(scheduled=40, passed=40, failed=0, blocked=0, not_run=0)
ONE_FAILED = TestFigures(scheduled=40, passed=39, failed=1, blocked=0, not_run=0)
RUN = RunFigures("Run 1", 40, 0, 0, 0)
FAILED_TEST = "SR:6.2.4:CV1-OD:S1"
EXECUTED = ExecutionCompleted(ALL_PASSED, ("6.15.1", "6.2.4", "8.9"), (), (RUN,), NOW)
NO_ISSUES = IssueFigures(total=0, open=0, planned=0, fixed=0, closed=0, severity={})
FILE = SubmittedFile("report.pdf", "ab" * 32)
REPORT = Report(
    approach="By hand",
    scope="Everything",
    environment_updates="None",
    tests=ALL_PASSED,
    runs=(RUN,),
    issues=NO_ISSUES,
    explanations=(),
    file=FILE,
)
SUBMITTED = ReportSubmitted(1, REPORT, "Tess Manager", NOW)
CONFIRMED = ReceiptConfirmed(1, "Dana Clerk", NOW)
SUBMIT = SubmitCompletionReport(ENGAGEMENT, REPORT, "Tess Manager", NOW)
HOLD = HoldExitGate(ENGAGEMENT, "dcc", "complete", TODAY, "", "Dana Clerk", NOW, Findings(approved=(REPORT_KIND,)))
FURTHER = HoldExitGate(
    ENGAGEMENT,
    "dcc",
    "further-testing",
    TODAY,
    "Run 2 is missing",
    "Dana Clerk",
    NOW,
    Findings(not_met={"5.19.1a": "The evidence of run 2 is missing."}),
)
REQUEST = RequestCertificates(
    engagement=ENGAGEMENT,
    reserved={TCC: Reserved("TCC-2027-0007", "secret", None), ATP: Reserved("ATP-2027-0003", "hidden", None)},
    today=TODAY,
    address="https://assay.example/certificates/{number}/verification?code={code}",
    role="dcc",
    signatory="Dana Clerk",
    position="Test Assurance",
    now=NOW,
    head=RecordsHead(118, "9f86d081884c7d65"),
)
RECORD = RecordIssued("TCC-2027-0007", "aa" * 32, "bb" * 32, NOW)

completion = deciding(COMPLETION)
executed = completion.given(OPENED, EXECUTED)
reviewed = executed.given(SUBMITTED, CONFIRMED)
ONE_FAILURE = ExecutionCompleted(ONE_FAILED, ("8.9",), (FAILED_TEST,), (RunFigures("Run 1", 39, 1, 0, 0),), NOW)
OPEN_ISSUE = IssueNoted(1, 3, "open", plan_agreed=False)
PLANNED_ISSUE = IssueNoted(1, 3, "planned", plan_agreed=True)
with_a_severity_3_issue = completion.given(OPENED, PLANNED_ISSUE, ONE_FAILURE)
REPORT_OF_ONE_FAILURE = replace(
    REPORT,
    tests=ONE_FAILED,
    runs=(RunFigures("Run 1", 39, 1, 0, 0),),
    issues=IssueFigures(total=1, open=0, planned=1, fixed=0, closed=0, severity={3: 1}),
    explanations=(Explanation((FAILED_TEST,), "A rounding error, see issue 1"),),
)
