"""Whether a database is as far as what it has published, and the new timeline of one that is not.

A database that was brought back to an earlier state would give out sequences, numbers and ids again that others know
for something else. So a service compares itself with the ends of its topics before it serves. Where they are ahead, or
the database was marked as restored, it does not. Operations then begin a new timeline: what is published from there
takes the place of what was lost.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from chassis import timing
from chassis.eventstore import chain
from chassis.eventstore.chain import ChainHead
from chassis.eventstore.chain_verification import NOTHING
from chassis.eventstore.head_verification import is_own
from chassis.eventstore.runtime import Runtime
from chassis.messaging.cloudevents import Unreadable, envelope
from chassis.messaging.kafka_clients import start, stop_consumer
from chassis.messaging.reading import lying
from chassis.process.database import TRANSIENT, Connection, load_queries
from contracts.audit import ChainHeadPublished
from contracts.topics import AUDIT, TOPICS
from kernel.principal import Principal
from kernel.refusal import Kind, Refusal

QUERIES = load_queries(Path(__file__).parent / "timeline.sql")
LAST = 500
"""So many of the last records of a partition are looked at: what was lost is at the end."""
MOST_NAMED = 1_000

log = structlog.get_logger()


@dataclass(frozen=True)
class Lost:
    """A fact that was published and that the database does not know."""

    topic: str
    subject: str
    timeline: int
    sequence: int
    type: str
    time: str


@dataclass(frozen=True)
class Comparison:
    """What the topics say of a database: the facts it does not know, and the latest timeline there is."""

    lost: tuple[Lost, ...]
    latest_timeline: int
    head: str = ""
    """how far a published head is ahead, in words; empty where none is"""
    published: ChainHead = NOTHING
    """the last head of the database's timeline that was published"""
    timeline: int = 1
    """that of the database"""
    restored: str = ""
    """of when the backup is that the database was restored from, in words; empty once a timeline has begun since"""

    @property
    def ahead(self) -> str:
        """What is ahead of the database, in words; empty where nothing is."""
        facts = f"{len(self.lost)} published facts are not in the database" if self.lost else ""
        return "; ".join(filter(None, (facts, self.head, self.restored)))


@dataclass(frozen=True)
class RevokedFacts:
    """Facts of a source that were handled here, and that it lost: it began `timeline` from before them."""

    source: str
    subject: str
    timeline: int
    first: int
    last: int
    revoked_at: datetime


@dataclass(frozen=True)
class Standing(Comparison):
    """Where a service stands: against its own topics, and which facts of others it handled that are no more."""

    behind: str = ""
    """what is ahead of the database, in words; empty where nothing is"""
    revoked: tuple[RevokedFacts, ...] = ()
    """the latest, at most a thousand"""


class DatabaseBehind(Exception):
    """The database was brought back while the service runs: the process ends, the next one looks before it serves."""


@dataclass(unsafe_hash=True)
class NothingLost(Refusal):
    """The database is as far as everything that it has published."""

    kind = Kind.CONFLICT
    remedy = "A new timeline is begun only after a database was brought back to an earlier state."


@dataclass(unsafe_hash=True)
class BegunMeanwhile(Refusal):
    """Timeline {timeline} was begun by somebody else while what was lost was looked for."""

    kind = Kind.CONFLICT
    remedy = "Look where the service stands: it goes on in timeline {timeline}, and needs no other one."
    timeline: int


@dataclass(frozen=True)
class Begun:
    """A timeline that was begun, and what was lost with the one before."""

    timeline: int
    lost: tuple[Lost, ...]
    """at most a thousand"""
    lost_in_all: int


async def verify_until_current(runtime: Runtime) -> None:
    """Return when the database is known to be as far as what it has published; until then the service does not serve.

    Kafka is waited for. A database that is behind is waited for as well: somebody may begin a new timeline.
    """
    while True:
        told = runtime.behind
        try:
            compared = await compare(runtime, LAST)
            # The timeline that was compared: a new one may begin at any moment.
            runtime.origin = replace(runtime.origin, timeline=compared.timeline)
            runtime.metrics.behind.set(bool(compared.ahead))
            if not compared.ahead:
                runtime.unverified = runtime.behind = ""
                return
            runtime.behind = compared.ahead
            if compared.ahead != told:
                log.critical("the database is behind what was published, the service does not serve", **vars(compared))
        except (KafkaError, *TRANSIENT) as error:
            log.warning("what was published can't be compared with the database yet", error=repr(error))
        await runtime.woken(timing.HEALTH_CHECK_SECONDS)


async def current(connection: Connection) -> int:
    """The timeline of the database."""
    return int(await connection.fetchval(QUERIES["current"]))


async def standing(runtime: Runtime) -> Standing:
    """Where the service stands, as far as the last records of its topics show it."""
    compared = await compare(runtime, LAST)
    rows = await runtime.pool.fetch(QUERIES["revoked"], MOST_NAMED)
    return Standing(**vars(compared), behind=compared.ahead, revoked=tuple(RevokedFacts(**row) for row in rows))


