"""Parked messages on a real service: released in order, once, with the reason kept, whatever races with it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest

from chassis.messaging.cloudevents import Envelope
from chassis.messaging.inbox import Inbox
from chassis.messaging.ordering import Gap
from chassis.messaging.parking import GapBefore, NotFirst, NotParked
from chassis.messaging.records import Record
from kernel.principal import Principal
from testing import ledger
from testing.ledger_facts import NOTIFIED, NOW, held, record
from testing.probe import Kafka, Postgres, Probe, running

OPERATOR = Principal("op", "operations", None)


@pytest.fixture(scope="module")
async def it(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Probe]:
    async with running(ledger.build, postgres, kafka) as probe:
        yield probe


@pytest.fixture
def inbox(it: Probe) -> Inbox:
    return Inbox(it.runtime, ledger.HANDLERS)


@pytest.fixture
async def poisoned(inbox: Inbox) -> str:
    """An engagement of which message 2 can't be handled; 3 and 4 are parked behind it."""
    id = str(uuid4())
    words = ("poison", "second", "third")
    await inbox.handle([record(NOTIFIED, id, 1), *(record(held(word), id, n + 2) for n, word in enumerate(words))])
    return id


async def parked(it: Probe, engagement: str) -> list[int]:
    return [row["seq"] for row in await it.parking.listed() if row["subject"] == engagement]


async def entries(it: Probe, engagement: str) -> list[str]:
    rows = await it.runtime.pool.fetch("SELECT entry FROM entry WHERE id = $1 ORDER BY version", engagement)
    return [row["entry"] for row in rows]


async def test_a_retry_that_fails_leaves_everything_parked_with_the_new_reason(it: Probe, poisoned: str) -> None:
    first, *_ = before = await parked(it, poisoned)
    release = await it.parking.retry(first, OPERATOR, "perhaps it works now")
    assert (release.released, release.remaining) == (0, first)
    assert "this can't be handled" in (release.reason or "")
    assert await parked(it, poisoned) == before
    assert await entries(it, poisoned) == []


async def test_an_edit_releases_the_message_and_those_behind_it_in_order(it: Probe, poisoned: str) -> None:
    first, *_ = await parked(it, poisoned)
    release = await it.parking.edit(first, OPERATOR, "a typing error", held("first").model_dump_json().encode())
    assert (release.released, release.remaining) == (3, None)
    assert await entries(it, poisoned) == ["first", "second", "third"]
    assert await parked(it, poisoned) == []


async def test_a_skip_leaves_the_message_out_and_releases_those_behind_it(it: Probe, poisoned: str) -> None:
    first, *_ = await parked(it, poisoned)
    release = await it.parking.skip(first, OPERATOR, "was sent by mistake")
    assert (release.released, release.remaining) == (2, None)
    assert await entries(it, poisoned) == ["second", "third"]


async def test_what_was_decided_and_why_is_kept(it: Probe, poisoned: str) -> None:
    first, *_ = await parked(it, poisoned)
    await it.parking.skip(first, OPERATOR, "was sent by mistake")
    row = await it.runtime.pool.fetchrow("SELECT * FROM parked_decision WHERE parked = $1", first)
    assert row is not None
    assert (row["decision"], row["reason"], row["actor"]) == ("skipped", "was sent by mistake", "op")
    assert b"poison" in row["value_before"]
    with pytest.raises(Exception, match="never changed or removed"):
        await it.runtime.pool.execute("DELETE FROM parked_decision")


async def test_a_message_behind_another_is_not_released_before_it(it: Probe, poisoned: str) -> None:
    first, second, _ = await parked(it, poisoned)
    with pytest.raises(NotFirst) as refused:
        await it.parking.retry(second, OPERATOR, "out of order")
    assert refused.value.first == first


async def test_a_released_message_can_not_be_released_again(it: Probe, poisoned: str) -> None:
    first, *_ = await parked(it, poisoned)
    skips = (it.parking.skip(first, OPERATOR, "twice at once") for _ in range(2))
    outcomes = await asyncio.gather(*skips, return_exceptions=True)
    assert sum(isinstance(outcome, NotParked | NotFirst) for outcome in outcomes) == 1
    assert await entries(it, poisoned) == ["second", "third"]


async def test_after_the_release_new_messages_flow_again_and_old_ones_are_duplicates(
    it: Probe, inbox: Inbox, poisoned: str
) -> None:
    first, *_ = await parked(it, poisoned)
    await it.parking.skip(first, OPERATOR, "was sent by mistake")
    await inbox.handle([record(held("poison"), poisoned, 2), record(held("fourth"), poisoned, 5)])
    assert await entries(it, poisoned) == ["second", "third", "fourth"]
    assert await parked(it, poisoned) == []


