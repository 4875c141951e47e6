"""What a release passed by, since it has no handler for it, a later one that has takes late: once, and in order."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from chassis.messaging.cloudevents import Envelope, message_id
from chassis.messaging.handlers import CommandFor, Handlers, Received
from chassis.messaging.inbox import Inbox, next_offsets
from chassis.messaging.records import Record
from chassis.service import Service
from contracts.code_administrator import PartyAcceded
from contracts.notification import InitiationMeetingHeld
from kernel.principal import Principal
from testing import ledger
from testing.ledger_facts import NOTIFIED, NOW, held, record
from testing.probe import Kafka, Postgres, Probe, running

OLDER: Handlers = {fact: handler for fact, handler in ledger.HANDLERS.items() if fact is not InitiationMeetingHeld}
"""Those of a release that did not handle a meeting that was held."""
OPERATOR = Principal(name="operator", role="operations")
Release = Callable[[Handlers], Inbox]
PLACES = "SELECT type, first_offset, last_offset FROM unhandled_type WHERE topic = 'assay.notification'"


@pytest.fixture(scope="module")
async def it(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Probe]:
    async with running(ledger.build, postgres, kafka) as probe:
        yield probe


@pytest.fixture
def release(it: Probe) -> Release:
    """The inbox of a release."""
    return lambda handlers: Inbox(it.runtime, handlers)


async def entries(it: Probe, id: str) -> list[str]:
    rows = await it.runtime.pool.fetch("SELECT entry FROM entry WHERE id = $1 ORDER BY version", id)
    return [row["entry"] for row in rows]


async def unhandled(it: Probe, id: str) -> str:
    return str(await it.runtime.pool.fetchval("SELECT unhandled::text FROM inbox WHERE subject = $1", id))


async def test_what_was_passed_by_is_taken_late_once_and_in_order(it: Probe, release: Release) -> None:
    id = str(uuid4())
    said = [record(NOTIFIED, id, 1), *(record(held(word), id, n) for n, word in enumerate(("a", "b", "c"), 2))]
    await release(OLDER).handle(said)
    assert (await entries(it, id), await unhandled(it, id)) == ([], "{[2,5)}")
    for _ in range(2):
        await release(ledger.HANDLERS).handle(said)
        assert (await entries(it, id), await unhandled(it, id)) == (["a", "b", "c"], "{}")


async def test_releases_that_run_by_turns_take_each_fact_once(it: Probe, release: Release) -> None:
    """As while an update goes from replica to replica, or is taken back."""
    id = str(uuid4())
    said = [record(NOTIFIED, id, 1), *(record(held(word), id, n) for n, word in enumerate(("a", "b", "c", "d"), 2))]
    await release(OLDER).handle(said[:2])
    await release(ledger.HANDLERS).handle(said[:3])
    await release(OLDER).handle(said[2:4])
    assert (await entries(it, id), await unhandled(it, id)) == (["a", "b"], "{[4,5)}")
    await release(ledger.HANDLERS).handle(said[3:])
    assert (await entries(it, id), await unhandled(it, id)) == (["a", "b", "c", "d"], "{}")


async def test_of_two_that_take_the_same_late_one_does(it: Probe, release: Release) -> None:
    id = str(uuid4())
    said = [record(NOTIFIED, id, 1), record(held("a"), id, 2)]
    await release(OLDER).handle(said)
    newer = release(ledger.HANDLERS)
    done = await asyncio.gather(newer.handle(said), newer.handle(said), return_exceptions=True)
    assert await entries(it, id) == ["a"], done


async def test_where_it_lies_is_known_until_it_was_read(it: Probe, release: Release) -> None:
    await it.runtime.pool.execute("DELETE FROM unhandled_type")
    id, newer = str(uuid4()), release(ledger.HANDLERS)
    said = [record(NOTIFIED, id, 1), record(held("a"), id, 2), record(held("b"), id, 3)]
    await release(OLDER).handle(said)
    assert [tuple(row) for row in await it.runtime.pool.fetch(PLACES)] == [(InitiationMeetingHeld.TYPE, 2, 3)]
    assert await release(OLDER).to_handle_late() == {}
    assert await newer.to_handle_late() == {("assay.notification", 0): 2}
    await newer.handle(said[:2])
    assert await newer.to_handle_late() == {("assay.notification", 0): 2}, "not all of it was read"
    await newer.handle(said[2:])
    assert await newer.to_handle_late() == {}


async def test_what_can_not_be_handled_late_is_parked_with_what_follows(it: Probe, release: Release) -> None:
    id = str(uuid4())
    said = [record(NOTIFIED, id, 1), record(held("poison"), id, 2), record(held("b"), id, 3)]
    await release(OLDER).handle(said)
    await release(ledger.HANDLERS).handle(said)
    assert [row["sequence"] for row in await it.parking.listed() if row["subject"] == id] == [2, 3]
    assert (await entries(it, id), await unhandled(it, id)) == ([], "{}")


async def test_what_waited_in_a_gap_and_has_no_handler_is_taken_late_too(it: Probe, release: Release) -> None:
    id = str(uuid4())
    said = [record(NOTIFIED, id, 1), record(held("a"), id, 2), record(held("b"), id, 3)]
    await release(OLDER).handle([said[0], said[2]])
    await release(OLDER).handle([said[1]])
    assert await unhandled(it, id) == "{[2,4)}"
    await release(ledger.HANDLERS).handle(said)
    assert await entries(it, id) == ["a", "b"]


async def test_what_is_released_without_a_handler_is_taken_late_too(it: Probe, release: Release) -> None:
    id = str(uuid4())
    said = record(held("a"), id, 2)
    await release(OLDER).handle([said])
    (parked,) = [row["seq"] for row in await it.parking.listed() if row["subject"] == id]
    it.parking._inbox, now = release(OLDER), it.parking._inbox
    try:
        await it.parking.retry(parked, OPERATOR, "its first came never", over_gap=True)
    finally:
        it.parking._inbox = now
    assert await unhandled(it, id) == "{[2,3)}"


async def test_what_was_passed_by_and_revoked_is_not_taken(it: Probe, release: Release) -> None:
    id = str(uuid4())
    lost = [record(NOTIFIED, id, 1), record(held("lost"), id, 2), record(held("gone"), id, 3)]
    await release(OLDER).handle(lost)
    instead = Envelope(message_id(id, 2, 2), "assay.notification", "nothing.v1", id, NOW, 2, timeline=2)
    await release(OLDER).handle([Record("assay.notification", 0, 9, tuple(instead.headers()), b"{}")])
    await release(ledger.HANDLERS).handle(lost)
    assert (await entries(it, id), await unhandled(it, id)) == ([], "{[2,3)}")


async def test_what_an_outside_system_sent_is_taken_late_too(it: Probe, release: Release) -> None:
    id = str(uuid4())

    def acceded(received: Received[PartyAcceded]) -> list[CommandFor]:
        return [CommandFor(ledger.LEDGER, received.subject, ledger.Open(received.contract.signifier))]

    fact = PartyAcceded(signifier="ACME", name="Acme", acceded_on=NOW.date(), reference="A1")
    event = Envelope(uuid4().hex, "dcc.code-administrator", PartyAcceded.TYPE, id, NOW)
    said = Record(PartyAcceded.TOPIC, 0, 7, tuple(event.headers()), fact.model_dump_json().encode())
    await release(OLDER).handle([said])
    for _ in range(2):
        await release({**ledger.HANDLERS, PartyAcceded: acceded}).handle([said])
        assert await it.runtime.pool.fetchval("SELECT count(*) FROM event WHERE stream = $1", f"ledger-{id}") == 1


async def test_an_update_reads_again_from_where_its_new_facts_lie(postgres: Postgres, kafka: Kafka) -> None:
    id, given = str(uuid4()), {"database_url": postgres.database(), "topic_prefix": f"t{uuid4().hex[:8]}."}
    settings: Any = given

    def older(settings: Any) -> Service:
        return replace(ledger.build(settings), handlers=OLDER)

    async with running(older, postgres, kafka, **settings) as it:
        await it.deliver(NOTIFIED, id)
        for word in ("a", "b"):
            await it.deliver(held(word), id)
        reached = await next_offsets(it.runtime.pool)
    for _ in range(2):
        async with running(ledger.build, postgres, kafka, **settings) as it, asyncio.timeout(20):
            while await entries(it, id) != ["a", "b"] or await next_offsets(it.runtime.pool) != reached:
                await it.runtime.woken(0.1)
