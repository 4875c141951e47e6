"""Whoever changes, removes or adds a stored event outside of the service is found out."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_bytes
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from prometheus_client import generate_latest

from chassis.eventstore import chain, chain_verification
from chassis.eventstore.chain import ChainHead
from chassis.eventstore.chain_verification import PublishedHead, Verdict
from chassis.eventstore.seal import SealKey, read_key
from contracts.audit import ChainHeadPublished
from contracts.disputes import ReferralRightLapsed
from testing import ledger
from testing.ledger_facts import NOTIFIED, held
from testing.probe import SEAL_KEY, Kafka, Postgres, Probe, running

WORDS = ("first", "second", "third")


@pytest.fixture
async def it(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Probe]:
    async with running(ledger.build, postgres, kafka) as probe:
        yield probe


@pytest.fixture
async def engagement(it: Probe) -> str:
    id = str(uuid4())
    await it.deliver(NOTIFIED, id)
    for word in WORDS:
        await it.deliver(held(word), id)
    await head_of(it)
    return id


async def head_of(it: Probe) -> ChainHead:
    """The head, once the relay has linked everything."""
    while await it.runtime.pool.fetchval("SELECT EXISTS (SELECT FROM unchained)"):
        await it.runtime.woken(0.05)
    async with it.runtime.pool.acquire() as connection:
        return await chain.head(connection)


async def verdict(it: Probe, *heads: ChainHead, key: SealKey | None = SEAL_KEY) -> Verdict:
    published = [PublishedHead(each.position, each.hash) for each in heads]
    async with it.runtime.pool.acquire() as connection:
        return await chain_verification.verify(connection, published, key)


async def tamper(it: Probe, postgres: Postgres, *statements: str) -> None:
    """Do what only the server's superuser can do, and hide it as well as possible."""
    database = urlsplit(it.runtime.settings.database_url).path
    connection = await asyncpg.connect(urlsplit(postgres.dsn)._replace(path=database).geturl())
    try:
        await connection.execute("SET session_replication_role = replica")  # no trigger fires
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_what_the_service_stored_is_intact(it: Probe, engagement: str) -> None:
    found = await verdict(it, await head_of(it))
    assert found.intact, found.breaks
    assert (found.events, found.head.position, found.heads_checked) == (4, 4, 1)


async def test_the_head_is_published_outside_of_the_database(it: Probe, engagement: str) -> None:
    head = await head_of(it)
    while (published := await it.published(ChainHeadPublished, "disputes")).position < head.position:
        await it.runtime.woken(0.1)
    assert (published.service, published.position, published.hash) == ("disputes", 4, head.hash)


@pytest.mark.parametrize(
    "statement",
    [
        """UPDATE event SET data = '{"entry": "forged"}' WHERE seq = 3""",
        "UPDATE event SET metadata = replace(metadata::text, 'assay.notification', 'somebody')::json WHERE seq = 3",
        "UPDATE event SET recorded_at = recorded_at - interval '1 microsecond' WHERE seq = 3",
        "UPDATE event SET stream = stream || 'x' WHERE seq = 3",
    ],
)
async def test_a_changed_event_is_found(it: Probe, postgres: Postgres, engagement: str, statement: str) -> None:
    await tamper(it, postgres, statement)
    (found,) = (await verdict(it)).breaks
    assert (found.position, "was changed" in found.found) == (3, True)


async def test_a_removed_event_is_found(it: Probe, postgres: Postgres, engagement: str) -> None:
    await tamper(it, postgres, "DELETE FROM event WHERE seq = 2")
    assert [each.found for each in (await verdict(it)).breaks] == ["event 2 was removed"]


async def test_a_removed_event_whose_link_was_removed_too_is_found(
    it: Probe, postgres: Postgres, engagement: str
) -> None:
    await tamper(it, postgres, "DELETE FROM event WHERE seq = 2", "DELETE FROM link WHERE position = 2")
    assert [each.found for each in (await verdict(it)).breaks] == ["the links 2 to 2 were removed"]


FORGE = """
    INSERT INTO event (seq, stream, version, type, data, metadata, recorded_at, seal) OVERRIDING SYSTEM VALUE
    SELECT 9, stream, 5, type, data, metadata, recorded_at, seal FROM event WHERE seq = 4
"""


@pytest.mark.parametrize(
    ("statements", "says"),
    [
        ((FORGE,), "nothing links it"),
        ((FORGE, "INSERT INTO unchained VALUES (9)"), "added without the service's key"),
        ((FORGE, "INSERT INTO link SELECT 5, 9, sha256(hash) FROM chain_head"), "added without the service's key"),
    ],
    ids=["an event alone", "an event that waits for its link", "an event with a link"],
)
async def test_an_added_event_is_found(
    it: Probe, postgres: Postgres, engagement: str, statements: tuple[str, ...], says: str
) -> None:
    await tamper(it, postgres, *statements)
    assert says in (await verdict(it)).breaks[0].found


async def test_an_added_event_is_not_linked_and_counted(it: Probe, postgres: Postgres, engagement: str) -> None:
    await tamper(it, postgres, FORGE, "INSERT INTO unchained VALUES (9)")
    while b'assay_forged_total{what="event"} 1.0' not in generate_latest(it.runtime.metrics.registry):
        await it.runtime.woken(0.1)
    assert await it.runtime.pool.fetchval("SELECT position FROM chain_head") == 4
    await it.deliver(held("fourth"), engagement)
    while await it.runtime.pool.fetchval("SELECT position FROM chain_head") != 5:
        await it.runtime.woken(0.1)


