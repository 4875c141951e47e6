"""`./assay audit verify` on real servers: nothing is found where nobody meddled, and whoever did is found out."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import pytest

import disputes.wiring
from assay_cli.audit import PRINTED_BY, Audited, audited, printed, published, serialised
from assay_lab.fixtures import TestKafka, TestPostgres
from assay_stack.home import Home
from assay_stack.keys import seal_key
from assay_stack.ports import free_port
from chassis.eventstore.cause import Cause
from chassis.eventstore.chain_verification import Break
from chassis.eventstore.head_verification import HeadsOnTopic
from chassis.eventstore.same_fields import taken_as
from chassis.messaging import timeline
from chassis.messaging.cloudevents import Envelope
from chassis.process.database import load_queries
from contracts.audit import ChainHeadPublished
from contracts.topics import AUDIT, DISPUTES
from disputes.aggregates import MATTERS
from disputes.domain.events import EngagementNoted
from kernel.failure import Failure
from testing.notice import notified
from testing.probe import SEAL_KEY, Probe, running

EVENTS = 6
NOTED = taken_as(EngagementNoted)(notified())
CHAIN_ANEW = (
    "DELETE FROM link",
    "DELETE FROM unchained",
    """
    DO $$
    DECLARE
        last   bytea := decode(repeat('00', 32), 'hex');
        number bigint := 0;
        each   record;
    BEGIN
        FOR each IN SELECT * FROM event ORDER BY seq LOOP
            last := sha256(last || each.seal);
            number := number + 1;
            INSERT INTO link (position, event, hash) VALUES (number, each.seq, last);
        END LOOP;
        UPDATE chain_head SET position = number, hash = last;
    END $$
    """,
)
"""What whoever knows how chains are made would do to hide what they did."""
FORGED = """
    INSERT INTO event (seq, stream, version, type, data, metadata, recorded_at, seal) OVERRIDING SYSTEM VALUE
    SELECT 0, stream || '-forged', version, type, data, metadata, recorded_at, seal FROM event WHERE seq = 1
