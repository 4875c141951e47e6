"""What the routes read and answer."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from certification.domain.certificate import CertifiedSrv, PrintedField
from certification.domain.completion import ExitGateHeld, Outcome
from certification.domain.criteria import Findings
from certification.domain.report import (
    Evidence,
    Explanation,
    IssueFigures,
    Report,
    RunFigures,
    SubmittedFile,
    TestFigures,
)
from certification.read_models import Registered, Submission
from chassis.web.fields import Count, Day, Line, Note, Text
from chassis.web.http import Body
from rulebook.engine.gates import Verdict

SeverityKey = Literal["1", "2", "3", "4", "5"]


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
    by_severity: dict[SeverityKey, Count]


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

    def report(self, file: SubmittedFile) -> Report:
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
            file=file,
        )


class ReportOnFile(Body):
    """A report, or evidence, that came in; who may read the engagement reads it here."""

    number: int
    report: Report | None
    evidence: Evidence | None
    submitted_by: str
    submitted_at: datetime
    receipt_confirmed_at: datetime | None

    @classmethod
    def of(cls, submission: Submission) -> Self:
        """What was submitted, as it is told."""
        content = submission.content
        return cls(
            number=submission.number,
            report=content if isinstance(content, Report) else None,
            evidence=content if isinstance(content, Evidence) else None,
            submitted_by=submission.submitted_by,
            submitted_at=submission.submitted_at,
            receipt_confirmed_at=submission.confirmed_at,
        )


Named = Annotated[dict[Line, Text], Field(max_length=100, default_factory=dict)]


class ExitGate(Body):
    """The review and its decision (CTSD 5.18.1.2, 5.20.1).

    `meeting_on` is the day of the quality gate review meeting, where the gate is held at one. `approved` are the kinds
    of document that are approved with the decision. `not_met` says of a criterion why it is not met, `evidence` what
    was shown for one.
    """

    outcome: Outcome
    meeting_on: Day | None = None
    approved: Annotated[tuple[Line, ...], Field(max_length=100)] = ()
    not_met: Named
    evidence: Named
    reason: Note = ""

    def findings(self, certificates: Mapping[str, str]) -> Findings:
        """What the body that decides finds beside the figures."""
        return Findings(self.approved, self.evidence, self.not_met, certificates)


class CertificateRequest(Body):
    """Who signs, as it is printed; the caller's name, and what their role is called, where none is given."""

    signatory: Line | None = None
    position: Line | None = None


class SeverityFigure(Body):
    """Outstanding issues of a severity against the procedure's threshold; without one each is as agreed."""

    severity: int
    outstanding: int
    plans_agreed: int
    threshold: int | None


class ExitCriteria(Body):
    """Where the criteria of the exit gate stand at this moment, and on which figures. `approvals` are the bodies of
    the gate's chain that approved so far, `next_body` the one that decides next."""

    procedure: str
    outcome: Outcome | None
    approvals: tuple[str, ...]
    next_body: str | None
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
    body: str
    meeting_on: date
    reason: str
    decided_by: str
    decided_at: datetime

    @classmethod
    def of(cls, held: ExitGateHeld) -> Self:
        """The decision as it is told."""
        return cls(
            outcome=held.outcome,
            body=held.body,
            meeting_on=held.meeting_on,
            reason=held.reason,
            decided_by=held.held_by,
            decided_at=held.held_at,
        )


class CompletionStatus(Body):
    """Whether the testing is considered complete, since when, by which decision, and the numbers of the certificates
    that were issued. A decision counts until another execution follows it."""

    complete: bool
    since: datetime | None
    decision: Decision | None
    certificates: tuple[str, ...]


class Links(Body):
    """Where the certificate is fetched and verified."""

    pdf: str
    json_twin: Annotated[str, Field(serialization_alias="json")]
    verification: str


class CertificateStatus(Body):
    """A certificate from the moment it has a number. `code` goes with the number when it is verified."""

    number: str
    form: str
    title: str
    status: Literal["prepared", "issued", "superseded"]
    supersedes: str | None
    superseded_by: str | None
    subject: str
    recipient: str
    fields: tuple[PrintedField, ...]
    issued_on: date
    issued_at: datetime | None
    srvs: tuple[CertifiedSrv, ...]
    code: str
    pdf_sha256: str | None
    json_sha256: str | None
    links: Links

    @classmethod
    def of(cls, known: Registered) -> Self:
        """A certificate as it is told, with where it is fetched and verified."""
        certificate = known.certificate
        here = f"/certificates/{certificate.number}"
        return cls(
            number=certificate.number,
            form=certificate.form,
            title=certificate.title,
            status=known.status,
            supersedes=certificate.supersedes,
            superseded_by=known.superseded_by,
            subject=certificate.subject.name,
            recipient=certificate.recipient.name,
            fields=certificate.fields,
            issued_on=certificate.issued_on,
            issued_at=known.issued_at,
            srvs=certificate.srvs,
            code=certificate.code,
            pdf_sha256=known.pdf_sha256,
            json_sha256=known.json_sha256,
            links=Links(pdf=f"{here}/pdf", json_twin=f"{here}/json", verification=certificate.verification_url),
        )


class EligibleSrv(Body):
    """A row of the eligibility register."""

    party: str
    role: str
    srv: str
    since: date
    certificate: str


class Listed(Body):
    """An entry of a public list."""

    list: str
    key: str
    name: str
    status: str
    since: date
    certificate: str
