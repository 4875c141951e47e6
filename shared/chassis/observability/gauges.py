"""Gauges that are read from the database when somebody asks for the metrics."""

import contextlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from chassis.observability.metrics import Measure, Metrics
from chassis.process.database import TRANSIENT, Pool, load_queries

QUERIES = load_queries(Path(__file__).parent / "gauges.sql")


@dataclass(frozen=True)
class Gauges:
    """The gauges of every service, and the service's own."""

    pool: Pool
    metrics: Metrics
    parked_limit: int
    own: tuple[Measure, ...] = ()

    async def refresh(self, now: datetime) -> None:
        """Bring them up to date, as far as the database can be reached."""
        with contextlib.suppress(*TRANSIENT):
            await self._refresh(now)

    async def _refresh(self, now: datetime) -> None:
        pending, oldest = await outbox_lag(self.pool, now)
        messages, subjects = await parked_count(self.pool)
        self.metrics.outbox_pending.set(pending)
        self.metrics.outbox_oldest_seconds.set(oldest)
        self.metrics.parked_limit.set(self.parked_limit)
        self.metrics.parked_counted.set(await parked_against_limit(self.pool))
        self.metrics.parked_messages.set(messages)
        self.metrics.parked_subjects.set(subjects)
        for each in self.own:
            given = (now,) if "$1" in each.query else ()
            self.metrics.gauge(each).set(await self.pool.fetchval(each.query, *given) or 0)


async def outbox_lag(pool: Pool, now: datetime) -> tuple[int, float]:
    """How many messages wait to be published, and the age of the oldest in seconds."""
    row = await pool.fetchrow(QUERIES["outbox_lag"])
    oldest = row["oldest"] if row else None
    return (row["pending"] if row else 0), (now - oldest).total_seconds() if oldest else 0.0


async def parked_count(pool: Pool) -> tuple[int, int]:
    """How many messages are parked, and about how many subjects of a source."""
    row = await pool.fetchrow(QUERIES["count_parked"])
    return (row["messages"], row["subjects"]) if row else (0, 0)


async def parked_against_limit(pool: Pool) -> int:
    """How many parked messages count against the limit; those that only wait for a missing one do not: it must come."""
    return int(await pool.fetchval(QUERIES["count_against_cap"]))