"""
CHANGED = "UPDATE event SET data = replace(data::text, 'SUPP', 'EVIL')::json WHERE seq = 3"
KEYS = {"disputes": SEAL_KEY}


@pytest.fixture
async def it(postgres: TestPostgres, kafka: TestKafka) -> AsyncIterator[Probe]:
    """A real service that has stored some events and published the head of its chain."""
    async with running(disputes.wiring.build, postgres, kafka) as probe:
        for number in range(EVENTS):
            await probe.runtime.handle(Cause.internal(f"{number}"), MATTERS, str(UUID(int=number)), NOTED)
        await head_published(probe)
        yield probe


async def head_published(probe: Probe) -> None:
    """Wait until the relay, which publishes once a second, has told of everything that is stored, and has kept that."""
    count = 1
    while (head := await probe.published(ChainHeadPublished, "disputes", count)).position < EVENTS:
        count += 1
    kept = "SELECT true FROM chain_head WHERE published >= $1"
    await probe.until(lambda: probe.runtime.pool.fetchval(kept, head.number), "the relay did not keep what it told")


async def audit(it: Probe, *twins: Path) -> Audited:
    heads = await published(it.runtime.settings.kafka, it.runtime.settings.topic_prefix)
    databases = (
        {PRINTED_BY: it.runtime.settings.database_url} if twins else {"disputes": it.runtime.settings.database_url}
    )
    told = dict.fromkeys(databases, heads["disputes"])
    (found,) = await audited(databases, told, dict.fromkeys(databases, SEAL_KEY), tuple(printed(twins)))
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
    assert serialised([found])["intact"] is True


@pytest.mark.parametrize(
    ("statements", "position", "says"),
    [
        ([CHANGED], 3, "was changed"),
        (["DELETE FROM event WHERE seq = 3"], 3, "event 3 was removed"),
        (["DELETE FROM event WHERE seq = 3", "DELETE FROM link WHERE position = 3"], 3, "3 to 3 were removed"),
        (["DELETE FROM event WHERE seq > 4"], 5, "event 5 was removed"),
        (["DELETE FROM event WHERE seq > 4", "DELETE FROM link WHERE position > 4"], 4, "its head says 6"),
        (["DELETE FROM event WHERE seq > 4", *CHAIN_ANEW], 4, "was cut off"),
        ([FORGED], 6, "was added"),
        ([FORGED, *CHAIN_ANEW], 1, "added without the service's key"),
        ([CHANGED, *CHAIN_ANEW], 3, "was changed"),
        (["DELETE FROM event WHERE seq = 3", FORGED, *CHAIN_ANEW], 1, "added without the service's key"),
        (["DELETE FROM event WHERE seq = 3", *CHAIN_ANEW], 5, "was cut off"),
        (["DELETE FROM event", "DELETE FROM link"], 0, "its head says 6"),
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
        "an event removed and the chain made anew",
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
    assert serialised([found])["intact"] is False


async def test_a_changed_event_is_named_by_stream_and_version(it: Probe, postgres: TestPostgres) -> None:
    await tamper(it, postgres, ["UPDATE event SET type = 'other' WHERE seq = 2"])
    stream = MATTERS.stream(str(UUID(int=1)))
    found = "event 2 was changed, or added without the service's key"
    assert (await audit(it)).first == Break(2, found, stream, 1)


async def test_a_certificate_reveals_a_chain_that_was_made_anew_before_its_head_was_published(
    it: Probe, postgres: TestPostgres, tmp_path: Path
) -> None:
    """Whoever could also meddle with the topic would meet the copies that the Parties hold."""
    seal = await it.runtime.pool.fetchval("SELECT hash FROM link WHERE position = 4")
    twin = tmp_path / "TCC-2027-0001.json"
    head = {"position": 4, "hash": seal.hex()[:16]}
    twin.write_text(json.dumps({"certificate": {"number": "TCC-2027-0001", "head": head}, "signature": ""}))
    assert (await audit(it, twin)).verdict.intact
    await tamper(it, postgres, ["DELETE FROM event WHERE seq = 3", *CHAIN_ANEW])
    first = (await audit(it, twin)).first
    assert first
    assert (first.position, "printed in TCC-2027-0001" in first.found) == (4, True)


def test_a_certificate_without_a_head_says_nothing_and_another_file_is_refused(tmp_path: Path) -> None:
    older, other = tmp_path / "older.json", tmp_path / "other.json"
    older.write_text('{"certificate": {"number": "TCC-2026-0001"}, "signature": ""}')
    other.write_text("[]")
    assert list(printed([older])) == []
    with pytest.raises(Failure, match="not the JSON twin"):
        list(printed([other]))


# What was published


async def publish_head(it: Probe, **changed: Any) -> None:
    """Put a head on the topic, as the last one but for what is changed."""
    last = await it.published(ChainHeadPublished, "disputes")
    head = last.model_copy(update=changed)
    event = Envelope("disputes:x", "assay.disputes", head.TYPE, "disputes", head.published_at)
    await it.send(AUDIT.name, event, head.model_dump_json().encode())


async def test_a_head_that_somebody_else_published_is_found_and_breaks_nothing_else(it: Probe) -> None:
    await publish_head(it, position=99, number=2)
    assert [each.found for each in (await audit(it)).verdict.breaks] == [
        "a head that is not the service's own lies on the topic"
    ]


async def test_a_topic_that_lost_heads_is_found(it: Probe) -> None:
    await it.runtime.pool.execute("UPDATE chain_head SET published = published + 2")
    (found,) = (await audit(it)).verdict.breaks
    assert "2 heads of timeline 1 are gone from the topic" in found.found


async def test_a_head_that_is_published_while_the_topic_is_read_is_not_missed(it: Probe) -> None:
    told = (await published(it.runtime.settings.kafka, it.runtime.settings.topic_prefix))["disputes"]
    heads = {"disputes": replace(told, expected=len(told.heads))}
    await it.runtime.pool.execute("UPDATE chain_head SET published = published + 1")
    (found,) = await audited({"disputes": it.runtime.settings.database_url}, heads, KEYS)
    assert found.verdict.intact
    (found,) = await audited({"disputes": it.runtime.settings.database_url}, {"disputes": told}, KEYS)
    assert not found.verdict.intact


async def test_an_emptied_topic_is_found(it: Probe) -> None:
    heads = {"disputes": HeadsOnTopic()}
    (found,) = await audited({"disputes": it.runtime.settings.database_url}, heads, KEYS)
    assert found.first
    assert "no head of disputes lies on the topic" in found.first.found


async def test_a_topic_that_does_not_begin_at_its_beginning_is_found(it: Probe) -> None:
    told = (await published(it.runtime.settings.kafka, it.runtime.settings.topic_prefix))["disputes"]
    heads = {"disputes": replace(told, cut_off=True)}
    (found,) = await audited({"disputes": it.runtime.settings.database_url}, heads, KEYS)
    assert found.first
    assert "does not begin at its beginning" in found.first.found


async def test_heads_that_were_lost_with_a_database_are_no_break_once_a_timeline_has_begun(it: Probe) -> None:
    beyond = {"position": 99, "number": 2, "hash": "aa"}
    last = await it.published(ChainHeadPublished, "disputes")
    await publish_head(it, **beyond, seal=SEAL_KEY.head("disputes", 1, 2, 99, "aa"))
    assert "cut off" in (await audit(it)).verdict.breaks[0].found
    hash = bytes.fromhex(last.hash)
    row = (2, last.position, hash, "a disk was lost", "me", last.published_at)
    begin = load_queries(Path(timeline.__file__).parent / "timeline.sql")["begin"]
    await it.runtime.pool.execute(begin, *row, b"forged")
    (found,) = (await audit(it)).verdict.breaks
    assert "without the service's key" in found.found
    await tamper_with_seal(it, SEAL_KEY.timeline(*row[:5]))
    assert (await audit(it)).verdict.intact


async def tamper_with_seal(it: Probe, seal: bytes) -> None:
    async with it.runtime.transaction() as connection:
        await connection.execute("ALTER TABLE timeline DISABLE TRIGGER USER")
        await connection.execute("UPDATE timeline SET seal = $1", seal)


def named(it: Probe, **others: str) -> list[str]:
    """The arguments by which an auditor names the service's records."""
    settings = it.runtime.settings
    chosen = {"database": f"disputes={settings.database_url}", "kafka": settings.kafka, **others}
    options = (f"--{name.replace('_', '-')}={value}" for name, value in chosen.items() if value)
    return ["audit", "verify", "--json", f"--topic-prefix={settings.topic_prefix}", *options]