async def begin(runtime: Runtime, by: Principal, reason: str) -> Begun:
    """Begin a new timeline after the latest that anybody knows. Raises NothingLost or BegunMeanwhile."""
    compared = await compare(runtime, None)
    if not compared.ahead:
        raise NothingLost()
    restored = await runtime.pool.fetchrow(QUERIES["restored"])
    offsets = await _since(runtime, restored["restored_at"]) if restored else []
    async with runtime.transaction() as connection:
        await connection.execute(QUERIES["one_at_a_time"])
        if (now := await current(connection)) != compared.timeline:
            raise BegunMeanwhile(now)
        await connection.executemany(QUERIES["read_on"], offsets)
        number = max(compared.latest_timeline, now) + 1
        head = await chain.head(connection)
        hash, key = bytes.fromhex(head.hash), runtime.origin.key
        row = (number, head.position, hash, reason, by.name, runtime.clock.now())
        await connection.execute(QUERIES["begin"], *row, key.timeline(number, head.position, hash, reason, by.name))
    for each in compared.lost:
        log.critical("a published fact was lost with the database", **vars(each))
    log.critical("a new timeline begins", timeline=number, by=by.name, reason=reason, lost=len(compared.lost))
    runtime.wake()
    return Begun(number, compared.lost[:MOST_NAMED], len(compared.lost))


async def compare(runtime: Runtime, last: int | None) -> Comparison:
    """Compare the database with the last records of each partition that it wrote to; with all where none is given."""
    prefix = runtime.settings.topic_prefix
    own = [f"{prefix}{topic.name}" for topic in TOPICS if topic.owner == runtime.name]
    found: list[Lost] = []
    heads: list[ChainHeadPublished] = []
    async with _reading(runtime, [*own, f"{prefix}{AUDIT.name}"]) as consumer:
        async for record in lying(consumer, last):
            if record.topic.removeprefix(prefix) == AUDIT.name:
                heads += _head(runtime, record)
            else:
                found += _fact(runtime, record)
    return await _compared(runtime, found, heads)


async def _since(runtime: Runtime, restored_at: datetime) -> list[tuple[str, int, int]]:
    """Where in each partition of the services' topics begins what was published after all of them were restored.

    Who was restored reads on from there: what lies before was lost by its source as well, or is published again.
    """
    prefix, at = runtime.settings.topic_prefix, int(restored_at.timestamp() * 1000)
    async with _reading(runtime, [f"{prefix}{topic.name}" for topic in TOPICS if not topic.is_outside]) as consumer:
        partitions = consumer.assignment()
        ends = await consumer.end_offsets(partitions)
        found = await consumer.offsets_for_times(dict.fromkeys(partitions, at))
    begins = {each: found[each].offset if found.get(each) else ends[each] for each in partitions}
    return [(each.topic.removeprefix(prefix), each.partition, offset) for each, offset in begins.items()]


async def _compared(runtime: Runtime, found: Sequence[Lost], heads: Sequence[ChainHeadPublished]) -> Comparison:
    async with (
        runtime.pool.acquire() as connection,
        # A new timeline may begin at any moment: all is read as of one.
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        timeline, stored = await current(connection), await chain.head(connection)
        rows = await connection.fetch(QUERIES["positions"], sorted({each.subject for each in found}))
        taken_at = await connection.fetchval(QUERIES["restored"])
    known: Mapping[str, int] = {row["subject"]: row["sequence"] for row in rows}
    lost = {
        (each.subject, each.timeline, each.sequence): each
        for each in found
        if each.timeline > timeline or (each.timeline == timeline and each.sequence > known.get(each.subject, 0))
    }
    beyond = [
        each
        for each in heads
        if each.timeline > timeline or (each.timeline == timeline and each.position > stored.position)
    ]
    last = max(beyond, key=lambda each: (each.timeline, each.position), default=None)
    said = f"a head was published at position {last.position}, the chain ends at {stored.position}" if last else ""
    own = [ChainHead(each.position, each.hash) for each in heads if each.timeline == timeline]
    latest = max((*(each.timeline for each in found), *(each.timeline for each in heads)), default=1)
    published = max(own, key=lambda each: each.position, default=NOTHING)
    restored = f"the database was restored from a backup of {taken_at:%Y-%m-%d %H:%M:%S} UTC" if taken_at else ""
    return Comparison(tuple(lost.values()), latest, said, published, timeline, restored)


def _head(runtime: Runtime, record: "ConsumerRecord[bytes, bytes]") -> list[ChainHeadPublished]:
    """The head in a record, where it is this service's own."""
    try:
        head = ChainHeadPublished.model_validate_json(record.value or b"")
    except ValidationError:
        return []
    return [head] if head.service == runtime.name and is_own(head, runtime.origin.key) else []


def _fact(runtime: Runtime, record: "ConsumerRecord[bytes, bytes]") -> list[Lost]:
    """What a record says of the service, where it is the service's own."""
    try:
        given = envelope(record.headers)
    except Unreadable:
        return []
    if given.source != runtime.source or given.sequence is None:
        return []
    return [Lost(record.topic, given.subject, given.timeline, given.sequence, given.type, given.time.isoformat())]


@asynccontextmanager
async def _reading(runtime: Runtime, topics: Sequence[str]) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of its own, of all partitions, that commits nothing."""
    consumer = AIOKafkaConsumer(*topics, **runtime.settings.kafka_client, client_id=runtime.source)
    # A client whose start is cut short leaves its connections open: whoever gives up waits until it has started.
    starting = asyncio.ensure_future(start(consumer.start()))
    try:
        await asyncio.shield(starting)
        yield consumer
    finally:
        await asyncio.wait((starting,))
        await stop_consumer(runtime.settings.kafka_client, consumer)
