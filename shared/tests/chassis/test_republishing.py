"""What was published is published again: for a consumer that Kafka has lost it for, and without harm to any other."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from prometheus_client import generate_latest

from chassis.eventstore.aggregate import Publication
from chassis.eventstore.cause import Cause
from chassis.messaging import republishing
from chassis.messaging.relay import Relay
from chassis.messaging.republishing import Republishing
from chassis.observability.gauges import outbox_lag
from chassis.process.settings import Settings
from chassis.service import Service
from contracts.topics import TOPICS
from kernel.principal import Principal
from testing import ledger
from testing.ledger import LEDGER, Enter, Entered, Event, Ledger, Open
from testing.ledger_facts import NOTIFIED, held
from testing.probe import Kafka, Postgres, Probe, running

WHY = {"reason": "Kafka was lost"}
OPERATOR = Principal("op", "operations", None)
REPUBLISHED = "SELECT first_subject, last_subject, from_sequence, subjects, messages, reason, actor FROM republication"


@pytest.fixture(scope="module")
async def it(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Probe]:
    async with running(ledger.build, postgres, kafka) as probe:
        yield probe


async def entered(it: Probe, *words: str) -> str:
    """An engagement about which the service has published each of these words, and so many messages."""
    id = str(uuid4())
    await it.deliver(NOTIFIED, id)
    for word in words:
        await it.deliver(held(word), id)
    return id


async def on_the_topic(it: Probe, subject: str, count: int) -> list[int]:
    """The sequences of the subject's messages in the order of the topic, once there are so many."""

    def found() -> list[int]:
        return [event.sequence or 0 for event, _ in it._published if event.subject == subject]

    async with it._arrived, asyncio.timeout(20):
        await it._arrived.wait_for(lambda: len(found()) >= count)
    return found()


async def until_relayed(it: Probe) -> None:
    """Wait until nothing is left to be published."""
    async with asyncio.timeout(20):
        while await it.runtime.pool.fetchval("SELECT count(*) FROM outbox"):
            await it.runtime.woken(0.1)


# A consumer that lagged when the topic was lost


def publish(_id: str, event: Event, _state: Ledger) -> Sequence[Publication]:
    return (Publication(held(event.entry) if isinstance(event, Entered) else NOTIFIED, _id),)


SOURCE = replace(LEDGER, publish=publish)


def build_source(settings: Settings) -> Service:
    """The service whose facts the ledger listens to."""
    return replace(ledger.build(settings), name="notification", handlers={})


async def tell(source: Probe, id: str, *commands: Open | Enter) -> None:
    """Let the source decide, and thereby publish."""
    for command in commands:
        await source.runtime.handle(Cause(id=uuid4().hex, actor=OPERATOR), SOURCE, id, command)
    await until_relayed(source)


async def empty(it: Probe, topic: str) -> None:
    """Lose all that lies on a topic."""
    name = f"{it.runtime.settings.topic_prefix}{topic}"
    partitions = next(each.partitions for each in TOPICS if each.name == topic)
    admin = AIOKafkaAdminClient(bootstrap_servers=it.runtime.settings.kafka)
    await admin.start()
    try:
        everything = {TopicPartition(name, number): RecordsToDelete(-1) for number in range(partitions)}
        await admin.delete_records(everything)
    finally:
        await admin.close()


async def entries(it: Probe, id: str, count: int) -> list[str]:
    """What the ledger has entered, once it has so much, or nothing more comes."""
    query = "SELECT entry FROM entry WHERE id = $1 ORDER BY version"
    async with asyncio.timeout(20):
        while len(rows := await it.runtime.pool.fetch(query, id)) < count:
            await it.runtime.woken(0.1)
    return [row["entry"] for row in rows]


