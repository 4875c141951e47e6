"""The stream job on a real broker: stopped, killed or begun anew, it arrives at the same figures."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from assay_stack.ports import free_port
from chassis.eventstore.runtime import Runtime
from chassis.service import Service
from contracts.execution_tracker import ResultRecorded
from contracts.topics import EXECUTION_TRACKER, REJECTED
from execution_tracker import aggregator, read_models
from execution_tracker.aggregates import EXECUTION
from execution_tracker.aggregator import Job, aggregate, group_of
from execution_tracker.domain.dashboard import Tally
from execution_tracker.settings import GENERATION, Settings
from execution_tracker.wiring import build
from testing import execution_facts as facts
from testing.execution_facts import MORNING, PARTY, TESTS, WEB_SERVICES
from testing.probe import Kafka, Postgres, Probe, running

PATIENCE_SECONDS = 45
STARTED_WITHIN_SECONDS = 10.0
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


async def counted(it: Probe, engagement: str, at_least: int | None = None) -> Tally:
    """The tally once it counts so many public events; all of them when no number is given."""
    wanted = at_least or await read_models.published_sequence(it.runtime.pool, engagement)
    generation = it.runtime.settings.model_dump()["dashboard_generation"]
    async with asyncio.timeout(PATIENCE_SECONDS):
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


@asynccontextmanager
async def process(it: Probe) -> AsyncIterator[None]:
    """The whole service as a process of its own on the same database and topics, killed at the end."""
    settings = it.runtime.settings.model_dump(mode="json") | {"http_port": free_port(), "instance": "2"}
    environment = {**os.environ, **{f"ASSAY_{name.upper()}": str(value) for name, value in settings.items()}}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "execution_tracker.main", env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield
    finally:
        child.send_signal(signal.SIGKILL)
        await child.wait()


async def test_a_job_that_was_stopped_goes_on_where_it_was(postgres: Postgres, kafka: Kafka) -> None:
    async with executing(postgres, kafka) as (it, engagement):
        await record(it, engagement, 0)
        async with job(it):
            await counted(it, engagement)
            await record(it, engagement, 1)
        await record(it, engagement, 2)
        async with job(it):
            await require_all_counted(it, engagement, batches=3)


async def test_a_dashboard_whose_figures_lag_is_asked_for_again(postgres: Postgres, kafka: Kafka) -> None:
    async with executing(postgres, kafka) as (it, engagement):
        await record(it, engagement, 0)
        body = {
            "day": MORNING.date().isoformat(),
            "location": "On site",
            "risks": [],
            "rag": "green",
            "comment": "Well.",
        }
        path = f"/engagements/{engagement}/dashboards"
        reply = await it.client("participant", PARTY).post(path, json=body)
        assert (reply.status_code, reply.json()["type"]) == (503, "urn:assay:problem:not-yet")
        async with job(it):
            await counted(it, engagement)
            await post(it, engagement, "dashboards", body)


async def test_a_process_killed_while_it_counts_counts_nothing_twice_and_misses_nothing(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with executing(postgres, kafka) as (it, engagement):
        for round_ in range(3):
            await record(it, engagement, round_)
            published = await read_models.published_sequence(it.runtime.pool, engagement)
            async with process(it):
                await counted(it, engagement, at_least=published - BATCH // 2)
        async with process(it):
            await require_all_counted(it, engagement, batches=3)


async def test_a_job_that_missed_events_reads_again_from_the_first_one(postgres: Postgres, kafka: Kafka) -> None:
    async with executing(postgres, kafka) as (it, engagement):
        await record(it, engagement, 0)
        await it.all_published(ResultRecorded, engagement, BATCH)
        await skip_to_the_end(it)
        await record(it, engagement, 1)
        async with job(it):
            await require_all_counted(it, engagement, batches=2)


async def test_a_job_that_stands_still_though_kafka_answers_is_begun_anew(
    postgres: Postgres, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first job hears another topic: nothing comes of it, and nothing fails."""
    begin, begun = Job.__init__, asyncio.Event()

    def deaf(self: Job, runtime: Runtime, group: str) -> None:
        with monkeypatch.context() as there:
            there.setattr(aggregator, "EXECUTION_TRACKER", REJECTED)
            begin(self, runtime, f"{group}-deaf")
        monkeypatch.setattr(Job, "__init__", begin)
        begun.set()

    monkeypatch.setattr(Job, "__init__", deaf)
    monkeypatch.setattr(aggregator, "STILL_SECONDS", STARTED_WITHIN_SECONDS)
    monkeypatch.setattr(aggregator, "POLL_SECONDS", 0.5)
    async with executing(postgres, kafka) as (it, engagement):
        await record(it, engagement, 0)
        async with job(it):
            await begun.wait()
            await require_all_counted(it, engagement, batches=1)


async def skip_to_the_end(it: Probe) -> None:
    """Make the job's consumer group forget everything published so far."""
    topic = f"{it.runtime.settings.topic_prefix}{EXECUTION_TRACKER.name}"
    consumer = AIOKafkaConsumer(
        bootstrap_servers=it.runtime.settings.kafka, group_id=group_of(it.runtime), enable_auto_commit=False
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for number in range(EXECUTION_TRACKER.partitions)]
        consumer.assign(partitions)
        await consumer.commit(await consumer.end_offsets(partitions))
    finally:
        await consumer.stop()


async def test_a_later_generation_counts_everything_again(postgres: Postgres, kafka: Kafka) -> None:
    async with executing(postgres, kafka) as (it, engagement):
        await record(it, engagement, 0)
        async with job(it):
            before = await counted(it, engagement)
        spoiled = read_models.TALLY.dump_json(replace(before, daily=())).decode()
        await it.runtime.pool.execute("UPDATE dashboard SET figures = $1", spoiled)
        it.runtime.settings = it.runtime.settings.model_copy(update={"dashboard_generation": GENERATION + 1})
        assert (await read_models.tally(it.runtime.pool, engagement, GENERATION + 1)).sequence == 0
        async with job(it):
            await require_all_counted(it, engagement, batches=1)
