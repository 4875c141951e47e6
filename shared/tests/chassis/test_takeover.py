"""A leader that stands still is followed by another, by itself; thawed, it does no harm."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from chassis import timing
from chassis.eventstore.cause import Cause
from chassis.messaging.leader import LEADER_LOCK
from chassis.messaging.relay import Relay
from chassis.process.database import TRANSIENT, closed_is_lost, connect_as_leader
from contracts.disputes import ReferralRightLapsed
from testing import ledger
from testing.ledger_facts import NOTIFIED, held
from testing.ledger_process import Outside, free_port, outside
from testing.probe import Kafka, Postgres, Probe, running

WORDS = ("before", "during", "after")
IDLE_SECONDS = 2


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "IDLE_SESSION_SECONDS", IDLE_SECONDS)
    monkeypatch.setattr(timing, "TRANSACTION_SECONDS", 2 * IDLE_SECONDS)
    monkeypatch.setattr(timing, "LEADER_ANSWER_SECONDS", IDLE_SECONDS / 2)
    monkeypatch.setattr(timing, "LEADER_HEARTBEAT_SECONDS", IDLE_SECONDS / 4)
    monkeypatch.setattr(timing, "HEALTH_CHECK_SECONDS", 0.05)


@pytest.fixture
async def it(postgres: Postgres, kafka: Kafka, quick: None) -> AsyncIterator[Probe]:
    async with running(ledger.build, postgres, kafka, watchdog_seconds=0.5) as probe:
        yield probe


def beside(it: Outside) -> Outside:
    """A second process of the same service."""
    own = {"ASSAY_HTTP_PORT": str(free_port()), "ASSAY_INSTANCE": "successor"}
    return replace(it, environment={**it.environment, **own}, process=None, exits=[])


async def epoch(it: Outside) -> int:
    (row,) = await it.fetch("SELECT epoch FROM relay")
    return int(row["epoch"])


async def test_a_successor_takes_over_from_a_frozen_leader_by_itself_and_the_zombie_does_no_harm(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with outside(postgres, kafka) as first:
        second, id = beside(first), str(uuid4())
        await first.send(NOTIFIED, id)
        first.start()
        try:
            await enter(first, id, "before")
            assert first.process
            first.process.send_signal(signal.SIGSTOP)
            second.start()
            await enter(second, id, "during")

            async def taken_over() -> bool:
                return await epoch(second) == 2 and not await second.fetch("SELECT 1 FROM outbox")

            await second.until(taken_over, "nobody took over")
            first.process.send_signal(signal.SIGCONT)
            await first.until(first.is_ready, "it did not come back")
            await enter(first, id, "after")

            async def published() -> bool:
                return not await first.fetch("SELECT 1 FROM outbox")

            await first.until(published, "not everything was published")
        finally:
            second.kill()
        assert (first.exits, second.exits) == ([], [])
        rows = await first.fetch("SELECT entry FROM entry WHERE id = $1 ORDER BY version", id)
        assert [row["entry"] for row in rows] == list(WORDS)
        assert await first.published("assay.disputes") == {id: [1, 2, 3]}
        assert (await first.verdict()).intact


async def enter(it: Outside, engagement: str, word: str) -> None:
    """Enter a word as a client does that tries until it succeeds."""

    async def accepted() -> bool:
        async with it.client("dcc", **{"idempotency-key": word}) as client:
            reply = await client.post(f"/engagements/{engagement}/entries", json={"entry": word})
            return bool(reply.status_code == 201)

    await it.until(accepted, f"{word} was not accepted")


async def sends_slowly(it: Probe, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many leaders it takes to publish one fact, when the broker needs longer than a session may be idle."""
    id, send, slow = str(uuid4()), Relay._send, asyncio.Event()

    async def slowly(self: Relay, producer: Any, rows: Any) -> None:
        if not slow.is_set():
            slow.set()
            await asyncio.sleep(2.5 * IDLE_SECONDS)
        await send(self, producer, rows)

    await it.deliver(NOTIFIED, id)
    monkeypatch.setattr(Relay, "_send", slowly)
    before = await it.runtime.pool.fetchval("SELECT epoch FROM relay")
    await it.deliver(held("word"), id)
    await it.published(ReferralRightLapsed, id)
    while await it.runtime.pool.fetchval("SELECT count(*) FROM outbox"):
        await it.runtime.woken(0.1)
    return int(await it.runtime.pool.fetchval("SELECT epoch FROM relay")) - int(before)


