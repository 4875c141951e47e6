"""The invariants are sharp: whatever is broken by hand shows, each in its own figure."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib import import_module

import asyncpg
import pytest

from assay_lab.invariants import CONSUMES, Findings, check, findings
from assay_lab.observed_facts import Arrival, ObservedFacts, arrivals, issued, ledgers
from assay_lab.scenario import ScenarioResult
from assay_stack.home import Home
from assay_stack.postgres import SUPERUSER, Postgres
from contracts.topics import TOPICS
from gateway.read_side.projection import PROJECTION

pytestmark = pytest.mark.timeout(300)

COPY = "jsonb_populate_record({row}, jsonb_build_object({changes}))"


@asynccontextmanager
async def broken(home: Home, service: str, breaking: Sequence[str], mending: Sequence[str]) -> AsyncIterator[Findings]:
    """What is found after a service's database was changed past the service; it is mended again."""
    password = home.passwords([SUPERUSER])[SUPERUSER]
    server = Postgres(home.postgres, home.ports(["postgres"])["postgres"], password)
    connection = await asyncpg.connect(server.address(SUPERUSER, password, service))
    try:
        await connection.execute("SET session_replication_role = replica")  # no trigger stands in the way
        for statement in breaking:
            await connection.execute(statement)
        yield await check(home, settle_seconds=0)
    finally:
        for statement in mending:
            await connection.execute(statement)
        await connection.close()


def test_a_fact_is_looked_for_wherever_it_is_heard() -> None:
    heard = {
        name: import_module(f"{name.replace('-', '_')}.event_handlers").HANDLERS
        for name in CONSUMES.keys() - {"gateway"}
    } | {"gateway": PROJECTION.contracts}
    services = {topic.name: topic.owner for topic in TOPICS if topic.owner in CONSUMES}
    sources = {name: {services.get(contract.TOPIC) for contract in heard[name]} - {None} for name in CONSUMES}
    assert sources == {name: set(sources) for name, sources in CONSUMES.items()}


@pytest.fixture
async def sound(home: Home, ended: ScenarioResult) -> Findings:
    """What is found while nothing is broken."""
    found = await check(home)
    assert found.hold, found
    return found


async def test_a_fact_that_was_committed_and_never_published_is_lost(
    home: Home, ended: ScenarioResult, sound: Findings
) -> None:
    # What stays when a row of the outbox is deleted: its sequence was given out, and nobody ever sees it.
    move = f"UPDATE publication SET sequence = sequence {{}} 1 WHERE subject = '{ended.engagement}'"
    async with broken(home, "disputes", [], []) as found:
        assert found == sound
    async with broken(home, "notification", [move.format("+")], [move.format("-")]) as found:
        hearers = 5
        assert found == replace(sound, lost=hearers + 1)


async def test_a_fact_that_a_service_did_not_hear_is_lost(home: Home, ended: ScenarioResult, sound: Findings) -> None:
    which = f"WHERE source = 'assay.execution-tracker' AND subject = '{ended.engagement}'"
    move = f"UPDATE inbox SET next_sequence = next_sequence {{}} 1 {which}"
    async with broken(home, "certification", [move.format("-")], [move.format("+")]) as found:
        assert found == replace(sound, lost=1)


async def test_a_fact_that_the_dashboard_did_not_count_is_lost(
    home: Home, ended: ScenarioResult, sound: Findings
) -> None:
    move = f"UPDATE dashboard SET sequence = sequence {{}} 1 WHERE engagement = '{ended.engagement}'"
    async with broken(home, "execution-tracker", [move.format("-")], [move.format("+")]) as found:
        assert found == replace(sound, lost=1)


async def test_a_message_that_acted_twice_is_doubled(home: Home, ended: ScenarioResult, sound: Findings) -> None:
    last = f"(SELECT max(version) FROM event WHERE stream = 'completion-{ended.engagement}')"
    again = COPY.format(
        row="event", changes="'seq', (SELECT max(seq) + 1000 FROM event), 'version', version + 1, 'recorded_at', now()"
    )
    which = f"WHERE stream = 'completion-{ended.engagement}' AND version = {last}"
    doubling = f"INSERT INTO event OVERRIDING SYSTEM VALUE SELECT ({again}).* FROM event {which}"
    async with broken(home, "certification", [doubling], [f"DELETE FROM event {which}"]) as found:
        doubled = replace(sound, events=sound.events + 1, doubled=1)
        # The last event of a completion says that the certificate was issued.
        assert found == replace(doubled, certificates=sound.certificates + 1, certificates_doubled=1)


