"""Routes from the Completion Report to the exit gate."""

from hashlib import sha256
from pathlib import PurePath
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Form, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from certification import read_models
from certification.aggregates import COMPLETION
from certification.api.replies import attachment
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
from certification.domain.criteria import verdicts
from certification.domain.gate import HoldExitGate
from certification.domain.refusals import ReportUnknown
from certification.domain.report import SEVERITIES
from certification.domain.reporting import ConfirmReceipt, SubmitCompletionReport
from chassis.web.http import READERS, Caller, Caused, Run, command, query, read_upload
from chassis.web.replies import etag, respond
from kernel.principal import Principal, Role
from rulebook.engine.criteria import thresholds
from rulebook.engine.editions import root_of

LARGEST_REPORT = 10_000_000

router = APIRouter(tags=["completion"])


@router.post("/engagements/{engagement}/completion-report", status_code=201, **command(Role.PARTICIPANT))
async def submit_completion_report(
    engagement: UUID,
    file: Annotated[UploadFile, File(description="The report as a PDF, DOCX or XLSX file.")],
    report: Annotated[str, Form(max_length=1_000_000, description="The content of CTSD 6.6.2, as JSON.")],
    runtime: Run,
    cause: Caused,
) -> JSONResponse:
    """Submit the finalised Test Completion Report; its figures must be those that were recorded (CTSD 6.6.2)."""
    content = _parsed(report)
    data = await read_upload(file, LARGEST_REPORT)
    name = checked_name(file.filename, data)
    sent = content.report(name, sha256(data).hexdigest())
    wanted = SubmitCompletionReport(str(engagement), sent, cause.actor.name, runtime.clock.now())

    def reply(state: Completion, _: object) -> dict[str, Any]:
        return {"report": state.reports, "sha256": sent.sha256}

    return respond(await runtime.handle(cause, COMPLETION, str(engagement), wanted, reply, [data]), 201)


@router.get("/engagements/{engagement}/completion-report", **query(*READERS))
async def completion_reports(engagement: UUID, runtime: Run, caller: Caller, response: Response) -> list[ReportOnFile]:
    """Every report that came in, the newest first."""
    state, version = await runtime.state(COMPLETION, str(engagement))
    _visible(state, engagement, caller)
    response.headers.update(etag(version))
    return [
        ReportOnFile(
            number=each.number,
            report=each.report,
            submitted_by=each.submitted_by,
            submitted_at=each.submitted_at,
            receipt_confirmed_at=each.confirmed_at,
        )
        for each in await read_models.reports_of(runtime.pool, engagement)
    ]


@router.get("/engagements/{engagement}/completion-report/{number}/file", response_class=Response, **query(*READERS))
async def completion_report_file(engagement: UUID, number: int, runtime: Run, caller: Caller) -> Response:
    """The document of a report, as it was sent."""
    state, _ = await runtime.state(COMPLETION, str(engagement))
    _visible(state, engagement, caller)
    report = next(
        (r.report for r in await read_models.reports_of(runtime.pool, engagement) if r.number == number), None
    )
    if report is None:
        raise ReportUnknown(number)
    name = f"completion-report-{number}{PurePath(report.file_name).suffix}"
    return attachment(await runtime.files.get(report.sha256), name, "application/octet-stream")


@router.post("/engagements/{engagement}/completion-report/receipt", **command(Role.DCC))
async def confirm_receipt(engagement: UUID, runtime: Run, cause: Caused) -> JSONResponse:
    """Confirm the receipt of the report (CTSD 5.17.1.1)."""
    wanted = ConfirmReceipt(str(engagement), cause.actor.name, runtime.clock.now())
    outcome = await runtime.handle(
        cause, COMPLETION, str(engagement), wanted, lambda state, _: {"report": state.report_open}
    )
    return respond(outcome)


@router.get("/engagements/{engagement}/exit-criteria", **query(*READERS))
async def exit_criteria(engagement: UUID, runtime: Run, cause: Caused, response: Response) -> ExitCriteria:
    """Where the exit criteria of CTSD 5.19.1 stand now, with their figures against Table 7."""
    await runtime.wait_until_seen(str(engagement), cause.after)
    state, version = await runtime.state(COMPLETION, str(engagement))
    opened = _visible(state, engagement, cause.actor)
    response.headers.update(etag(version))
    return _criteria(state, opened)


@router.get("/engagements/{engagement}/completion-status", **query(*READERS))
async def completion_status(engagement: UUID, runtime: Run, cause: Caused) -> CompletionStatus:
    """Whether DCC considers that the Party has successfully completed its testing (CTSD 5.17.2, 5.20.2)."""
    await runtime.wait_until_seen(str(engagement), cause.after)
    state, _ = await runtime.state(COMPLETION, str(engagement))
    _visible(state, engagement, cause.actor)
    return CompletionStatus(
        complete=state.complete,
        since=state.gate.held_at if state.gate and state.complete else None,
        decision=Decision.of(state.gate) if state.gate else None,
        certificate=state.certificate.number if state.certificate and state.issued else None,
    )


@router.post("/engagements/{engagement}/exit-gate", **command(Role.DCC))
async def hold_exit_gate(engagement: UUID, body: ExitGate, runtime: Run, cause: Caused) -> JSONResponse:
    """Record the quality gate review and its decision: complete, or further testing (CTSD 5.17.1.2, 5.20.1)."""
    wanted = HoldExitGate(str(engagement), **dict(body), held_by=cause.actor.name, now=runtime.clock.now())
    outcome = await runtime.handle(
        cause, COMPLETION, str(engagement), wanted, lambda _state, _events: {"outcome": body.outcome}
    )
    return respond(outcome)


def _parsed(report: str) -> CompletionReport:
    try:
        return CompletionReport.model_validate_json(report)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise RequestValidationError([{**each, "loc": ("body", "report", *each["loc"])} for each in found]) from error


def _visible(state: Completion, engagement: UUID, caller: Principal) -> CompletionOpened:
    opened = guards.opened(state, str(engagement))
    caller.may_see(opened.party)
    return opened


def _criteria(state: Completion, opened: CompletionOpened) -> ExitCriteria:
    return ExitCriteria(
        procedure=opened.procedure,
        outcome=state.gate.outcome if state.gate else None,
        execution_complete=state.execution is not None,
        tests=state.execution.tests if state.execution else None,
        issues=len(state.issues),
        outstanding=tuple(_figure(state, severity, opened) for severity in SEVERITIES),
        report=state.report_open,
        receipt_confirmed=state.receipt_confirmed,
        criteria=verdicts(opened, state, state.gate),
    )


def _figure(state: Completion, severity: int, opened: CompletionOpened) -> SeverityFigure:
    issues = [issue for issue in state.outstanding if issue.severity == severity]
    return SeverityFigure(
        severity=severity,
        outstanding=len(issues),
        plans_agreed=sum(issue.plan_agreed for issue in issues),
        threshold=thresholds(opened.procedure, root_of(opened.rulebook))[severity],
    )
