"""Connectivity: the web services that were tried, or the earlier testing that confirmed it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from chassis.web.http import Caused, Run, command
from execution_tracker.api.schemas import ConnectivityCheck, EarlierTesting
from execution_tracker.api.shell import PREFIX, handle
from execution_tracker.domain.connectivity import CheckConnectivity, StateEarlierTesting
from execution_tracker.domain.events import Event
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.guards import unreached

router = APIRouter(prefix=PREFIX, tags=["execution"])


@router.post("/connectivity", **command("execute"))
async def check_connectivity(engagement: UUID, body: ConnectivityCheck, runtime: Run, cause: Caused) -> JSONResponse:
    """Record that a test web service was tried; when all were reached, connectivity is confirmed (CTSD 5.10.2)."""
    wanted = CheckConnectivity(body.web_service, body.passed, cause.actor.name, runtime.clock.now())
    return await handle(runtime, cause, engagement, wanted, _connectivity)


@router.post("/connectivity/earlier-testing", **command("execute"))
async def state_earlier_testing(engagement: UUID, body: EarlierTesting, runtime: Run, cause: Caused) -> JSONResponse:
    """State the earlier testing that confirmed connectivity, so that it is not tried again (CTSD 5.10.1.1, 5.10.2d)."""
    wanted = StateEarlierTesting(body.earlier_testing, cause.actor.name, runtime.clock.now())
    return await handle(runtime, cause, engagement, wanted, _connectivity)


def _connectivity(state: Execution, _happened: Sequence[Event]) -> dict[str, Any]:
    return {"confirmed": state.connected, "missing": unreached(state)}
