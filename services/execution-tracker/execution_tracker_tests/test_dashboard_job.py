"""The stream job on a real broker: stopped, killed or begun anew, it arrives at the same figures."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from assay_stack.ports import free_port
from chassis.eventstore.runtime import Runtime
from contracts.topics import REJECTED
from execution_tracker import aggregator, read_models
from execution_tracker.aggregator import Job
from execution_tracker.settings import GENERATION
from testing.execution_facts import MORNING, PARTY
from testing.probe import Kafka, Postgres, Probe

from .dashboard_job import BATCH, counted, executing, job, post, record, require_all_counted

STARTED_WITHIN_SECONDS = 10.0


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
