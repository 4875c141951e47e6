"""A database that was brought back to an earlier state does not serve until operations have begun a new timeline.

What it publishes from there takes the place of what was lost, with those that know what was lost.
"""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from chassis.eventstore.cause import Cause
from chassis.eventstore.runtime import NotServing
from chassis.messaging.cloudevents import Envelope, message_id
from chassis.messaging.decoding import Message
from chassis.messaging.ordering import Known, OutOfOrder, Revoked, in_sequence
from chassis.messaging.records import Record
from chassis.messaging.timeline import DatabaseBehind
from contracts.disputes import ReferralRightLapsed
from testing import ledger
from testing.ledger_facts import NOTIFIED, NOW, held
from testing.probe import Kafka, Postgres, Probe, running

REASON = "the disk was lost"


@dataclass
class Restorable:
    """A service's database with a copy of an earlier state, which can take its place."""

    postgres: Postgres
    dsn: str
    copy: str

    async def restore(self) -> None:
        """Bring the database back, at once for whoever connects."""
        name, copy, owner = urlsplit(self.dsn).path[1:], urlsplit(self.copy).path[1:], urlsplit(self.dsn).username
        await self._execute(f'CREATE DATABASE "{name}_back" TEMPLATE "{copy}" OWNER "{owner}"')
        end_sessions = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        exchange = f'ALTER DATABASE "{name}" RENAME TO "{name}_lost"; ALTER DATABASE "{name}_back" RENAME TO "{name}"'
        while True:
            with suppress(asyncpg.ObjectInUseError):
                return await self._execute(end_sessions, f"BEGIN; {exchange}; COMMIT")

    async def keep(self) -> None:
        """Keep the present state. Nobody may be connected."""
        name, copy = urlsplit(self.dsn).path[1:], urlsplit(self.copy).path[1:]
        await self._execute(f'DROP DATABASE "{copy}"', f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')

    async def _execute(self, *statements: str) -> None:
        connection = await asyncpg.connect(self.postgres.dsn)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


@pytest.fixture
def restorable(postgres: Postgres) -> Restorable:
    return Restorable(postgres, postgres.database(), postgres.database())


async def entered(it: Probe, id: str, *words: str) -> None:
    """Each word entered leads to a public fact, which is published."""
    for word in words:
        outcome = await it.runtime.handle(Cause.internal(f"{id}/{word}"), ledger.LEDGER, id, ledger.Enter(word))
    while await it.runtime.pool.fetchval("SELECT EXISTS (SELECT FROM outbox) OR EXISTS (SELECT FROM unchained)"):
        await it.runtime.woken(0.1)
    await it.published(ReferralRightLapsed, id, outcome.position)


def milestones(folder: Path, id: str, sequence: int) -> int:
    """How many spans tell of the facts about a subject with this sequence."""
    trace, spans = f"0x{id.replace('-', '')}", map(json.loads, (folder / "disputes.jsonl").read_text().splitlines())
    return len(
        {
            span["context"]["span_id"]
            for span in spans
            if span["context"]["trace_id"] == trace and span["attributes"].get("event.sequence") == str(sequence)
        }
    )


async def test_a_database_that_was_brought_back_serves_nothing_until_a_new_timeline_begins(
    postgres: Postgres, kafka: Kafka, restorable: Restorable, tmp_path: Path
) -> None:
    id, prefix = str(uuid4()), f"t{uuid4().hex[:8]}."
    given: dict[str, Any] = {"database_url": restorable.dsn, "topic_prefix": prefix, "telemetry": tmp_path}
    async with running(ledger.build, postgres, kafka, **given) as it:
        await it.runtime.handle(Cause.internal("open"), ledger.LEDGER, id, ledger.Open("ACME"))
        await entered(it, id, "first")
    await restorable.keep()
    async with running(ledger.build, postgres, kafka, **given) as it:
        await entered(it, id, "second", "third")
    await restorable.restore()

    async with running(ledger.build, postgres, kafka, awaited=False, **given) as it:
        async with it.client("operations") as client, asyncio.timeout(30):
            while "a new timeline" not in (ready := await client.get("/health/ready")).text:
                await it.runtime.woken(0.1)
            assert ready.status_code == 503
            refused = await client.get("/entries")
            assert (refused.status_code, "2 published facts are not in the database" in refused.text) == (503, True)
            with pytest.raises(NotServing):
                await it.runtime.handle(Cause.internal("x"), ledger.LEDGER, id, ledger.Enter("other"))

            begun = (await client.post("/timeline", json={"reason": REASON})).json()
            assert (begun["timeline"], begun["lost_in_all"]) == (2, 2)
            assert [(each["subject"], each["sequence"]) for each in begun["lost"]] == [(id, 2), (id, 3)]
            while (await client.get("/health/ready")).status_code == 503:
                await it.runtime.woken(0.1)
            again = await client.post("/timeline", json={"reason": REASON})
            assert (again.status_code, "as far as everything" in again.text) == (409, True)
        outcome = await it.runtime.handle(Cause.internal("other"), ledger.LEDGER, id, ledger.Enter("other"))
        assert outcome.position == 2
        while not any(event.id == message_id(id, 2, 2) for event, _ in it._published):
            await it.runtime.woken(0.1)
        await entered(it, id, "more")  # the relay has told of a batch before it publishes the next
    assert milestones(tmp_path, id, 2) == 2, "what was lost and what took its place are two facts"


async def test_a_database_that_was_restored_begins_a_new_timeline_though_no_topic_is_ahead_of_it(
    postgres: Postgres, kafka: Kafka
) -> None:
    """Kafka was lost as well. What was published before is published again, before anything new."""
    id, dsn = str(uuid4()), postgres.database()
    async with running(ledger.build, postgres, kafka, database_url=dsn) as it:
        await it.runtime.handle(Cause.internal("open"), ledger.LEDGER, id, ledger.Open("ACME"))
        await entered(it, id, "first")
    connection = await asyncpg.connect(dsn)
    await connection.execute("SELECT mark_restored($1, kafka_lost => true)", NOW)
    await connection.close()
    given: dict[str, Any] = {"database_url": dsn, "topic_prefix": f"t{uuid4().hex[:8]}."}
    async with running(ledger.build, postgres, kafka, awaited=False, **given) as it, asyncio.timeout(60):
        async with it.client("operations") as client:
            while "restored from a backup of" not in (await client.get("/health/ready")).text:
                await it.runtime.woken(0.1)
            with pytest.raises(NotServing):
                await it.runtime.handle(Cause.internal("x"), ledger.LEDGER, id, ledger.Enter("other"))
            begun = (await client.post("/timeline", json={"reason": REASON})).json()
            assert (begun["timeline"], begun["lost_in_all"]) == (2, 0)
            while (await client.get("/health/ready")).status_code == 503:
                await it.runtime.woken(0.1)
            assert (await client.post("/timeline", json={"reason": REASON})).status_code == 409
        outcome = await it.runtime.handle(Cause.internal("other"), ledger.LEDGER, id, ledger.Enter("other"))
        assert outcome.position == 2
        ids = [message_id(id, 1, 1), message_id(id, 2, 2)]
        while [event.id for event, _ in it._published if event.subject == id] != ids:
            await it.runtime.woken(0.1)


async def test_a_database_that_was_brought_back_handles_again_what_it_has_forgotten(
    postgres: Postgres, kafka: Kafka, restorable: Restorable
) -> None:
    """Though its group has committed the offsets."""
    id, prefix = str(uuid4()), f"t{uuid4().hex[:8]}."
    given: dict[str, Any] = {"database_url": restorable.dsn, "topic_prefix": prefix}
    async with running(ledger.build, postgres, kafka, **given) as it:
        await it.deliver(NOTIFIED, id)
    await restorable.keep()
    async with running(ledger.build, postgres, kafka, **given) as it:
        await it.send("assay.notification", Envelope(f"{id}:2", "assay.notification", MEETING, id, NOW, 2), VALUE)
        while await seen(it, id) < 2:
            await it.runtime.woken(0.1)
        while await it.runtime.pool.fetchval("SELECT EXISTS (SELECT FROM outbox)"):
            await it.runtime.woken(0.1)
    await restorable.restore()
    async with running(ledger.build, postgres, kafka, awaited=False, **given) as it, asyncio.timeout(40):
        async with it.client("operations") as client:
            while (await client.get("/health/ready")).status_code == 503:
                await client.post("/timeline", json={"reason": REASON})
                await it.runtime.woken(0.1)
        while await seen(it, id) < 2:
            await it.runtime.woken(0.1)


async def test_a_database_that_was_restored_with_all_others_does_not_handle_what_they_have_lost_too(
    postgres: Postgres, kafka: Kafka, restorable: Restorable
) -> None:
    id, prefix = str(uuid4()), f"t{uuid4().hex[:8]}."
    given: dict[str, Any] = {"database_url": restorable.dsn, "topic_prefix": prefix}
    lost, again = (Envelope(f"{id}:2", "assay.notification", MEETING, id, NOW, 2) for _ in range(2))
    async with running(ledger.build, postgres, kafka, **given) as it:
        await it.deliver(NOTIFIED, id)
    await restorable.keep()
    async with running(ledger.build, postgres, kafka, **given) as it:
        await it.send("assay.notification", lost, VALUE)
    await restorable.restore()
    connection = await asyncpg.connect(restorable.dsn)
    await connection.execute("SELECT mark_restored($1, kafka_lost => false)", NOW)
    await connection.close()
    async with running(ledger.build, postgres, kafka, awaited=False, **given) as it, asyncio.timeout(40):
        async with it.client("operations") as client:
            while (await client.get("/health/ready")).status_code == 503:
                await client.post("/timeline", json={"reason": REASON})
                await it.runtime.woken(0.1)
        handled = "SELECT sum(next_offset) FROM consumed WHERE topic = 'assay.notification'"
        assert (await it.runtime.pool.fetchval(handled), await seen(it, id)) == (2, 1)
        await it.send("assay.notification", again, VALUE)
        while await seen(it, id) < 2:
            await it.runtime.woken(0.1)


async def test_a_service_whose_database_is_brought_back_under_it_ends(
    postgres: Postgres, kafka: Kafka, restorable: Restorable
) -> None:
    id, prefix = str(uuid4()), f"t{uuid4().hex[:8]}."
    given: dict[str, Any] = {"database_url": restorable.dsn, "topic_prefix": prefix}
    async with running(ledger.build, postgres, kafka, **given):
        pass
    await restorable.keep()
    async with running(ledger.build, postgres, kafka, **given) as it:
        await it.runtime.handle(Cause.internal("open"), ledger.LEDGER, id, ledger.Open("ACME"))
        await entered(it, id, "first")
        await restorable.restore()
        assert it.background
        async with asyncio.timeout(30):
            with pytest.raises(ExceptionGroup) as ended:
                await it.background
        assert ended.group_contains(DatabaseBehind)


MEETING, VALUE = held("again").TYPE, held("again").model_dump_json().encode()


async def seen(it: Probe, id: str) -> int:
    """How far notification was heard."""
    query = "SELECT next_sequence - 1 FROM inbox WHERE source = 'assay.notification' AND subject = $1"
    return int(await it.runtime.pool.fetchval(query, id) or 0)


# Who has handled what was lost

KEY = ("assay.notification", "S")


def message(sequence: int, timeline: int = 1) -> Message:
    """A fact of another service."""
    given = Envelope(message_id("S", timeline, sequence), KEY[0], "x", "S", NOW, sequence, timeline=timeline)
    return Message(Record("assay.notification", 0, sequence, (), b""), given)


def known(expected: int, timeline: int = 1, **waiting: OutOfOrder) -> Known:
    """What the inbox knows."""
    early = {each.message.envelope.sequence or 0: each for each in waiting.values()}
    return Known({KEY: expected}, {KEY: early}, {KEY: timeline})


def test_a_fact_of_a_new_timeline_takes_the_place_of_what_was_lost() -> None:
    found = in_sequence([message(29, 2), message(30, 2)], known(45))
    assert [each.envelope.sequence for each in found.ready] == [29, 30]
    assert found.revoked == (Revoked(KEY, 2, 29, 44),)
    assert [(each.expected_after, each.timeline) for each in found.advances] == [(31, 2)]


def test_who_had_not_handled_what_was_lost_only_goes_on() -> None:
    found = in_sequence([message(28), message(29, 2)], known(28))
    assert [each.envelope.timeline for each in found.ready] == [1, 2]
    assert found.revoked == ()


def test_what_was_lost_is_a_duplicate_once_the_new_timeline_is_known() -> None:
    found = in_sequence([message(35), message(31, 2)], known(31, timeline=2))
    assert ([each.envelope.timeline for each in found.ready], found.duplicates) == ([2], 1)


def test_what_was_lost_and_waits_for_its_turn_makes_room() -> None:
    found = in_sequence([message(30, 2), message(29)], known(29, a=OutOfOrder(message(30), parked=7)))
    assert [(each.envelope.sequence, each.envelope.timeline) for each in found.ready] == [(29, 1), (30, 2)]
    assert found.unparked == (7,)


def test_a_later_timeline_that_came_too_early_waits_as_anything_does() -> None:
    found = in_sequence([message(31, 2)], known(29))
    assert (found.ready, len(found.early), found.revoked) == ((), 1, ())
