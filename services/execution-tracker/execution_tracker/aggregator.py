"""The stream job that computes the dashboard's figures from the service's own public events (CTSD 6.5.2).

It is the one module that knows Faust, which is asked for (decision 10): the figures could be folded without it.

Faust delivers each event at least once, in the order of its engagement. The tally of an engagement is kept in
PostgreSQL, where the API reads it, before the event is acknowledged; memory is a cache of it. A tally carries the last
sequence it has counted and counts only the next one: an event that comes again changes nothing, and when one is
missing, the job reads the topic again from its first event.

Faust's own tables are not used: with one, a job that was restarted under load missed events in about half of the runs
of the tests beside this service (Faust 0.15.3, once 54 of 123), without one in none. The table restores itself from its
changelog while the stream is already being read; that this is the cause is likely, not proven.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import uuid4

import faust
import structlog
from faust.types import EventT

from chassis.eventstore.runtime import Runtime
from chassis.messaging.kafka_clients import Unstoppable, answers, stop
from chassis.process.database import TRANSIENT
from contracts.topics import EXECUTION_TRACKER
from execution_tracker import read_models
from execution_tracker.domain.dashboard import Tally, fold
from execution_tracker.settings import generation
from execution_tracker.translation import counted
from kernel.recent import Recent

RETRY_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 60.0
REMEMBERED = 1_000
LONG_SECONDS = 300.0
"""A job that ran so long is not one that fails again and again."""
STOP_SECONDS = 10
POLL_SECONDS = 5.0
STILL_SECONDS = 45.0
"""Longer than a group takes to be formed anew, with a member that has gone."""
SESSION_SECONDS = 10.0
"""So long the broker waits for a silent member, as for the service's own consumer."""

T = TypeVar("T")

log = structlog.get_logger()


async def aggregate(runtime: Runtime) -> None:
    """Keep the stream job running until it is cancelled.

    A job that crashes is started again in this process: results are recorded also while none are counted. A job that
    missed an event is followed by one that reads from the first event on. Raises Unstoppable.
    """
    ready = runtime.readiness["the stream job's Kafka group"] = asyncio.Event()
    group = group_of(runtime)
    pause = RETRY_SECONDS
    while True:
        job, begun = Job(runtime, group), time.monotonic()
        try:
            await job.run(ready)
        except Unstoppable:
            raise
        except Exception as error:
            log.error("the stream job starts again", error=repr(error))
        if job.missed.is_set():
            group = f"{group_of(runtime)}-{uuid4()}"
        pause = RETRY_SECONDS if time.monotonic() - begun > LONG_SECONDS else min(2 * pause, LONGEST_PAUSE_SECONDS)
        await asyncio.sleep(pause)


def group_of(runtime: Runtime) -> str:
    """The consumer group that remembers how far the job has read."""
    return f"{runtime.settings.topic_prefix}assay.execution-tracker.dashboard-{generation(runtime.settings)}"


class Job:
    """The Faust application of one service process, as a member of a consumer group."""

    def __init__(self, runtime: Runtime, group: str) -> None:
        self.missed = asyncio.Event()
        self._received = 0
        self._runtime = runtime
        self._generation = generation(runtime.settings)
        self._tallies: Recent[str, Tally] = Recent(REMEMBERED)
        self._app = _app(runtime, group)
        topic = f"{runtime.settings.topic_prefix}{EXECUTION_TRACKER.name}"
        source = self._app.topic(topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
        self._app.agent(source, name="tally", concurrency=1)(self._count)

    async def run(self, ready: asyncio.Event) -> None:
        """Count until an event is missing, nothing moves, or something crashes; `ready` is set once it has begun."""
        try:
            await _first(self._work(ready), self._stalled())
        finally:
            ready.clear()
            await asyncio.shield(stop(self._runtime.settings.kafka, self._app.stop()))

    async def _work(self, ready: asyncio.Event) -> None:
        await self._app.start()
        tables: Any = self._app.tables
        await _first(tables.recovery.completed.wait(), self._app.wait_until_stopped())
        ready.set()
        await _first(self.missed.wait(), self._app.wait_until_stopped())

    async def _stalled(self) -> None:
        """Return when no event came for long, though one that was published is not counted and Kafka answers."""
        last, since = self._received, time.monotonic()
        while time.monotonic() - since < STILL_SECONDS:
            await asyncio.sleep(POLL_SECONDS)
            if self._received != last or not await self._is_behind() or not await answers(self._runtime.settings.kafka):
                last, since = self._received, time.monotonic()
        log.error("the stream job is stalled", received=last)

    async def _is_behind(self) -> bool:
        return await _patiently(lambda: read_models.uncounted(self._runtime.pool, self._generation))

    async def _count(self, stream: Any) -> None:
        async for event in stream.events():
            self._received += 1
            counting = asyncio.create_task(self._count_one(event))
            try:
                await asyncio.shield(counting)
            except asyncio.CancelledError:
                # Faust acknowledges the event of an agent that is stopped: it must have been counted by then.
                await asyncio.wait([counting], timeout=STOP_SECONDS)
                raise

    async def _count_one(self, event: EventT[Any]) -> None:
        headers = {name: value.decode() for name, value in dict(event.headers).items()}
        engagement, sequence = headers["ce_subject"], int(headers["ce_sequence"])
        before = await self._before(engagement, sequence)
        if sequence > before.sequence + 1:
            log.error("public events are missing", engagement_id=engagement, after=before.sequence, before=sequence)
            return self.missed.set()
        after = fold(before, sequence, counted(headers["ce_type"], event.value))
        if after is not before:
            await self._keep(engagement, after)

    async def _before(self, engagement: str, sequence: int) -> Tally:
        """The tally as this process knows it, or as it is kept where another one has counted on."""
        tally = self._tallies.get(engagement)
        if tally is not None and sequence <= tally.sequence + 1:
            return tally
        return await _patiently(lambda: read_models.tally(self._runtime.pool, engagement, self._generation))

    async def _keep(self, engagement: str, tally: Tally) -> None:
        await _patiently(lambda: read_models.keep_tally(self._runtime.pool, engagement, self._generation, tally))
        self._tallies.put(engagement, tally)


async def _patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Do it, however long the database is away."""
    while True:
        try:
            return await work()
        except TRANSIENT as error:
            log.warning("the stream job waits for the database", error=repr(error))
            await asyncio.sleep(RETRY_SECONDS)


async def _first(*waits: Any) -> None:
    """Return when one of several waits ends, or raise what it raises."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if not task.cancelled():
            task.result()


def _app(runtime: Runtime, group: str) -> faust.App:
    return faust.App(
        group,
        broker=f"kafka://{runtime.settings.kafka}",
        store="memory://",
        loop=asyncio.get_running_loop(),
        web_enabled=False,
        datadir=str(runtime.settings.telemetry / "faust"),
        topic_disable_leader=True,
        topic_partitions=EXECUTION_TRACKER.partitions,
        topic_replication_factor=1,
        consumer_auto_offset_reset="earliest",
        # A static member: a process that comes back takes its partitions back without waiting for a time-out.
        consumer_group_instance_id=f"{group}-{runtime.settings.instance}",
        # Faust waits a minute for a member that is gone, and nothing is counted meanwhile.
        broker_session_timeout=SESSION_SECONDS,
        broker_rebalance_timeout=SESSION_SECONDS,
        autodiscover=False,
    )
