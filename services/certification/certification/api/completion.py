"""Routes from what ends the execution to the exit gate."""

from hashlib import sha256
from pathlib import PurePath
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from certification import read_models
from certification.aggregates import COMPLETION
from certification.api.schemas import (
    CompletionReport,
    CompletionStatus,
    Decision,
    ExitCriteria,
    ExitGate,
    ReportOnFile,
    SeverityFigure,
)
from certification.documents import checked_name
from certification.domain import guards
from certification.domain.completion import Completion, CompletionOpened
from certification.domain.criteria import Findings, verdicts
from certification.domain.gate import HoldExitGate, next_body
from certification.domain.refusals import ReportUnknown
from certification.domain.report import SEVERITIES, Evidence, SubmittedFile
from certification.domain.reporting import ConfirmReceipt, SubmitCompletionReport, SubmitEvidence
from chassis.process.database import Connection
from chassis.web.fields import Text
from chassis.web.http import Caller, Caused, Run, command, query, read_upload
from chassis.web.replies import etag, file_reply, respond
from kernel.principal import Principal

LARGEST_REPORT = 10_000_000
MOST_FILES = 50

router = APIRouter(tags=["completion"])


@router.post("/engagements/{engagement}/completion-report", status_code=201, **command("provide"))
async def submit_completion_report(
    engagement: UUID,
    file: Annotated[UploadFile, File(description="The report as a PDF, DOCX or XLSX file.")],
    report: Annotated[str, Form(max_length=1_000_000, description="The content of CTSD 6.6.2, as JSON.")],
    runtime: Run,
    cause: Caused,
) -> JSONResponse:
    """Submit the finalised Test Completion Report; its figures must be those that were recorded (CTSD 6.6.2)."""
    content = _parsed(report)
    data, document = await _uploaded(file)
    wanted = SubmitCompletionReport(str(engagement), content.report(document), cause.actor.name, runtime.clock.now())

    def reply(state: Completion, _: object) -> dict[str, Any]:
        return {"report": state.submissions, "sha256": document.sha256}

    return respond(await runtime.handle(cause, COMPLETION, str(engagement), wanted, reply, [data]), 201)


@router.post("/engagements/{engagement}/test-evidence", status_code=201, **command("provide"))
async def submit_evidence(
    engagement: UUID,
    files: Annotated[
        list[UploadFile],
        File(max_length=MOST_FILES, description="The completed dashboard and the Test Evidence: PDF, DOCX or XLSX."),
    ],
    note: Annotated[Text, Form(description="What was tested, and where the evidence shows it.")],
    runtime: Run,
    cause: Caused,
) -> JSONResponse:
    """Submit the completed Test Execution Dashboard and the Test Evidence (CTSD 5.11.2.4)."""
    uploaded = [await _uploaded(file) for file in files]
    evidence = Evidence(note, tuple(document for _, document in uploaded))
    wanted = SubmitEvidence(str(engagement), evidence, cause.actor.name, runtime.clock.now())

    def reply(state: Completion, _: object) -> dict[str, Any]:
        return {"report": state.submissions, "sha256": [document.sha256 for document in evidence.files]}

    stored = [data for data, _ in uploaded]
    return respond(await runtime.handle(cause, COMPLETION, str(engagement), wanted, reply, stored), 201)


@router.get("/engagements/{engagement}/completion-report", **query())
async def completion_reports(engagement: UUID, runtime: Run, caller: Caller, response: Response) -> list[ReportOnFile]:
    """Every report, or all evidence, that came in, the newest first."""
    state, version = await runtime.state(COMPLETION, str(engagement))
    _visible(state, engagement, caller)
    response.headers.update(etag(version))
    return [ReportOnFile.of(each) for each in await read_models.submissions_of(runtime.pool, engagement)]


@router.get("/engagements/{engagement}/completion-report/{number}/file", response_class=Response, **query())
async def completion_report_file(
    engagement: UUID, number: int, runtime: Run, caller: Caller, file: Annotated[int, Query(ge=1, le=MOST_FILES)] = 1
) -> Response:
    """A document as it was sent; evidence may have several files, which count from 1."""
    state, _ = await runtime.state(COMPLETION, str(engagement))
    _visible(state, engagement, caller)
    submitted = await read_models.submissions_of(runtime.pool, engagement)
    files = next((each.content.files for each in submitted if each.number == number), ())
    if file > len(files):
        raise ReportUnknown(number, file)
    document = files[file - 1]
    part = f"-{file}" if len(files) > 1 else ""
    name = f"completion-report-{number}{part}{PurePath(document.file_name).suffix}"
    return file_reply(await runtime.files.get(document.sha256), name, "application/octet-stream")


