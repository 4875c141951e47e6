"""The timer of provisional approvals: what was not provided in time lets them lapse."""

import asyncio

import structlog

from artefact_review import read_models
from artefact_review.aggregates import REVIEW
from artefact_review.domain.provisional import LapseApproval
from chassis.eventstore.cause import Cause
from chassis.eventstore.runtime import Runtime
from chassis.eventstore.store import Conflict
from chassis.process.database import TRANSIENT

POLL_SECONDS = 1.0

log = structlog.get_logger()


async def watch_approvals(runtime: Runtime) -> None:
    """Look for ever at what has fallen due."""
    while True:
        try:
            await lapse_approvals(runtime)
        except (Conflict, *TRANSIENT) as error:
            log.warning("the timer waits for the database", error=repr(error))
        await asyncio.sleep(POLL_SECONDS)


async def lapse_approvals(runtime: Runtime) -> None:
    """Let every approval lapse whose day has ended; a second look, or a second replica, finds nothing more to say."""
    now = runtime.clock.now()
    for id in await read_models.overdue_approvals(runtime.pool, now):
        await runtime.handle(Cause.timer(f"lapse:{now.isoformat()}"), REVIEW, id, LapseApproval(id, now))
