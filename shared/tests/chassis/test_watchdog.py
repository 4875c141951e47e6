"""A service that does nothing though it should is found out, says so, and ends itself."""

import asyncio
import threading
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from chassis import timing
from chassis.messaging.inbox import Inbox
from chassis.process.settings import Settings
from chassis.process.watchdog import EXIT_CODE, Watchdog
from testing import ledger
from testing.ledger_facts import NOTIFIED
from testing.ledger_process import outside
from testing.probe import Kafka, Postgres, Probe, running

BEYOND_SECONDS = 15
PRODUCT = Settings.model_fields["watchdog_seconds"].default


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seconds", [2, PRODUCT])
async def test_a_blocked_event_loop_ends_the_process_and_it_goes_on_after_a_restart(
    postgres: Postgres, kafka: Kafka, seconds: float
) -> None:
    block = int(seconds) + BEYOND_SECONDS
    async with outside(postgres, kafka, ASSAY_WATCHDOG_SECONDS=str(seconds)) as it:
        it.start()
        await it.until(it.is_ready, "it did not start")
        id = str(uuid4())
        async with it.client("operations") as client:
            blocking = asyncio.create_task(client.post(f"/block/{block}", timeout=block + 5))
            await it.send(NOTIFIED, id)

            async def opened() -> bool:
                return bool(await it.fetch("SELECT 1 FROM event WHERE stream = $1", f"ledger-{id}"))

            await it.until(opened, "it did not go on after the restart")
            await asyncio.gather(blocking, return_exceptions=True)
        assert it.exits in ([], [EXIT_CODE])
        assert it.exits == [EXIT_CODE], "it was handled before the loop was blocked"


class End:
    """Takes the place of the process's end."""

    def __init__(self) -> None:
        self.reason = ""
        self.came = threading.Event()

    def __call__(self, reason: str) -> None:
        self.reason = reason
        self.came.set()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "WATCHDOG_TICK_SECONDS", 0.05)
    monkeypatch.setattr(timing, "HEALTH_CHECK_SECONDS", 0.05)


@pytest.mark.real
async def test_a_loop_that_beats_is_left_alone_and_one_that_does_not_is_ended(quick: None) -> None:
    end = End()
    dog = Watchdog(1.0, list, end)
    beating = asyncio.create_task(dog.heartbeat())
    dog.watch()
    for _ in range(40):
        await asyncio.sleep(0.05)
    assert not end.came.is_set()
    beating.cancel()
    assert await asyncio.to_thread(end.came.wait, 10)
    assert end.reason == "the event loop is blocked"


@pytest.fixture
async def it(postgres: Postgres, kafka: Kafka, quick: None) -> AsyncIterator[Probe]:
    async with running(ledger.build, postgres, kafka, watchdog_seconds=0.5) as probe:
        yield probe


async def test_a_consumer_that_stands_still_fails_its_health_check_and_ends_the_process(
    it: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def for_ever(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Inbox, "handle", for_ever)
    delivery = asyncio.create_task(it.deliver(NOTIFIED, str(uuid4())))
    async with it.client() as client:
        while (reply := await client.get("/health/live")).status_code == 200:
            await it.runtime.woken(0.05)
        assert reply.status_code == 503
        assert "1 messages behind" in reply.json()["failing_checks"][0]
        assert "assay_consumer_lag 1.0" in (await client.get("/metrics")).text
    end = End()
    dog = Watchdog(1_000, it.runtime.failing_checks, end)
    dog.watch()
    assert await asyncio.to_thread(end.came.wait, 10)
    assert "the consumer has stood still" in end.reason
    delivery.cancel()


async def test_a_consumer_that_waits_for_the_release_of_parked_messages_is_not_ended(
    postgres: Postgres, kafka: Kafka, quick: None
) -> None:
    async with running(ledger.build, postgres, kafka, watchdog_seconds=0.5, parked_limit=0) as it:
        delivery = asyncio.create_task(it.deliver(NOTIFIED, str(uuid4())))
        async with it.client() as client:
            while (await client.get("/health/ready")).status_code == 200:
                await it.runtime.woken(0.05)
            for _ in range(30):
                assert (await client.get("/health/live")).status_code == 200
                await it.runtime.woken(0.05)
        delivery.cancel()


async def test_every_gauge_is_told_under_its_name(it: Probe) -> None:
    await it.deliver(NOTIFIED, str(uuid4()))
    async with it.client() as client:
        told = (await client.get("/metrics")).text
    types = [line.split()[2] for line in told.splitlines() if line.startswith("# TYPE assay_")]
    assert {name for name in types if not name.endswith("_created")} == {
        "assay_commands_total",
        "assay_published_total",
        "assay_files_unusable_total",
        "assay_forged_total",
        "assay_database_behind",
        "assay_outbox_pending",
        "assay_outbox_oldest_seconds",
        "assay_inbox_handled_total",
        "assay_inbox_duplicates_total",
        "assay_inbox_gaps_total",
        "assay_inbox_rejected_total",
        "assay_inbox_revoked_total",
        "assay_parked_limit",
        "assay_parked_counted",
        "assay_parked_total",
        "assay_parked_messages",
        "assay_parked_subjects",
        "assay_consumer_lag",
        "assay_batch_seconds",
        "assay_ledger_entries",
    }


async def test_a_session_that_holds_the_events_shows_in_the_duration_of_batches(it: Probe) -> None:
    async with it.runtime.pool.acquire() as watching, it.runtime.transaction() as holding:
        await holding.execute("LOCK TABLE event IN EXCLUSIVE MODE")
        delivery = asyncio.create_task(it.deliver(NOTIFIED, str(uuid4())))
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%write_decided%'"
        )
        while not await watching.fetchval(waiting):
            await it.runtime.woken(0.05)
        await holding.execute("SELECT pg_sleep(1)")
    await delivery
    async with it.client() as client:
        told = (await client.get("/metrics")).text
    (total,) = [line.split()[1] for line in told.splitlines() if line.startswith("assay_batch_seconds_sum")]
    assert float(total) > 1
