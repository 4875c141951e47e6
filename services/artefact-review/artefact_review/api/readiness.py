"""The weekly Test Readiness Reports (CTSD 5.6.1.4, 6.3.3)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from artefact_review import read_models
from artefact_review.aggregates import REVIEW
from artefact_review.api import schemas
from artefact_review.api.common import checked, seen, versioned
from artefact_review.domain import reporting
from artefact_review.domain.events import ReadinessReported
from chassis.web.http import Caused, Run, command, query
from chassis.web.replies import respond
from rulebook.engine.dating.working_days import calendar

router = APIRouter()


@router.post("/readiness-reports", status_code=201, **command("provide"))
async def submit_readiness_report(
    engagement: UUID, body: schemas.ReadinessReport, runtime: Run, cause: Caused
) -> JSONResponse:
    """Give the Test Readiness Report of one week, where the procedure has them (CTSD 5.6.1.4, 6.3.3)."""
    wanted = reporting.SubmitReadinessReport(
        str(engagement), body.week, body.value(), cause.actor.name, runtime.clock.now()
    )
    return respond(await runtime.handle(cause, REVIEW, str(engagement), wanted, _reported), 201)


@router.post("/readiness-reports/dry-run", **query("provide"))
async def try_readiness_report(
    engagement: UUID, body: schemas.ReadinessReport, runtime: Run, cause: Caused
) -> JSONResponse:
    """Run the checks of a report without giving it: nothing is kept."""
    review, version = await seen(runtime, cause, engagement)
    today = calendar().day_of(runtime.clock.now())
    return versioned(checked(reporting.report_findings(body.value(), review, today)), version)


@router.get("/readiness-reports", **query("read"))
async def readiness_reports(engagement: UUID, runtime: Run, cause: Caused) -> JSONResponse:
    """Every week that owes a Test Readiness Report or was reported, with the report where it was given."""
    review, version = await seen(runtime, cause, engagement)
    reports = await read_models.readiness_reports(runtime.pool, str(engagement))
    shown = sorted({*reporting.weeks_of(review), *reports})
    return versioned({"weeks": [reports.get(week, {"week": week, "report": None}) for week in shown]}, version)


def _reported(_state: object, events: Sequence[object]) -> dict[str, Any]:
    (reported,) = (event for event in events if isinstance(event, ReadinessReported))
    return {"week": reported.week, **checked(reported.findings)}