async def test_an_auditor_names_the_records_and_needs_no_stack(
    it: Probe, postgres: TestPostgres, command_line: Callable[..., Awaitable[Any]]
) -> None:
    key = it.runtime.settings.seal_key
    key = key.rename(key.with_name("disputes.key"))
    answer = await command_line(*named(it, seal_keys=str(key.parent)))
    assert answer.code == 0, answer.err
    (found,) = json.loads(answer.out)["services"]
    assert (found["service"], found["events"], found["heads_checked"] >= 1) == ("disputes", EVENTS, True)
    of_another = await command_line(*named(it, database=f"notification={it.runtime.settings.database_url}"))
    assert "disputes was not checked" in of_another.err
    await tamper(it, postgres, ["DELETE FROM event WHERE seq = 3"])
    answer = await command_line(*named(it))
    assert (answer.code, json.loads(answer.out)["intact"]) == (1, False)


async def test_a_fact_that_the_service_never_published_is_named_on_its_topic(
    it: Probe, tmp_path: Path, command_line: Callable[..., Awaitable[Any]]
) -> None:
    key = it.runtime.settings.seal_key
    key = key.rename(key.with_name("disputes.key"))
    everything = (*named(it, seal_keys=str(key.parent)), "--all", f"--files={tmp_path}")
    answer = await command_line(*everything)
    assert answer.code == 0, answer.out + answer.err
    foreign = Envelope("foreign:1", "assay.disputes", "assay.disputes.made-up.v1", "foreign", it.clock.now(), 1)
    await it.send(DISPUTES.name, foreign, b"{}")
    answer = await command_line(*everything)
    (found,) = [each["findings"] for each in json.loads(answer.out)["everything"] if each["findings"]]
    assert (answer.code, [each["subject"] for each in found]) == (1, ["foreign"])
    assert "published nothing like it" in found[0]["right"]


async def test_an_auditor_gives_the_keys_of_the_seals_as_files(
    postgres: TestPostgres, kafka: TestKafka, home: Home, command_line: Callable[..., Awaitable[Any]]
) -> None:
    key = seal_key(home, "disputes")
    async with running(disputes.wiring.build, postgres, kafka, seal_key=key) as it:
        await it.runtime.handle(Cause.internal("0"), MATTERS, str(UUID(int=0)), NOTED)
        without = await command_line(*named(it))
        assert "not at hand" in json.loads(without.out)["services"][0]["first_broken"]["found"]
        answer = await command_line(*named(it, seal_keys=str(key.parent)))
        assert answer.code == 0, answer.out
        key.write_bytes(b"short")
        answer = await command_line(*named(it, seal_keys=str(key.parent)))
        assert "not the key of a seal" in answer.err


async def test_records_that_are_not_named_or_can_not_be_reached_are_said_with_a_remedy(
    it: Probe, command_line: Callable[..., Awaitable[Any]]
) -> None:
    secret = "postgresql://auditor:sesame@127.0.0.1:1/disputes"
    for arguments, what in (
        (named(it, kafka=""), "No Kafka was named"),
        (named(it, database=secret), "not of the form SERVICE=ADDRESS"),
        (named(it, database=f"disputes={secret}"), "The database of disputes can't be read"),
        (named(it, database="disputes=http://127.0.0.1:1"), "The database of disputes can't be read"),
        (named(it, kafka=f"127.0.0.1:{free_port()}"), "The heads that were published can't be read"),
        (["--gateway=https://assay.invalid", "audit", "verify", "--json"], "No database was named"),
        ([*named(it), "--all"], "No object store was named"),
        ([*named(it), "--all", "--files=/nowhere"], "/nowhere is no folder"),
        ([*named(it, database=f"nobody={it.runtime.settings.database_url}"), "--all", "--files=/tmp"], "nobody is not"),
        ([*named(it, database=f"gateway={it.runtime.settings.database_url}"), "--all", "--files=/tmp"], "no databases"),
    ):
        answer = await command_line(*arguments)
        failure = json.loads(answer.out)["failure"]
        assert (answer.code, what in failure["what"]) == (1, True), failure
        assert failure["remedy"]
        assert "sesame" not in answer.out + answer.err
