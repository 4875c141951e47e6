"""Whoever changes, removes or adds a stored event outside of the service is found out."""

from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_bytes
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from chassis.eventstore import chain, chain_verification
from chassis.eventstore.cause import Cause
from chassis.eventstore.chain import ChainHead
from chassis.eventstore.chain_verification import PublishedHead, Verdict
from chassis.process.database import CHASSIS_MIGRATIONS
from contracts.audit import ChainHeadPublished
from testing import ledger
from testing.ledger_facts import NOTIFIED, held
from testing.probe import Kafka, Postgres, Probe, running

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


async def head_of(it: Probe) -> ChainHead:
    async with it.runtime.pool.acquire() as connection:
        return await chain.head(connection)


async def verdict(it: Probe, *heads: ChainHead) -> Verdict:
    async with it.runtime.pool.acquire() as connection:
        return await chain_verification.verify(connection, [PublishedHead(each.position, each.hash) for each in heads])


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


async def test_an_event_that_was_sealed_by_the_migration_is_intact(it: Probe, engagement: str) -> None:
    """The migration seals what was stored before; its framing in SQL is the one in Python."""
    migration = (CHASSIS_MIGRATIONS / "0003_chain.sql").read_text()
    seal_all = "DO $$\nDECLARE\n    parts" + migration.partition("DO $$\nDECLARE\n    parts")[2]
    before = await head_of(it)
    async with it.runtime.transaction() as connection:
        await connection.execute("ALTER TABLE seal DISABLE TRIGGER USER")
        await connection.execute("DELETE FROM seal")
        await connection.execute("UPDATE chain_head SET position = 0, hash = decode(repeat('00', 32), 'hex')")
        await connection.execute(seal_all)
    assert await head_of(it) == before
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
    published = await head_of(it)
    await tamper(
        it,
        postgres,
        "DELETE FROM event WHERE seq > 2",
        "DELETE FROM seal WHERE position > 2",
        "UPDATE chain_head SET (position, hash) = (SELECT position, hash FROM seal WHERE position = 2)",
    )
    assert (await verdict(it)).intact, "inside of the database nothing shows"
    assert [each.found for each in (await verdict(it, published)).breaks] == [
        "the chain was cut off: a head was published at position 4 (published)"
    ]


async def test_a_chain_that_was_made_anew_is_not_the_one_that_was_published(
    it: Probe, postgres: Postgres, engagement: str
) -> None:
    published = await head_of(it)
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
        "the chain was made anew: another head was published at this position (published)"
    ]


# With a key that the database does not hold


KEY = token_bytes(32)


@pytest.fixture
async def keyed(postgres: Postgres, kafka: Kafka, tmp_path: Path) -> AsyncIterator[Probe]:
    """A service that stored an event before it had a key, and three after."""
    database, id, file = postgres.database(), str(uuid4()), tmp_path / "seal.key"
    file.write_bytes(KEY)
    async with running(ledger.build, postgres, kafka, database_url=database) as probe:
        await probe.runtime.handle(Cause.internal("open"), ledger.LEDGER, id, ledger.Open("ACME"))
    async with running(ledger.build, postgres, kafka, database_url=database, seal_key=str(file)) as probe:
        for word in WORDS:
            await probe.runtime.handle(Cause.internal(word), ledger.LEDGER, id, ledger.Enter(word))
        yield probe


async def verdict_with(it: Probe, key: bytes) -> Verdict:
    async with it.runtime.pool.acquire() as connection:
        return await chain_verification.verify(connection, key=key)


async def forge(it: Probe, keyed: bool) -> None:
    """Add an event and seal it as the service's own role can."""
    async with it.runtime.transaction() as connection:
        stream = await connection.fetchval("SELECT stream FROM event LIMIT 1")
        row = (stream, 5, "entered", '{"entry": "forged"}', "{}", chain.EPOCH)
        seq = await connection.fetchval(
            "INSERT INTO event (stream, version, type, data, metadata, recorded_at) "
            "VALUES ($1, $2, $3, $4::json, $5::json, $6) RETURNING seq",
            *row,
        )
        await chain.seal(connection, [(seq, chain.content(*row))], keyed)


async def test_what_was_sealed_before_there_was_a_key_and_since_is_intact(keyed: Probe) -> None:
    found = await verdict_with(keyed, KEY)
    assert found.intact, found.breaks
    assert [row["keyed"] for row in await keyed.runtime.pool.fetch("SELECT keyed FROM seal ORDER BY position")] == [
        False,
        *[True] * len(WORDS),
    ]


@pytest.mark.parametrize(
    ("claims", "says"), [(False, "it is sealed without the service's key"), (True, "event 5 was changed")]
)
async def test_an_event_that_was_added_with_a_proper_seal_is_found(keyed: Probe, claims: bool, says: str) -> None:
    await forge(keyed, claims)
    (found,) = (await verdict_with(keyed, KEY)).breaks
    assert (found.position, says in found.found) == (5, True), found


async def test_what_was_sealed_with_a_key_is_not_verified_without_it(keyed: Probe) -> None:
    assert [each.position for each in (await verdict_with(keyed, chain.NO_KEY)).breaks] == [2, 3, 4]
    assert [each.position for each in (await verdict_with(keyed, token_bytes(32))).breaks] == [2, 3, 4]


async def test_a_service_that_lost_its_key_does_not_go_on_without(
    keyed: Probe, postgres: Postgres, kafka: Kafka
) -> None:
    with pytest.raises(ValueError, match="ASSAY_SEAL_KEY"):
        async with running(ledger.build, postgres, kafka, database_url=keyed.runtime.settings.database_url):
            pass


def test_a_key_that_is_too_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "short.key").write_bytes(b"secret")
    with pytest.raises(ValueError, match="less than 32 bytes"):
        chain.read_key(tmp_path / "short.key")