async def test_a_message_that_acted_after_a_later_one_is_out_of_order(
    home: Home, ended: ScenarioResult, sound: Findings
) -> None:
    caused = "metadata->>'actor' = 'assay.execution-tracker'"
    of = f"stream = 'completion-{ended.engagement}' AND {caused}"
    last = f"WHERE {of} AND version = (SELECT max(version) FROM event WHERE {of})"
    moved = (
        "UPDATE event SET metadata = (metadata::jsonb || jsonb_build_object('cause', "
        f"regexp_replace(metadata->>'cause', ':(\\d+)$', ':') || '1'))::json {last}"
    )
    # As it was, byte for byte: the hash chain knows.
    given_back = "UPDATE event SET metadata = kept.metadata FROM kept WHERE event.seq = kept.seq"
    breaking = [f"CREATE TABLE kept AS SELECT seq, metadata FROM event {last}", moved]
    async with broken(home, "certification", breaking, [given_back, "DROP TABLE kept"]) as found:
        assert found == replace(sound, out_of_order=1)


async def test_a_second_certificate_of_a_form_in_an_engagement_is_doubled(
    home: Home, ended: ScenarioResult, sound: Findings
) -> None:
    drop = "ALTER TABLE certificate DROP CONSTRAINT certificate_engagement_form_key"
    changes = "'number', 'TCC-FALSE', 'serial', 99999, 'pdf_sha256', NULL, 'json_sha256', NULL"
    again = COPY.format(row="certificate", changes=changes)
    which = f"WHERE engagement = '{ended.engagement}'"
    doubling = f"INSERT INTO certificate SELECT ({again}).* FROM certificate {which}"
    mending = [
        "DELETE FROM certificate WHERE number = 'TCC-FALSE'",
        "ALTER TABLE certificate ADD CONSTRAINT certificate_engagement_form_key UNIQUE (engagement, form)",
    ]
    async with broken(home, "certification", [drop, doubling], mending) as found:
        assert found == replace(sound, certificates_doubled=1)


async def test_an_event_that_was_removed_leaves_a_gap(home: Home, ended: ScenarioResult, sound: Findings) -> None:
    which = f"WHERE stream = 'completion-{ended.engagement}' AND version = 2"
    taking = [f"CREATE TABLE taken AS SELECT * FROM event {which}", f"DELETE FROM event {which}"]
    giving = ["INSERT INTO event OVERRIDING SYSTEM VALUE SELECT * FROM taken", "DROP TABLE taken"]
    async with broken(home, "certification", taking, giving) as found:
        assert found == replace(sound, events=sound.events - 1, gaps=1)


async def test_a_parked_message_shows(home: Home, sound: Findings) -> None:
    parking = (
        "INSERT INTO parked (source, subject, id, sequence, type, topic, headers, value, reason, parked_at)"
        " VALUES ('assay.nobody', 'x', 'x:1', 1, 'x', 'x', '{}', '', 'by hand', now())"
    )
    mending = "DELETE FROM parked WHERE source = 'assay.nobody'"
    async with broken(home, "disputes", [parking], [mending]) as found:
        assert found == replace(sound, parked=1)


async def test_a_step_that_nobody_looked_at_when_it_was_due_is_lost(home: Home, sound: Findings) -> None:
    observed = ObservedFacts(await ledgers(home), await arrivals(home), await issued(home))
    notification = observed.ledgers["notification"]
    assert notification.counts["unchecked"] == 0
    # Changed in what was read: on the stack itself the timer would look within a second.
    unchecked = replace(notification, counts={**notification.counts, "unchecked": 1})
    found = findings(replace(observed, ledgers={**observed.ledgers, "notification": unchecked}))
    assert found == replace(sound, lost=1)


async def test_what_is_wrong_on_a_topic_shows(home: Home, ended: ScenarioResult, sound: Findings) -> None:
    observed = ObservedFacts(await ledgers(home), await arrivals(home), await issued(home))
    facts = observed.arrivals["notification"]
    mine = [number for number, fact in enumerate(facts) if fact.subject == ended.engagement]
    one, two = mine[-2:]

    def on_topic(changed: Sequence[Arrival]) -> Findings:
        return findings(replace(observed, arrivals={**observed.arrivals, "notification": tuple(changed)}))

    assert on_topic(facts) == sound
    assert on_topic((*facts, facts[one])) == sound, "to come again is no harm"
    assert on_topic((*facts[:two], *facts[two + 1 :])) == replace(sound, lost=1)
    swapped = [*facts[:one], facts[two], *facts[one + 1 : two], facts[one], *facts[two + 1 :]]
    assert on_topic(swapped) == replace(sound, out_of_order=1)
    assert on_topic((*facts, replace(facts[one], content=b"another"))) == replace(sound, doubled=1)
