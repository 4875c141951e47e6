"""Which process of a service publishes its outbox: one at a time, elected by PostgreSQL and fenced by an epoch.

The leader holds a session advisory lock on a connection of its own. The server ends that session when the leader no
longer responds, so that a stand-by takes over; a former leader that comes back (a frozen process, a half-dead
connection) finds a newer epoch and changes nothing.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from chassis import timing
from chassis.process.database import closed_is_lost, connect_as_leader, load_queries
from chassis.process.failpoints import failpoint

QUERIES = load_queries(Path(__file__).parent / "leader.sql")
LEADER_LOCK = 4_711_002
OUTBOX_CHANNEL = "assay_outbox"
TELL_LEADER = f"BEGIN; SET LOCAL synchronous_commit = off; NOTIFY {OUTBOX_CHANNEL}; COMMIT"
"""A notice holds a lock of the whole server until it is committed: not until it is on disk, and in no command's own
transaction."""


class LeadershipLost(Exception):
    """Another leader has begun a newer epoch."""


@dataclass(frozen=True)
class Leadership:
    """The leader's connection, and the epoch in which it leads."""

    connection: "asyncpg.Connection[asyncpg.Record]"
    epoch: int

    async def heartbeat(self) -> None:
        """Show the server that the leader is there. Raises LeadershipLost."""
        if await self.connection.fetchval(QUERIES["epoch"]) != self.epoch:
            raise LeadershipLost

    async def keep_during(self, waiting: Awaitable[object]) -> None:
        """Wait for something outside PostgreSQL, and keep the session meanwhile. Raises LeadershipLost."""
        task = asyncio.ensure_future(waiting)
        try:
            while not (await asyncio.wait((task,), timeout=timing.LEADER_HEARTBEAT_SECONDS))[0]:
                await self.heartbeat()
            task.result()
        finally:
            task.cancel()


async def any_enqueued(enqueued: asyncio.Event) -> None:
    """Wait until something was enqueued, or until it is time to look anyway."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timing.OUTBOX_POLL_SECONDS):
            await enqueued.wait()


@asynccontextmanager
async def leading(dsn: str, enqueued: asyncio.Event) -> AsyncIterator[Leadership]:
    """Stand by until the leadership is free, then lead. Meanwhile the leader is told of what is enqueued here."""
    connection = await connect_as_leader(dsn)
    try:
        with closed_is_lost(connection):
            while not await connection.fetchval(QUERIES["try_lock"], LEADER_LOCK):
                if enqueued.is_set():
                    enqueued.clear()
                    await connection.execute(TELL_LEADER)
                await any_enqueued(enqueued)
            failpoint("relay.locked")
            epoch = await connection.fetchval(QUERIES["begin_epoch"])
            failpoint("relay.elected")
            yield Leadership(connection, epoch)
    finally:
        await connection.close(timeout=timing.LEADER_CLOSE_SECONDS)
