"""The weekly Test Readiness Reports (CTSD 5.6.1.4, 6.3.3)."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from artefact_review import read_models
from artefact_review.aggregates import REVIEW
from artefact_review.api import schemas
from artefact_review.api.common import seen, versioned
from artefact_review.domain import reporting
from chassis.web.http import Caused, Run, command, query
from chassis.web.replies import respond

router = APIRouter()


@router.post("/readiness-reports", status_code=201, **command("provide"))
async def submit_readiness_report(
    engagement: UUID, body: schemas.ReadinessReport, runtime: Run, cause: Caused
) -> JSONResponse:
    """Give the Test Readiness Report of one week, where the procedure has them (CTSD 5.6.1.4, 6.3.3)."""
    wanted = reporting.SubmitReadinessReport(
        str(engagement), body.week, body.value(), cause.actor.name, runtime.clock.now()
    )
    outcome = await runtime.handle(cause, REVIEW, str(engagement), wanted, lambda _state, _events: {"week": body.week})
    return respond(outcome, 201)


@router.get("/readiness-reports", **query("read"))
async def readiness_reports(engagement: UUID, runtime: Run, cause: Caused) -> JSONResponse:
    """Every week that owes a Test Readiness Report or was reported, with the report where it was given."""
    review, version = await seen(runtime, cause, engagement)
    reports = await read_models.readiness_reports(runtime.pool, str(engagement))
    shown = sorted({*reporting.weeks_of(review), *reports})
    return versioned({"weeks": [reports.get(week, {"week": week, "report": None}) for week in shown]}, version)
