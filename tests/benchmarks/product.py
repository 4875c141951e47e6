"""The product's own consumer, inbox, runtime and relay, with a real service's rules, contracts and tables."""

import asyncio
import contextlib
import statistics
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from secrets import token_bytes
from tempfile import TemporaryDirectory
from unittest.mock import AsyncMock, patch

from aiokafka import AIOKafkaConsumer
from opentelemetry.trace import INVALID_SPAN
from prometheus_client import Counter
from tests.benchmarks.contender import Result, Stopwatch, Task, fill, until
from tests.benchmarks.work import Shape, subjects

import chassis.messaging.consumer
import chassis.messaging.relay
from chassis.eventstore.chain import Chain
from chassis.eventstore.runtime import Runtime
from chassis.eventstore.seal import SHORTEST_KEY, SealKey
from chassis.messaging.consumer import Consumer
from chassis.messaging.inbox import Inbox
from chassis.observability.logs import configure_logs
from chassis.observability.telemetry import Telemetry
from chassis.process.settings import Settings
from chassis.service import Running, Service, started
from contracts.topics import TOPICS

LOOKED_AT = 100


async def run(task: Task) -> Result:
    """Consume, decide, persist and publish every fact."""
    await fill(task)
    with TemporaryDirectory(prefix="assay-benchmark-") as folder:
        settings = _settings(task, Path(folder))
        service = task.work.build(settings)
        configure_logs(service.name)
        # Not what it does by itself (timers, mail); and it consumes when everything is prepared, and not before.
        async with started(replace(service, handlers={}, projection=None, tasks=()), settings) as process:
            while process.runtime.unverified:  # no command is accepted before Kafka has said how far the service was
                await process.runtime.woken(0.05)
            for subject in subjects(task.work, task.count):
                await task.work.prepare(process.runtime, subject)
            return await _measured(task, service, process)


async def run_one_by_one(task: Task) -> Result:
    """The same, message by message: one message, one transaction, one acknowledgement, then the next."""
    chassis.messaging.consumer.BATCH = chassis.messaging.relay.BATCH = 1
    return await run(task)


async def run_without_chain(task: Task) -> Result:
    """The same, with nothing sealed, compared or linked: what is missing is the price of seals and chain."""
    with (
        patch.object(SealKey, "event", lambda *_: b""),
        patch.object(SealKey, "message", lambda *_: b""),
        patch.object(Chain, "extend", AsyncMock(return_value=False)),
    ):
        return await run(task)


async def run_without_traces(task: Task) -> Result:
    """The same, with no span made or exported: what is missing is the price of the traces."""
    with (
        patch.object(Telemetry, "work", lambda *_, **__: nullcontext(INVALID_SPAN)),
        patch.object(Telemetry, "milestone", lambda *_, **__: None),
    ):
        return await run(task)


async def _measured(task: Task, service: Service, process: Running) -> Result:
    runtime, relaying = process.runtime, process.background
    prepared = await _publications(runtime)
    await until(lambda: _published(runtime) == prepared, lambda: _published(runtime), relaying)
    last = await runtime.pool.fetchval("SELECT coalesce(max(seq), 0) FROM event")
    consumer = Consumer(runtime, Inbox(runtime, service.handlers, service.projection), service.topics())
    consuming = asyncio.create_task(consumer.run())
    try:
        await consumer.ready.wait()
        watch = Stopwatch()
        await until(lambda: _handled(runtime) == task.count, lambda: _handled(runtime), relaying, consuming)
        due = await _publications(runtime)
        await until(lambda: _published(runtime) == due, lambda: _published(runtime), relaying, consuming)
        result = watch.result(task.count)
        return replace(result, shape=await _shape(task, runtime, last, due - prepared))
    finally:
        consuming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await consuming


async def _publications(runtime: Runtime) -> int:
    """How many public messages there have been."""
    return int(await runtime.pool.fetchval("SELECT coalesce(sum(sequence), 0) FROM publication"))


async def _shape(task: Task, runtime: Runtime, last: int, publications: int) -> Shape:
    row = await runtime.pool.fetchrow(
        "SELECT count(*) AS events, avg(octet_length(data::text)) AS size FROM event WHERE seq > $1", last
    )
    events, size = (row["events"], round(row["size"])) if row else (0, 0)
    return Shape(events / task.count, publications / task.count, size, await _publication_bytes(task, runtime))


async def _publication_bytes(task: Task, runtime: Runtime) -> int:
    """The size of what was published last."""
    topics = [f"{task.prefix}{topic.name}" for topic in TOPICS if topic.owner == runtime.name]
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=task.kafka)
    try:
        await consumer.start()
        for partition, end in (await consumer.end_offsets(consumer.assignment())).items():
            consumer.seek(partition, max(0, end - LOOKED_AT))
        found = await consumer.getmany(timeout_ms=2_000, max_records=LOOKED_AT)
        return round(statistics.mean(len(record.value) for records in found.values() for record in records))
    finally:
        await consumer.stop()


def _published(runtime: Runtime) -> float:
    return _count(runtime.metrics.published)


def _handled(runtime: Runtime) -> float:
    if _count(runtime.metrics.parked):
        raise RuntimeError("messages were parked")
    return _count(runtime.metrics.handled)


def _count(counter: Counter) -> float:
    """Of one counter: to read it from the registry would measure the whole process each time."""
    (family,) = counter.collect()
    return next(sample.value for sample in family.samples if sample.name.endswith("_total"))


def _settings(task: Task, folder: Path) -> Settings:
    return task.work.settings(
        http_port=1,
        database_url=task.dsn,
        kafka=task.kafka,
        topic_prefix=task.prefix,
        oidc_issuer="https://issuer.assay.invalid",
        oidc_audience="assay",
        oidc_jwks="none",
        files=folder / "files",
        telemetry=folder / "telemetry",
        seal_key=_seal_key(folder),
    )


def _seal_key(folder: Path) -> Path:
    file = folder / "seal.key"
    file.write_bytes(token_bytes(SHORTEST_KEY))
    return file