async def test_a_slow_broker_costs_no_leader_its_lead_while_its_heart_beats(
    it: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await sends_slowly(it, monkeypatch) == 0


async def test_without_its_heartbeat_a_leader_with_a_slow_broker_loses_the_lead(
    it: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "LEADER_HEARTBEAT_SECONDS", 1_000)
    assert await sends_slowly(it, monkeypatch) > 0


async def test_a_leader_whose_database_does_not_answer_begins_again(it: Probe) -> None:
    id = str(uuid4())
    await it.deliver(NOTIFIED, id)
    before = await it.runtime.pool.fetchval("SELECT epoch FROM relay")
    async with it.runtime.pool.acquire() as holding:
        backend = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND granted"
        led_by = await it.runtime.pool.fetchval(backend, LEADER_LOCK)
        async with holding.transaction():
            await holding.execute("LOCK TABLE relay")
            while await holding.fetchval(backend, LEADER_LOCK) == led_by:
                await it.runtime.woken(0.05)
    await it.deliver(held("word"), id)
    await it.published(ReferralRightLapsed, id)
    assert await it.runtime.pool.fetchval("SELECT epoch FROM relay") > before


async def test_an_outbox_that_stands_while_everything_answers_fails_the_health_check(it: Probe) -> None:
    id = str(uuid4())
    await it.deliver(NOTIFIED, id)
    holder = await asyncpg.connect(it.runtime.settings.database_url)
    backend = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND granted"
    await holder.execute(backend, LEADER_LOCK)
    await holder.execute("SELECT pg_advisory_lock($1)", LEADER_LOCK)
    await it.runtime.handle(Cause.internal("word"), ledger.LEDGER, id, ledger.Enter("word"))
    async with it.client() as client:
        async with asyncio.timeout(20):
            while (live := await client.get("/health/live")).status_code == 200:
                await it.runtime.woken(0.05)
        assert "the outbox has stood still" in live.json()["failing_checks"][0]
        assert (await client.get("/health/ready")).status_code == 200
        await holder.close()
        await it.published(ReferralRightLapsed, id)
        async with asyncio.timeout(20):
            while (await client.get("/health/live")).status_code == 503:
                await it.runtime.woken(0.05)


@asynccontextmanager
async def holding_the_events(it: Probe) -> AsyncIterator[Any]:
    """A transaction that everybody who commits has to wait for."""
    async with it.runtime.pool.acquire() as frozen:
        await frozen.execute("BEGIN")
        await frozen.execute("LOCK TABLE event IN EXCLUSIVE MODE")
        yield frozen


async def half_a_statement(connection: Any) -> None:
    """What is on its way when a process is frozen in the middle of a statement: prepared, and not yet executed."""
    prepare = connection._con._protocol.prepare if hasattr(connection, "_con") else connection._protocol.prepare
    await prepare("half", "SELECT $1::int", None, record_class=None, ignore_custom_codec=False)


async def test_a_leader_frozen_in_the_middle_of_a_statement_is_followed(postgres: Postgres, quick: None) -> None:
    dsn = postgres.database()
    frozen, successor = await connect_as_leader(dsn), await asyncpg.connect(dsn)
    await frozen.execute("SELECT pg_advisory_lock($1)", LEADER_LOCK)
    await half_a_statement(frozen)
    async with asyncio.timeout(5 * IDLE_SECONDS):
        await successor.execute("SELECT pg_advisory_lock($1)", LEADER_LOCK)
    await successor.close()
    with pytest.raises(TRANSIENT), closed_is_lost(frozen):
        await frozen.fetchval("SELECT 1")


async def test_a_transaction_frozen_in_the_middle_of_a_statement_holds_nobody_up_for_long(it: Probe) -> None:
    id = str(uuid4())
    async with holding_the_events(it) as frozen:
        await half_a_statement(frozen)
        await it.deliver(NOTIFIED, id)
        with pytest.raises((*TRANSIENT, asyncpg.InterfaceError)):
            await frozen.execute("COMMIT")


async def test_a_transaction_that_stands_still_holds_nobody_up_for_long(it: Probe) -> None:
    id = str(uuid4())
    async with holding_the_events(it) as frozen:
        await it.deliver(NOTIFIED, id)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
            await frozen.execute("COMMIT")
