"""Whatever lies on the execution topic, and whatever is missing from it: the stream job counts what was decided.

Each safety is taken away once; the switches exist here only.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from chassis.eventstore.runtime import Runtime
from chassis.messaging.cloudevents import Envelope, Headers
from contracts.execution_tracker import ResultRecorded
from contracts.topics import EXECUTION_TRACKER
from execution_tracker import aggregator, read_models
from execution_tracker.aggregator import Job
from testing.execution_facts import MORNING
from testing.probe import Kafka, Postgres, Probe

from .dashboard_job import BATCH, counted, executing, job, record, require_all_counted, skip_to_the_end

SOURCE = "assay.execution-tracker"
FORGED = ResultRecorded.model_validate(
    {
        "result_id": "6f1c7e0e-0000-4000-8000-000000000001",
        "test": "SR:4.2:CV1-OD:S1",
        "run": "forged",
        "purpose": "test",
        "verifies": None,
        "script": None,
        "outcome": "failed",
        "recorded_by": "nobody",
        "executed_at": MORNING,
    }
)


def of(engagement: str, sequence: int, type_: str = ResultRecorded.TYPE, source: str = SOURCE) -> Envelope:
    return Envelope(f"{engagement}:{sequence}", source, type_, engagement, MORNING, sequence)


def hostile(engagement: str) -> list[tuple[Headers, bytes | None]]:
    """Headers and values that are no event of this service."""
    plain: list[tuple[str, Any]] = list(of(engagement, 10_000).headers())
    without = [[each for each in plain if each[0] != name] for name in ("ce_subject", "ce_sequence", "ce_type")]
    nul = [(name, b"\0" if name == "ce_subject" else value) for name, value in plain]
    no_number = [(name, b"first" if name == "ce_sequence" else value) for name, value in plain]
    no_text = [(name, b"\xff\xfe" if name == "ce_type" else value) for name, value in plain]
    empty = [(name, None if name == "ce_subject" else value) for name, value in plain]
    return [
        ([], b"nothing"),
        ([], None),
        *[(headers, FORGED.model_dump_json().encode()) for headers in (*without, nul, no_number, no_text, empty)],
        (plain, None),
        (plain, b"{"),
        (plain, b"x" * 900_000),
        (of(engagement, 10_001, "assay.execution-tracker.never-heard-of.v1").headers(), b"{}"),
        (of("nobody", 1).headers(), FORGED.model_dump_json().encode()),
        (of(engagement, 1, source="assay.notification").headers(), FORGED.model_dump_json().encode()),
        (of(engagement, 2**63 - 2).headers(), FORGED.model_dump_json().encode()),
    ]


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The consumer group of each job that was begun."""
    groups: list[str] = []
    begin = Job.__init__

    def noted(self: Job, runtime: Runtime, group: str) -> None:
        groups.append(group)
        begin(self, runtime, group)

    monkeypatch.setattr(Job, "__init__", noted)
    return groups


async def put(it: Probe, headers: Headers, value: bytes | None, key: str) -> None:
    """Put a record on the topic, as anybody may who can write to it."""
    topic = f"{it.runtime.settings.topic_prefix}{EXECUTION_TRACKER.name}"
    await it._producer.send_and_wait(topic, value, key=key.encode(), headers=list(headers))


def rejected(it: Probe) -> float:
    return it.runtime.metrics.registry.get_sample_value("assay_inbox_rejected_total") or 0.0


async def all_rejected(it: Probe, records: int) -> None:
    """Wait until so many records were rejected."""
    async with asyncio.timeout(20):
        while rejected(it) < records:
            await it.runtime.woken(0.05)


@asynccontextmanager
async def attacked(postgres: Postgres, kafka: Kafka) -> AsyncIterator[tuple[Probe, str, int]]:
    """An engagement with results, then hostile records, then results; and how many of those records there are."""
    async with executing(postgres, kafka) as (it, engagement):
        await record(it, engagement, 0)
        await it.all_published(ResultRecorded, engagement, BATCH)
        records = hostile(engagement)
        for headers, value in records:
            await put(it, headers, value, engagement)
        await record(it, engagement, 1)
        yield it, engagement, len(records)


async def test_what_is_no_event_of_this_service_is_left_out_and_counted(
    postgres: Postgres, kafka: Kafka, begun: list[str]
) -> None:
    async with attacked(postgres, kafka) as (it, engagement, records), job(it):
        await require_all_counted(it, engagement, batches=2)
        # A record with a number far ahead has all counted from the event store, before those behind it are read.
        await all_rejected(it, records)
        assert (rejected(it), len(begun)) == (records, 1)
        assert (await read_models.tally(it.runtime.pool, "nobody", 1)).sequence == 0