async def test_a_gap_is_released_only_when_somebody_says_so(it: Probe, inbox: Inbox) -> None:
    id = str(uuid4())
    await inbox.handle([record(NOTIFIED, id, 1), record(held("late"), id, 4), record(held("later"), id, 5)])
    first, _ = await parked(it, id)
    with pytest.raises(GapBefore) as refused:
        await it.parking.retry(first, OPERATOR, "go on")
    assert (refused.value.missing, refused.value.sequence) == (f"2 to 3 of assay.notification about {id}", 4)
    release = await it.parking.retry(first, OPERATOR, "2 and 3 were withdrawn", over_gap=True)
    assert (release.released, release.missing_for_ever) == (2, Gap("assay.notification", id, 2, 3))
    kept = await it.runtime.pool.fetch("SELECT passed_over FROM parked_decision WHERE subject = $1 ORDER BY seq", id)
    assert [row["passed_over"] for row in kept] == [refused.value.missing, None]
    await inbox.handle([record(held("next"), id, 6)])
    assert await entries(it, id) == ["late", "later", "next"]


async def test_the_last_release_and_the_next_arrival_keep_their_order(it: Probe, inbox: Inbox) -> None:
    for _ in range(20):
        id = str(uuid4())
        await inbox.handle([record(NOTIFIED, id, 1), record(held("poison"), id, 2), record(held("second"), id, 3)])
        first, *_ = await parked(it, id)
        arriving = inbox.handle([record(held("third"), id, 4)])
        await asyncio.gather(it.parking.skip(first, OPERATOR, "race"), arriving)
        assert await parked(it, id) == []
        assert await entries(it, id) == ["second", "third"]


