"""The stream job that computes the dashboard's figures from the service's own public events (CTSD 6.5.2).

It is the one module that knows Faust, which is asked for (decision 10): the figures could be folded without it.

Faust delivers each event at least once, in the order of its engagement. The tally of an engagement is kept in
PostgreSQL, where the API reads it, before the event is acknowledged; memory is a cache of it. A tally carries the last
sequence it has counted and counts only the next one: an event that comes again changes nothing, and when one is
missing, the tally is computed from the event store, which has every event before it is published.

The job reads as the inbox does: a record that is no event of this service is left out, counted and logged with its
place. Nothing that lies on the topic stops it.

Faust's own tables are not used: with one, a job that was restarted under load missed events in about half of the runs
of the tests beside this service (Faust 0.15.3, once 54 of 123), without one in none. The table restores itself from its
changelog while the stream is already being read; that this is the cause is likely, not proven.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import faust
import structlog
from pydantic import ValidationError

from chassis.eventstore.runtime import Runtime
from chassis.messaging.cloudevents import Envelope, Unreadable
from chassis.messaging.decoding import read
from chassis.messaging.kafka_clients import Unstoppable, answers, stop
from chassis.messaging.quarantine import describe_error
from chassis.messaging.records import Record
from chassis.process.database import TRANSIENT
from contracts.topics import EXECUTION_TRACKER
from execution_tracker import read_models
from execution_tracker.aggregates import tally_now
from execution_tracker.domain.dashboard import Tally, fold
from execution_tracker.settings import generation
from execution_tracker.translation import counted
from kernel.broker import tls_context
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

    A job that crashes, or that nothing comes to any more, is started again in this process: results are recorded also
    while none are counted. What it has not counted by then is computed from the event store. Raises Unstoppable.
    """
    ready = runtime.readiness["the stream job's Kafka group"] = asyncio.Event()
    pause = RETRY_SECONDS
    while True:
        begun = time.monotonic()
        try:
            await Job(runtime, group_of(runtime)).run(ready)
        except Unstoppable:
            raise
        except Exception as error:
            log.error("the stream job starts again", error=repr(error))
        await compute_behind(runtime)
        pause = RETRY_SECONDS if time.monotonic() - begun > LONG_SECONDS else min(2 * pause, LONGEST_PAUSE_SECONDS)
        await asyncio.sleep(pause)


def group_of(runtime: Runtime) -> str:
    """The consumer group that remembers how far the job has read."""
    return f"{runtime.settings.topic_prefix}assay.execution-tracker.dashboard-{generation(runtime.settings)}"


async def compute_behind(runtime: Runtime) -> None:
    """Compute the figures of every engagement of which public events are not counted."""
    kept = generation(runtime.settings)
    for engagement in await _patiently(lambda: read_models.uncounted(runtime.pool, kept)):
        await compute(runtime, engagement)


async def compute(runtime: Runtime, engagement: str) -> Tally:
    """The tally of an engagement as its own events tell it, which is kept from now on."""

    async def work() -> Tally:
        async with runtime.pool.acquire() as connection:
            tally = await tally_now(connection, engagement)
            await read_models.keep_tally(connection, engagement, generation(runtime.settings), tally)
            return tally

    log.warning("figures are computed from the event store", engagement_id=engagement)
    return await _patiently(work)


