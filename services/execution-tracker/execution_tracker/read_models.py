"""What is read of an execution: results, issues and the stream job's tally."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, assert_never

from pydantic import TypeAdapter

from chassis.eventstore.aggregate import Change, RowWriter
from chassis.process.database import Connection, Pool, load_queries
from execution_tracker.domain.dashboard import Tally
from execution_tracker.domain.events import (
    DashboardPublished,
    FixDisproved,
    IssueClosed,
    IssueEvent,
    IssueFixed,
    IssueRaised,
    RemediationPlanAgreed,
    RemediationPlanProposed,
    ResultRecorded,
)

QUERIES = load_queries(Path(__file__).parent / "queries.sql")
TALLY = TypeAdapter(Tally)
DASHBOARD = TypeAdapter(DashboardPublished)


async def project(connection: RowWriter, changes: Sequence[Change]) -> None:
    """Bring results and issues up to date, in the transaction of the events."""
    results = [_result_row(change) for change in changes if isinstance(change.event, ResultRecorded)]
    await connection.executemany(QUERIES["add_result"], results)
    dashboards = [_dashboard_row(change) for change in changes if isinstance(change.event, DashboardPublished)]
    await connection.executemany(QUERIES["add_dashboard"], dashboards)
    for change in changes:
        if isinstance(change.event, IssueEvent):
            await _project_issue(connection, change.id, change.event)
            status = change.state.issues[change.event.issue].status
            await connection.execute(QUERIES["set_issue_status"], change.id, change.event.issue, status)


async def results(
    pool: Pool, engagement: str, after: int, test: str | None, run: str | None, outcome: str | None, limit: int
) -> list[dict[str, Any]]:
    """Results in the order in which they were recorded."""
    rows = await pool.fetch(QUERIES["results"], engagement, after, test, run, outcome, limit)
    return [dict(row) for row in rows]


async def issues(pool: Pool, engagement: str) -> list[dict[str, Any]]:
    """Every issue by its number."""
    return [dict(row) for row in await pool.fetch(QUERIES["issues"], engagement)]


async def dashboards(pool: Pool, engagement: str, day: date | None = None) -> list[tuple[DashboardPublished, int]]:
    """The dashboard of each day as it was published last, the newest first, and how often it was published."""
    rows = await pool.fetch(QUERIES["dashboards"], engagement, day)
    return [(DASHBOARD.validate_json(row["content"]), row["times"]) for row in rows]


async def published_sequence(connection: Connection | Pool, engagement: str) -> int:
    """The sequence of the last public event that was decided for an engagement."""
    return int(await connection.fetchval(QUERIES["published_sequence"], engagement) or 0)


async def tally(connection: Connection | Pool, engagement: str, generation: int) -> Tally:
    """What the stream job has counted so far in one of its generations."""
    figures = await connection.fetchval(QUERIES["tally"], engagement, generation)
    return TALLY.validate_json(figures) if figures else Tally()


async def uncounted(connection: Connection | Pool, generation: int) -> Sequence[str]:
    """The engagements of which public events that have left the outbox are counted neither in this generation nor in a
    later one."""
    return [row["subject"] for row in await connection.fetch(QUERIES["uncounted"], generation)]


async def keep_tally(connection: Connection | Pool, engagement: str, generation: int, kept: Tally) -> bool:
    """Keep a tally, and return whether it is kept: not where a later one is, or where it counts more than there is."""
    figures = TALLY.dump_json(kept).decode()
    return bool(await connection.fetchval(QUERIES["keep_tally"], engagement, generation, kept.sequence, figures))


async def _project_issue(connection: RowWriter, id: str, event: IssueEvent) -> None:
    match event:
        case IssueRaised() as e:
            row = (e.issue, e.test, e.severity, e.title, e.description, e.raised_by, e.raised_at, e.provider)
            await connection.execute(QUERIES["add_issue"], id, *row)
        case RemediationPlanProposed() as e:
            await connection.execute(QUERIES["plan_issue"], id, e.issue, e.steps, e.workaround, e.resolve_by)
        case RemediationPlanAgreed() as e:
            await connection.execute(QUERIES["agree_issue"], id, e.issue, e.agreed_by, e.agreed_at)
        case IssueFixed() as e:
            await connection.execute(QUERIES["fix_issue"], id, e.issue, e.fix, e.fixed_at)
        case IssueClosed() as e:
            await connection.execute(QUERIES["close_issue"], id, e.issue, e.verified_by, e.closed_at)
        case FixDisproved():
            pass  # how it was fixed last stands; only its status is another
        case _:
            assert_never(event)


def _dashboard_row(change: Change) -> tuple[object, ...]:
    return change.id, change.version, change.event.day, DASHBOARD.dump_json(change.event).decode()


def _result_row(change: Change) -> tuple[object, ...]:
    event: ResultRecorded = change.event
    return (
        change.id,
        event.result_id,
        event.test,
        event.run,
        event.purpose,
        event.outcome,
        event.verifies,
        event.script,
        event.recorded_by,
        event.executed_at,
        change.at,
    )
