"""Each safety of the chassis, taken away: what it is there for breaks. With it, the same run holds.

The switches exist here only.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from facts import NOTIFIED, held, ledger, record
from outside import Outside, outside

from chassis import inbox
from chassis.inbox import Inbox
from chassis.relay import Deposed, Relay
from chassis.testing import Kafka, Postgres, Probe, running
from contracts.disputes import ReferralRightLapsed

WORDS = ("first", "second", "third")


@pytest.fixture
async def it(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Probe]:
    async with running(ledger.build, postgres, kafka) as probe:
        yield probe


async def entries(it: Probe, engagement: str) -> list[str]:
    rows = await it.runtime.pool.fetch("SELECT entry FROM entry WHERE id = $1 ORDER BY version", engagement)
    return [row["entry"] for row in rows]


# The inbox


async def delivered_twice(it: Probe) -> list[str]:
    id, handler = str(uuid4()), Inbox(it.runtime, ledger.HANDLERS)
    batch = [record(NOTIFIED, id, 1), *(record(held(word), id, n + 2) for n, word in enumerate(WORDS))]
    await handler.handle(batch)
    await handler.handle(batch)
    return await entries(it, id)


async def test_with_the_inbox_a_batch_that_comes_twice_acts_once(it: Probe) -> None:
    assert await delivered_twice(it) == list(WORDS)


async def test_without_the_inbox_a_batch_that_comes_twice_acts_twice(
    it: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "_due", lambda messages, _seen, _batch: list(messages))
    assert await delivered_twice(it) == [*WORDS, *WORDS]


# Parking


async def overtaken(it: Probe) -> list[str]:
    """What is entered of an engagement whose second message can't be handled, when more of it comes later."""
    id, handler = str(uuid4()), Inbox(it.runtime, ledger.HANDLERS)
    await handler.handle([record(NOTIFIED, id, 1), record(held("poison"), id, 2)])
    await handler.handle([record(held("later"), id, 3)])
    return await entries(it, id)


async def test_with_the_look_at_what_is_parked_nothing_overtakes_it(it: Probe) -> None:
    assert await overtaken(it) == []


async def test_without_the_look_at_what_is_parked_later_messages_overtake_it(
    it: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: object) -> dict[object, int]:
        return {}

    monkeypatch.setattr(inbox, "_first_parked", nothing)
    assert await overtaken(it) == ["later"]


# The fence: a leader that was frozen in the middle of a batch comes back after its successor has published


class Frozen(Relay):
    """Stops once, between the acknowledgement by Kafka and the deletion, until it is thawed."""

    def __init__(self, it: Probe) -> None:
        super().__init__(it.runtime)
        self.frozen, self.thawed = asyncio.Event(), asyncio.Event()
        self.outcome: BaseException | int | None = None

    async def _send(self, producer: Any, rows: Sequence[asyncpg.Record]) -> None:
        await super()._send(producer, rows)
        self.frozen.set()
        await self.thawed.wait()


class Unfenced(Frozen):
    """Deletes what it sent, whoever leads."""

    async def _publish(self, connection: Any, producer: Any, epoch: int) -> int:
        rows = await connection.fetch("SELECT * FROM outbox ORDER BY seq LIMIT 1000")
        if rows:
            await self._send(producer, rows)
            await connection.execute("DELETE FROM outbox WHERE seq = ANY ($1)", [row["seq"] for row in rows])
        return len(rows)


async def zombie(it: Probe, kind: type[Frozen]) -> bool:
    """Whether a former leader that comes back still deletes from the outbox."""
    connection = await asyncpg.connect(it.runtime.settings.database_url)
    former = kind(it)
    async with it.runtime.pool.acquire() as held_back:
        # The service's own relay must not take these rows first: they are written while it is shut out.
        epoch = await held_back.fetchval("UPDATE relay SET epoch = epoch + 1 RETURNING epoch")
        await held_back.execute(
            "INSERT INTO outbox (topic, type, subject, sequence, time, causation, trace, value) "
            "VALUES ('assay.disputes', $1, 'zombie', 1, now(), '', '', '{}')",
            ReferralRightLapsed.TYPE,
        )
    publishing = asyncio.create_task(former._publish(connection, SentNowhere(), epoch))
    await former.frozen.wait()
    await it.runtime.pool.execute("UPDATE relay SET epoch = epoch + 1")
    former.thawed.set()
    (outcome,) = await asyncio.gather(publishing, return_exceptions=True)
    await connection.close()
    return not isinstance(outcome, Deposed)


class SentNowhere:
    """A producer whose messages are acknowledged and go nowhere; it keeps their subjects."""

    def __init__(self) -> None:
        self.subjects: list[str] = []

    async def send(self, _topic: str, *, key: bytes, **_: object) -> "asyncio.Future[None]":
        self.subjects.append(key.decode())
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.set_result(None)
        return future


