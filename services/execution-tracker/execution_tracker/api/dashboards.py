"""The dashboard: its computed figures, and the dashboards of each day as they were published (CTSD 6.5.2)."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from chassis.eventstore.runtime import NotYetSeen
from chassis.process.database import Connection
from chassis.web.http import Caller, Caused, Run, command, query
from chassis.web.replies import respond
from contracts.execution_tracker import DashboardFigures
from execution_tracker import read_models
from execution_tracker.aggregates import EXECUTION, tally_until
from execution_tracker.api.schemas import Dashboard, DashboardEntry, DashboardIn, DashboardItem, Dashboards
from execution_tracker.api.shell import PREFIX, plain, state_for
from execution_tracker.domain.dashboard import Tally, compose
from execution_tracker.domain.decisions import Command
from execution_tracker.domain.events import Event
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.publication import PublishDashboard, lettered
from execution_tracker.domain.refusals import DashboardUnknown
from execution_tracker.settings import generation
from execution_tracker.waiting import wait_for_figures
from rulebook.engine.dating.working_days import local_day

router = APIRouter(prefix=PREFIX, tags=["execution"])


@router.get("/dashboard", **query("read"))
async def dashboard(engagement: UUID, runtime: Run, caller: Caller) -> dict[str, Any]:
    """The computed figures of the dashboard, and the public sequence up to which they count (CTSD 6.5.2).

    Waits a little until everything that was recorded before the request is counted.
    """
    await state_for(runtime, caller, engagement)
    tally, published = await wait_for_figures(runtime, str(engagement))
    state, _ = await runtime.state(EXECUTION, str(engagement))
    figures = compose(tally, state, local_day(runtime.clock.now()))
    return {
        "engagement": str(engagement),
        "up_to_sequence": tally.sequence,
        "published_sequence": published,
        "figures": DashboardFigures.model_validate(figures, from_attributes=True).model_dump(mode="json"),
    }


@router.post("/dashboards", status_code=201, **command("execute"))
async def publish_dashboard(engagement: UUID, body: DashboardIn, runtime: Run, cause: Caused) -> JSONResponse:
    """Publish the dashboard of a day: location, risks and RAG comment as typed, all figures as computed.

    The figures of a past day are those of its end.
    """
    await wait_for_figures(runtime, str(engagement))

    async def gather(connection: Connection) -> Command:
        now = runtime.clock.now()
        past = body.day < local_day(now)
        return PublishDashboard(
            day=body.day,
            location=body.location,
            risks=tuple(body.risks),
            rag=body.rag,
            comment=body.comment,
            tally=await (tally_until(connection, str(engagement), body.day) if past else counted(connection)),
            by=cause.actor.name,
            now=now,
        )

    async def counted(connection: Connection) -> Tally:
        tally = await read_models.tally(connection, str(engagement), generation(runtime.settings))
        if tally.sequence < await read_models.published_sequence(connection, str(engagement)):
            raise NotYetSeen(str(engagement))  # the stream job catches up by itself: the caller sends it again
        return tally

    outcome = await runtime.handle(cause, EXECUTION, str(engagement), gather, _published)
    return respond(outcome, 201)


@router.get("/dashboards", **query("read"))
async def dashboards(engagement: UUID, runtime: Run, caller: Caller) -> Dashboards:
    """The days of which a dashboard was published, the newest first (CTSD 5.10.1.3)."""
    await state_for(runtime, caller, engagement)
    items = [
        DashboardEntry(day=each.day, updated_at=each.updated_at, published_by=each.published_by, rag=each.rag, times=n)
        for each, n in await read_models.dashboards(runtime.pool, str(engagement))
    ]
    return Dashboards(total=len(items), items=items)


@router.get("/dashboards/{day}", **query("read"))
async def dashboard_of(engagement: UUID, day: date, runtime: Run, caller: Caller) -> Dashboard:
    """The dashboard of a day as it was published last, item by item (CTSD 6.5.2)."""
    await state_for(runtime, caller, engagement)
    found = await read_models.dashboards(runtime.pool, str(engagement), day)
    if not found:
        raise DashboardUnknown(day=day)
    ((published, times),) = found
    items = [
        DashboardItem(clause=f"CTSD 6.5.2({letter})", name=name, content=plain(content))
        for letter, name, content in lettered(published)
    ]
    return Dashboard(engagement=str(engagement), day=day, published_by=published.published_by, times=times, items=items)


def _published(_state: Execution, happened: Sequence[Event]) -> dict[str, Any]:
    (published,) = happened
    return {"dashboard": plain(published)}
