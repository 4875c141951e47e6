"""What passes is tried again, what does not is quarantined, and what is a bug is not blamed on the database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from chassis import timing
from chassis.eventstore.aggregate import Change
from chassis.messaging.consumer import Consumer
from chassis.messaging.handlers import CommandFor
from chassis.messaging.inbox import Inbox
from chassis.process.database import TRANSIENT, Connection
from contracts.notification import InitiationMeetingHeld
from testing import ledger
from testing.ledger_facts import NOTIFIED, held, record
from testing.probe import Kafka, Postgres, Probe, running

PASSES = [
    ("57014", "somebody cancelled the query"),
    ("57P01", "the server ends"),
    ("57P05", "an idle session was ended"),
    ("55P03", "a lock was not to be had"),
    ("25006", "a stand-by that does not lead yet"),
    ("25P03", "a transaction that stood still was ended"),
    ("53100", "the disk is full"),
    ("58030", "the disk fails"),
    ("40001", "transactions met"),
    ("40P01", "transactions waited in a ring"),
    ("08006", "the connection broke"),
]
STAYS = [("23505", "unique"), ("54000", "too large for an index"), ("42P01", "no such table"), ("22003", "too large")]


@pytest.fixture(scope="module")
async def it(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Probe]:
    async with running(ledger.build, postgres, kafka) as probe:
        yield probe


@pytest.fixture
def consumed(it: Probe, monkeypatch: pytest.MonkeyPatch) -> Consumer:
    monkeypatch.setattr(timing, "BATCH_RETRY_SECONDS", 0.01)
    return Consumer(it.runtime, Inbox(it.runtime, ledger.HANDLERS), ())


async def entries(it: Probe, engagement: str) -> list[str]:
    rows = await it.runtime.pool.fetch("SELECT entry FROM entry WHERE id = $1 ORDER BY version", engagement)
    return [row["entry"] for row in rows]


async def parked(it: Probe, engagement: str) -> list[Any]:
    return [row for row in await it.parking.listed() if row["subject"] == engagement]


@pytest.mark.parametrize(("code", "_what"), PASSES)
async def test_what_the_server_says_passes(it: Probe, code: str, _what: str) -> None:
    with pytest.raises(TRANSIENT):
        await it.runtime.pool.execute(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{code}'; END $$")


@pytest.mark.parametrize(("code", "_what"), STAYS)
async def test_what_the_server_refuses_stays(it: Probe, code: str, _what: str) -> None:
    with pytest.raises(asyncpg.PostgresError) as refused:
        await it.runtime.pool.execute(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{code}'; END $$")
    assert not isinstance(refused.value, TRANSIENT)


async def test_a_table_that_a_migration_changed_meanwhile_passes(it: Probe) -> None:
    async def migrated_meanwhile() -> None:
        async with it.runtime.transaction() as connection:
            await connection.fetch("SELECT * FROM changing")
            await connection.execute("ALTER TABLE changing ADD COLUMN two integer")
            await connection.fetch("SELECT * FROM changing")

    await it.runtime.pool.execute("CREATE TABLE changing (one integer)")
    with pytest.raises(TRANSIENT):
        await migrated_meanwhile()


async def test_a_connection_that_is_gone_passes_and_a_wrong_call_does_not(it: Probe) -> None:
    async def gone() -> None:
        async with it.runtime.transaction() as connection:
            await it.runtime.pool.execute("SELECT pg_terminate_backend($1, 5000)", connection.get_server_pid())
            await connection.execute("SELECT 1")

    async def wrong() -> None:
        async with it.runtime.transaction() as connection:
            await connection.execute("SELECT $1::integer + $2", 1)

    with pytest.raises(TRANSIENT):
        await gone()
    with pytest.raises(asyncpg.InterfaceError) as refused:
        await wrong()
    assert not isinstance(refused.value, TRANSIENT)


async def test_a_cancelled_query_does_not_park_a_good_message(it: Probe, consumed: Consumer) -> None:
    id = str(uuid4())
    waiting = "wait_event_type = 'Lock' AND query ~ 'write_decided'"
    cancel = f"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE {waiting}"
    async with it.runtime.pool.acquire() as watching, it.runtime.transaction() as holding:
        await holding.execute("LOCK TABLE event IN EXCLUSIVE MODE")
        handling = asyncio.create_task(consumed._handle([record(NOTIFIED, id, 1)]))
        while not await watching.fetchval(cancel):
            await it.runtime.woken(0.05)
    await handling
    assert await parked(it, id) == []
    assert (await it.runtime.state(ledger.LEDGER, id))[1] == 1


def with_read_model(project: Any) -> Any:
    """Handlers as the ledger's, but with another read model."""
    aggregate = replace(ledger.LEDGER, project=project)

    def entered(received: Any) -> Sequence[CommandFor]:
        return [CommandFor(aggregate, received.subject, ledger.Enter(received.contract.guidance))]

    return {**ledger.HANDLERS, InitiationMeetingHeld: entered}


