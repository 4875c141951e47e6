"""The routes: parse, build the command with now and ids, hand it over, reply."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter

from chassis.eventstore.cause import Cause
from chassis.eventstore.runtime import NotYetSeen, Runtime
from chassis.process.database import Connection
from chassis.web.fields import Line
from chassis.web.http import READERS, Caller, Caused, Run, command, query, read_upload
from chassis.web.replies import etag, respond
from contracts.execution_tracker import DashboardFigures
from execution_tracker import read_models
from execution_tracker.aggregates import EXECUTION, tally_until
from execution_tracker.api.schemas import (
    CompletionIn,
    ConnectivityCheck,
    Dashboard,
    DashboardEntry,
    DashboardIn,
    DashboardItem,
    Dashboards,
    FixIn,
    IssueIn,
    Issues,
    RemediationPlanIn,
    Results,
    ResultsIn,
)
from execution_tracker.domain import events
from execution_tracker.domain.completion import CompleteExecution, criteria, tested_srvs
from execution_tracker.domain.connectivity import CheckConnectivity
from execution_tracker.domain.dashboard import Tally, compose
from execution_tracker.domain.decisions import Command, decide
from execution_tracker.domain.events import Event, Outcome, Purpose
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.guards import unreached
from execution_tracker.domain.issues import AgreeRemediationPlan, FixIssue, ProposeRemediationPlan, RaiseIssue
from execution_tracker.domain.publication import PublishDashboard, lettered
from execution_tracker.domain.refusals import DashboardUnknown, EngagementUnknown
from execution_tracker.domain.results import RecordResults, Result
from execution_tracker.imports import Row, read_results
from execution_tracker.settings import generation
from execution_tracker.waiting import wait_for_figures
from kernel.principal import Principal, Role
from rulebook.engine.dating.working_days import local_day

LARGEST_FILE = 4_000_000
PAGE = 1_000

router = APIRouter(prefix="/engagements/{engagement}", tags=["execution"])
ANYTHING = TypeAdapter[Any](Any)


@router.post("/connectivity", **command(Role.PARTICIPANT))
async def check_connectivity(engagement: UUID, body: ConnectivityCheck, runtime: Run, cause: Caused) -> JSONResponse:
    """Record that a test web service was tried; when all were reached, connectivity is confirmed (CTSD 5.10.2)."""
    wanted = CheckConnectivity(body.web_service, body.passed, cause.actor.name, runtime.clock.now())
    return await _handle(runtime, cause, engagement, wanted, _connectivity)


@router.post("/results", **command(Role.PARTICIPANT))
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
    return await _handle(runtime, cause, engagement, RecordResults(results, cause.actor.name, now), _recorded)


@router.post("/results/import", **command(Role.PARTICIPANT))
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
    return await _handle(runtime, cause, engagement, wanted, _recorded)


@router.get("/results", **query(*READERS))
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
    _, version = await _seen_by(runtime, caller, engagement)
    response.headers.update(etag(version))
    found = await read_models.results(runtime.pool, str(engagement), after, test, run, outcome, limit)
    return Results(results=found, next=found[-1]["seq"] if len(found) == limit else None)


@router.post("/issues", status_code=201, **command(Role.PARTICIPANT))
async def raise_issue(engagement: UUID, body: IssueIn, runtime: Run, cause: Caused) -> JSONResponse:
    """Raise a testing issue on the test that found it (CTSD 6.7.1d, Annex G)."""
    wanted = RaiseIssue(body.test, body.severity, body.title, body.description, cause.actor.name, runtime.clock.now())
    outcome = await runtime.handle(cause, EXECUTION, str(engagement), wanted, _raised)
    return respond(outcome, 201)


@router.get("/issues", **query(*READERS))
async def issues(engagement: UUID, runtime: Run, caller: Caller, response: Response) -> Issues:
    """Every testing issue with its plan, fix and status."""
    _, version = await _seen_by(runtime, caller, engagement)
    response.headers.update(etag(version))
    return Issues(issues=await read_models.issues(runtime.pool, str(engagement)))


@router.post("/issues/{number}/remediation-plan", **command(Role.PARTICIPANT))
async def propose_remediation_plan(
    engagement: UUID, number: int, body: RemediationPlanIn, runtime: Run, cause: Caused
) -> JSONResponse:
    """Propose how and by when an issue is resolved, and the work-around until then (CTSD 5.19.1b)."""
    wanted = ProposeRemediationPlan(number, body.steps, body.resolve_by, body.workaround, runtime.clock.now())
    return await _handle(runtime, cause, engagement, wanted, _of_issue(number))


@router.post("/issues/{number}/remediation-plan/agreement", **command(Role.DCC))
async def agree_remediation_plan(engagement: UUID, number: int, runtime: Run, cause: Caused) -> JSONResponse:
    """Agree plan and work-around (CTSD 5.19.1b, Table 7)."""
    wanted = AgreeRemediationPlan(number, cause.actor.name, runtime.clock.now())
    return await _handle(runtime, cause, engagement, wanted, _of_issue(number))


@router.post("/issues/{number}/fix", **command(Role.PARTICIPANT))
async def fix_issue(engagement: UUID, number: int, body: FixIn, runtime: Run, cause: Caused) -> JSONResponse:
    """Say that an issue is fixed; a passed retest that names it closes it (CTSD 5.19.1b)."""
    wanted = FixIssue(number, body.fix, runtime.clock.now())
    return await _handle(runtime, cause, engagement, wanted, _of_issue(number))


@router.get("/dashboard", **query(*READERS))
async def dashboard(engagement: UUID, runtime: Run, caller: Caller) -> dict[str, Any]:
    """The computed figures of the dashboard, and the public sequence up to which they count (CTSD 6.5.2).

    Waits a little until everything that was recorded before the request is counted.
    """
    await _seen_by(runtime, caller, engagement)
    tally, published = await wait_for_figures(runtime, str(engagement))
    state, _ = await runtime.state(EXECUTION, str(engagement))
    figures = compose(tally, state, local_day(runtime.clock.now()))
    return {
        "engagement": str(engagement),
        "up_to_sequence": tally.sequence,
        "published_sequence": published,
        "figures": DashboardFigures.model_validate(figures, from_attributes=True).model_dump(mode="json"),
    }


@router.post("/dashboards", status_code=201, **command(Role.PARTICIPANT))
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


@router.get("/dashboards", **query(*READERS))
async def dashboards(engagement: UUID, runtime: Run, caller: Caller) -> Dashboards:
    """The days of which a dashboard was published, the newest first (CTSD 5.10.1.3)."""
    await _seen_by(runtime, caller, engagement)
    items = [
        DashboardEntry(day=each.day, updated_at=each.updated_at, published_by=each.published_by, rag=each.rag, times=n)
        for each, n in await read_models.dashboards(runtime.pool, str(engagement))
    ]
    return Dashboards(total=len(items), items=items)


@router.get("/dashboards/{day}", **query(*READERS))
async def dashboard_of(engagement: UUID, day: date, runtime: Run, caller: Caller) -> Dashboard:
    """The dashboard of a day as it was published last, item by item (CTSD 6.5.2)."""
    await _seen_by(runtime, caller, engagement)
    found = await read_models.dashboards(runtime.pool, str(engagement), day)
    if not found:
        raise DashboardUnknown(day=day)
    ((published, times),) = found
    items = [
        DashboardItem(clause=f"CTSD 6.5.2({letter})", name=name, content=ANYTHING.dump_python(content, mode="json"))
        for letter, name, content in lettered(published)
    ]
    return Dashboard(engagement=str(engagement), day=day, published_by=published.published_by, times=times, items=items)


@router.get("/execution", **query(*READERS))
async def execution(engagement: UUID, runtime: Run, caller: Caller) -> JSONResponse:
    """Where the execution stands, from its own state: phase, connectivity, counts, criteria, SRVs tested so far."""
    state, version = await _seen_by(runtime, caller, engagement)
    return JSONResponse(_summary(state, version), headers=etag(version))


@router.post("/execution-completion", **command(Role.PARTICIPANT))
async def complete_execution(
    engagement: UUID, runtime: Run, cause: Caused, body: CompletionIn | None = None
) -> JSONResponse:
    """Complete execution, stating exit criteria (a) to (c) with their figures (CTSD 5.19.1)."""
    reason = body.unexecuted_reason if body else None
    wanted = CompleteExecution(cause.actor.name, runtime.clock.now(), reason)
    return await _handle(runtime, cause, engagement, wanted, _completed)


async def _handle(runtime: Runtime, cause: Cause, engagement: UUID, wanted: Command, reply: Any) -> JSONResponse:
    outcome = await runtime.handle(cause, EXECUTION, str(engagement), wanted, reply)
    return respond(outcome)


async def _seen_by(runtime: Runtime, caller: Principal, engagement: UUID) -> tuple[Execution, int]:
    state, version = await runtime.state(EXECUTION, str(engagement))
    if state.engagement is None:
        raise EngagementUnknown
    caller.may_see(state.party)
    return state, version


async def _try_out(runtime: Runtime, caller: Principal, engagement: UUID, wanted: RecordResults) -> JSONResponse:
    state, version = await _seen_by(runtime, caller, engagement)
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


def _connectivity(state: Execution, _happened: Sequence[Event]) -> dict[str, Any]:
    return {"confirmed": state.connected, "missing": unreached(state)}


def _recorded(_state: Execution, happened: Sequence[Event]) -> dict[str, Any]:
    recorded = [event for event in happened if isinstance(event, events.ResultRecorded)]
    return {
        "recorded": len(recorded),
        "results": [str(event.result_id) for event in recorded],
        "failed": [event.test for event in recorded if event.outcome == "failed"],
        "closed_issues": [event.issue for event in happened if isinstance(event, events.IssueClosed)],
    }


def _raised(_state: Execution, happened: Sequence[Event]) -> dict[str, Any]:
    (raised,) = happened
    return {"issue": raised.issue} if isinstance(raised, events.IssueRaised) else {}


def _of_issue(number: int) -> Any:
    def reply(state: Execution, _happened: Sequence[Event]) -> dict[str, Any]:
        return {"issue": number, "status": state.progress.issues[number].status}

    return reply


def _published(_state: Execution, happened: Sequence[Event]) -> dict[str, Any]:
    published = [ANYTHING.dump_python(event, mode="json") for event in happened]
    return {"dashboard": published[0]}


def _completed(_state: Execution, happened: Sequence[Event]) -> dict[str, Any]:
    (completed,) = happened
    return {"execution": ANYTHING.dump_python(completed, mode="json")}


def _summary(state: Execution, version: int) -> dict[str, Any]:
    summary = {
        "phase": state.phase,
        "version": version,
        "start_date": state.start_date,
        "web_services": state.web_services,
        "reached": sorted(state.reached),
        "connectivity_confirmed": state.connected,
        "scheduled": len(state.tests),
        "tests": state.progress.counts(state.tests),
        "issues_by_status": state.progress.by_status(),
        "issues_by_severity": state.progress.by_severity(),
        "criteria": criteria(state, state.progress),
        "srvs": tested_srvs(state),
        "schedule": state.schedule,
    }
    plain: dict[str, Any] = ANYTHING.dump_python(summary, mode="json")
    return plain
