"""From the outbox to Kafka: by the leader alone, in order, deleted only when acknowledged.

What a former leader may have sent twice, consumers know by its sequence.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from opentelemetry.trace import SpanKind

from chassis import timing
from chassis.eventstore import chain_verification
from chassis.eventstore.chain import Chain, ChainBroken, ChainHead
from chassis.eventstore.runtime import Runtime
from chassis.messaging import timeline
from chassis.messaging.cloudevents import Envelope, message_id
from chassis.messaging.kafka_clients import ClientHealth, ClientUnresponsive, answers_producer, start, stop_producer
from chassis.messaging.leader import OUTBOX_CHANNEL, Leadership, LeadershipLost, any_enqueued, leading
from chassis.messaging.publication import is_own, published_as
from chassis.messaging.publishing import Outgoing, publish
from chassis.process.database import TRANSIENT, load_queries
from chassis.process.failpoints import failpoint
from chassis.process.tasks import UnexpectedCancel, run_forever_together, run_to_completion
from contracts.audit import ChainHeadPublished
from kernel.identifiers import uuid_of

QUERIES = load_queries(Path(__file__).parent / "relay.sql")
BATCH = 1_000

log = structlog.get_logger()


@dataclass
class OutboxProgress:
    """Whether the oldest message of the outbox changes, as far as Kafka and PostgreSQL answer."""

    refused: bool = False
    """since the last observation: what Kafka refuses of this process, it would refuse of any other"""
    _oldest: int | None = None
    _moved_at: float = field(default_factory=time.monotonic)
    _observed_at: float = field(default_factory=time.monotonic)

    def observe(self, oldest: int | None) -> None:
        """Take note of the oldest message that is still to be published, by number, if there is any."""
        self._observed_at = time.monotonic()
        if oldest is None or oldest != self._oldest or self.refused:
            self._moved_at = self._observed_at
        self._oldest, self.refused = oldest, False

    def observe_nothing(self) -> None:
        """Take note that nobody can know, and nobody is to blame."""
        self._moved_at = self._observed_at = time.monotonic()

    def stalled_for(self) -> float:
        """For how many seconds the oldest message was seen to stay."""
        return self._observed_at - self._moved_at


class Relay:
    """Publishes a service's outbox. `ready` is set while Kafka answers (as leader or as stand-by)."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._chain: Chain | None = None
        self._head_at = 0.0
        self._head_told = False
        self._forged: set[int] = set()
        """the rows of the outbox whose message is not as the service enqueued it: they stay where they are"""
        self.ready = asyncio.Event()
        self.progress = OutboxProgress()

    async def run(self) -> None:
        """Lead, or stand by until leadership is free, for ever."""
        while True:
            try:
                await run_to_completion(self._work())
            except* (LeadershipLost, ClientUnresponsive, UnexpectedCancel, *TRANSIENT) as errors:
                log.warning("relay starts again", error=repr(errors.exceptions[0]))
            except* KafkaError as errors:
                self.progress.refused = True
                log.warning("relay starts again", error=repr(errors.exceptions[0]))
            self.ready.clear()
            await asyncio.sleep(timing.CLIENT_RETRY_SECONDS)

    def stalled(self) -> str | None:
        """What stands still that should move, and for how long."""
        seconds = self.progress.stalled_for()
        if seconds < self._runtime.settings.watchdog_seconds:
            return None
        return f"the outbox has stood still for {seconds:.0f} s, though Kafka and PostgreSQL answer"

    async def _work(self) -> None:
        producer = AIOKafkaProducer(
            **self._runtime.settings.kafka_client,
            client_id=self._runtime.source,
            enable_idempotence=True,
            linger_ms=0,
            max_batch_size=256_000,
        )
        try:
            await start(producer.start())
            self.ready.set()
            await run_forever_together(self._check_health(producer), self._lead(producer))
        finally:
            await stop_producer(producer)

    async def _check_health(self, producer: AIOKafkaProducer) -> None:
        health = ClientHealth(self._runtime.settings.kafka_client)
        while True:
            answers = await answers_producer(producer)
            await health.check(answers)
            (self.ready.set if answers else self.ready.clear)()
            try:
                oldest = await self._runtime.pool.fetchval(QUERIES["oldest"], list(self._forged))
                self.progress.observe(oldest) if answers else self.progress.observe_nothing()
            except TRANSIENT:
                self.progress.observe_nothing()
            await asyncio.sleep(timing.HEALTH_CHECK_SECONDS)

    async def _lead(self, producer: AIOKafkaProducer) -> None:
        enqueued = self._runtime.enqueued
        async with leading(self._runtime.settings.database_url, enqueued) as leadership:
            await leadership.connection.add_listener(OUTBOX_CHANNEL, lambda *_: enqueued.set())
            self._chain = await self._verified(leadership)
            while True:
                enqueued.clear()
                while await self._publish(leadership, producer) == BATCH:
                    pass
                await self._publish_head(leadership, producer)
                await any_enqueued(enqueued)

    async def _publish(self, leadership: Leadership, producer: AIOKafkaProducer) -> int:
        rows = await leadership.connection.fetch(QUERIES["pending"], leadership.epoch, list(self._forged), BATCH)
        if not rows:
            await leadership.heartbeat()
            return 0
        failpoint("relay.selected")
        own = [row for row in rows if self._is_own(row)]
        with self._runtime.telemetry.work("publish outbox", SpanKind.PRODUCER, messages=len(own)):
            await leadership.keep_during(self._send(producer, own))
            failpoint("relay.acknowledged")
            published = [row["seq"] for row in own]
            deleted = await leadership.connection.fetch(QUERIES["delete"], published, leadership.epoch)
        failpoint("relay.deleted")
        if own and not deleted:
            raise LeadershipLost
        self._runtime.metrics.published.inc(len(own))
        for row in own:
            self._report(row)
        return len(rows)

    def _is_own(self, row: asyncpg.Record) -> bool:
        """Whether a message is as the service enqueued it. Nobody else speaks for the service: others are not sent."""
        if is_own(row, self._runtime.origin.key):
            return True
        self._forged.add(row["seq"])
        self._runtime.metrics.forged.labels("message").inc()
        log.critical("a message in the outbox is not the service's own, it is not published", message=row["message"])
        return False

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> None:
        prefix = self._runtime.settings.topic_prefix
        messages = (
            Outgoing(
                f"{prefix}{row['topic']}",
                row["subject"].encode(),
                row["value"],
                published_as(self._runtime.source, row).headers(),
            )
            for row in rows
        )
        await publish(producer, messages)

    async def _verified(self, leadership: Leadership) -> Chain | None:
        """The chain, verified from the last head that was published; None where it is broken: then none is any more.

        Raises DatabaseBehind.
        """
        key, compared = self._runtime.origin.key, await timeline.compare(self._runtime, timeline.LAST)
        if compared.ahead:
            raise timeline.DatabaseBehind(compared.ahead)
        try:
            return Chain(key, await chain_verification.verified_head(leadership.connection, key, compared.published))
        except ChainBroken as error:
            self._break(error)
            return None

    def _break(self, error: ChainBroken) -> None:
        self._chain = None
        self._runtime.metrics.forged.labels("event").inc()
        log.critical("the chain of events is broken, its head is not published", error=str(error))

    async def _publish_head(self, leadership: Leadership, producer: AIOKafkaProducer) -> None:
        """Link what was stored, and publish the chain's head if it moved: what left the database can't be rewritten."""
        now = asyncio.get_running_loop().time()
        if self._chain is None or now - self._head_at < timing.CHAIN_HEAD_SECONDS:
            return
        self._head_at = now
        before, forged = self._chain.head, len(self._chain.forged)
        try:
            while await self._chain.extend(leadership.connection, leadership.epoch):
                pass
        except ChainBroken as error:
            await leadership.heartbeat()  # a leader no more has nothing to say about the chain
            self._break(error)
            return
        if more := len(self._chain.forged) - forged:
            self._runtime.metrics.forged.labels("event").inc(more)
            log.critical("stored events are not the service's own, they are not sealed", events=more)
        if self._chain.head != before or not self._head_told:
            await self._tell(leadership, producer, self._chain.head)
            self._head_told = True

    async def _tell(self, leadership: Leadership, producer: AIOKafkaProducer, head: ChainHead) -> None:
        runtime, present = self._runtime, self._runtime.origin.timeline
        number = await leadership.connection.fetchval(QUERIES["next_head"])
        fact = ChainHeadPublished(
            service=runtime.name,
            timeline=present,
            number=number,
            position=head.position,
            hash=head.hash,
            published_at=runtime.clock.now(),
            seal=runtime.origin.key.head(runtime.name, present, number, head.position, head.hash),
        )
        event = Envelope(f"{runtime.name}:{head.position}", runtime.source, fact.TYPE, runtime.name, fact.published_at)
        topic, value = f"{runtime.settings.topic_prefix}{fact.TOPIC}", fact.model_dump_json().encode()
        failpoint("relay.head-read")
        sending = producer.send_and_wait(topic, value, key=runtime.name.encode(), headers=event.headers())
        await leadership.keep_during(sending)
        failpoint("relay.head")
        # Not before: a number that was told twice shows nothing, one that is missing shows that a head was removed.
        await leadership.connection.execute(QUERIES["head_told"], number, leadership.epoch)

    def _report(self, row: asyncpg.Record) -> None:
        """Each fact of a subject that has a trace of its own is a milestone in it."""
        subject = uuid_of(row["subject"])
        if subject is not None:
            key = f"{self._runtime.source}/{message_id(row['subject'], row['timeline'], row['sequence'])}"
            facts = {
                "event.type": row["type"],
                "event.causation": row["causation"],
                "event.sequence": str(row["sequence"]),
            }
            self._runtime.telemetry.milestone(subject, key, row["type"], row["time"], row["trace"], facts)
