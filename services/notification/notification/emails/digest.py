"""One mail a day for all that need not be told at once, to who wants it so.

What may wait is kept as it is written. From the hour of the digest on, the first process that asks makes it: all that
waits goes with the first of it, in one transaction, so that two replicas and a restart make it once for each day.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from chassis.eventstore.runtime import Runtime
from chassis.process.database import TRANSIENT
from kernel.days import in_words
from notification.read_models import QUERIES
from notification.settings import Settings
from rulebook.engine.dating.working_days import LONDON

POLL_SECONDS = 1.0
BETWEEN = "\n\n" + "- " * 30 + "\n\n"

log = structlog.get_logger()


async def make_digests(runtime: Runtime, settings: Settings) -> None:
    """Make for ever the digest of the day for whom something waits."""
    while True:
        try:
            while await make_next(runtime, settings.digest_hour):
                runtime.wake()
        except TRANSIENT as error:
            log.warning("the digests wait for the database", error=repr(error))
        await asyncio.sleep(POLL_SECONDS)


async def make_next(runtime: Runtime, hour: int) -> bool:
    """Make the digest of one addressee, where it is the hour for it; whether there was one."""
    now = runtime.clock.now().astimezone(LONDON)
    if now.hour < hour:
        return False
    async with runtime.transaction() as connection:
        addressee = await connection.fetchval(QUERIES["begin_digest"], now.date())
        if addressee is not None:
            await connection.execute(QUERIES["fill_digest"], addressee)
    return addressee is not None


async def as_digest(runtime: Runtime, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The mail that carries a digest as it is sent; None where nothing of it needs to be told any more."""
    parts = await runtime.pool.fetch(QUERIES["digest_parts"], row["digest"])
    if not parts:
        return None
    day = in_words(runtime.clock.now().astimezone(LONDON).date())
    subject = f"Digest of {day}: {len(parts)} {'message' if len(parts) == 1 else 'messages'}"
    body = BETWEEN.join((subject, *(f"{part['subject']}\n\n{part['body']}" for part in parts)))
    return {**row, "subject": subject, "body": body, "thread": None, "files": "[]"}
