"""Whatever somebody puts on a topic: it is handled, parked or rejected, and what comes after it flows."""

import asyncio
import base64
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.messaging.cloudevents import Envelope
from chassis.messaging.inbox import Inbox
from chassis.messaging.records import Record
from chassis.observability.gauges import parked_count
from testing import ledger
from testing.ledger_facts import NOTIFIED, NOW, held, record
from testing.ledger_process import Outside, outside
from testing.probe import Kafka, Postgres, Probe, running

LONG = base64.b64encode(os.urandom(9_000)).decode()
OUTSIDE_TOPIC = "dcc.code-administrator"
DAMAGED = """
import asyncio, sys
from aiokafka import AIOKafkaProducer

class NoText(str):
    def encode(self, *_, **__):
        return b"\\xff\\xfe"

async def main(kafka, topic, key):
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        await producer.send_and_wait(topic, b"x", key=key.encode(), headers=[(NoText("aa"), b"v")])

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture(scope="module")
async def it(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Probe]:
    async with running(ledger.build, postgres, kafka) as probe:
        yield probe


@pytest.fixture
def inbox(it: Probe) -> Inbox:
    return Inbox(it.runtime, ledger.HANDLERS)


async def entries(it: Probe, engagement: str) -> list[str]:
    rows = await it.runtime.pool.fetch("SELECT entry FROM entry WHERE id = $1 ORDER BY version", engagement)
    return [row["entry"] for row in rows]


async def rejections(it: Probe, place: str) -> int:
    """How often a record was rejected."""
    return await it.runtime.pool.fetchval("SELECT sequence FROM publication WHERE subject = $1", place) or 0


async def test_a_header_without_a_value_is_none(it: Probe, inbox: Inbox) -> None:
    id = str(uuid4())
    opening, word = record(NOTIFIED, id, 1), record(held("word"), id, 2)
    await inbox.handle([replace(each, headers=(*each.headers, ("x-trace", None))) for each in (opening, word)])
    assert await entries(it, id) == ["word"]


async def test_a_parked_message_with_a_header_without_a_value_is_parked(it: Probe, inbox: Inbox) -> None:
    id = str(uuid4())
    poison = record(held("poison"), id, 2)
    await inbox.handle([record(NOTIFIED, id, 1), replace(poison, headers=(*poison.headers, ("x-trace", None)))])
    assert [row["sequence"] for row in await it.parking.listed() if row["subject"] == id] == [2]


async def test_an_attribute_without_a_value_is_missing(it: Probe, inbox: Inbox) -> None:
    nameless = replace(record(NOTIFIED, str(uuid4()), 1), offset=1, headers=(("ce_id", None),))
    await inbox.handle([nameless])
    assert await rejections(it, nameless.place) == 1


async def test_headers_that_are_no_attributes_may_hold_anything(it: Probe, inbox: Inbox) -> None:
    id = str(uuid4())
    opening = record(NOTIFIED, id, 1)
    await inbox.handle([replace(opening, headers=(*opening.headers, ("x-a", b"\xff\0"), ("x-b", b"b" * 9_000)))])
    await inbox.handle([record(held("word"), id, 2)])
    assert await entries(it, id) == ["word"]


@pytest.mark.parametrize("which", ["id", "source", "type", "subject"])
async def test_an_attribute_that_no_index_takes_is_rejected(it: Probe, inbox: Inbox, which: str) -> None:
    changed: dict[str, Any] = {which: LONG}
    event = replace(Envelope(uuid4().hex, "dcc.x", NOTIFIED.TYPE, str(uuid4()), NOW), **changed)
    bad = Record(OUTSIDE_TOPIC, 0, 100 + len(which), tuple(event.headers()), NOTIFIED.model_dump_json().encode())
    await inbox.handle([bad])
    assert await rejections(it, bad.place) == 1


async def test_an_unreadable_record_that_comes_again_is_rejected_once(it: Probe, inbox: Inbox) -> None:
    bad = Record(OUTSIDE_TOPIC, 0, 200, (("nonsense", b"x"),), b"y")
    await inbox.handle([bad])
    await inbox.handle([bad])
    assert await rejections(it, bad.place) == 1


async def test_what_can_not_even_be_parked_is_rejected_by_its_place(
    it: Probe, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever else a database may refuse of a record one day: nothing that stands in it is used again."""
    await it.runtime.pool.execute("ALTER TABLE inbox ADD CONSTRAINT refused CHECK (subject <> 'nobody') NOT VALID")
    try:
        event = Envelope("nobody:1", "assay.notification", NOTIFIED.TYPE, "nobody", NOW, 1)
        bad = Record("assay.notification", 0, 300, tuple(event.headers()), NOTIFIED.model_dump_json().encode())
        id = str(uuid4())
        await inbox.handle([bad, record(NOTIFIED, id, 1), record(held("flows"), id, 2)])
    finally:
        await it.runtime.pool.execute("ALTER TABLE inbox DROP CONSTRAINT refused")
    assert await rejections(it, bad.place) == 1
    assert await entries(it, id) == ["flows"]


