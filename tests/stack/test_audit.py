"""`./assay audit verify` on real servers: nothing is found where nobody meddled, and whoever did is found out."""

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import pytest

import disputes.wiring
from assay_cli.audit import Audited, audited, printed, published, told, with_printed
from assay_lab.fixtures import TestKafka, TestPostgres
from assay_stack.home import Home
from assay_stack.keys import seal_key
from chassis.eventstore.cause import Cause
from chassis.eventstore.chain import Break, PublishedHead
from chassis.process.database import CHASSIS_MIGRATIONS
from contracts.audit import ChainHeadPublished
from disputes.aggregates import MATTERS
from disputes.domain.decisions import KnowEngagement
from kernel.failure import Failure
from testing.probe import Probe, running

EVENTS = 6
NEW_CHAIN = "DO $$\nDECLARE\n    parts"
CHAIN_ANEW = (
    "DELETE FROM seal",
    "UPDATE chain_head SET position = 0, hash = decode(repeat('00', 32), 'hex')",
    NEW_CHAIN + (CHASSIS_MIGRATIONS / "0003_chain.sql").read_text().partition(NEW_CHAIN)[2],
)
"""What whoever knows how chains are made would do to hide what they did: the same as the migration does."""
FORGED = """
    INSERT INTO event (seq, stream, version, type, data, metadata, recorded_at) OVERRIDING SYSTEM VALUE
    SELECT 0, stream || '-forged', version, type, data, metadata, recorded_at FROM event WHERE seq = 1
"""


@pytest.fixture
async def it(postgres: TestPostgres, kafka: TestKafka) -> AsyncIterator[Probe]:
    """A real service that has stored some events and published the head of its chain."""
    async with running(disputes.wiring.build, postgres, kafka) as probe:
        for number in range(EVENTS):
            await probe.runtime.handle(
                Cause.internal(f"{number}"), MATTERS, str(UUID(int=number)), KnowEngagement("uept", "SUPP")
            )
        await head_published(probe)
        yield probe


async def head_published(probe: Probe) -> None:
    """Wait until the relay, which publishes once a second, has told of everything that is stored."""
    count = 1
    while (await probe.published(ChainHeadPublished, "disputes", count)).position < EVENTS:
        count += 1


async def audit(it: Probe, *twins: Path) -> Audited:
    heads = await published(it.runtime.settings.kafka, it.runtime.settings.topic_prefix)
    printed_too = {"disputes": {*heads["disputes"], *printed(twins)}}
    (found,) = await audited({"disputes": it.runtime.settings.database_url}, printed_too)
    return found


async def tamper(it: Probe, postgres: TestPostgres, statements: Sequence[str]) -> None:
    """Do as the superuser what no trigger sees."""
    database = urlsplit(it.runtime.settings.database_url).path
    connection = await asyncpg.connect(urlsplit(postgres.dsn)._replace(path=database).geturl())
    try:
        await connection.execute("SET session_replication_role = replica")
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_what_nobody_meddled_with_is_intact(it: Probe) -> None:
    found = await audit(it)
    assert (found.verdict.intact, found.verdict.events, found.verdict.head.position) == (True, EVENTS, EVENTS)
    assert found.verdict.heads_checked >= 1
    assert told([found])["intact"] is True


