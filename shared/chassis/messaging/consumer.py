"""From Kafka into the inbox: offsets are committed only after the database has."""

import asyncio
import gc
import heapq
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import CommitFailedError, KafkaError

from chassis import timing
from chassis.eventstore.runtime import Runtime
from chassis.eventstore.store import Conflict
from chassis.messaging.inbox import Inbox, next_offsets
from chassis.messaging.kafka_clients import ClientHealth, ClientUnresponsive, start, stop_consumer
from chassis.messaging.lag import Lag
from chassis.messaging.quarantine import describe_error
from chassis.messaging.records import Record
from chassis.observability.gauges import parked_against_limit
from chassis.process.database import TRANSIENT
from chassis.process.failpoints import failpoint
from chassis.process.tasks import UnexpectedCancel, run_forever_together, run_to_completion

BATCH = 1_000
POLL = int(1_000 * timing.CONSUMER_POLL_SECONDS)
COLLECT_AFTER_OBJECTS = 50_000
UNTIMED = datetime.min.replace(tzinfo=UTC)

Batches = Mapping[TopicPartition, Sequence["ConsumerRecord[bytes, bytes]"]]

log = structlog.get_logger()


class Consumer:
    """Consumes the topics a service listens to.

    `ready` is set while Kafka answers and counts it among its group (with or without partitions), and it is known from
    where to read on; `room` while messages may be parked.
    """

    def __init__(self, runtime: Runtime, inbox: Inbox, topics: tuple[str, ...]) -> None:
        self._runtime = runtime
        self._inbox = inbox
        self._topics = [f"{runtime.settings.topic_prefix}{topic}" for topic in topics]
        self.ready = asyncio.Event()
        self.room = asyncio.Event()
        self.room.set()
        self.database = asyncio.Event()
        self.database.set()
        self.lag = Lag()

    async def run(self) -> None:
        """Consume for ever. A broker that is away is waited for."""
        # A batch makes tens of thousands of objects, hardly one of them in a cycle: at Python's own threshold the
        # collector would go through all of them and every cached state, over and over, in vain.
        gc.set_threshold(COLLECT_AFTER_OBJECTS)
        while True:
            try:
                await run_to_completion(self._work())
            except* (KafkaError, ConnectionError, ClientUnresponsive, UnexpectedCancel) as errors:
                log.warning("consumer starts again", error=repr(errors.exceptions[0]))
            await asyncio.sleep(timing.CLIENT_RETRY_SECONDS)

    async def _work(self) -> None:
        consumer = self._consumer()
        reading_on = _FromTheDatabase(self._runtime, self._inbox, consumer, self.lag, self.ready)
        consumer.subscribe(self._topics, listener=reading_on)
        self._forget_pauses()
        try:
            await start(consumer.start())
            await run_forever_together(self._check_health(consumer), self._consume(consumer, reading_on))
        finally:
            self.ready.clear()
            self.lag.left()
            await stop_consumer(self._runtime.settings.kafka_client, consumer)

    def _forget_pauses(self) -> None:
        """A new consumer finds out by itself what it has to wait for."""
        self.room.set()
        self._database_is_there(True)

    def _consumer(self) -> AIOKafkaConsumer:
        settings = self._runtime.settings
        group = f"{settings.topic_prefix}{self._runtime.source}"
        return AIOKafkaConsumer(
            **settings.kafka_client,
            group_id=group,
            # A static member: a process that comes back takes its partitions back without waiting for a time-out.
            group_instance_id=f"{group}-{settings.instance}",
            client_id=self._runtime.source,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            partition_assignment_strategy=(RoundRobinPartitionAssignor,),
            max_poll_records=BATCH,
            metadata_max_age_ms=int(1_000 * timing.METADATA_SECONDS),
            session_timeout_ms=int(1_000 * timing.GROUP_SESSION_SECONDS),
        )

    def stalled(self) -> str | None:
        """What stands still that should move, and for how long."""
        seconds = self.lag.stalled_for()
        if seconds < self._runtime.settings.watchdog_seconds:
            return None
        return f"the consumer has stood still for {seconds:.0f} s, {self.lag.messages} messages behind"

    async def _check_health(self, consumer: AIOKafkaConsumer) -> None:
        health = ClientHealth(self._runtime.settings.kafka_client)
        while True:
            behind = await self.lag.measure(consumer)
            self._runtime.metrics.consumer_lag.set(math.nan if behind is None else behind)
            (self.ready.clear if behind is None else self.ready.set)()
            # A consumer that pauses with a reason leaves its group after a while, and comes back by itself.
            await health.check(behind is not None or self.lag.pause_reason is not None)
            await asyncio.sleep(timing.HEALTH_CHECK_SECONDS)

    async def _consume(self, consumer: AIOKafkaConsumer, reading_on: "_FromTheDatabase") -> None:
        while True:
            try:
                batches = await consumer.getmany(timeout_ms=POLL, max_records=BATCH)
                reading_on.require_known()
            except UnicodeDecodeError:
                await self._find_damaged(consumer, reading_on)
            else:
                await self._handle_fetched(consumer, batches)

    async def _handle_fetched(self, consumer: AIOKafkaConsumer, batches: Batches) -> None:
        if records := in_order_of_time(batches.values(), self._runtime.settings.topic_prefix):
            failpoint("consumer.fetched")
            await self._stop_at_the_cap()
            await self._handle(records)
            failpoint("consumer.handled")
            await self._commit(consumer, {partition: each[-1].offset for partition, each in batches.items()})

    async def _commit(self, consumer: AIOKafkaConsumer, last: Mapping[TopicPartition, int]) -> None:
        try:
            await consumer.commit()
            failpoint("consumer.committed")
            for partition, offset in last.items():
                self.lag.done(partition.topic, partition.partition, offset)
        except CommitFailedError:
            # The partitions went to another member meanwhile: it gets these messages again and knows them.
            log.info("offsets not committed, the group has changed")

    async def _find_damaged(self, consumer: AIOKafkaConsumer, reading_on: "_FromTheDatabase") -> None:
        """Go on record by record until the one is found that the client can't decode: it is rejected by its place.

        The client loses what it had fetched together with it, so everything is read again from what was handled.
        """
        partitions = list(consumer.assignment())
        await reading_on.seek(partitions)
        reading_on.require_known()
        for partition in partitions:
            for _ in range(BATCH):
                try:
                    batches = await consumer.getmany(partition, timeout_ms=POLL, max_records=1)
                except UnicodeDecodeError as error:
                    return await self._reject_damaged(consumer, partition, f"the name of a header: {error.reason}")
                if not batches:
                    break
                await self._handle_fetched(consumer, batches)

    async def _reject_damaged(self, consumer: AIOKafkaConsumer, partition: TopicPartition, why: str) -> None:
        offset = await consumer.position(partition)
        topic = partition.topic.removeprefix(self._runtime.settings.topic_prefix)
        await self._handle([Record(topic, partition.partition, offset, (), b"", damage=why)])
        consumer.seek(partition, offset + 1)
        await self._commit(consumer, {partition: offset})

    async def _handle(self, records: Sequence[Record]) -> None:
        """Handle them, however long the database is away.

        While it answers, a batch that fails again and again is handled record by record, and what fails alone is
        quarantined with its reason.
        """
        failed, why = 0, ""
        while True:
            try:
                await self._attempt(records, failed >= timing.BATCH_ATTEMPTS, why)
                self._database_is_there(True)
                return
            except (Conflict, *TRANSIENT) as error:
                answers = isinstance(error, Conflict) or await self._runtime.has_database()
                self._database_is_there(answers)
                failed, why = failed + answers, "" if isinstance(error, Conflict) else describe_error(error)
                log.warning("batch will be tried again", error=repr(error), messages=len(records))
                await asyncio.sleep(timing.BATCH_RETRY_SECONDS)

    async def _attempt(self, records: Sequence[Record], failed_often: bool, why: str) -> None:
        if failed_often and len(records) > 1:
            for record in records:
                await self._handle([record])
        elif failed_often and why:
            await self._inbox.quarantine(records[0], why)
        else:
            await self._inbox.handle(records)

    def _database_is_there(self, there: bool) -> None:
        self.lag.pause_reason = None if there else "PostgreSQL is away"
        (self.database.set if there else self.database.clear)()

    async def _stop_at_the_cap(self) -> None:
        limit = self._runtime.settings.parked_limit
        while await self._parked() >= limit:
            self.room.clear()
            self.lag.pause_reason = "too many messages are parked"
            failpoint("consumer.at-the-cap")
            log.error("too many messages are parked, the consumer waits for their release", limit=limit)
            await self._runtime.woken(timing.PARKING_FULL_CHECK_SECONDS)
        self.room.set()
        self.lag.pause_reason = None

    async def _parked(self) -> int:
        try:
            return await parked_against_limit(self._runtime.pool)
        except TRANSIENT:
            return 0  # the database is away: the batch that follows waits for it