async def test_a_wrong_call_of_the_driver_parks_its_message_and_is_not_blamed_on_the_database(
    it: Probe, consumed: Consumer
) -> None:
    async def wrong(connection: Connection, changes: Sequence[Change]) -> None:
        await connection.execute("INSERT INTO entry VALUES ($1, $2, $3)", "one argument of three")

    id = str(uuid4())
    consumed._inbox = Inbox(it.runtime, with_read_model(wrong))
    async with asyncio.timeout(20):
        await consumed._handle([record(NOTIFIED, id, 1), record(held("word"), id, 2)])
    (found,) = await parked(it, id)
    assert found["sequence"] == 2
    assert "3 arguments" in found["reason"]
    assert consumed.database.is_set()


async def test_what_fails_for_ever_though_the_database_answers_is_quarantined_and_the_rest_of_its_batch_flows(
    it: Probe, consumed: Consumer
) -> None:
    async def never(connection: Connection, changes: Sequence[Change]) -> None:
        if any(change.event.entry == "never" for change in changes):
            await connection.execute("DO $$ BEGIN RAISE EXCEPTION 'no lock' USING ERRCODE = '55P03'; END $$")
        await ledger.project(connection, changes)

    id, other = str(uuid4()), str(uuid4())
    consumed._inbox = Inbox(it.runtime, with_read_model(never))
    async with asyncio.timeout(20):
        await consumed._handle(
            [
                *(record(NOTIFIED, each, 1) for each in (id, other)),
                record(held("never"), id, 2),
                record(held("word"), other, 2),
            ]
        )
    assert await entries(it, other) == ["word"]
    (found,) = await parked(it, id)
    assert "LockNotAvailableError" in found["reason"]
    assert consumed.lag.pause_reason is None


async def test_while_the_database_is_away_nothing_is_quarantined(
    it: Probe, consumed: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    id, tries, handle = str(uuid4()), 0, Inbox.handle

    async def away(self: Inbox, records: Any) -> None:
        nonlocal tries
        tries += 1
        if tries < 4 * timing.BATCH_ATTEMPTS:
            assert not records[1:] or consumed.lag.pause_reason or tries == 1
            raise ConnectionRefusedError
        await handle(self, records)

    async def no() -> bool:
        return tries >= 4 * timing.BATCH_ATTEMPTS

    monkeypatch.setattr(Inbox, "handle", away)
    monkeypatch.setattr(it.runtime, "has_database", no)
    await consumed._handle([record(NOTIFIED, id, 1), record(held("word"), id, 2)])
    assert await entries(it, id) == ["word"]
    assert consumed.lag.pause_reason is None


async def test_only_batches_that_were_committed_are_timed(it: Probe, consumed: Consumer) -> None:
    def timed() -> float:
        return next(
            sample.value
            for metric in it.runtime.metrics.batch_seconds.collect()
            for sample in metric.samples
            if sample.name.endswith("_count")
        )

    before, id = timed(), str(uuid4())

    async def fails(connection: Connection, changes: Sequence[Change]) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await Inbox(it.runtime, with_read_model(fails)).handle([record(NOTIFIED, id, 1), record(held("word"), id, 2)])
    assert timed() == before
    await consumed._handle([record(NOTIFIED, id, 1)])
    assert timed() == before + 1