async def test_without_reading_as_the_inbox_does_a_hostile_record_stops_the_job(
    postgres: Postgres, kafka: Kafka, begun: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unguarded(self: Job, message: Any) -> None:
        headers = {name: value.decode() for name, value in message.headers}
        raise KeyError(headers["ce_subject"])

    monkeypatch.setattr(Job, "_count_or_reject", unguarded)
    monkeypatch.setattr(aggregator, "compute_behind", nothing)
    async with attacked(postgres, kafka) as (it, engagement, _), job(it):
        with pytest.raises(TimeoutError):
            await counted(it, engagement, patience=10.0)


async def nothing(*_: object) -> None:
    """Nothing is computed."""


@asynccontextmanager
async def with_a_gap(postgres: Postgres, kafka: Kafka) -> AsyncIterator[tuple[Probe, str]]:
    """An engagement of which the job will never hear the first events, though it hears later ones."""
    async with executing(postgres, kafka) as (it, engagement):
        await record(it, engagement, 0)
        await it.all_published(ResultRecorded, engagement, BATCH)
        await skip_to_the_end(it)
        await record(it, engagement, 1)
        yield it, engagement


async def test_on_a_gap_the_engagement_is_computed_from_the_event_store_and_the_job_goes_on(
    postgres: Postgres, kafka: Kafka, begun: list[str]
) -> None:
    async with with_a_gap(postgres, kafka) as (it, engagement), job(it):
        await require_all_counted(it, engagement, batches=2)
        await record(it, engagement, 2)
        await require_all_counted(it, engagement, batches=3)
        assert it.runtime.metrics.registry.get_sample_value("assay_inbox_gaps_total") == 1
        assert begun == [aggregator.group_of(it.runtime)]


async def test_without_the_event_store_a_gap_leaves_the_figures_standing(
    postgres: Postgres, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def uncomputed(runtime: Runtime, engagement: str) -> Any:
        return await read_models.tally(runtime.pool, engagement, 1)

    monkeypatch.setattr(aggregator, "compute", uncomputed)
    async with with_a_gap(postgres, kafka) as (it, engagement), job(it):
        with pytest.raises(TimeoutError):
            await counted(it, engagement, patience=10.0)


async def test_events_that_never_come_are_computed_from_the_event_store_once_nothing_moves(
    postgres: Postgres, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a Kafka that lost what it had: no later event shows the gap."""
    monkeypatch.setattr(aggregator, "STILL_SECONDS", 5.0)
    monkeypatch.setattr(aggregator, "POLL_SECONDS", 0.5)
    async with executing(postgres, kafka) as (it, engagement):
        await record(it, engagement, 0)
        await it.all_published(ResultRecorded, engagement, BATCH)
        await skip_to_the_end(it)
        async with job(it):
            await require_all_counted(it, engagement, batches=1)


async def test_an_event_whose_content_was_damaged_is_taken_from_the_event_store(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with executing(postgres, kafka) as (it, engagement):
        await record(it, engagement, 0)
        await it.all_published(ResultRecorded, engagement, BATCH)
        await skip_to_the_end(it)
        await put(it, of(engagement, 1).headers(), b'{"test": 7}', engagement)
        async with job(it):
            await require_all_counted(it, engagement, batches=1)
            assert rejected(it) == 1


async def counts_forged(it: Probe, engagement: str, rejections: int) -> bool:
    """Whether a forged next event, which is well formed, is counted, once so many records were rejected after it."""
    await record(it, engagement, 0)
    async with job(it):
        known = await counted(it, engagement)
        forged = of(engagement, known.sequence + 1)
        await put(it, forged.headers(), FORGED.model_dump_json().encode(), engagement)
        await put(it, of("nobody", 1).headers(), b"", engagement)
        await all_rejected(it, rejections)
        tally = await read_models.tally(it.runtime.pool, engagement, 1)
        return tally.sequence > known.sequence


async def test_an_event_that_was_never_published_is_not_counted(postgres: Postgres, kafka: Kafka) -> None:
    async with executing(postgres, kafka) as (it, engagement):
        assert not await counts_forged(it, engagement, rejections=2)


async def test_without_the_look_at_what_was_published_a_forged_event_is_counted(
    postgres: Postgres, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting = read_models.QUERIES["keep_tally"].replace(
        "FROM publication WHERE publication.subject = $1 AND publication.sequence >= $3", "WHERE true"
    )
    monkeypatch.setattr(read_models, "QUERIES", {**read_models.QUERIES, "keep_tally": trusting})
    async with executing(postgres, kafka) as (it, engagement):
        assert await counts_forged(it, engagement, rejections=1)


async def brought_back(it: Probe, engagement: str) -> bool:
    """Whether the figures are those of a database that was brought back to before an event on the topic."""
    await record(it, engagement, 0)
    published = await read_models.published_sequence(it.runtime.pool, engagement)
    await it.all_published(ResultRecorded, engagement, BATCH)
    await put(it, of(engagement, published + 1).headers(), FORGED.model_dump_json().encode(), engagement)
    it.runtime.origin = replace(it.runtime.origin, timeline=2)
    await record(it, engagement, 1)
    async with job(it):
        tally = await counted(it, engagement)
    return {row.run for row in tally.daily} == {"run 0", "run 1"}


async def test_an_event_of_an_earlier_timeline_is_not_counted(postgres: Postgres, kafka: Kafka) -> None:
    async with executing(postgres, kafka) as (it, engagement):
        assert await brought_back(it, engagement)


async def test_without_the_look_at_the_timeline_a_revoked_event_is_counted(
    postgres: Postgres, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = aggregator._envelope
    monkeypatch.setattr(aggregator, "_envelope", lambda given: replace(read(given), timeline=2))
    async with executing(postgres, kafka) as (it, engagement):
        assert not await brought_back(it, engagement)