async def test_too_many_parked_messages_stop_the_consumer_and_nothing_is_dropped(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with running(ledger.build, postgres, kafka, parked_limit=1) as it:
        id, other = str(uuid4()), str(uuid4())
        await it.deliver(NOTIFIED, id)
        await it.deliver(held("poison"), id)
        delivery = asyncio.create_task(it.deliver(NOTIFIED, other))
        async with it.client() as client:
            while (health := (await client.get("/health/ready")).json())["status"] == "ready":
                await it.runtime.woken(0.05)
        assert health["pending_dependencies"] == ["the release of parked messages: there are too many"]
        assert not delivery.done()
        (first,) = await parked(it, id)
        await it.parking.skip(first, OPERATOR, "make room")
        await delivery


async def test_what_only_waits_for_a_missing_message_does_not_keep_it_away(postgres: Postgres, kafka: Kafka) -> None:
    async with running(ledger.build, postgres, kafka, parked_limit=1) as it:
        id = str(uuid4())
        await it.deliver(NOTIFIED, id)
        words = {number: held(word) for number, word in enumerate(("first", "second", "third"), start=2)}
        for number in (4, 3):
            event = Envelope(f"{id}:{number}", "assay.notification", words[number].TYPE, id, NOW, number)
            await it.send("assay.notification", event, words[number].model_dump_json().encode())
            async with asyncio.timeout(20):
                while not await it._has_come(event):
                    await it.runtime.woken(0.1)
        async with it.client() as client:
            told = (await client.get("/metrics")).text
        assert {"assay_parked_messages 2.0", "assay_parked_counted 0.0"} <= set(told.splitlines())
        await it.deliver(words[2], id)
        assert await entries(it, id) == ["first", "second", "third"]


async def test_a_number_that_no_message_can_have_is_refused_as_it_is(it: Probe) -> None:
    with pytest.raises(asyncpg.DataError):
        await it.parking.retry(2**70, OPERATOR, "what is wrong is told, and nothing else")


async def test_operations_release_over_http_and_nobody_else(it: Probe, poisoned: str) -> None:
    first, second, _ = await parked(it, poisoned)
    async with it.client("dcc") as dcc:
        assert (await dcc.get("/parked")).status_code == 403
        assert (await dcc.post(f"/parked/{first}/skip", json={"reason": "no right"})).status_code == 403
    async with it.client("operations") as operations:
        shown = (await operations.get(f"/parked/{first}")).json()
        assert "poison" in shown["value"]
        refused = await operations.post(f"/parked/{second}/retry", json={"reason": "out of order"})
        assert (refused.status_code, refused.json()["facts"]["first"]) == (409, first)
        unexplained = await operations.post(f"/parked/{first}/skip", json={})
        assert unexplained.status_code == 422
        body = {"reason": "a typing error", "value": held("first").model_dump_json()}
        released = await operations.post(f"/parked/{first}/edit", json=body)
        assert released.json() == {"released": 3, "remaining": None, "reason": None, "missing_for_ever": None}
        assert (await operations.post("/parked/999999999/skip", json={"reason": "unknown"})).status_code == 404


async def test_a_gap_that_is_filled_releases_what_waited_behind_it(it: Probe, inbox: Inbox) -> None:
    id = str(uuid4())
    await inbox.handle([record(NOTIFIED, id, 1), record(held("third"), id, 4), record(held("fifth"), id, 6)])
    assert len(await parked(it, id)) == 2
    await inbox.handle([record(held("first"), id, 2)])
    await inbox.handle([record(held("second"), id, 3)])
    assert await entries(it, id) == ["first", "second", "third"]
    assert len(await parked(it, id)) == 1, "fifth still waits for fourth"
    await inbox.handle([record(held("fifth"), id, 6), record(held("fourth"), id, 5), record(held("fifth"), id, 6)])
    assert await entries(it, id) == ["first", "second", "third", "fourth", "fifth"]
    assert await parked(it, id) == []


async def test_what_waited_behind_a_gap_and_can_not_be_handled_is_parked_for_its_own_reason(
    it: Probe, inbox: Inbox
) -> None:
    id = str(uuid4())
    await inbox.handle([record(NOTIFIED, id, 1), record(held("poison"), id, 3), record(held("third"), id, 4)])
    await inbox.handle([record(held("first"), id, 2)])
    assert await entries(it, id) == ["first"]
    reasons = [row["reason"] for row in await it.parking.listed() if row["subject"] == id]
    assert reasons == ["RuntimeError: this can't be handled", "an earlier message of this subject is parked"]


async def test_a_release_that_was_cut_off_goes_on_with_the_next_arrival(it: Probe, inbox: Inbox) -> None:
    """The gap's release was the last that a process did: what waits next has its turn, though nobody took it."""
    id = str(uuid4())
    await inbox.handle([record(NOTIFIED, id, 1), record(held("third"), id, 4)])
    await it.runtime.pool.execute("UPDATE inbox SET next_sequence = 4 WHERE subject = $1", id)
    await inbox.handle([record(held("fourth"), id, 5)])
    assert await entries(it, id) == ["third", "fourth"]
    assert await parked(it, id) == []


async def test_attempts_are_kept_with_what_they_brought_and_why_they_failed(it: Probe, poisoned: str) -> None:
    first, *_ = await parked(it, poisoned)
    other = held("poison").model_copy(update={"held_on": NOW.date().replace(day=5)}).model_dump_json().encode()
    await it.parking.edit(first, OPERATOR, "another day", other)
    await it.parking.edit(first, OPERATOR, "no JSON", b"{")
    shown = await it.parking.shown(first)
    assert [each["reason"] for each in shown["decisions"]] == ["another day", "no JSON"]
    assert "this can't be handled" in shown["decisions"][0]["problem"]
    assert shown["reason"] == shown["decisions"][1]["problem"]
    assert "poison" in shown["value"], "an edit that fails changes nothing"
    kept = await it.runtime.pool.fetchval("SELECT value_after FROM parked_decision WHERE reason = 'another day'")
    assert kept == other


async def test_a_refusal_of_the_domain_leaves_the_message_parked(it: Probe, inbox: Inbox) -> None:
    id = str(uuid4())
    await inbox.handle([record(held("word"), id, 1)])
    (first,) = await parked(it, id)
    release = await it.parking.retry(first, OPERATOR, "perhaps it was opened")
    assert (release.released, release.remaining) == (0, first)
    assert "The ledger is not open" in (release.reason or "")


@pytest.mark.parametrize("position", range(4))
async def test_poison_at_each_position_of_a_batch_holds_back_only_what_is_behind_it(
    it: Probe, inbox: Inbox, position: int
) -> None:
    id, other = str(uuid4()), str(uuid4())
    words = ["first", "second", "third", "fourth"]
    sent = [word if at != position else "poison" for at, word in enumerate(words)]
    mixed = [record(NOTIFIED, id, 1), record(NOTIFIED, other, 1)]
    for at, word in enumerate(sent):
        mixed += [record(held(word), id, at + 2), record(held(words[at]), other, at + 2)]
    await inbox.handle(mixed)
    assert await entries(it, other) == words
    assert await entries(it, id) == words[:position]
    first, *_ = await parked(it, id)
    release = await it.parking.edit(
        first, OPERATOR, "as it was meant", held(words[position]).model_dump_json().encode()
    )
    assert (release.released, release.remaining) == (4 - position, None)
    assert await entries(it, id) == words


@pytest.mark.parametrize(
    "hostile",
    [
        {"ce_sequence": b"99999999999999999999"},
        {"ce_sequence": b"0"},
        {"ce_id": b"a\0b"},
        {"ce_subject": b"\xff"},
        {"ce_time": b"yesterday"},
        {"ce_type": b"nobody.knows.this.v1", "ce_sequence": b""},
    ],
)
async def test_a_hostile_header_is_quarantined_and_what_follows_flows(
    it: Probe, inbox: Inbox, hostile: dict[str, bytes]
) -> None:
    id = str(uuid4())
    good = record(NOTIFIED, id, 1)
    bad = replace(good, headers=tuple((name, hostile.get(name, value)) for name, value in good.headers))
    await inbox.handle([replace(bad, headers=tuple(pair for pair in bad.headers if pair[1]))])
    await inbox.handle([good, record(held("flows"), id, 2)])
    assert await entries(it, id) == ["flows"]


async def test_a_record_too_large_to_be_passed_on_is_rejected_with_what_fits(it: Probe, inbox: Inbox) -> None:
    huge = Record("dcc.code-administrator", 0, 7, (("nonsense", b"x" * 50_000),), b"y" * 900_000)
    await inbox.handle([huge])
    subject = "dcc.code-administrator/0/7"
    assert await it.runtime.pool.fetchval("SELECT sequence FROM publication WHERE subject = $1", subject) == 1