@pytest.mark.parametrize(
    ("statements", "position", "says"),
    [
        (["UPDATE event SET data = replace(data::text, 'SUPP', 'EVIL')::json WHERE seq = 3"], 3, "was changed"),
        (["DELETE FROM event WHERE seq = 3"], 3, "event 3 was removed"),
        (["DELETE FROM event WHERE seq = 3", "DELETE FROM seal WHERE position = 3"], 3, "3 to 3 were removed"),
        (["DELETE FROM event WHERE seq > 4"], 5, "event 5 was removed"),
        (["DELETE FROM event WHERE seq > 4", "DELETE FROM seal WHERE position > 4"], 4, "its head says 6"),
        (["DELETE FROM event WHERE seq > 4", *CHAIN_ANEW], 4, "was cut off"),
        ([FORGED], 6, "was added"),
        ([FORGED, *CHAIN_ANEW], EVENTS, "was made anew"),
        (["UPDATE event SET data = replace(data::text, 'SUPP', 'EVIL')::json WHERE seq = 3", *CHAIN_ANEW], 6, "anew"),
        (["DELETE FROM event WHERE seq = 3", FORGED, *CHAIN_ANEW], EVENTS, "was made anew"),
        (["DELETE FROM event", "DELETE FROM seal"], 0, "its head says 6"),
    ],
    ids=[
        "an event changed",
        "an event removed",
        "an event and its seal removed",
        "the last events removed",
        "the last events and their seals removed",
        "the last events cut off and the chain shortened",
        "an event added",
        "an event added and the chain made anew",
        "an event changed and the chain made anew",
        "an event replaced and the chain made anew",
        "everything removed",
    ],
)
async def test_whoever_meddled_is_found_out(
    it: Probe, postgres: TestPostgres, statements: Sequence[str], position: int, says: str
) -> None:
    assert (await audit(it)).verdict.intact
    await tamper(it, postgres, statements)
    found = await audit(it)
    assert found.first, "nothing was found"
    assert (found.first.position, says in found.first.found) == (position, True), found.first
    assert told([found])["intact"] is False


async def test_an_event_that_was_added_with_a_proper_seal_is_found_out_by_the_key(
    postgres: TestPostgres, kafka: TestKafka, tmp_path: Path
) -> None:
    home = Home(tmp_path / "home")
    home.make()
    key = seal_key(home, "disputes")
    async with running(disputes.wiring.build, postgres, kafka, seal_key=str(key)) as it:
        await it.runtime.handle(Cause.internal("0"), MATTERS, str(UUID(int=0)), KnowEngagement("uept", "SUPP"))
        databases, keys = {"disputes": it.runtime.settings.database_url}, {"disputes": key.read_bytes()}
        (found,) = await audited(databases, {}, keys)
        assert found.verdict.intact
        await it.runtime.pool.execute(FORGED)
        await it.runtime.pool.execute("SELECT seal_events(ARRAY[0], ARRAY[sha256('what is known to all')])")
        (found,) = await audited(databases, {}, keys)
        assert found.first
        assert (found.first.position, "without the service's key" in found.first.found) == (2, True)


async def test_a_changed_event_is_named_by_stream_and_version(it: Probe, postgres: TestPostgres) -> None:
    await tamper(it, postgres, ["UPDATE event SET type = 'other' WHERE seq = 2"])
    stream = MATTERS.stream(str(UUID(int=1)))
    assert (await audit(it)).first == Break(2, "event 2 was changed", stream, 1)


async def test_a_certificate_reveals_a_chain_that_was_made_anew_before_its_head_was_published(
    it: Probe, postgres: TestPostgres, tmp_path: Path
) -> None:
    """Whoever could also meddle with the topic would meet the copies that the Parties hold."""
    seal = await it.runtime.pool.fetchval("SELECT hash FROM seal WHERE position = 4")
    twin = tmp_path / "TCC-2027-0001.json"
    head = {"position": 4, "hash": seal.hex()[:16]}
    twin.write_text(json.dumps({"certificate": {"number": "TCC-2027-0001", "head": head}, "signature": ""}))
    assert (await audit(it, twin)).verdict.intact
    await tamper(it, postgres, [FORGED, *CHAIN_ANEW])
    first = (await audit(it, twin)).first
    assert first
    assert (first.position, "printed in TCC-2027-0001" in first.found) == (4, True)


def test_a_certificate_without_a_head_says_nothing_and_another_file_is_refused(tmp_path: Path) -> None:
    older, other = tmp_path / "older.json", tmp_path / "other.json"
    older.write_text('{"certificate": {"number": "TCC-2026-0001"}, "signature": ""}')
    other.write_text("[]")
    heads = {"certification": {PublishedHead(1, "aa")}, "disputes": {PublishedHead(2, "bb")}}
    assert with_printed(heads, [older]) == heads
    with pytest.raises(Failure, match="not the JSON twin"):
        with_printed(heads, [other])
