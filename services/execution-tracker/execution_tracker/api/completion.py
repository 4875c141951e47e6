"""Where the execution stands, and its completion."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from chassis.web.http import Caller, Caused, Run, command, query
from chassis.web.replies import etag
from execution_tracker.api.schemas import CompletionIn
from execution_tracker.api.shell import PREFIX, handle, plain, state_for
from execution_tracker.domain.completion import CompleteExecution, criteria, tested_srvs
from execution_tracker.domain.events import Event
from execution_tracker.domain.execution import Execution

router = APIRouter(prefix=PREFIX, tags=["execution"])


@router.get("/execution", **query("read"))
async def execution(engagement: UUID, runtime: Run, caller: Caller) -> JSONResponse:
    """Where the execution stands, from its own state: phase, connectivity, counts, criteria, SRVs tested so far."""
    state, version = await state_for(runtime, caller, engagement)
    return JSONResponse(_summary(state, version), headers=etag(version))


@router.post("/execution-completion", **command("execute"))
async def complete_execution(
    engagement: UUID, runtime: Run, cause: Caused, body: CompletionIn | None = None
) -> JSONResponse:
    """Complete execution, stating with figures the exit criteria that it can speak of (CTSD 5.19.1)."""
    reason = body.unexecuted_reason if body else None
    wanted = CompleteExecution(cause.actor.name, runtime.clock.now(), reason)
    return await handle(runtime, cause, engagement, wanted, _completed)


def _completed(_state: Execution, happened: Sequence[Event]) -> dict[str, Any]:
    (completed,) = happened
    return {"execution": plain(completed)}


def _summary(state: Execution, version: int) -> Any:
    progress = state.progress
    return plain(
        {
            "phase": state.phase,
            "version": version,
            "start_date": state.start_date,
            "web_services": state.web_services,
            "reached": sorted(state.reached),
            "connectivity_confirmed": state.connected,
            "scheduled": len(state.tests),
            "tests": progress.counts(state.tests),
            "issues_by_status": progress.by_status(),
            "issues_by_severity": progress.by_severity(),
            "criteria": criteria(state, progress),
            "srvs": tested_srvs(state, progress),
            "schedule": state.schedule,
        }
    )
