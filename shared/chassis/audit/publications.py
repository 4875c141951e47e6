"""Whether a service's topics carry what it has published, and nothing else.

Each public message carries the service's seal, and those about a subject are numbered without gaps. Each record on its
topics is one of them, and each of them lies on its topic: on a compacted one, the last about each subject. That one
lies there twice is no harm: the relay repeats what it does not know to be acknowledged.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import asyncpg
from aiokafka import AIOKafkaConsumer
from pydantic import ValidationError

from chassis.audit.finding import MOST_FINDINGS, Compared, Finding
from chassis.eventstore.seal import SealKey
from chassis.messaging.cloudevents import Envelope, Unreadable, envelope
from chassis.messaging.decoding import OWN_PREFIX
from chassis.messaging.publication import is_own, published_as
from chassis.messaging.reading import lying
from chassis.process.database import Connection, load_queries
from contracts.audit import ChainHeadPublished
from contracts.topics import AUDIT, FOR_EVER, LATEST_OF_EACH_KEY, REJECTED, TOPICS

if TYPE_CHECKING:
    from aiokafka import ConsumerRecord

Raw: TypeAlias = "ConsumerRecord[bytes, bytes]"

QUERIES = load_queries(Path(__file__).parent / "publications.sql")
PORTION = 1_000
COMPACTED = sorted(topic.name for topic in TOPICS if topic.config == LATEST_OF_EACH_KEY)
PUBLICATIONS = "publications"


async def verify_messages(connection: Connection, key: SealKey | None) -> AsyncIterator[Finding | Compared]:
    """Compare every public message with its seal and its number, and the outbox with the messages that it names."""
    walk = _Walk()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        async for row in connection.cursor(QUERIES["messages"], prefetch=PORTION):
            for each in walk.numbered(row):
                yield each
            if row["seq"] is not None and (key is None or not is_own(row, key)):
                yield Finding(PUBLICATIONS, row["subject"], _unsealed(row, key), "a message with the service's seal")
        for each in walk.ended():
            yield each
        for row in await connection.fetch(QUERIES["enqueued_without_message"], MOST_FINDINGS):
            said = f"it names message {row['message']}"
            yield Finding("outbox", f"row {row['seq']}", said, "a message that is there")
    yield Compared(PUBLICATIONS, walk.messages)


def _unsealed(row: asyncpg.Record, key: SealKey | None) -> str:
    if key is None:
        return f"{_named(row)}, is sealed with a key, which is not at hand"
    return f"{_named(row)}, was changed, or added without the service's key"


@dataclass
class _Walk:
    """How far the messages were looked at, by subject and number."""

    messages: int = 0
    subject: str = ""
    last: int = 0
    given_out: int = 0

    def numbered(self, row: asyncpg.Record) -> list[Finding]:
        """What is missing before a message."""
        found = []
        if row["subject"] != self.subject:
            found = self.ended()
            self.subject, self.last, self.given_out = row["subject"], 0, row["given_out"] or 0
        if row["seq"] is not None:
            self.messages += 1
            found += self._gone(row["sequence"] - 1)
            self.last = row["sequence"]
        return found

    def ended(self) -> list[Finding]:
        """What is missing after the last message about a subject."""
        if self.last > self.given_out:
            said = f"{self.last} messages, and {self.given_out} numbers given out"
            return [Finding(PUBLICATIONS, self.subject, said, "as many numbers as messages")]
        return self._gone(self.given_out)

    def _gone(self, until: int) -> list[Finding]:
        if until <= self.last:
            return []
        said = f"no message {self.last + 1}" if until == self.last + 1 else f"no messages {self.last + 1} to {until}"
        return [Finding(PUBLICATIONS, self.subject, said, "what was given a number is kept")]


def _named(row: asyncpg.Record) -> str:
    return f"message {row['sequence']}, {row['type']}"


@dataclass(frozen=True)
class Publisher:
    """A service whose topics are read: its database, in a session that is this audit's alone."""

    service: str
    connection: Connection
    timeline: int

    @property
    def source(self) -> str:
        """As which it publishes."""
        return f"{OWN_PREFIX}{self.service}"

    @property
    def topics(self) -> list[str]:
        """The topics that nobody else writes to."""
        return [topic.name for topic in TOPICS if topic.owner == self.service]


async def publisher(service: str, connection: Connection) -> Publisher:
    """A service whose messages are awaited on their topics: all that have left the outbox by now."""
    found = Publisher(service, connection, await connection.fetchval(QUERIES["timeline"]))
    await connection.execute(QUERIES["keep_what_lies"])
    await connection.execute(QUERIES["await"])
    await connection.execute(QUERIES["await_published"], [*found.topics, REJECTED.name], COMPACTED)
    return found


