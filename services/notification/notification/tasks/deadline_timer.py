"""The timer: says of each engagement what its dates give to say."""

import asyncio
import time
from collections import deque
from datetime import datetime

import structlog

from chassis.eventstore.cause import Cause
from chassis.eventstore.runtime import Runtime
from chassis.eventstore.store import Conflict
from chassis.process.database import TRANSIENT
from notification import read_models
from notification.aggregates import ENGAGEMENT
from notification.domain.timekeeping import CheckDeadlines

POLL_SECONDS = 1.0

log = structlog.get_logger()


class SettledClock:
    """What the clock showed some seconds ago.

    A fact that was in time may still be on its way when its date passes, above all when the clock is moved in
    rehearsal: so the timer looks a little back, and lets it arrive first.
    """

    def __init__(self, patience_seconds: float) -> None:
        self._patience = patience_seconds
        self._readings: deque[tuple[float, datetime]] = deque()

    def read(self, now: datetime, at: float) -> datetime | None:
        """Keep the clock's reading at a monotonic time; return the latest one that is old enough."""
        self._readings.append((at, now))
        settled = None
        while self._readings and self._readings[0][0] <= at - self._patience:
            settled = self._readings.popleft()[1]
        return settled


async def watch_deadlines(runtime: Runtime, patience_seconds: float) -> None:
    """Look for ever at what has fallen due."""
    settled_clock = SettledClock(patience_seconds)
    pause = min(POLL_SECONDS, max(patience_seconds / 4, 0.05))
    while True:
        settled = settled_clock.read(runtime.clock.now(), time.monotonic())
        try:
            if settled is not None:
                await check_deadlines(runtime, settled)
        except (Conflict, *TRANSIENT) as error:
            log.warning("the timer waits for the database", error=repr(error))
        await asyncio.sleep(pause)  # a moved clock is not answered at once in any case


async def check_deadlines(runtime: Runtime, now: datetime) -> None:
    """Say of every engagement what is to be said by `now`."""
    for id in await read_models.due_for_check(runtime.pool, now):
        cause = Cause.timer(f"timer:{now.isoformat()}")
        await runtime.handle(cause, ENGAGEMENT, str(id), CheckDeadlines(str(id), now))
