"""A storm of rebalances: partitions go to others while a batch is in flight, again and again. All act once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import pytest

from chassis.messaging.consumer import Consumer
from chassis.messaging.inbox import Inbox
from chassis.observability.gauges import parked_count
from testing import ledger
from testing.ledger_facts import NOTIFIED, held
from testing.probe import Kafka, Postgres, Probe, running

ENGAGEMENTS = 9
WORDS = ("first", "second", "third", "fourth")
IN_FLIGHT = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'write_decided'"


@pytest.fixture
async def it(postgres: Postgres, kafka: Kafka, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Probe]:
    """A service whose own consumer stands by: those of the test do its work."""
    run = Consumer.run

    async def stand_by(self: Consumer) -> None:
        self.ready.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Consumer, "run", stand_by)
    async with running(ledger.build, postgres, kafka) as probe:
        monkeypatch.setattr(Consumer, "run", run)
        yield probe


def member(it: Probe, number: int) -> Consumer:
    """A consumer as another process of the service has it."""
    settings = it.runtime.settings.model_copy(update={"instance": str(number)})
    runtime = replace(it.runtime, settings=settings)
    return Consumer(runtime, Inbox(runtime, ledger.HANDLERS), ("assay.notification",))


async def until(it: Probe, query: str, expected: int) -> None:
    async with asyncio.timeout(40):
        while await it.runtime.pool.fetchval(query) < expected:
            await it.runtime.woken(0.05)


async def test_partitions_that_are_revoked_while_a_batch_is_in_flight_act_once(it: Probe) -> None:
    engagements = [str(uuid4()) for _ in range(ENGAGEMENTS)]
    members = [member(it, 0)]
    earlier = [members[0].lag]
    consuming = [asyncio.create_task(members[0].run())]
    storms = 0
    try:
        for id in engagements:
            await it.deliver(NOTIFIED, id)
        for number, word in enumerate(WORDS, start=1):
            async with it.runtime.transaction() as holding:
                await holding.execute("LOCK TABLE event IN EXCLUSIVE MODE")
                sending = [asyncio.create_task(it.deliver(held(word), id)) for id in engagements]
                await until(it, IN_FLIGHT, 1)
                members.append(member(it, number))
                consuming.append(asyncio.create_task(members[-1].run()))
                async with asyncio.timeout(40):  # the newcomer has taken its part from the others
                    while not (members[-1].lag.member and all(each.member for each in earlier)):
                        await holding.execute("SELECT 1")
                        await asyncio.sleep(0.05)
                storms += 1
                earlier.append(members[-1].lag)
            await asyncio.gather(*sending)
    finally:
        for task in consuming:
            task.cancel()
        await asyncio.gather(*consuming, return_exceptions=True)
    assert storms == len(WORDS)
    for id in engagements:
        rows = await it.runtime.pool.fetch("SELECT entry FROM entry WHERE id = $1 ORDER BY version", id)
        assert [row["entry"] for row in rows] == list(WORDS)
    assert await parked_count(it.runtime.pool) == (0, 0)
    assert await it.runtime.pool.fetchval("SELECT count(*) FROM event") == ENGAGEMENTS * (1 + len(WORDS))
