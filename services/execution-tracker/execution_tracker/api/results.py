"""Results of tests: recorded one by one or from a file, and read."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from fastapi.responses import JSONResponse

from chassis.eventstore.runtime import Runtime
from chassis.web.fields import Line
from chassis.web.http import Caller, Caused, Run, command, query, read_upload
from chassis.web.replies import etag
from execution_tracker import read_models
from execution_tracker.api.schemas import Results, ResultsIn
from execution_tracker.api.shell import PREFIX, handle, state_for
from execution_tracker.domain.decisions import decide
from execution_tracker.domain.events import Event, IssueClosed, Outcome, Purpose, ResultRecorded
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.results import RecordResults, Result
from execution_tracker.imports import Row, read_results
from kernel.principal import Principal

LARGEST_FILE = 4_000_000
PAGE = 1_000

router = APIRouter(prefix=PREFIX, tags=["execution"])


@router.post("/results", **command("execute"))
async def record_results(engagement: UUID, body: ResultsIn, runtime: Run, cause: Caused) -> JSONResponse:
    """Record the results of a test run, all or none (CTSD 5.10.1.2)."""
    now = runtime.clock.now()
    results = tuple(
        Result(
            id=uuid4(),
            test=each.test,
            run=body.run,
            outcome=each.outcome,
            executed_at=(each.executed_at or now).astimezone(UTC),
            purpose=each.purpose,
            verifies=each.verifies,
            script=each.script,
            row=row,
        )
        for row, each in enumerate(body.results, start=1)
    )
    return await handle(runtime, cause, engagement, RecordResults(results, cause.actor.name, now), _recorded)


@router.post("/results/import", **command("execute"))
async def import_results(
    engagement: UUID,
    runtime: Run,
    cause: Caused,
    file: Annotated[UploadFile, File(description="JUnit XML or CSV; which of them shows in its content.")],
    run: Annotated[Line, Form()],
    purpose: Annotated[Purpose, Form()] = "test",
    dry_run: Annotated[bool, Form()] = False,
) -> JSONResponse:
    """Record the results of a file, all or none; with `dry_run` only say what would be recorded."""
    data = await read_upload(file, limit=LARGEST_FILE)
    rows = await asyncio.to_thread(read_results, data)
    now = runtime.clock.now()
    results = tuple(_imported(row, run, purpose, now) for row in rows)
    wanted = RecordResults(results, cause.actor.name, now)
    if dry_run:
        return await _try_out(runtime, cause.actor, engagement, wanted)
    return await handle(runtime, cause, engagement, wanted, _recorded)


@router.get("/results", **query("read"))
async def results(
    engagement: UUID,
    runtime: Run,
    caller: Caller,
    response: Response,
    test: str | None = None,
    run: str | None = None,
    outcome: Outcome | None = None,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
) -> Results:
    """Results in the order in which they were recorded, by test, run or outcome; `after` continues a page."""
    _, version = await state_for(runtime, caller, engagement)
    response.headers.update(etag(version))
    found = await read_models.results(runtime.pool, str(engagement), after, test, run, outcome, limit)
    return Results(results=found, next=found[-1]["seq"] if len(found) == limit else None)


async def _try_out(runtime: Runtime, caller: Principal, engagement: UUID, wanted: RecordResults) -> JSONResponse:
    state, version = await state_for(runtime, caller, engagement, "execute")
    would = _recorded(state, decide(wanted, state))
    return JSONResponse({"id": str(engagement), "version": version, "dry_run": True, **would})


def _imported(row: Row, run: str, purpose: Purpose, now: datetime) -> Result:
    return Result(
        id=uuid4(),
        test=row.test,
        run=run,
        outcome=row.outcome,
        executed_at=row.executed_at or now,
        purpose=row.purpose or purpose,
        verifies=row.verifies,
        script=row.script,
        row=row.line,
    )


def _recorded(_state: Execution, happened: Sequence[Event]) -> dict[str, Any]:
    recorded = [event for event in happened if isinstance(event, ResultRecorded)]
    return {
        "recorded": len(recorded),
        "results": [str(event.result_id) for event in recorded],
        "failed": [event.test for event in recorded if event.outcome == "failed"],
        "closed_issues": [event.issue for event in happened if isinstance(event, IssueClosed)],
    }
