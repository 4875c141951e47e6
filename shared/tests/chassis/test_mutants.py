"""Each safety of the chassis, taken away: what it is there for breaks. With it, the same run holds.

The switches exist here only.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis.eventstore import store
from chassis.eventstore.aggregate import Publication
from chassis.messaging import inbox, quarantine, reading
from chassis.messaging.inbox import Inbox
from chassis.messaging.leader import Leadership
from chassis.messaging.ordering import Sequenced
from chassis.messaging.relay import Relay
from contracts.disputes import ReferralRightLapsed
from contracts.notification import InitiationMeetingHeld
from testing import ledger
from testing.ledger_facts import NOTIFIED, NOW, held, record
from testing.ledger_process import Outside, outside
from testing.probe import Kafka, Postgres, Probe, running

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
    monkeypatch.setattr(inbox, "in_sequence", lambda messages, *_: Sequenced(ready=tuple(messages)))
    assert await delivered_twice(it) == [*WORDS, *WORDS]


# What an earlier release had no handler for


async def taken_late(it: Probe) -> list[str]:
    """What is entered by a release that handles more than the one before."""
    id = str(uuid4())
    older = {fact: each for fact, each in ledger.HANDLERS.items() if fact is not InitiationMeetingHeld}
    batch = [record(NOTIFIED, id, 1), record(held("late"), id, 2)]
    await Inbox(it.runtime, older).handle(batch)
    await Inbox(it.runtime, ledger.HANDLERS).handle(batch)
    return await entries(it, id)


async def test_with_the_mark_of_what_was_not_handled_it_is_taken_late(it: Probe) -> None:
    assert await taken_late(it) == ["late"]


async def test_without_the_mark_of_what_was_not_handled_it_is_missing_for_ever(
    it: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: object) -> None: ...

    monkeypatch.setattr(inbox, "_settle", nothing)
    assert await taken_late(it) == []


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

    monkeypatch.setattr(quarantine, "first_parked", nothing)
    assert await overtaken(it) == ["later"]


# The fence: a former leader that comes back while its successor leads


class Thawed(Relay):
    """A former leader that comes back, and stands still once more before it sends: then it goes on."""

    def __init__(self, it: Probe) -> None:
        super().__init__(it.runtime)
        self.about_to_send, self.goes_on = asyncio.Event(), asyncio.Event()

    async def _send(self, producer: Any, rows: Sequence[asyncpg.Record]) -> None:
        self.about_to_send.set()
        await self.goes_on.wait()
        await super()._send(producer, rows)


class Unfenced(Thawed):
    """Takes and deletes what there is, whoever leads."""

    async def _publish(self, leadership: Leadership, producer: Any) -> int:
        current = await leadership.connection.fetchval("SELECT epoch FROM relay")
        return await super()._publish(replace(leadership, epoch=current), producer)


ROW = "ACME/ES/6.2.4"


async def enqueue(it: Probe, *sequences: int) -> None:
    """A row of the eligibility register, whose topic keeps the latest alone, changes."""
    for sequence in sequences:
        row = ("assay.eligibility", "x", ROW, 1, sequence, NOW, "", "", f"{sequence}".encode())
        await it.runtime.pool.execute(
            """
            WITH kept AS (
                INSERT INTO public_message
                    (topic, type, subject, timeline, sequence, time, causation, trace, value, seal)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                RETURNING seq, time
            )
            INSERT INTO outbox (message, enqueued_at) SELECT seq, time FROM kept
            """,
            *row,
            it.runtime.origin.key.message(*row),
        )


async def latest_after_a_zombie(it: Probe, kind: type[Thawed]) -> bytes:
    """What stands last on the topic when a former leader comes back beside its successor, which publishes on."""
    pool, former, successor = it.runtime.pool, kind(it), Relay(it.runtime)
    connections = [await asyncpg.connect(it.runtime.settings.database_url) for _ in range(2)]
    producers = [AIOKafkaProducer(bootstrap_servers=it.runtime.settings.kafka) for _ in range(2)]
    await asyncio.gather(*(producer.start() for producer in producers))
    try:
        own, its = [await pool.fetchval("UPDATE relay SET epoch = epoch + 1 RETURNING epoch") for _ in range(2)]
        await enqueue(it, 1)
        zombie = asyncio.create_task(former._publish(Leadership(connections[0], own), producers[0]))
        standing = asyncio.create_task(former.about_to_send.wait())
        await asyncio.wait((zombie, standing), return_when=asyncio.FIRST_COMPLETED)
        standing.cancel()
        await successor._publish(Leadership(connections[1], its), producers[1])
        await enqueue(it, 2)
        await successor._publish(Leadership(connections[1], its), producers[1])
        former.goes_on.set()
        await asyncio.gather(zombie, return_exceptions=True)
        assert await pool.fetchval("SELECT count(*) FROM outbox") == 0
        return (await lying(it, "assay.eligibility"))[-1]
    finally:
        await asyncio.gather(*(each.stop() for each in producers), *(each.close() for each in connections))


async def lying(it: Probe, topic: str) -> list[bytes]:
    """The contents of what lies on a topic, in the order of its partitions."""
    name = f"{it.runtime.settings.topic_prefix}{topic}"
    async with AIOKafkaConsumer(name, bootstrap_servers=it.runtime.settings.kafka) as consumer:
        return [record.value or b"" async for record in reading.lying(consumer)]


@pytest.fixture
async def alone(postgres: Postgres, kafka: Kafka, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Probe]:
    """A service whose own relay never leads."""

    async def stand_by(self: Relay) -> None:
        self.ready.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Relay, "run", stand_by)
    async with running(ledger.build, postgres, kafka) as probe:
        yield probe


async def test_with_the_fence_the_latest_of_a_row_stays_the_latest(alone: Probe) -> None:
    assert await latest_after_a_zombie(alone, Thawed) == b"2"


async def test_without_the_fence_a_former_leader_puts_what_is_over_after_the_latest(alone: Probe) -> None:
    assert await latest_after_a_zombie(alone, Unfenced) == b"1"


# The cursor


class Cursor(Relay):
    """Remembers how far it came, in place of deleting and asking for all that is there."""

    reached = 0

    async def _publish(self, leadership: Leadership, producer: Any) -> int:
        rows = await leadership.connection.fetch(
            "SELECT public_message.*, outbox.seq AS place "
            "FROM outbox JOIN public_message ON public_message.seq = message "
            "WHERE outbox.seq > $1 AND (SELECT epoch FROM relay) = $2 ORDER BY outbox.seq LIMIT 1000",
            self.reached,
            leadership.epoch,
        )
        if rows:
            await self._send(producer, rows)
            self.reached = rows[-1]["place"]
        return len(rows)


async def lost(it: Probe) -> int:
    """How many committed facts are not on their topic in the end, when one that began early is committed late."""
    early, late = str(uuid4()), str(uuid4())
    for id in (early, late):
        await it.deliver(NOTIFIED, id)
    async with it.runtime.transaction() as slow:
        public = await store.numbered(slow, it.runtime.origin, [(Publication(FACT, late), NOW, "", "")])
        await store.write(slow, it.runtime.origin, [], public)
        await it.deliver(held("word"), early)
        await it.published(ReferralRightLapsed, early)
    await it.deliver(held("other"), early)
    await it.published(ReferralRightLapsed, early, 2)
    committed = await it.runtime.pool.fetchval("SELECT sum(sequence) FROM publication")
    arrived = {(event.subject, event.sequence) for event, _ in it._published if event.sequence is not None}
    return int(committed) - len(arrived)


FACT = ReferralRightLapsed(right="1", route="ledger", because="late", lapsed_at=NOW)


async def test_with_deletion_a_late_commit_is_published(it: Probe) -> None:
    assert await lost(it) == 0


async def test_with_a_cursor_a_late_commit_is_lost(
    postgres: Postgres, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.service.Relay", Cursor)
    async with running(ledger.build, postgres, kafka) as it:
        assert await lost(it) == 1


# The offset


class OffsetFirst:
    """Turns round what the consumer does: the offset, then the database.

    Alone it loses nothing: a partition is read on from where the database has handled it. So it has to believe the
    group's offsets as well.
    """

    GROUP = (
        "consumer._FromTheDatabase.on_partitions_assigned = lambda self, given: self._lag.on_partitions_assigned(given)"
    )
    SOURCE = """
from chassis.messaging import consumer
from chassis.process.failpoints import failpoint

async def consume(self, kafka, _):
    while True:
        batches = await kafka.getmany(timeout_ms=200, max_records=1000)
        records = [consumer._record(r, self._runtime.settings.topic_prefix) for b in batches.values() for r in b]
        if records:
            await kafka.commit()
            failpoint("consumer.handled")
            await self._handle(records)

consumer.Consumer._consume = consume
{reading}
from testing import ledger
from chassis.service import run
from chassis.process.settings import Settings
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
        it.source = OffsetFirst.SOURCE.replace("{reading}", OffsetFirst.GROUP)
        assert await killed_between(it) < 3


async def test_what_the_database_has_not_handled_is_read_whatever_the_group_has_committed(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with outside(postgres, kafka) as it:
        it.source = OffsetFirst.SOURCE.replace("{reading}", "")
        await killed_between(it)

        async def all_opened() -> bool:
            return len(await it.fetch("SELECT 1 FROM event")) == 4

        await it.until(all_opened, "what was committed and not handled was not read again")
