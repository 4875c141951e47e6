"""What brokers answer when they are in trouble, to the relay and to the consumer: all of it passes, nothing is lost."""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import mock_kafka
import pytest
from facts import NOTIFIED, held, ledger
from mock_kafka import (
    FETCH,
    HEARTBEAT,
    MESSAGE_TOO_LARGE,
    NOT_COORDINATOR,
    NOT_ENOUGH_REPLICAS,
    OFFSET_COMMIT,
    PRODUCE,
    REBALANCE_IN_PROGRESS,
    MockKafka,
)

from chassis.identity import Role
from chassis.testing import Postgres, Probe, running
from contracts.disputes import ReferralRightLapsed

LIBRARY = mock_kafka.library()
pytestmark = pytest.mark.skipif(LIBRARY is None, reason="librdkafka is not installed")
WORDS = [f"word{chr(97 + number)}" for number in range(6)]


@pytest.fixture
def cluster() -> Iterator[MockKafka]:
    with mock_kafka.mock_kafka(LIBRARY) as cluster:
        yield cluster


@pytest.fixture
async def it(postgres: Postgres, cluster: MockKafka, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Probe]:
    monkeypatch.setattr("chassis.testing.create_topics", cluster.create_topics)
    async with running(ledger.build, postgres, cluster) as probe:
        yield probe


async def enter(it: Probe, engagement: str, words: list[str]) -> None:
    async with it.client(Role.DCC) as client:
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
    assert await it.runtime.parked_count() == (0, 0)


async def test_fetches_that_fail_are_repeated(it: Probe, cluster: MockKafka) -> None:
    id = str(uuid4())
    cluster.fail(FETCH, *[NOT_ENOUGH_REPLICAS] * 5)
    await it.deliver(NOTIFIED, id)
    await it.deliver(held("word"), id)
    assert await entries(it, id) == ["word"]