@router.post("/engagements/{engagement}/completion-report/receipt", **command("review"))
async def confirm_receipt(engagement: UUID, runtime: Run, cause: Caused) -> JSONResponse:
    """Confirm the receipt of the report, or of the evidence (CTSD 5.17.1.1, 5.18.1.1)."""
    wanted = ConfirmReceipt(str(engagement), cause.actor.name, runtime.clock.now())
    outcome = await runtime.handle(
        cause, COMPLETION, str(engagement), wanted, lambda state, _: {"report": state.submission}
    )
    return respond(outcome)


@router.get("/engagements/{engagement}/exit-criteria", **query())
async def exit_criteria(engagement: UUID, runtime: Run, cause: Caused, response: Response) -> ExitCriteria:
    """Where the criteria of the exit gate stand now, with their figures against the thresholds (CTSD 5.19.1)."""
    await runtime.wait_until_seen(str(engagement), cause.after)
    state, version = await runtime.state(COMPLETION, str(engagement))
    opened = _visible(state, engagement, cause.actor)
    response.headers.update(etag(version))
    held = await read_models.held_for_subject(runtime.pool, opened.subject.id)
    return exit_criteria_of(state, opened, Findings(certificates=held))


@router.get("/engagements/{engagement}/completion-status", **query())
async def completion_status(engagement: UUID, runtime: Run, cause: Caused) -> CompletionStatus:
    """Whether DCC considers that the Party has successfully completed its testing (CTSD 5.17.2, 5.20.2)."""
    await runtime.wait_until_seen(str(engagement), cause.after)
    state, _ = await runtime.state(COMPLETION, str(engagement))
    _visible(state, engagement, cause.actor)
    return CompletionStatus(
        complete=state.complete,
        since=state.gate.held_at if state.gate and state.complete else None,
        decision=Decision.of(state.gate) if state.gate else None,
        certificates=tuple(number for number in state.certificates if number in state.issued),
    )


@router.post("/engagements/{engagement}/exit-gate", **command("decide"))
async def hold_exit_gate(engagement: UUID, body: ExitGate, runtime: Run, cause: Caused) -> JSONResponse:
    """Record the review and its decision: complete, or further testing (CTSD 5.17.1.2, 5.18.1.2, 5.20.1)."""
    await runtime.wait_until_seen(str(engagement), cause.after)
    state, _ = await runtime.state(COMPLETION, str(engagement))
    subject = guards.opened(state, str(engagement)).subject.id

    async def gather(connection: Connection) -> HoldExitGate:
        return HoldExitGate(
            engagement=str(engagement),
            body=cause.actor.role,
            outcome=body.outcome,
            meeting_on=body.meeting_on,
            reason=body.reason,
            held_by=cause.actor.name,
            now=runtime.clock.now(),
            findings=body.findings(await read_models.held_for_subject(connection, subject)),
        )

    outcome = await runtime.handle(
        cause, COMPLETION, str(engagement), gather, lambda after, _: {"outcome": _outcome(after)}
    )
    return respond(outcome)


def _parsed(report: str) -> CompletionReport:
    try:
        return CompletionReport.model_validate_json(report)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise RequestValidationError([{**each, "loc": ("body", "report", *each["loc"])} for each in found]) from error


async def _uploaded(file: UploadFile) -> tuple[bytes, SubmittedFile]:
    data = await read_upload(file, LARGEST_REPORT)
    return data, SubmittedFile(checked_name(file.filename, data), sha256(data).hexdigest())


def _outcome(state: Completion) -> str:
    """What the gate came to, or that a body of its chain approved and the next one decides."""
    return state.gate.outcome if state.gate else "approved"


def _visible(state: Completion, engagement: UUID, caller: Principal) -> CompletionOpened:
    opened = guards.opened(state, str(engagement))
    caller.must("read", state.audience)
    return opened


def exit_criteria_of(state: Completion, opened: CompletionOpened, findings: Findings) -> ExitCriteria:
    """Where every criterion of the gate stands, on which figures, and whose turn it is."""
    return ExitCriteria(
        procedure=opened.procedure,
        outcome=state.gate.outcome if state.gate else None,
        approvals=tuple(approval.body for approval in state.approvals),
        next_body=next_body(state, opened),
        execution_complete=state.execution is not None,
        tests=state.execution.tests if state.execution else None,
        issues=len(state.issues),
        outstanding=tuple(_figure(state, severity, opened) for severity in SEVERITIES),
        report=state.submission,
        receipt_confirmed=state.receipt_confirmed,
        criteria=state.gate.criteria if state.gate and state.complete else verdicts(opened, state, False, findings),
    )


def _figure(state: Completion, severity: int, opened: CompletionOpened) -> SeverityFigure:
    issues = [issue for issue in state.outstanding if issue.severity == severity]
    # An engagement has one subject, and so one provider; what is counted over a pool says nothing of it alone.
    limits = [row.limits[severity] for row in opened.profile.thresholds if row.count != "pool"]
    return SeverityFigure(
        severity=severity,
        outstanding=len(issues),
        plans_agreed=sum(issue.plan_agreed for issue in issues),
        threshold=min((limit for limit in limits if limit is not None), default=None),
    )
