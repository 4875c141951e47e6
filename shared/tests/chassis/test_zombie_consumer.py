"""A consumer that stood still with a batch in its hands, while its successor handled the same messages."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from chassis.eventstore.store import Conflict
from chassis.messaging import inbox
from chassis.messaging.inbox import Inbox
from chassis.messaging.records import Record
from kernel.principal import Principal
from testing import ledger
from testing.ledger_facts import NOTIFIED, held, record
from testing.probe import Kafka, Postgres, Probe, running

OPERATOR = Principal("op", "operations", None)


@pytest.fixture(scope="module")
async def it(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Probe]:
    async with running(ledger.build, postgres, kafka) as probe:
        yield probe


class Zombie:
    """Handles a batch, but stands still once it knows what the database knows."""

    def __init__(self, it: Probe, monkeypatch: pytest.MonkeyPatch, *records: Record) -> None:
        self.stands, self.thawed = asyncio.Event(), asyncio.Event()
        known = inbox._known

        async def slowly(*arguments: Any) -> Any:
            found = await known(*arguments)
            if asyncio.current_task() is self.work:
                self.stands.set()
                await self.thawed.wait()
            return found

        monkeypatch.setattr(inbox, "_known", slowly)
        self.work = asyncio.create_task(Inbox(it.runtime, ledger.HANDLERS).handle(records))

    async def goes_on(self) -> BaseException | None:
        """What comes of it."""
        self.thawed.set()
        (outcome,) = await asyncio.gather(self.work, return_exceptions=True)
        return outcome


async def entries(it: Probe, engagement: str) -> list[str]:
    rows = await it.runtime.pool.fetch("SELECT entry FROM entry WHERE id = $1 ORDER BY version", engagement)
    return [row["entry"] for row in rows]


@pytest.mark.parametrize("known", [True, False], ids=["something came before", "nothing came before"])
async def test_it_does_not_park_as_too_early_what_has_acted_meanwhile(
    it: Probe, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    id, successor = str(uuid4()), Inbox(it.runtime, ledger.HANDLERS)
    opening, first, second = record(NOTIFIED, id, 1), record(held("first"), id, 2), record(held("second"), id, 3)
    if known:
        await successor.handle([opening])
    zombie = Zombie(it, monkeypatch, second)
    await zombie.stands.wait()
    await successor.handle([*([] if known else [opening]), first, second])
    assert isinstance(await zombie.goes_on(), Conflict)
    assert await entries(it, id) == ["first", "second"]
    assert [row for row in await it.parking.listed() if row["subject"] == id] == []


async def test_of_two_that_park_the_same_early_message_one_does(it: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    id, successor = str(uuid4()), Inbox(it.runtime, ledger.HANDLERS)
    early = record(held("second"), id, 3)
    zombie = Zombie(it, monkeypatch, early)
    await zombie.stands.wait()
    await successor.handle([early])
    await zombie.goes_on()
    assert [row["sequence"] for row in await it.parking.listed() if row["subject"] == id] == [3]
    await successor.handle([record(NOTIFIED, id, 1), record(held("first"), id, 2)])
    assert await entries(it, id) == ["first", "second"]


async def test_a_source_that_began_with_a_gap_begins_at_one(it: Probe) -> None:
    id, inbox = str(uuid4()), Inbox(it.runtime, ledger.HANDLERS)
    await inbox.handle([record(held("second"), id, 3)])
    await inbox.handle([record(held("first"), id, 2)])
    await inbox.handle([record(NOTIFIED, id, 1)])
    assert await entries(it, id) == ["first", "second"]
    assert [row for row in await it.parking.listed() if row["subject"] == id] == []
