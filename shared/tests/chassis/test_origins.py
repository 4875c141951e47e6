"""Nobody speaks for another: who may say what on which topic."""

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count
from uuid import uuid4

import pytest

from chassis.messaging.cloudevents import Envelope
from chassis.messaging.inbox import Inbox
from chassis.messaging.records import Record
from contracts.code_administrator import PartyAcceded
from testing import ledger
from testing.ledger_facts import NOTIFIED, NOW, confirmed, held, record
from testing.probe import Kafka, Postgres, Probe, running

OUTSIDE_TOPIC = "dcc.code-administrator"
ACCEDED = PartyAcceded(signifier="ACME", name="Acme", acceded_on=NOW.date(), reference="r")
EVIL = NOTIFIED.model_copy(update={"party": "EVIL"})
OFFSETS = count(1)


@pytest.fixture(scope="module")
async def it(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Probe]:
    async with running(ledger.build, postgres, kafka) as probe:
        yield probe


@pytest.fixture
def inbox(it: Probe) -> Inbox:
    return Inbox(it.runtime, ledger.HANDLERS)


def said(topic: str, source: str, type: str, subject: str, sequence: int | None) -> Record:
    """A record that says it is from a source."""
    event = Envelope(f"{subject}:{sequence or uuid4()}", source, type, subject, NOW, sequence)
    content = {NOTIFIED.TYPE: EVIL, ACCEDED.TYPE: ACCEDED}.get(type, held("forged"))
    return Record(topic, 0, next(OFFSETS), tuple(event.headers()), content.model_dump_json().encode())


@pytest.mark.parametrize(
    ("topic", "source", "type", "sequence"),
    [
        (OUTSIDE_TOPIC, "assay.notification", NOTIFIED.TYPE, 1),
        (OUTSIDE_TOPIC, "assay.notification", "nobody.knows.this.v1", 1),
        (OUTSIDE_TOPIC, "assay.notification", ACCEDED.TYPE, None),
        (OUTSIDE_TOPIC, "dcc.code-administrator", NOTIFIED.TYPE, None),
        (OUTSIDE_TOPIC, "dcc.code-administrator", ACCEDED.TYPE, 1),
        ("assay.certification", "assay.notification", NOTIFIED.TYPE, 1),
        ("assay.certification", "assay.certification", NOTIFIED.TYPE, 1),
        ("assay.certification", "assay.notification", "nobody.knows.this.v1", 1),
        ("assay.notification", "assay.certification", NOTIFIED.TYPE, 1),
        ("assay.notification", "dcc.code-administrator", NOTIFIED.TYPE, 1),
        ("assay.notification", "assay.notification", NOTIFIED.TYPE, None),
        ("assay.nowhere", "assay.nowhere", NOTIFIED.TYPE, 1),
    ],
)
async def test_what_is_said_in_anothers_name_is_rejected_and_the_true_facts_count(
    it: Probe, inbox: Inbox, topic: str, source: str, type: str, sequence: int | None
) -> None:
    id = str(uuid4())
    forged = said(topic, source, type, id, sequence)
    await inbox.handle([forged])
    await inbox.handle([record(NOTIFIED, id, 1), record(held("word"), id, 2)])
    state, _ = await it.runtime.state(ledger.LEDGER, id)
    assert state == ledger.Ledger("ACME", ("word",))
    assert await it.runtime.pool.fetchval("SELECT sequence FROM publication WHERE subject = $1", forged.place) == 1


async def test_each_owner_is_heard_on_its_topic(it: Probe, inbox: Inbox) -> None:
    id = str(uuid4())
    theirs = replace(record(confirmed("theirs"), id, 1), topic="assay.certification")
    event = Envelope(f"{id}:1", "assay.certification", confirmed("x").TYPE, id, NOW, 1)
    await inbox.handle([record(NOTIFIED, id, 1), replace(theirs, headers=tuple(event.headers()))])
    state, _ = await it.runtime.state(ledger.LEDGER, id)
    assert state.entries == ("theirs",)


async def test_a_type_that_nobody_knows_yet_takes_its_turn(it: Probe, inbox: Inbox) -> None:
    id = str(uuid4())
    await inbox.handle([record(NOTIFIED, id, 1)])
    await inbox.handle([said("assay.notification", "assay.notification", "nobody.knows.this.v1", id, 2)])
    await inbox.handle([record(held("word"), id, 3)])
    state, _ = await it.runtime.state(ledger.LEDGER, id)
    assert state.entries == ("word",)