class _FromTheDatabase(ConsumerRebalanceListener):  # type: ignore[misc]
    """Lets each partition be read from where the database has handled it, whatever the group's offsets say.

    A database that was brought back to an earlier state handles again what it has forgotten. A topic that is shorter
    than what was handled of it was lost and made anew: it is read from its beginning, and what is known is a duplicate.
    Where an earlier release passed by what this one handles, it is read again from there.
    """

    def __init__(
        self, runtime: Runtime, inbox: Inbox, consumer: AIOKafkaConsumer, lag: Lag, ready: asyncio.Event
    ) -> None:
        self._runtime = runtime
        self._inbox = inbox
        self._consumer = consumer
        self._lag = lag
        self._ready = ready
        self._failure: BaseException | None = None

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self._lag.on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        partitions = list(assigned)
        # The client fetches meanwhile, from the group's offsets: what lies there must not come before it is known.
        self._consumer.pause(*partitions)
        await self.seek(partitions)
        if self._failure is None:
            self._consumer.resume(*partitions)
            self._ready.set()
        self._lag.on_partitions_assigned(partitions)

    async def seek(self, partitions: Sequence[TopicPartition]) -> None:
        """Let these partitions be read from where the database has handled them, as far as that can be learned."""
        try:
            async with asyncio.timeout(timing.KAFKA_ANSWER_SECONDS):
                await self._seek(partitions)
        except (KafkaError, *TRANSIENT) as error:
            # Otherwise the client would go on from the group's offsets. It waits for this call when it is stopped, so
            # nothing is tried again here: the consumer is made anew.
            self._consumer.pause(*partitions)
            self._failure = error

    def require_known(self) -> None:
        """Raise ClientUnresponsive where it could not be learned from where to read on."""
        if self._failure:
            raise ClientUnresponsive(f"where to read on is not known: {self._failure!r}")

    async def _seek(self, partitions: Sequence[TopicPartition]) -> None:
        handled, prefix = await next_offsets(self._runtime.pool), self._runtime.settings.topic_prefix
        late = await self._inbox.to_handle_late()
        begins = await self._consumer.beginning_offsets(partitions)
        ends = await self._consumer.end_offsets(partitions)
        for each in partitions:
            place = (each.topic.removeprefix(prefix), each.partition)
            offset = min(handled.get(place, 0), late.get(place, math.inf))
            self._consumer.seek(each, offset if begins[each] <= offset <= ends[each] else begins[each])


def in_order_of_time(batches: Iterable[Sequence["ConsumerRecord[bytes, bytes]"]], prefix: str) -> list[Record]:
    """The records of several partitions in the order in which they came about; each partition keeps its own order.

    So a service that was away handles the facts of its sources as it would have handled them at the time, as far as
    they were fetched together.
    """
    return [_record(record, prefix) for record in heapq.merge(*batches, key=_time)]


def _time(record: "ConsumerRecord[bytes, bytes]") -> datetime:
    try:
        said = next(value for name, value in record.headers if name == "ce_time" and value is not None)
        return datetime.fromisoformat(said.decode()).astimezone(UTC)
    except (StopIteration, ValueError, OverflowError):
        return UNTIMED


def _record(record: "ConsumerRecord[bytes, bytes]", prefix: str) -> Record:
    return Record(
        record.topic.removeprefix(prefix), record.partition, record.offset, tuple(record.headers), record.value or b""
    )