async def send(it: Outside, topic: str, engagement: str) -> None:
    """Put a record on a topic whose header has a name that is no text, among those of an engagement."""
    arguments = (it.environment["ASSAY_KAFKA"], f"{it.environment['ASSAY_TOPIC_PREFIX']}{topic}", engagement)
    command = (sys.executable, "-c", DAMAGED, *arguments)
    plain = {**os.environ, "AIOKAFKA_NO_EXTENSIONS": "1"}  # the quicker encoder takes no name but UTF-8
    await asyncio.to_thread(subprocess.run, command, env=plain, check=True, capture_output=True)


async def test_a_header_whose_name_is_no_text_is_rejected_and_nothing_around_it_is_lost(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with outside(postgres, kafka) as it:
        engagements = [str(uuid4()) for _ in range(6)]
        for id in engagements:
            await it.send(NOTIFIED, id)
            await it.send(held("before"), id)
        await send(it, "assay.notification", engagements[0])
        await send(it, "assay.notification", engagements[0])
        for id in engagements:
            await it.send(held("after"), id)
        it.start()

        async def all_entered() -> bool:
            return len(await it.fetch("SELECT 1 FROM entry WHERE entry = 'after'")) == len(engagements)

        await it.until(all_entered, "what came after the damaged records was not handled")
        rows = await it.fetch("SELECT id, entry FROM entry ORDER BY id, version")
        assert [(row["id"], row["entry"]) for row in rows] == [
            (id, word) for id in sorted(engagements) for word in ("before", "after")
        ]
        rejected = await it.fetch("SELECT subject, sequence FROM publication WHERE subject LIKE 'assay.notification/%'")
        assert [row["sequence"] for row in rejected] == [1, 1]
        assert it.exits == []


async def commit_to_the_end(it: Outside) -> None:
    """Let the service's group have committed all that lies on the topic, as it had before its database was lost."""
    prefix = it.environment["ASSAY_TOPIC_PREFIX"]
    topic, given = f"{prefix}assay.notification", {"bootstrap_servers": it.environment["ASSAY_KAFKA"]}
    async with AIOKafkaConsumer(group_id=f"{prefix}assay.disputes", enable_auto_commit=False, **given) as consumer:
        partitions = [TopicPartition(topic, each) for each in range(3)]
        consumer.assign(partitions)
        await consumer.commit(await consumer.end_offsets(partitions))


async def test_what_a_damaged_record_lets_read_again_begins_where_the_database_is(
    postgres: Postgres, kafka: Kafka
) -> None:
    """Not at the group's offsets: a database that was brought back is behind them."""
    async with outside(postgres, kafka) as it:
        id = str(uuid4())
        await it.send(NOTIFIED, id)
        await it.send(held("before"), id)
        await commit_to_the_end(it)
        await send(it, "assay.notification", id)
        await it.send(held("after"), id)
        it.start()

        async def both_entered() -> bool:
            return [row["entry"] for row in await it.fetch("SELECT entry FROM entry")] == ["before", "after"]

        await it.until(both_entered, "what the group had committed was not handled")


async def test_a_header_without_a_value_on_a_topic_stops_nobody(postgres: Postgres, kafka: Kafka) -> None:
    async with running(ledger.build, postgres, kafka) as it:
        id = str(uuid4())
        event = Envelope(f"{id}:1", "assay.notification", NOTIFIED.TYPE, id, NOW, 1)
        topic = f"{it.runtime.settings.topic_prefix}assay.notification"
        headers = [*event.headers(), ("x-trace", None)]
        await it._producer.send_and_wait(topic, NOTIFIED.model_dump_json().encode(), key=id.encode(), headers=headers)
        async with asyncio.timeout(20):
            while not await it._has_come(event):
                await it.runtime.woken(0.1)
        assert await parked_count(it.runtime.pool) == (0, 0)