async def test_what_kafka_lost_before_a_consumer_read_it_is_named_and_comes_once_by_a_republication(
    postgres: Postgres, kafka: Kafka
) -> None:
    id, database = str(uuid4()), postgres.database()
    async with running(build_source, postgres, kafka) as source:
        prefix = source.runtime.settings.topic_prefix
        listener = partial(running, ledger.build, postgres, kafka, database_url=database, topic_prefix=prefix)
        await tell(source, id, Open("ACME"), Enter("first"))
        async with listener() as behind:
            assert await entries(behind, id, 1) == ["first"]
        await tell(source, id, Enter("second"), Enter("third"))
        await empty(source, "assay.notification")
        await tell(source, id, Enter("fourth"))
        async with listener() as behind:
            async with asyncio.timeout(20):
                while not (parked := await behind.parking.listed()):
                    await behind.runtime.woken(0.1)
            missing = f"gap: 3 to 4 of assay.notification about {id} did not come before it"
            command = f"assay republish notification --subject {id} --from 3"
            assert parked[0]["reason"].startswith(missing)
            assert command in parked[0]["reason"]
            async with source.client("operations") as operations:
                body = {**WHY, "subject": id, "from_sequence": 3}
                reply = await operations.post("/republications", json=body)
                assert reply.json() == {"messages": 3, "subjects": 1, "continue_after": None}, reply.text
                assert await entries(behind, id, 4) == ["first", "second", "third", "fourth"]
                assert await behind.parking.listed() == []
                await operations.post("/republications", json=WHY)
            # 5 of the second republication, and the fourth word, which waited when it came again
            async with asyncio.timeout(20):
                while b"assay_inbox_duplicates_total 6.0" not in generate_latest(behind.runtime.metrics.registry):
                    await behind.runtime.woken(0.1)
            assert await entries(behind, id, 4) == ["first", "second", "third", "fourth"]
            assert await behind.runtime.pool.fetchval("SELECT count(*) FROM event") == 5
            assert await behind.parking.listed() == []


# What was refused


async def test_what_never_was_is_not_published_again(it: Probe) -> None:
    id = await entered(it, "first", "second")
    await until_relayed(it)
    before = await it.runtime.pool.fetch(REPUBLISHED)
    async with it.client("operations") as operations:
        for body, status, type, said in (
            (
                {"subject": "nobody"},
                404,
                "nothing-published-about",
                "disputes has never published anything about nobody",
            ),
            ({"subject": id, "from_sequence": 3}, 422, "not-published-yet", "Choose a sequence from 1 to 2."),
            ({"from_sequence": 3}, 422, "sequence-without-subject", "Name the subject as well"),
            ({"subject": id, "from_sequence": 0}, 422, "malformed-request", "greater than or equal to 1"),
            ({"subject": id, "reason": ""}, 422, "malformed-request", "at least 3 characters"),
        ):
            reply = await operations.post("/republications", json={**WHY, **body})
            assert (reply.status_code, reply.json()["type"]) == (status, f"urn:assay:problem:{type}"), reply.text
            assert said in reply.json()["detail"] + reply.json()["remedy"]
    async with it.client("dcc") as dcc:
        assert (await dcc.post("/republications", json=WHY)).status_code == 403
    assert await it.runtime.pool.fetch(REPUBLISHED) == before
    assert await it.runtime.pool.fetchval("SELECT count(*) FROM outbox") == 0


async def test_a_service_that_never_published_has_nothing_to_publish_again(postgres: Postgres, kafka: Kafka) -> None:
    async with running(ledger.build, postgres, kafka) as it, it.client("operations") as operations:
        reply = await operations.post("/republications", json=WHY)
    assert (reply.status_code, reply.json()["facts"]) == (404, {"service": "disputes"})


async def test_who_published_what_again_and_why_is_kept(it: Probe) -> None:
    id = await entered(it, "first", "second", "third")
    await it.republishing.republish(OPERATOR, "Kafka was lost", id, 2, None)
    row = await it.runtime.pool.fetchrow(f"{REPUBLISHED} ORDER BY seq DESC")
    assert row is not None
    assert tuple(row) == (id, id, 2, 1, 2, "Kafka was lost", "op")
    with pytest.raises(Exception, match="never changed or removed"):
        await it.runtime.pool.execute("DELETE FROM republication")


