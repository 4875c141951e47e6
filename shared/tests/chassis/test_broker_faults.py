"""What brokers answer when they are in trouble, to the relay and to the consumer: all of it passes, nothing is lost."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from math import isnan
from secrets import token_hex
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer

from chassis import timing
from chassis.messaging.lag import Lag
from chassis.observability.gauges import parked_count
from contracts.disputes import ReferralRightLapsed
from testing import ledger, mock_kafka
from testing.ledger_facts import NOTIFIED, held
from testing.mock_kafka import (
    FETCH,
    HEARTBEAT,
    JOIN_GROUP,
    MESSAGE_TOO_LARGE,
    NOT_COORDINATOR,
    NOT_ENOUGH_REPLICAS,
    OFFSET_COMMIT,
    PRODUCE,
    REBALANCE_IN_PROGRESS,
    UNKNOWN_MEMBER,
    MockKafka,
)
from testing.probe import Kafka, Postgres, Probe, create_topics, running

AWAY = ["the relay's Kafka connection", "the consumer's Kafka group"]
WORDS = [f"word{chr(97 + number)}" for number in range(6)]


@pytest.fixture
def cluster() -> Iterator[MockKafka]:
    with mock_kafka.mock_kafka(mock_kafka.library()) as cluster:
        yield cluster


@pytest.fixture
async def it(postgres: Postgres, cluster: MockKafka, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Probe]:
    monkeypatch.setattr("testing.probe.create_topics", cluster.create_topics)
    async with running(ledger.build, postgres, cluster) as probe:
        yield probe


async def enter(it: Probe, engagement: str, words: list[str]) -> None:
    async with it.client("dcc") as client:
        for word in words:
            assert (await client.post(f"/engagements/{engagement}/entries", json={"entry": word})).status_code == 201


async def entries(it: Probe, engagement: str) -> list[str]:
    rows = await it.runtime.pool.fetch("SELECT entry FROM entry WHERE id = $1 ORDER BY version", engagement)
    return [row["entry"] for row in rows]


@pytest.mark.parametrize("error", [NOT_ENOUGH_REPLICAS, MESSAGE_TOO_LARGE])
async def test_what_a_broker_would_not_take_is_published_later_in_order(
    it: Probe, cluster: MockKafka, error: int
) -> None:
    """Not enough replicas is tried again by the producer; too large is final, and the producer is made anew."""
    id = str(uuid4())
    await it.deliver(NOTIFIED, id)
    cluster.fail(PRODUCE, error, error)
    await enter(it, id, WORDS)
    published = [fact.because for fact in await it.all_published(ReferralRightLapsed, id, len(WORDS))]
    assert list(dict.fromkeys(published)) == WORDS


async def test_a_coordinator_that_moves_and_a_storm_of_rebalances_pass(it: Probe, cluster: MockKafka) -> None:
    id, group = str(uuid4()), f"{it.runtime.settings.topic_prefix}{it.runtime.source}"
    await it.deliver(NOTIFIED, id)
    for number, word in enumerate(WORDS):
        cluster.move_coordinator(group, 1 + number % 3)
        cluster.fail(OFFSET_COMMIT, NOT_COORDINATOR)
        cluster.fail(HEARTBEAT, *[REBALANCE_IN_PROGRESS] * 2)
        await it.deliver(held(word), id)
    assert await entries(it, id) == WORDS
    assert await parked_count(it.runtime.pool) == (0, 0)


async def test_fetches_that_fail_are_repeated(it: Probe, cluster: MockKafka) -> None:
    id = str(uuid4())
    cluster.fail(FETCH, *[NOT_ENOUGH_REPLICAS] * 5)
    await it.deliver(NOTIFIED, id)
    await it.deliver(held("word"), id)
    assert await entries(it, id) == ["word"]


PATIENCE_SECONDS = 60
"""Longer than a client waits for an answer that never comes (40 s)."""


@pytest.fixture
async def watched(postgres: Postgres, cluster: MockKafka, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Probe]:
    """A service that looks often, and has no patience."""
    monkeypatch.setattr("testing.probe.create_topics", cluster.create_topics)
    monkeypatch.setattr(timing, "HEALTH_CHECK_SECONDS", 0.1)
    monkeypatch.setattr(timing, "KAFKA_ANSWER_SECONDS", 3.0)
    async with running(ledger.build, postgres, cluster, watchdog_seconds=1) as probe:
        yield probe


async def until_pending(it: Probe, what: list[str]) -> None:
    """Wait until the service says so, and always that it lives."""
    async with asyncio.timeout(PATIENCE_SECONDS), it.client() as client:
        while (await client.get("/health/ready")).json()["pending_dependencies"] != what:
            assert (await client.get("/health/live")).status_code == 200
            await it.runtime.woken(0.1)


async def told_lag(it: Probe) -> float:
    async with it.client() as client:
        lines = (await client.get("/metrics")).text.splitlines()
    (lag,) = (float(line.split()[1]) for line in lines if line.startswith("assay_consumer_lag "))
    return lag


async def test_while_no_broker_answers_a_service_is_not_ready_knows_no_lag_and_fails_no_check(
    watched: Probe, cluster: MockKafka
) -> None:
    id = str(uuid4())
    await watched.deliver(NOTIFIED, id)
    await until_pending(watched, [])
    assert await told_lag(watched) == 0
    cluster.freeze()
    await enter(watched, id, WORDS)
    await until_pending(watched, AWAY)
    assert isnan(await told_lag(watched))
    for _ in range(50):  # longer than the watchdog has patience, and a look takes
        await until_pending(watched, AWAY)
        await watched.runtime.woken(0.1)
    cluster.thaw()
    await until_pending(watched, [])
    published = [fact.because for fact in await watched.all_published(ReferralRightLapsed, id, len(WORDS))]
    assert list(dict.fromkeys(published)) == WORDS


async def test_a_consumer_that_was_thrown_out_of_its_group_is_not_ready_until_it_is_back(
    watched: Probe, cluster: MockKafka
) -> None:
    id = str(uuid4())
    await watched.deliver(NOTIFIED, id)
    await until_pending(watched, [])
    cluster.fail(JOIN_GROUP, *[NOT_COORDINATOR] * 20)
    cluster.fail(HEARTBEAT, UNKNOWN_MEMBER)
    await until_pending(watched, AWAY[1:])
    assert isnan(await told_lag(watched))
    await until_pending(watched, [])
    await watched.deliver(held("word"), id)
    assert await entries(watched, id) == ["word"]


async def test_a_member_for_which_no_partition_is_left_knows_that_it_has_nothing_to_do(kafka: Kafka) -> None:
    prefix = f"t{token_hex(4)}."
    await create_topics(kafka.bootstrap, prefix)
    members = [(Lag(), AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, group_id=prefix)) for _ in range(4)]
    try:
        for lag, consumer in members:
            consumer.subscribe([f"{prefix}assay.notification"], listener=lag)
            await consumer.start()
        async with asyncio.timeout(40):
            while [len(consumer.assignment()) for _, consumer in members].count(0) != 1:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            while [await lag.measure(consumer) for lag, consumer in members] != [0] * 4:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    finally:
        await asyncio.gather(*(consumer.stop() for _, consumer in members))
