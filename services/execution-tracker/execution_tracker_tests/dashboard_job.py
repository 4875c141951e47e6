"""A service without its stream job, and what tests of the job do with it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.service import Service
from contracts.topics import EXECUTION_TRACKER
from execution_tracker import read_models
from execution_tracker.aggregates import EXECUTION
from execution_tracker.aggregator import aggregate, group_of
from execution_tracker.domain.dashboard import Tally
from execution_tracker.settings import Settings
from execution_tracker.wiring import build
from testing import execution_facts as facts
from testing.execution_facts import MORNING, PARTY, TESTS, WEB_SERVICES
from testing.probe import Kafka, Postgres, Probe, running

PATIENCE_SECONDS = 45
BATCH = 40


def without_job(settings: Settings) -> Service:
    """The service, but for its stream job: the tests start it themselves."""
    return replace(build(settings), tasks=())


@asynccontextmanager
async def executing(postgres: Postgres, kafka: Kafka) -> AsyncIterator[tuple[Probe, str]]:
    """A service without its job, and an engagement whose connectivity is confirmed."""
    async with running(without_job, postgres, kafka, Settings, dashboard_wait_seconds=0.0) as it:
        engagement = str(uuid4())
        for fact in (facts.notified(), facts.scope_agreed(), facts.gate_held()):
            await it.deliver(fact, engagement)
        it.move_to(MORNING)
        for web_service in WEB_SERVICES:
            await post(it, engagement, "connectivity", {"web_service": web_service, "passed": True})
        yield it, engagement


async def post(it: Probe, engagement: str, path: str, body: object) -> None:
    reply = await it.client("participant", PARTY).post(f"/engagements/{engagement}/{path}", json=body)
    assert reply.is_success, reply.text


async def record(it: Probe, engagement: str, run: int) -> None:
    """Record a batch of results of one run."""
    moments = [(MORNING + timedelta(microseconds=run * BATCH + number)).isoformat() for number in range(BATCH)]
    results = [
        {"test": TESTS[number % len(TESTS)], "outcome": "passed", "executed_at": at}
        for number, at in enumerate(moments)
    ]
    await post(it, engagement, "results", {"run": f"run {run}", "results": results})


async def counted(it: Probe, engagement: str, at_least: int | None = None, patience: float = PATIENCE_SECONDS) -> Tally:
    """The tally once it counts so many public events; all of them when no number is given."""
    wanted = at_least or await read_models.published_sequence(it.runtime.pool, engagement)
    generation = it.runtime.settings.model_dump()["dashboard_generation"]
    async with asyncio.timeout(patience):
        while (tally := await read_models.tally(it.runtime.pool, engagement, generation)).sequence < wanted:
            await it.runtime.woken(0.02)
    return tally


async def require_all_counted(it: Probe, engagement: str, batches: int) -> None:
    """Every result is in the figures, once."""
    tally = await counted(it, engagement)
    state, _ = await it.runtime.state(EXECUTION, engagement)
    assert tally.progress == state.progress
    assert [(row.run, row.passed) for row in tally.daily] == [(f"run {number}", BATCH) for number in range(batches)]


@asynccontextmanager
async def job(it: Probe) -> AsyncIterator[None]:
    """The stream job, stopped at the end as a service stops it."""
    task = asyncio.create_task(aggregate(it.runtime))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def skip_to_the_end(it: Probe) -> None:
    """Make the job's consumer group forget everything published so far."""
    topic = f"{it.runtime.settings.topic_prefix}{EXECUTION_TRACKER.name}"
    consumer = AIOKafkaConsumer(
        bootstrap_servers=it.runtime.settings.kafka, group_id=group_of(it.runtime), enable_auto_commit=False
    )
    try:
        await consumer.start()
        partitions = [TopicPartition(topic, number) for number in range(EXECUTION_TRACKER.partitions)]
        consumer.assign(partitions)
        await consumer.commit(await consumer.end_offsets(partitions))
    finally:
        await consumer.stop()
