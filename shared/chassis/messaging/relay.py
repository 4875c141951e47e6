"""From the outbox to Kafka: one leader per service, in order, deleted only when acknowledged.

The leader holds a session advisory lock on a connection of its own and an epoch. The server ends that session when the
leader stands still, so that a stand-by takes over; a former leader that comes back (a frozen process, a half-dead
connection) finds another epoch and deletes nothing. What it may have sent twice, consumers know by its sequence.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from opentelemetry.trace import SpanKind

from chassis.eventstore import chain
from chassis.eventstore.runtime import Runtime
from chassis.eventstore.store import OUTBOX_CHANNEL
from chassis.messaging.cloudevents import Envelope
from chassis.messaging.kafka_health import ClientHealth, ClientUnresponsive, start
from chassis.observability.telemetry import engagement_of
from chassis.process.database import TRANSIENT, closed_is_lost, connect_as_leader
from chassis.process.failpoints import failpoint
from chassis.process.tasks import UnexpectedCancel, run_forever_together, run_to_completion
from contracts.audit import ChainHeadPublished

LEADER_LOCK = 4_711_002
BATCH = 1_000
POLL_SECONDS = 1.0
RETRY_SECONDS = 0.5
BEAT_SECONDS = 3.0
"""So often a leader that waits for Kafka shows PostgreSQL that it is there: well within what keeps its session."""
LOOK_SECONDS = 5.0
BOUND_SECONDS = 10.0
FLUSH_SECONDS = 5.0
HEAD_SECONDS = 1.0
"""At most so often is the head of the chain published."""

log = structlog.get_logger()


class Deposed(Exception):
    """Another leader has begun a newer epoch."""


@dataclass
class Flow:
    """Whether what is to be published flows off, as far as Kafka and PostgreSQL answer."""

    refused: bool = False
    """since the last look: what Kafka does not take, it takes from no other process either"""
    _oldest: int | None = None
    _moved_at: float = field(default_factory=time.monotonic)
    _seen_at: float = field(default_factory=time.monotonic)

    def saw(self, oldest: int | None) -> None:
        """The number of the oldest message that is still to be published, if there is any."""
        self._seen_at = time.monotonic()
        if oldest is None or oldest != self._oldest or self.refused:
            self._moved_at = self._seen_at
        self._oldest, self.refused = oldest, False

    def saw_nothing(self) -> None:
        """Nobody can know, and nobody is to blame."""
        self._moved_at = self._seen_at = time.monotonic()

    def stands_still(self) -> float:
        """For how many seconds the oldest message was seen to stay."""
        return self._seen_at - self._moved_at


class Relay:
    """Publishes a service's outbox. `ready` is set while Kafka answers (as leader or as stand-by)."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._notified = asyncio.Event()
        self._head_position = 0
        self._head_at = 0.0
        self.ready = asyncio.Event()
        self.flow = Flow()

    async def run(self) -> None:
        """Lead, or stand by until leadership is free, for ever."""
        while True:
            try:
                await run_to_completion(self._work())
            except* (Deposed, ClientUnresponsive, UnexpectedCancel, *TRANSIENT) as errors:
                log.warning("relay starts again", error=repr(errors.exceptions[0]))
            except* KafkaError as errors:
                self.flow.refused = True
                log.warning("relay starts again", error=repr(errors.exceptions[0]))
            self.ready.clear()
            await asyncio.sleep(RETRY_SECONDS)

    def stalled(self) -> str | None:
        """What stands still that should move, and for how long."""
        seconds = self.flow.stands_still()
        if seconds < self._runtime.settings.watchdog_seconds:
            return None
        return f"the outbox has stood still for {seconds:.0f} s, though Kafka and PostgreSQL answer"

    async def _work(self) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._runtime.settings.kafka,
            client_id=self._runtime.source,
            enable_idempotence=True,
            linger_ms=0,
            max_batch_size=256_000,
        )
        try:
            await start(producer.start())
            self.ready.set()
            await run_forever_together(self._look(producer), self._lead(producer))
        finally:
            await _stop(producer)

    async def _look(self, producer: AIOKafkaProducer) -> None:
        health = ClientHealth(self._runtime.settings.kafka)
        while True:
            answers = await _answers(producer)
            await health.check(answers)
            (self.ready.set if answers else self.ready.clear)()
            try:
                oldest = await self._runtime.pool.fetchval("SELECT min(seq) FROM outbox")
                self.flow.saw(oldest) if answers else self.flow.saw_nothing()
            except TRANSIENT:
                self.flow.saw_nothing()
            await asyncio.sleep(LOOK_SECONDS)

    async def _lead(self, producer: AIOKafkaProducer) -> None:
        connection = await connect_as_leader(self._runtime.settings.database_url)
        try:
            with closed_is_lost(connection):
                while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LEADER_LOCK):  # noqa: ASYNC110
                    await asyncio.sleep(POLL_SECONDS)
                failpoint("relay.locked")
                epoch = await connection.fetchval("UPDATE relay SET epoch = epoch + 1 RETURNING epoch")
                failpoint("relay.elected")
                await connection.add_listener(OUTBOX_CHANNEL, lambda *_: self._notified.set())
                while True:
                    self._notified.clear()
                    while await self._publish(connection, producer, epoch) == BATCH:
                        pass
                    await self._publish_head(connection, producer, epoch)
                    await self._await_notice()
        finally:
            await connection.close(timeout=5)

    async def _await_notice(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._notified.wait()

    async def _publish(
        self, connection: "asyncpg.Connection[asyncpg.Record]", producer: AIOKafkaProducer, epoch: int
    ) -> int:
        rows = await connection.fetch(
            """
            SELECT seq, topic, type, subject, sequence, time, causation, trace, value
            FROM outbox WHERE (SELECT epoch FROM relay) = $1 ORDER BY seq LIMIT $2
            """,
            epoch,
            BATCH,
        )
        if not rows:
            await self._check(connection, epoch)
            return 0
        failpoint("relay.selected")
        with self._runtime.telemetry.work("publish outbox", SpanKind.PRODUCER, messages=len(rows)):
            await self._leading(connection, epoch, self._send(producer, rows))
            failpoint("relay.acknowledged")
            deleted = await connection.fetch(
                "DELETE FROM outbox WHERE seq = ANY ($1) AND (SELECT epoch FROM relay) = $2 RETURNING seq",
                [row["seq"] for row in rows],
                epoch,
            )
        failpoint("relay.deleted")
        if not deleted:
            raise Deposed
        self._runtime.metrics.published.inc(len(rows))
        for row in rows:
            self._report(row)
        return len(rows)

    async def _check(self, connection: "asyncpg.Connection[asyncpg.Record]", epoch: int) -> None:
        if await connection.fetchval("SELECT epoch FROM relay") != epoch:
            raise Deposed

    async def _leading(
        self, connection: "asyncpg.Connection[asyncpg.Record]", epoch: int, sending: Awaitable[object]
    ) -> None:
        """Wait for Kafka, and meanwhile keep the session by which this is the leader, as long as it is."""
        waiting = asyncio.ensure_future(sending)
        try:
            while not (await asyncio.wait((waiting,), timeout=BEAT_SECONDS))[0]:
                await self._check(connection, epoch)
            waiting.result()
        finally:
            waiting.cancel()

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> None:
        prefix = self._runtime.settings.topic_prefix
        acknowledgements = [
            await producer.send(
                f"{prefix}{row['topic']}",
                value=row["value"],
                key=row["subject"].encode(),
                headers=self._envelope(row).headers(),
            )
            for row in rows
        ]
        failpoint("relay.sent")
        await asyncio.gather(*acknowledgements)

    async def _publish_head(
        self, connection: "asyncpg.Connection[asyncpg.Record]", producer: AIOKafkaProducer, epoch: int
    ) -> None:
        """Tell outside of the database how far the chain of events has come, when it has."""
        now = asyncio.get_running_loop().time()
        if now - self._head_at < HEAD_SECONDS:
            return
        self._head_at = now
        head = await chain.head(connection)
        if head.position == self._head_position:
            return
        runtime = self._runtime
        fact = ChainHeadPublished(
            service=runtime.name, position=head.position, hash=head.hash, published_at=runtime.clock.now()
        )
        event = Envelope(f"{runtime.name}:{head.position}", runtime.source, fact.TYPE, runtime.name, fact.published_at)
        topic, value = f"{runtime.settings.topic_prefix}{fact.TOPIC}", fact.model_dump_json().encode()
        failpoint("relay.head-read")
        sending = producer.send_and_wait(topic, value, key=runtime.name.encode(), headers=event.headers())
        await self._leading(connection, epoch, sending)
        failpoint("relay.head")
        self._head_position = head.position

    def _envelope(self, row: asyncpg.Record) -> Envelope:
        return Envelope(
            id=f"{row['subject']}:{row['sequence']}",
            source=self._runtime.source,
            type=row["type"],
            subject=row["subject"],
            time=row["time"],
            sequence=row["sequence"],
            causation=row["causation"],
            traceparent=row["trace"],
        )

    def _report(self, row: asyncpg.Record) -> None:
        """Each fact of an engagement is a milestone in the engagement's own trace."""
        engagement: UUID | None = engagement_of(row["subject"])
        if engagement is not None:
            key = f"{self._runtime.source}/{row['sequence']}"
            facts = {
                "event.type": row["type"],
                "event.causation": row["causation"],
                "event.sequence": str(row["sequence"]),
            }
            self._runtime.telemetry.milestone(engagement, key, row["type"], row["time"], row["trace"], facts)


async def _stop(producer: AIOKafkaProducer) -> None:
    """Stop it, soon: what it still holds stands in the outbox, and an idempotent producer would hold it for ever."""
    try:
        async with asyncio.timeout(FLUSH_SECONDS):
            await run_to_completion(producer.stop())
    except (TimeoutError, UnexpectedCancel):
        producer._sender.sender_task.cancel()
        await producer.client.close()


async def _answers(producer: AIOKafkaProducer) -> bool:
    try:
        async with asyncio.timeout(BOUND_SECONDS):
            return bool(await producer.client.force_metadata_update())
    except (KafkaError, TimeoutError):
        return False