class Job:
    """The Faust application of one service process, as a member of a consumer group."""

    def __init__(self, runtime: Runtime, group: str) -> None:
        self._received = 0
        self._runtime = runtime
        self._generation = generation(runtime.settings)
        self._tallies: Recent[str, Tally] = Recent(REMEMBERED)
        self._app = _app(runtime, group)
        topic = f"{runtime.settings.topic_prefix}{EXECUTION_TRACKER.name}"
        source = self._app.topic(topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
        self._app.agent(source, name="tally", concurrency=1)(self._count)

    async def run(self, ready: asyncio.Event) -> None:
        """Count until nothing moves, or something crashes; `ready` is set once it has begun."""
        try:
            await _first(self._work(ready), self._stalled())
        finally:
            ready.clear()
            await asyncio.shield(stop(self._runtime.settings.kafka_client, self._app.stop()))

    async def _work(self, ready: asyncio.Event) -> None:
        await self._app.start()
        tables: Any = self._app.tables
        await _first(tables.recovery.completed.wait(), self._app.wait_until_stopped())
        ready.set()
        await self._app.wait_until_stopped()

    async def _stalled(self) -> None:
        """Return when no event came for long, though one that was published is not counted and Kafka answers."""
        last, since, kafka = self._received, time.monotonic(), self._runtime.settings.kafka_client
        while time.monotonic() - since < STILL_SECONDS:
            await asyncio.sleep(POLL_SECONDS)
            if self._received != last or not await self._is_behind() or not await answers(kafka):
                last, since = self._received, time.monotonic()
        log.error("the stream job is stalled", received=last)

    async def _is_behind(self) -> bool:
        return bool(await _patiently(lambda: read_models.uncounted(self._runtime.pool, self._generation)))

    async def _count(self, stream: Any) -> None:
        async for event in stream.events():
            self._received += 1
            counting = asyncio.create_task(self._count_or_reject(event.message))
            try:
                await asyncio.shield(counting)
            except asyncio.CancelledError:
                # Faust acknowledges the event of an agent that is stopped: it must have been counted by then.
                await asyncio.wait([counting], timeout=STOP_SECONDS)
                raise

    async def _count_or_reject(self, message: Any) -> None:
        record = Record(
            message.topic.removeprefix(self._runtime.settings.topic_prefix),
            message.partition,
            message.offset,
            tuple(message.headers or ()),
            message.value or b"",
        )
        try:
            await self._count_one(record)
        except Exception as error:
            self._runtime.metrics.rejected.inc()
            log.error("message rejected by the stream job", place=record.place, reason=describe_error(error))

    async def _count_one(self, record: Record) -> None:
        """Count an event, once. Raises what is wrong with a record that is no event of this service."""
        event = _envelope(record)
        engagement, sequence = event.subject, event.sequence or 0
        before = await self._before(engagement, sequence)
        if sequence <= before.sequence:
            return
        missing = sequence > before.sequence + 1
        if missing:
            self._runtime.metrics.gaps.inc()
            log.error("public events are missing", engagement_id=engagement, after=before.sequence, before=sequence)
        if missing or event.timeline != self._runtime.origin.timeline:  # of another timeline: it may have been revoked
            if sequence > (await self._compute(engagement)).sequence:
                raise _unpublished(engagement, sequence)
            return
        try:
            await self._keep(engagement, fold(before, sequence, counted(event.type, record.value)))
        except ValidationError:
            await self._compute(engagement)
            raise

    async def _compute(self, engagement: str) -> Tally:
        tally = await compute(self._runtime, engagement)
        self._tallies.put(engagement, tally)
        return tally

    async def _before(self, engagement: str, sequence: int) -> Tally:
        """The tally as this process knows it, or as it is kept where another one has counted on."""
        tally = self._tallies.get(engagement)
        if tally is not None and sequence <= tally.sequence + 1:
            return tally
        return await _patiently(lambda: read_models.tally(self._runtime.pool, engagement, self._generation))

    async def _keep(self, engagement: str, tally: Tally) -> None:
        """Keep a tally, unless a later one is kept. Raises Unreadable where it counts what was never published."""
        pool = self._runtime.pool
        kept = await _patiently(lambda: read_models.keep_tally(pool, engagement, self._generation, tally))
        if not kept and tally.sequence > await _patiently(lambda: read_models.published_sequence(pool, engagement)):
            raise _unpublished(engagement, tally.sequence)
        self._tallies.put(engagement, tally)


def _envelope(record: Record) -> Envelope:
    """What an event of this service says of itself. Raises Unreadable."""
    messages, unreadable = read((record,))
    for _, why in unreadable:
        raise Unreadable(why)
    return messages[0].envelope


def _unpublished(engagement: str, sequence: int) -> Unreadable:
    return Unreadable(f"this service has published no event {sequence} of {engagement}")


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
        broker_credentials=_credentials(runtime.settings.kafka_tls),
        store="memory://",
        loop=asyncio.get_running_loop(),
        web_enabled=False,
        datadir=str(runtime.settings.telemetry / "faust"),
        topic_disable_leader=True,
        topic_allow_declare=False,  # topics are created by the deployment
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


def _credentials(tls: str) -> faust.SSLCredentials | None:
    return faust.SSLCredentials(tls_context(tls)) if tls else None
