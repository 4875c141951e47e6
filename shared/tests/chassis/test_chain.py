"""Whoever changes, removes or adds a stored event outside of the service is found out."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from facts import NOTIFIED, held, ledger

from chassis import chain
from chassis.chain import ChainHead, ToldHead, Verdict
from chassis.database import CHASSIS_MIGRATIONS
from chassis.testing import Kafka, Postgres, Probe, running
from contracts.audit import ChainHeadPublished

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
    return id


async def verdict(it: Probe, *heads: ChainHead) -> Verdict:
    async with it.runtime.pool.acquire() as connection:
        return await chain.verify(connection, [ToldHead(each.position, each.hash) for each in heads])


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
    found = await verdict(it, await it.runtime.chain_head())
    assert found.intact, found.breaks
    assert (found.events, found.head.position, found.heads_checked) == (4, 4, 1)


async def test_the_head_is_published_outside_of_the_database(it: Probe, engagement: str) -> None:
    head = await it.runtime.chain_head()
    while (published := await it.published(ChainHeadPublished, "disputes")).position < head.position:
        await it.runtime.woken(0.1)
    assert (published.service, published.position, published.hash) == ("disputes", 4, head.hash)


async def test_an_event_that_was_sealed_by_the_migration_is_intact(it: Probe, engagement: str) -> None:
    """The migration seals what was stored before; its framing in SQL is the one in Python."""
    migration = (CHASSIS_MIGRATIONS / "0003_chain.sql").read_text()
    seal_all = "DO $$\nDECLARE\n    parts" + migration.partition("DO $$\nDECLARE\n    parts")[2]
    before = await it.runtime.chain_head()
    async with it.runtime.transaction() as connection:
        await connection.execute("ALTER TABLE seal DISABLE TRIGGER USER")
        await connection.execute("DELETE FROM seal")
        await connection.execute("UPDATE chain_head SET position = 0, hash = decode(repeat('00', 32), 'hex')")
        await connection.execute(seal_all)
    assert await it.runtime.chain_head() == before
    assert (await verdict(it, before)).intact


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


async def test_a_removed_event_whose_seal_was_removed_too_is_found(
    it: Probe, postgres: Postgres, engagement: str
) -> None:
    await tamper(it, postgres, "DELETE FROM event WHERE seq = 2", "DELETE FROM seal WHERE position = 2")
    assert [each.found for each in (await verdict(it)).breaks] == ["the seals 2 to 2 were removed"]


async def test_an_added_event_is_found(it: Probe, postgres: Postgres, engagement: str) -> None:
    forge = "INSERT INTO event (stream, version, type, data, metadata, recorded_at) "
    await tamper(it, postgres, forge + "SELECT stream, 5, type, data, metadata, recorded_at FROM event WHERE seq = 4")
    (found,) = (await verdict(it)).breaks
    assert "was added: nothing seals it" in found.found


async def test_a_chain_that_was_cut_off_does_not_reach_its_published_head(
    it: Probe, postgres: Postgres, engagement: str
) -> None:
    published = await it.runtime.chain_head()
    await tamper(
        it,
        postgres,
        "DELETE FROM event WHERE seq > 2",
        "DELETE FROM seal WHERE position > 2",
        "UPDATE chain_head SET (position, hash) = (SELECT position, hash FROM seal WHERE position = 2)",
    )
    assert (await verdict(it)).intact, "inside of the database nothing shows"
    assert [each.found for each in (await verdict(it, published)).breaks] == [
        "the chain was cut off: a head was told at position 4 (published)"
    ]


async def test_a_chain_that_was_made_anew_is_not_the_one_that_was_published(
    it: Probe, postgres: Postgres, engagement: str
) -> None:
    published = await it.runtime.chain_head()
    migration = (CHASSIS_MIGRATIONS / "0003_chain.sql").read_text()
    await tamper(
        it,
        postgres,
        """UPDATE event SET data = '{"entry": "forged"}' WHERE seq = 3""",
        "DELETE FROM seal",
        "UPDATE chain_head SET position = 0, hash = decode(repeat('00', 32), 'hex')",
        "DO $$\nDECLARE\n    parts" + migration.partition("DO $$\nDECLARE\n    parts")[2],
    )
    assert (await verdict(it)).intact, "inside of the database nothing shows"
    assert [each.found for each in (await verdict(it, published)).breaks] == [
        "the chain was made anew: another head was told at this position (published)"
    ]
