"""What the databases and the topics of a stack say: read as they are, past the services."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer

from assay_stack.home import Home
from assay_stack.ports import LOOPBACK
from assay_stack.postgres import database_url
from assay_stack.services import SERVICES
from chassis.messaging.cloudevents import envelope
from chassis.messaging.reading import lying
from chassis.process.database import load_queries
from contracts.topics import LATEST_OF_EACH_KEY, TOPICS

QUERIES = load_queries(Path(__file__).with_name("observed_facts.sql"))
OWN = {
    "notification": ("unchecked",),
    "execution-tracker": ("uncounted",),
    "certification": ("unsigned", "certificates_doubled"),
}
"""The counts that one service alone has, besides those of every service."""
EVERY = ("pending", "parked", "events", "gaps", "doubled", "disordered")


@dataclass(frozen=True)
class Ledger:
    """What one service's database says."""

    published: Mapping[str, int]
    """the last sequence that each subject was given"""
    consumed: Mapping[tuple[str, str], int]
    """the last sequence handled, of each source and subject"""
    counts: Mapping[str, int]
    """what the queries of observed_facts.sql count, by their names"""


@dataclass(frozen=True)
class Arrival:
    """One message on a topic."""

    subject: str
    timeline: int
    sequence: int
    content: bytes
    """a hash of all that it says"""
    compacted: bool
    """whether its topic keeps only the latest of each subject"""


@dataclass(frozen=True)
class ObservedFacts:
    """All of it."""

    ledgers: Mapping[str, Ledger]
    arrivals: Mapping[str, tuple[Arrival, ...]]
    """by the service that published, in the order of each partition"""
    issued: tuple[str, ...]
    """the stream and the number of each event that says a certificate was issued"""


async def ledgers(home: Home) -> dict[str, Ledger]:
    """What every service's database says."""
    return {service.name: await _ledger(home, service.name) for service in SERVICES}


async def _ledger(home: Home, name: str) -> Ledger:
    connection = await asyncpg.connect(database_url(home, name))
    try:
        published = await connection.fetch(QUERIES["published"])
        consumed = await connection.fetch(QUERIES["consumed"])
        counts = [*EVERY, *OWN.get(name, ())]
        return Ledger(
            published={row["subject"]: row["sequence"] for row in published},
            consumed={(row["source"], row["subject"]): row["seen"] for row in consumed},
            counts={count: int(await connection.fetchval(QUERIES[count])) for count in counts},
        )
    finally:
        await connection.close()


async def arrivals(home: Home) -> dict[str, tuple[Arrival, ...]]:
    """What lies on the topics of our services."""
    found: dict[str, list[Arrival]] = defaultdict(list)
    names = {service.name for service in SERVICES}
    compacted = {topic.name: topic.config == LATEST_OF_EACH_KEY for topic in TOPICS if topic.owner in names}
    address = f"{LOOPBACK}:{home.ports(['kafka'])['kafka']}"
    consumer = AIOKafkaConsumer(*compacted, bootstrap_servers=address, auto_offset_reset="earliest")
    try:
        await consumer.start()
        async for record in lying(consumer):
            event = envelope(record.headers)
            if event.sequence is not None:
                content = sha256(event.type.encode() + b"\0" + (record.value or b"")).digest()
                arrived = Arrival(event.subject, event.timeline, event.sequence, content, compacted[record.topic])
                found[event.source.removeprefix("assay.")].append(arrived)
    finally:
        await consumer.stop()
    return {source: tuple(each) for source, each in found.items()}


async def issued(home: Home) -> tuple[str, ...]:
    """The stream and the number of every certificate that was issued, as often as it was."""
    connection: Any = await asyncpg.connect(database_url(home, "certification"))
    try:
        return tuple(row["certificate"] for row in await connection.fetch(QUERIES["issued"]))
    finally:
        await connection.close()
