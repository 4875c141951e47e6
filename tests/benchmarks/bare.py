"""The least that delivers as the product does: no rules, no validation, no versions, no traces, no read model.

Consumes the same facts in the same batches, marks each in an inbox, writes as many events and publications of the same
size, and a relay publishes them from a table in order and deletes them when acknowledged.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from itertools import count

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from tests.benchmarks.contender import BATCH, Result, Stopwatch, Task, fill, until
from tests.benchmarks.work import Shape

TABLES = """
CREATE TABLE inbox (id text PRIMARY KEY);
CREATE TABLE event (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream text NOT NULL, data json NOT NULL);
CREATE TABLE outbox (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL, value bytea NOT NULL);
"""


async def run(task: Task) -> Result:
    """Consume, write and publish."""
    return await run_as(Pipeline, task)


async def run_as(kind: "type[Pipeline]", task: Task) -> Result:
    """Consume, write and publish as a kind of pipeline does."""
    assert task.shape
    await fill(task)
    async with asyncpg.create_pool(task.dsn, min_size=2, max_size=4) as pool:
        await pool.execute(TABLES)
        return await _measured(kind(task, task.shape, pool))


async def _measured(pipeline: "Pipeline") -> Result:
    task, shape = pipeline.task, pipeline.shape
    consumer = AIOKafkaConsumer(
        task.input,
        bootstrap_servers=task.kafka,
        group_id=f"{task.prefix}bare",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=BATCH,
    )
    producer = AIOKafkaProducer(bootstrap_servers=task.kafka, enable_idempotence=True, max_batch_size=256_000)
    await consumer.start()
    await producer.start()
    watch = Stopwatch()
    workers = [asyncio.create_task(pipeline.consume(consumer)), asyncio.create_task(pipeline.relay(producer))]
    try:
        due = sum(task.due(number, shape.publications) for number in range(task.count))
        await until(lambda: pipeline.published == due, lambda: pipeline.published, *workers)
        return watch.result(task.count)
    finally:
        for worker in workers:
            worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await worker
        await consumer.stop()
        await producer.stop()


class Pipeline:
    """From the topic to the tables, and from there to the next topic."""

    def __init__(self, task: Task, shape: Shape, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self.task = task
        self.shape = shape
        self.published = 0
        self._pool = pool
        self._numbers = count()
        self._written = asyncio.Event()
        self._event = '{"filler":"' + "x" * max(0, shape.event_bytes - 13) + '"}'
        self._publication = b"x" * shape.publication_bytes

    async def consume(self, consumer: AIOKafkaConsumer) -> None:
        """One batch, one transaction."""
        while True:
            batches = await consumer.getmany(timeout_ms=500, max_records=BATCH)
            if records := [record for each in batches.values() for record in each]:
                await self.write(records)
                self._written.set()
                await consumer.commit()

    async def write(self, records: "Sequence[ConsumerRecord[bytes, bytes]]") -> None:
        """Write what follows from a batch."""
        events: list[str] = []
        publications: list[str] = []
        for record in records:
            number, subject = next(self._numbers), (record.key or b"").decode()
            events += [subject] * self.task.due(number, self.shape.events)
            publications += [subject] * self.task.due(number, self.shape.publications)
        ids = [dict(record.headers)["ce_id"].decode() for record in records]
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("INSERT INTO inbox SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING", ids)
            await connection.execute(
                "INSERT INTO event (stream, data) SELECT * FROM unnest($1::text[], $2::json[])",
                events,
                [self._event] * len(events),
            )
            await connection.execute(
                "INSERT INTO outbox (key, value) SELECT * FROM unnest($1::text[], $2::bytea[])",
                publications,
                [self._publication] * len(publications),
            )

    async def relay(self, producer: AIOKafkaProducer) -> None:
        """Publish what was written, in order; delete what was acknowledged."""
        while True:
            self._written.clear()
            while rows := await self._pool.fetch("SELECT seq, key, value FROM outbox ORDER BY seq LIMIT $1", BATCH):
                await self.publish(producer, rows)
                await self._pool.execute("DELETE FROM outbox WHERE seq = ANY ($1)", [row["seq"] for row in rows])
                self.published += len(rows)
            await self._written.wait()

    async def publish(self, producer: AIOKafkaProducer, rows: "Sequence[asyncpg.Record]") -> None:
        """Publish a batch of the outbox."""
        sent = [
            await producer.send(self.task.output, row["value"], key=row["key"].encode(), headers=self.headers(row))
            for row in rows
        ]
        await asyncio.gather(*sent)

    def headers(self, _row: "asyncpg.Record") -> Sequence[tuple[str, bytes]]:
        """What a publication says beside its key and value."""
        return ()
