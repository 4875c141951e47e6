"""Commands and batches that race leave one chain, and never wait for each other in a ring."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

import chassis.eventstore.runtime
from chassis.eventstore import chain_verification
from chassis.eventstore.cause import Cause
from chassis.eventstore.store import Conflict
from chassis.messaging.inbox import Inbox
from chassis.messaging.records import Record
from testing import ledger
from testing.ledger_facts import NOTIFIED, held, record
from testing.probe import SEAL_KEY, Kafka, Postgres, Probe, running

ENGAGEMENTS = 24
WORDS = ("one", "two", "three")
COMMANDS = 2


async def until_alone(act: Callable[[], Awaitable[object]]) -> None:
    """Again when another one has written to the stream meanwhile, as the consumer and its callers do."""
    while True:
        try:
            await act()
            return
        except Conflict:
            continue


def batches(engagements: list[str]) -> list[list[Record]]:
    """Two batches about half of the engagements each, in orders of their own."""
    half = len(engagements) // 2
    return [
        [record(held(word), id, number) for number, word in enumerate(WORDS, start=2) for id in ids]
        for ids in (engagements[:half], engagements[half:][::-1])
    ]


async def test_racing_commands_and_batches_leave_one_chain(
    postgres: Postgres, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A deadlock would be broken by PostgreSQL and tried again unseen: here it fails.
    monkeypatch.setattr(chassis.eventstore.runtime, "TRANSIENT", ())
    engagements = [str(uuid4()) for _ in range(ENGAGEMENTS)]
    async with running(ledger.build, postgres, kafka) as it:
        inbox = Inbox(it.runtime, ledger.HANDLERS)
        await inbox.handle([record(NOTIFIED, id, 1) for id in engagements])

        async def command(id: str, number: int) -> None:
            cause = Cause.internal(f"{id}/{number}")
            await until_alone(lambda: it.runtime.handle(cause, ledger.LEDGER, id, ledger.Enter("word")))

        async def batch(records: list[Record]) -> None:
            await until_alone(lambda: inbox.handle(records))

        commands = [command(id, number) for number in range(COMMANDS) for id in engagements]
        await asyncio.gather(*commands[::2], *map(batch, batches(engagements)), *commands[1::2])
        await is_one_chain(it, ENGAGEMENTS * (1 + COMMANDS + len(WORDS)))


async def is_one_chain(it: Probe, events: int) -> None:
    async with it.runtime.pool.acquire() as connection:
        found = await chain_verification.verify(connection, key=SEAL_KEY)
    assert found.intact, found.breaks
    assert (found.events, found.head.position + found.waiting) == (events, events)