@pytest.fixture
async def alone(postgres: Postgres, kafka: Kafka, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Probe]:
    """A service whose own relay never leads."""

    async def stand_by(self: Relay) -> None:
        self.ready.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Relay, "run", stand_by)
    async with running(ledger.build, postgres, kafka) as probe:
        yield probe


async def test_with_the_fence_a_former_leader_deletes_nothing(alone: Probe) -> None:
    assert not await zombie(alone, Frozen)
    assert await alone.runtime.pool.fetchval("SELECT count(*) FROM outbox") == 1


async def test_without_the_fence_a_former_leader_deletes_what_its_successor_has_still_to_send(alone: Probe) -> None:
    assert await zombie(alone, Unfenced)
    assert await alone.runtime.pool.fetchval("SELECT count(*) FROM outbox") == 0


# The cursor


async def out_of_order_commits(it: Probe, take: Any) -> list[str]:
    """What a relay takes when a transaction that wrote early commits late."""
    enqueue = (
        "INSERT INTO outbox (topic, type, subject, sequence, time, causation, trace, value) "
        "VALUES ('assay.disputes', 'x', $1, 1, now(), '', '', '{}')"
    )
    late = await asyncpg.connect(it.runtime.settings.database_url)
    transaction = late.transaction()
    await transaction.start()
    await late.execute(enqueue, "late")
    await it.runtime.pool.execute(enqueue, "early")
    taken = list(await take())
    await transaction.commit()
    await late.close()
    return [*taken, *await take()]


async def test_with_deletion_a_late_commit_is_published(alone: Probe) -> None:
    nowhere, ours = SentNowhere(), Relay(alone.runtime)
    connection = await asyncpg.connect(alone.runtime.settings.database_url)
    epoch = await connection.fetchval("UPDATE relay SET epoch = epoch + 1 RETURNING epoch")

    async def take() -> list[str]:
        nowhere.subjects.clear()
        await ours._publish(connection, nowhere, epoch)
        return list(nowhere.subjects)

    assert await out_of_order_commits(alone, take) == ["early", "late"]
    await connection.close()


async def test_with_a_cursor_a_late_commit_is_lost(alone: Probe) -> None:
    cursor = 0

    async def take() -> list[str]:
        nonlocal cursor
        rows = await alone.runtime.pool.fetch("SELECT seq, subject FROM outbox WHERE seq > $1 ORDER BY seq", cursor)
        cursor = max([cursor, *(row["seq"] for row in rows)])
        return [row["subject"] for row in rows]

    assert await out_of_order_commits(alone, take) == ["early"]


# The offset


class OffsetFirst:
    """Turns round what the consumer does: the offset, then the database."""

    SOURCE = """
import sys
sys.path.insert(0, {folder!r})
from chassis import consumer
from chassis.failpoints import failpoint

async def consume(self, kafka):
    while True:
        batches = await kafka.getmany(timeout_ms=200, max_records=1000)
        records = [consumer._record(r, self._runtime.settings.topic_prefix) for b in batches.values() for r in b]
        if records:
            await kafka.commit()
            failpoint("consumer.handled")
            await self._handle(records)

consumer.Consumer._consume = consume
import ledger
from chassis.service import run
from chassis.settings import Settings
run(ledger.build, Settings)
"""


async def killed_between(it: Outside) -> int:
    """How many engagements were opened of three, when the process dies between database and offset."""
    ids = [str(uuid4()) for _ in range(3)]
    for id in ids:
        await it.send(NOTIFIED, id)
    it.start(ASSAY_FAILPOINT="consumer.handled")
    await it.until(it.has_died, "it did not die")
    await it.until(it.is_ready, "it did not come back")
    last = str(uuid4())
    await it.send(NOTIFIED, last)

    async def handled() -> bool:
        return bool(await it.fetch("SELECT 1 FROM event WHERE stream = $1", f"ledger-{last}"))

    await it.until(handled, "the last one was not handled")
    rows = await it.fetch("SELECT stream FROM event")
    assert max(Counter(row["stream"] for row in rows).values()) == 1
    return len(rows) - 1


async def test_with_the_offset_after_the_database_nothing_is_lost(postgres: Postgres, kafka: Kafka) -> None:
    async with outside(postgres, kafka) as it:
        assert await killed_between(it) == 3


async def test_with_the_offset_before_the_database_what_was_fetched_is_lost(postgres: Postgres, kafka: Kafka) -> None:
    async with outside(postgres, kafka) as it:
        it.source = OffsetFirst.SOURCE
        assert await killed_between(it) < 3
