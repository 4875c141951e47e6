"""The span of a whole engagement, reported when it has ended."""

import asyncio

import structlog

from chassis.eventstore.runtime import Runtime
from chassis.process.database import TRANSIENT
from gateway.read_side.read_models import QUERIES

POLL_SECONDS = 60.0
RETRY_SECONDS = 1.0

log = structlog.get_logger()


async def report_ended(runtime: Runtime) -> None:
    """Report engagements that have ended, for ever. Its id follows from the engagement's: twice is harmless."""
    while True:
        try:
            if not await _report(runtime):
                await runtime.woken(POLL_SECONDS)
        except TRANSIENT as error:
            log.warning("the report of ended engagements waits for the database", error=repr(error))
            await asyncio.sleep(RETRY_SECONDS)


async def _report(runtime: Runtime) -> int:
    rows = await runtime.pool.fetch(QUERIES["untraced"])
    for row in rows:
        facts = {"procedure": row["procedure"], "subject": row["subject_id"]}
        runtime.telemetry.root(row["id"], "engagement", row["notified_at"], row["ended_at"], facts)
    if rows:
        await runtime.pool.execute(QUERIES["traced"], [row["id"] for row in rows])
    return len(rows)
