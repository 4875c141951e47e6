"""What the routes read and answer."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from certification.domain.certificate import CertifiedSrv
from certification.domain.completion import ExitGateHeld, Outcome
from certification.domain.report import Explanation, IssueFigures, Report, RunFigures, TestFigures
from chassis.web.fields import Count, Day, Flag, Line, Note, Text
from chassis.web.http import Body
from rulebook.engine.criteria import Verdict

Severity = Literal["1", "2", "3", "4", "5"]


class TestCounts(Body):
    """Tests of the scope by the outcome of their latest result; `scheduled` is what was originally scheduled."""

    __test__ = False

    scheduled: Count
    passed: Count
    failed: Count = 0
    blocked: Count = 0
    not_run: Count = 0


class RunCounts(Body):
    """The results of one test run."""

    run: Line
    passed: Count
    failed: Count = 0
    blocked: Count = 0
    not_run: Count = 0


class StatusCounts(Body):
    """Testing issues by status."""

    open: Count = 0
    planned: Count = 0
    fixed: Count = 0
    closed: Count = 0


class IssueCounts(Body):
    """Testing issues generated, by status and by severity."""

    total: Count
    by_status: StatusCounts
    by_severity: dict[Severity, Count]


class Explained(Body):
    """Why tests were not run, were blocked or did not succeed (CTSD 6.6.3)."""

    tests: Annotated[tuple[Line, ...], Field(min_length=1, max_length=2_000)]
    explanation: Text


class CompletionReport(Body):
    """The content of the Test Completion Report (CTSD 6.6.2)."""

    approach: Text
    scope: Text
    environment_updates: Text
    tests: TestCounts
    runs: Annotated[tuple[RunCounts, ...], Field(min_length=1, max_length=500)]
    issues: IssueCounts
    explanations: Annotated[tuple[Explained, ...], Field(max_length=2_000)] = ()

    def report(self, file_name: str, sha256: str) -> Report:
        """The domain's report."""
        status = self.issues.by_status
        return Report(
            approach=self.approach,
            scope=self.scope,
            environment_updates=self.environment_updates,
            tests=TestFigures(**dict(self.tests)),
            runs=tuple(RunFigures(**dict(run)) for run in self.runs),
            issues=IssueFigures(
                total=self.issues.total,
                **dict(status),
                severity={int(severity): count for severity, count in self.issues.by_severity.items()},
            ),
            explanations=tuple(Explanation(each.tests, each.explanation) for each in self.explanations),
            file_name=file_name,
            sha256=sha256,
        )


class ReportOnFile(Body):
    """A report that came in; the participant and DCC read it here."""

    number: int
    report: Report
    submitted_by: str
    submitted_at: datetime
    receipt_confirmed_at: datetime | None


class ExitGate(Body):
    """The quality gate review meeting and its decision (CTSD 5.20.1)."""

    outcome: Outcome
    meeting_on: Day
    report_approved: Flag = False
    reason: Note = ""


class CertificateRequest(Body):
    """Who signs for DCC, as CTSD Annex E prints it; the caller's name where none is given."""

    signatory: Line | None = None
    position: Line = "DCC Test Assurance"


class SeverityFigure(Body):
    """Outstanding issues of a severity against Table 7; without a threshold DCC agrees each."""

    severity: int
    outstanding: int
    plans_agreed: int
    threshold: int | None


class ExitCriteria(Body):
    """Where the exit criteria of CTSD 5.19.1 stand at this moment, and on which figures."""

    procedure: str
    outcome: Outcome | None
    execution_complete: bool
    tests: TestFigures | None
    issues: int
    outstanding: tuple[SeverityFigure, ...]
    report: int | None
    receipt_confirmed: bool
    criteria: tuple[Verdict, ...]


class Decision(Body):
    """What the exit gate decided, when, and by whom."""

    outcome: Outcome
    meeting_on: date
    reason: str
    decided_by: str
    decided_at: datetime

    @classmethod
    def of(cls, held: ExitGateHeld) -> Self:
        """The decision as it is told."""
        return cls(
            outcome=held.outcome,
            meeting_on=held.meeting_on,
            reason=held.reason,
            decided_by=held.held_by,
            decided_at=held.held_at,
        )


class CompletionStatus(Body):
    """Whether DCC considers the testing complete, since when, by which decision, and the number of the certificate
    that was issued. A decision counts until another execution follows it."""

    complete: bool
    since: datetime | None
    decision: Decision | None
    certificate: str | None


class Links(Body):
    """Where the certificate is fetched and verified."""

    pdf: str
    json_twin: Annotated[str, Field(serialization_alias="json")]
    verification: str


class CertificateStatus(Body):
    """A certificate from the moment it has a number. `code` goes with the number when it is verified."""

    number: str
    status: Literal["prepared", "issued", "superseded"]
    superseded_by: str | None
    party: str
    party_name: str
    role: str
    issued_on: date
    issued_at: datetime | None
    srvs: tuple[CertifiedSrv, ...]
    code: str
    pdf_sha256: str | None
    json_sha256: str | None
    links: Links


class EligibleSrv(Body):
    """A row of the eligibility register."""

    party: str
    role: str
    srv: str
    since: date
    certificate: str