@dataclass
class Topics:
    """Reads the topics of services to where they end now, and compares what lies there with what was published.

    `consumer` has started, and reads what `names` says.
    """

    publishers: Mapping[str, Publisher]
    prefix: str = ""
    _records: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def names(self) -> list[str]:
        """The topics to read."""
        own = [topic for each in self.publishers.values() for topic in each.topics]
        return [f"{self.prefix}{name}" for name in (*own, AUDIT.name, REJECTED.name)]

    async def verify(self, consumer: AIOKafkaConsumer) -> AsyncIterator[tuple[str, Finding | Compared]]:
        """What is found, each with the service whose topic it is; of a topic that all write to, with no service."""
        begins = await consumer.beginning_offsets(consumer.assignment())
        for partition, offset in sorted(begins.items()):
            name = partition.topic.removeprefix(self.prefix)
            if offset and _kept_for_ever(name):
                said = f"partition {partition.partition} begins at offset {offset}"
                yield _owner(name), Finding(f"topic {name}", name, said, "offset 0: nothing is ever removed")
        waiting: list[Raw] = []
        async for record in lying(consumer):
            waiting.append(record)
            if len(waiting) == PORTION:
                for each in await self._compared(waiting):
                    yield each
                waiting.clear()
        for each in await self._compared(waiting):
            yield each
        for service, publisher in self.publishers.items():
            async for missing in _not_there(publisher):
                yield service, missing
            yield service, Compared("records", self._records[service])

    async def _compared(self, records: Sequence[Raw]) -> list[tuple[str, Finding]]:
        found: list[tuple[str, Finding]] = []
        by_publisher: dict[str, list[tuple[Raw, Envelope]]] = defaultdict(list)
        for record in records:
            topic = record.topic.removeprefix(self.prefix)
            if topic == AUDIT.name:
                found += _not_a_head(record, topic)
                continue
            try:
                given = envelope(record.headers)
            except Unreadable as error:
                found.append((_owner(topic), _foreign(record, topic, topic, f"a record that can't be read: {error}")))
                continue
            claimed = given.source.removeprefix(OWN_PREFIX)
            if topic == REJECTED.name and given.source != claimed and claimed not in self.publishers:
                continue  # of a service whose database is not at hand, nobody can say anything
            if claimed in self.publishers and _owner(topic) in ("", claimed) and given.sequence is not None:
                by_publisher[claimed].append((record, given))
            else:
                said = f"a record of {given.source}, {given.type}"
                found.append((_owner(topic), _foreign(record, topic, given.subject, said)))
        for service, theirs in by_publisher.items():
            found += [(service, each) for each in await self._compared_with(self.publishers[service], theirs)]
        return found

    async def _compared_with(self, publisher: Publisher, records: Sequence[tuple[Raw, Envelope]]) -> list[Finding]:
        self._records[publisher.service] += len(records)
        wanted = [given.subject for _, given in records], [given.sequence for _, given in records]
        rows = await publisher.connection.fetch(QUERIES["messages_of"], *wanted)
        known = {(row["subject"], row["sequence"]): row for row in rows}
        found, lies = [], list[int]()
        for record, given in records:
            row, topic = known.get((given.subject, given.sequence)), record.topic.removeprefix(self.prefix)
            if row is not None and _is_record_of(publisher, row, record, topic):
                lies.append(row["seq"])
            else:
                said = f"a record of {given.source}, {given.type}, number {given.sequence}"
                lost = given.timeline < publisher.timeline
                found.append(_foreign(record, topic, given.subject, said, row, lost))
        await publisher.connection.execute(QUERIES["lies"], lies)
        return found


def _is_record_of(publisher: Publisher, row: asyncpg.Record, record: Raw, topic: str) -> bool:
    """Whether a record is a message as the relay sends it."""
    sent = dict(published_as(publisher.source, row).headers())
    key_and_value = (row["subject"].encode(), row["value"])
    return (topic, key_and_value, sent) == (row["topic"], (record.key, record.value), dict(record.headers))


def _foreign(
    record: Raw, topic: str, subject: str, said: str, row: asyncpg.Record | None = None, lost: bool = False
) -> Finding:
    right = "no record: the service has published nothing like it" if row is None else f"{_named(row)}, as published"
    if lost:
        right = "what an earlier timeline published, which was lost with its database"
    return Finding(f"topic {topic}/{record.partition}/{record.offset}", subject, said, right, warning=lost)


def _not_a_head(record: Raw, topic: str) -> list[tuple[str, Finding]]:
    """Whether a head is its service's own is found with the chain."""
    with suppress(ValidationError):
        ChainHeadPublished.model_validate_json(record.value or b"")
        return []
    return [("", _foreign(record, topic, topic, "a record that is not the head of a chain"))]


async def _not_there(publisher: Publisher) -> AsyncIterator[Finding | Compared]:
    """Messages that have left the outbox and lie on no topic, and how often others lie there twice."""
    for row in await publisher.connection.fetch(QUERIES["not_there"], MOST_FINDINGS):
        remedy = f"it lies there: ./assay republish {publisher.service} puts it there again"
        yield Finding(f"topic {row['topic']}", row["subject"], f"{_named(row)}, is missing", remedy)
    yield Compared("duplicates", await publisher.connection.fetchval(QUERIES["duplicates"]))


def _kept_for_ever(topic: str) -> bool:
    return any(each.name == topic and each.config == FOR_EVER for each in TOPICS)


def _owner(topic: str) -> str:
    """The one service that writes to a topic; none of one that all write to."""
    return "" if topic in (AUDIT.name, REJECTED.name) else next(each.owner for each in TOPICS if each.name == topic)