async def test_an_event_that_is_gone_before_it_was_linked_is_found(
    it: Probe, postgres: Postgres, engagement: str
) -> None:
    await tamper(it, postgres, "INSERT INTO unchained VALUES (9)")
    assert [each.found for each in (await verdict(it)).breaks] == ["event 9 was removed before it was linked"]


async def test_two_events_that_changed_places_are_found(it: Probe, postgres: Postgres, engagement: str) -> None:
    await tamper(
        it,
        postgres,
        "UPDATE link SET event = -event WHERE position IN (2, 3)",
        "UPDATE link SET event = 5 + event WHERE event < 0",
    )
    assert "was moved" in (await verdict(it)).breaks[0].found


async def test_a_chain_that_was_cut_off_does_not_reach_its_published_head(
    it: Probe, postgres: Postgres, engagement: str
) -> None:
    published = await head_of(it)
    await tamper(
        it,
        postgres,
        "DELETE FROM event WHERE seq > 2",
        "DELETE FROM link WHERE position > 2",
        "UPDATE chain_head SET (position, hash) = (SELECT position, hash FROM link WHERE position = 2)",
    )
    assert (await verdict(it)).intact, "inside of the database nothing shows"
    assert [each.found for each in (await verdict(it, published)).breaks] == [
        "the chain was cut off: a head was published at position 4 (published)"
    ]


async def test_a_chain_that_was_made_anew_is_not_the_one_that_was_published(
    it: Probe, postgres: Postgres, engagement: str
) -> None:
    """Even by somebody who has the key."""
    published = await head_of(it)
    await tamper(it, postgres, """UPDATE event SET data = '{"entry": "forged"}' WHERE seq = 3""")
    rows = await it.runtime.pool.fetch("SELECT * FROM event ORDER BY seq")
    last = chain.GENESIS
    for position, row in enumerate(rows, start=1):
        parts = (row["stream"], row["version"], row["type"], row["data"], row["metadata"], row["recorded_at"])
        seal = SEAL_KEY.event(*parts)
        last = chain.next_hash(last, seal)
        await tamper(
            it,
            postgres,
            f"UPDATE event SET seal = decode('{seal.hex()}', 'hex') WHERE seq = {row['seq']}",
            f"UPDATE link SET hash = decode('{last.hex()}', 'hex') WHERE position = {position}",
            f"UPDATE chain_head SET hash = decode('{last.hex()}', 'hex')",
        )
    assert (await verdict(it)).intact, "inside of the database nothing shows"
    assert [each.found for each in (await verdict(it, published)).breaks] == [
        "the chain was made anew: another head was published at this position (published)"
    ]


async def test_a_relay_does_not_publish_a_head_that_it_has_not_linked_itself(
    it: Probe, postgres: Postgres, engagement: str
) -> None:
    """A head that was tampered with while the relay runs stays in the database."""
    told = await it.published(ChainHeadPublished, "disputes")
    await tamper(it, postgres, "UPDATE chain_head SET hash = sha256('tampered')")
    await it.deliver(held("fourth"), engagement)
    while b'assay_forged_total{what="event"} 1.0' not in generate_latest(it.runtime.metrics.registry):
        await it.runtime.woken(0.1)
    assert (await it.all_published(ChainHeadPublished, "disputes"))[-1].hash == told.hash


async def test_a_message_that_somebody_put_into_the_outbox_is_not_published(
    it: Probe, postgres: Postgres, engagement: str
) -> None:
    columns = "topic, type, subject, timeline, sequence, time, causation, trace, value, seal"
    await tamper(
        it,
        postgres,
        f"INSERT INTO public_message ({columns}) VALUES "
        f"('assay.disputes', 'x', '{engagement}', 1, 999, now(), '', '', '{{}}', sha256('no key'))",
        "INSERT INTO outbox (message, enqueued_at) SELECT max(seq), now() FROM public_message",
    )
    it.runtime.wake(enqueued=True)
    while b'assay_forged_total{what="message"} 1.0' not in generate_latest(it.runtime.metrics.registry):
        await it.runtime.woken(0.1)
    before = len(await it.all_published(ReferralRightLapsed, engagement))
    await it.deliver(held("fourth"), engagement)
    await it.published(ReferralRightLapsed, engagement, before + 1)
    waiting = "SELECT array_agg(sequence) FROM outbox JOIN public_message ON public_message.seq = message"
    async with asyncio.timeout(20):  # what is on the topic is deleted once it is acknowledged
        while await it.runtime.pool.fetchval(waiting) != [999]:
            await it.runtime.woken(0.1)


async def test_what_is_sealed_is_not_verified_without_the_key_or_with_another(it: Probe, engagement: str) -> None:
    for key in (None, SealKey(token_bytes(32))):
        assert [each.position for each in (await verdict(it, key=key)).breaks] == [1, 2, 3, 4]


def test_a_key_that_is_too_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "short.key").write_bytes(b"secret")
    with pytest.raises(ValueError, match="less than 32 bytes"):
        read_key(tmp_path / "short.key")
