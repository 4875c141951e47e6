"""Testing issues: raised, planned, agreed, fixed, and read."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from chassis.web.http import Caller, Caused, Run, command, query
from chassis.web.replies import etag
from execution_tracker import read_models
from execution_tracker.api.schemas import FixIn, IssueIn, Issues, RemediationPlanIn
from execution_tracker.api.shell import PREFIX, Reply, handle, state_for
from execution_tracker.domain.events import Event, IssueRaised
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.issues import AgreeRemediationPlan, FixIssue, ProposeRemediationPlan, RaiseIssue

router = APIRouter(prefix=PREFIX, tags=["execution"])


@router.post("/issues", status_code=201, **command("execute"))
async def raise_issue(engagement: UUID, body: IssueIn, runtime: Run, cause: Caused) -> JSONResponse:
    """Raise a testing issue on the test that found it (CTSD 6.7.1d, Annex G)."""
    by, now = cause.actor.name, runtime.clock.now()
    wanted = RaiseIssue(body.test, body.severity, body.title, body.description, by, now, body.provider)
    return await handle(runtime, cause, engagement, wanted, _raised, 201)


@router.get("/issues", **query("read"))
async def issues(engagement: UUID, runtime: Run, caller: Caller, response: Response) -> Issues:
    """Every testing issue with its plan, fix and status."""
    _, version = await state_for(runtime, caller, engagement)
    response.headers.update(etag(version))
    return Issues(issues=await read_models.issues(runtime.pool, str(engagement)))


@router.post("/issues/{number}/remediation-plan", **command("execute"))
async def propose_remediation_plan(
    engagement: UUID, number: int, body: RemediationPlanIn, runtime: Run, cause: Caused
) -> JSONResponse:
    """Propose how and by when an issue is resolved, and the work-around until then (CTSD 5.19.1b)."""
    by, now = cause.actor.name, runtime.clock.now()
    wanted = ProposeRemediationPlan(number, body.steps, body.resolve_by, body.workaround, by, now)
    return await handle(runtime, cause, engagement, wanted, _of_issue(number))


@router.post("/issues/{number}/remediation-plan/agreement", **command("review"))
async def agree_remediation_plan(engagement: UUID, number: int, runtime: Run, cause: Caused) -> JSONResponse:
    """Agree plan and work-around (CTSD 5.19.1b, Table 7)."""
    wanted = AgreeRemediationPlan(number, cause.actor.name, runtime.clock.now())
    return await handle(runtime, cause, engagement, wanted, _of_issue(number))


@router.post("/issues/{number}/fix", **command("execute"))
async def fix_issue(engagement: UUID, number: int, body: FixIn, runtime: Run, cause: Caused) -> JSONResponse:
    """Say that an issue is fixed; a passed retest that names it closes it (CTSD 5.19.1b)."""
    wanted = FixIssue(number, body.fix, cause.actor.name, runtime.clock.now())
    return await handle(runtime, cause, engagement, wanted, _of_issue(number))


def _raised(_state: Execution, happened: Sequence[Event]) -> dict[str, Any]:
    (raised,) = happened
    return {"issue": raised.issue} if isinstance(raised, IssueRaised) else {}


def _of_issue(number: int) -> Reply:
    def reply(state: Execution, _happened: Sequence[Event]) -> dict[str, Any]:
        return {"issue": number, "status": state.issues[number].status}

    return reply