async def test_a_whole_service_is_published_again_subject_by_subject_in_bounded_portions(
    postgres: Postgres, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(republishing, "PORTION", 3)
    async with running(ledger.build, postgres, kafka) as it:
        ids = sorted([await entered(it, *"abcd"[:count]) for count in (1, 2, 4, 2)])
        for id in ids:
            await on_the_topic(it, id, 1)
        await until_relayed(it)
        portions = [await it.republishing.republish(OPERATOR, "Kafka was lost", None, None, None)]
        while after := portions[-1].continue_after:
            portions.append(await it.republishing.republish(OPERATOR, "Kafka was lost", None, None, after))
        assert sum(each.messages for each in portions) == 9
        assert sum(each.subjects for each in portions) == 4
        assert all(each.messages <= 3 or each.subjects == 1 for each in portions)
        for id in ids:
            last = await it.runtime.pool.fetchval("SELECT sequence FROM publication WHERE subject = $1", id)
            assert await on_the_topic(it, id, 2 * last) == [*range(1, last + 1)] * 2


async def test_what_is_published_again_does_not_make_the_outbox_old(
    postgres: Postgres, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(ledger.build, postgres, kafka) as it:
        id = await entered(it, "first")
        await until_relayed(it)
        it.move_to(it.clock.now() + timedelta(days=30))
        async with it.runtime.transaction() as connection:  # the relay can't take what is not committed
            monkeypatch.setattr(it.runtime, "transaction", lambda: _given(connection))
            await it.republishing.republish(OPERATOR, "Kafka was lost", id, None, None)
            pending, oldest = await outbox_lag(connection, it.clock.now())  # type: ignore[arg-type]
            monkeypatch.undo()
    assert pending == 1
    assert oldest < 60


@asynccontextmanager
async def _given(connection: Any) -> AsyncIterator[Any]:
    yield connection


# What a compacted topic keeps is the last of a subject, whatever the republication races with


async def told_while_one_is_being_sent(it: Probe, monkeypatch: pytest.MonkeyPatch, count: int) -> list[int]:
    """What stands on the topic when the relay had sent the last message, and not deleted it, meanwhile."""
    id = await entered(it, "first", "second")
    await on_the_topic(it, id, 2)
    sent, goes_on, send = asyncio.Event(), asyncio.Event(), Relay._send

    async def paused(self: Relay, producer: Any, rows: Sequence[Any]) -> None:
        await send(self, producer, rows)
        sent.set()
        await goes_on.wait()

    monkeypatch.setattr(Relay, "_send", paused)
    await it.deliver(held("third"), id)
    await sent.wait()
    await it.republishing.republish(OPERATOR, "Kafka was lost", id, None, None)
    goes_on.set()
    await until_relayed(it)
    return await on_the_topic(it, id, count)


async def test_the_latest_stays_last_while_the_relay_is_sending_it(it: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await told_while_one_is_being_sent(it, monkeypatch, 6) == [1, 2, 3, 1, 2, 3]


async def test_what_is_not_enqueued_anew_where_it_still_waits_is_overtaken(
    it: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = "AND NOT EXISTS (SELECT FROM outbox WHERE message = public_message.seq) ORDER BY"
    enqueue = republishing.QUERIES["enqueue"].replace("ORDER BY", absent)
    monkeypatch.setattr(republishing, "QUERIES", {**republishing.QUERIES, "enqueue": enqueue})
    assert await told_while_one_is_being_sent(it, monkeypatch, 5) == [1, 2, 3, 1, 2]


async def told_while_one_is_decided(it: Probe, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What stands on the topic when a command publishes before the republication is committed."""
    id = await entered(it, "first", "second")
    await on_the_topic(it, id, 2)
    enqueued, goes_on, enqueue = asyncio.Event(), asyncio.Event(), Republishing._enqueue

    async def paused(self: Republishing, *given: Any) -> int:
        messages = await enqueue(self, *given)
        enqueued.set()
        await goes_on.wait()
        return messages

    monkeypatch.setattr(Republishing, "_enqueue", paused)
    republication = asyncio.create_task(it.republishing.republish(OPERATOR, "Kafka was lost", id, None, None))
    await enqueued.wait()
    delivery = asyncio.create_task(it.deliver(held("third"), id))
    async with asyncio.timeout(10):
        while len(await on_the_topic(it, id, 2)) < 3 and not await waits_for_a_lock(it):
            await it.runtime.woken(0.1)
    goes_on.set()
    await asyncio.gather(republication, delivery)
    await until_relayed(it)
    return await on_the_topic(it, id, 5)


async def waits_for_a_lock(it: Probe) -> bool:
    query = "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool(await it.runtime.pool.fetchval(query))


async def test_the_latest_stays_last_while_a_command_publishes(it: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await told_while_one_is_decided(it, monkeypatch) == [1, 2, 1, 2, 3]


async def test_without_the_lock_a_command_is_overtaken(it: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = republishing.QUERIES["lock"].replace("FOR UPDATE", "")
    monkeypatch.setattr(republishing, "QUERIES", {**republishing.QUERIES, "lock": lock})
    assert await told_while_one_is_decided(it, monkeypatch) == [1, 2, 3, 1, 2]
