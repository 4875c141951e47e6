"""A batch of Kafka records becomes one transaction: each message once, in order, and nothing blocks the others.

What can't be handled is quarantined with its reason, and so is every later message of its subject from that source.
What nothing handles is counted as come, and kept by number: a later release that handles it takes it late.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import structlog
from opentelemetry.trace import SpanKind
from pydantic import ValidationError

from chassis.eventstore.aggregate import AnyAggregate
from chassis.eventstore.cause import Cause
from chassis.eventstore.runtime import Runtime
from chassis.eventstore.store import Conflict, Draft, load, numbered, published_by, write
from chassis.messaging import quarantine
from chassis.messaging.decoding import Key, Message, Unread, read
from chassis.messaging.handlers import CommandFor, Handlers, Projection, Received
from chassis.messaging.ordering import Advance, Known, Revoked, Settled, in_sequence
from chassis.messaging.quarantine import describe_error
from chassis.messaging.records import Record
from chassis.observability.logs import named
from chassis.observability.telemetry import traceparent
from chassis.process.database import TRANSIENT, Connection, Pool, load_queries
from chassis.process.failpoints import failpoint
from contracts import REGISTRY
from contracts.topics import REJECTED
from kernel.principal import Principal

QUERIES = load_queries(Path(__file__).parent / "inbox.sql")
LINKS = 32
"""Spans of a batch link to so many of the spans that caused it."""

log = structlog.get_logger()


@dataclass
class Batch:
    """What one batch comes to, in which work's trace."""

    trace: str = field(default_factory=traceparent)
    draft: Draft = field(default_factory=Draft)
    projected: list[Received[Any]] = field(default_factory=list)
    parked: list[tuple[Message, str]] = field(default_factory=list)
    rejected: list[Unread] = field(default_factory=list)
    blocked: set[Key] = field(default_factory=set)
    """of which an earlier message is parked"""
    handled: int = 0
    duplicates: int = 0
    gaps: int = 0
    unhandled: int = 0
    late: int = 0
    revoked: tuple[Revoked, ...] = ()
    enqueued: bool = False
    """whether there is something to publish"""


class Inbox:
    """Handles batches for one service."""

    def __init__(self, runtime: Runtime, handlers: Handlers, projection: Projection | None = None) -> None:
        self._runtime = runtime
        self._handlers = {contract.TYPE: handler for contract, handler in handlers.items()}
        self._projection = projection
        self._projected = {contract.TYPE for contract in projection.contracts} if projection else set()
        self.types = frozenset((*self._handlers, *self._projected))
        """the types that are handled"""

    async def handle(self, records: Sequence[Record]) -> None:
        """Handle a batch. Afterwards every record is done: handled, known before, parked or rejected.

        Raises only what is transient: then nothing of the batch was kept.
        """
        try:
            await self._transact(records)
        except (Conflict, *TRANSIENT):
            raise
        except Exception as error:
            if len(records) == 1:
                await self.quarantine(records[0], describe_error(error))
                return
            log.warning("batch failed, handling its messages one by one", error=repr(error), messages=len(records))
            for record in records:
                await self.handle([record])

    async def quarantine(self, record: Record, why: str) -> None:
        """Park or reject a record that can't be handled; where even that fails, reject its place alone."""
        try:
            await self._transact([record], hindrance=why)
        except (Conflict, *TRANSIENT):
            raise
        except Exception as error:
            log.error("a message can't be quarantined", error=repr(error), place=record.place)
            damage = f"it can't be quarantined: {type(error).__name__}"
            await self._transact([replace(record.bare(), damage=damage)])

    async def handle_parked(self, connection: Connection, message: Message) -> bool:
        """Handle a message that was parked, inside a transaction, if anything handles its type; whether that is so.

        Raises what is wrong with it, if it still is.
        """
        if message.envelope.type not in self.types:
            await _keep_unhandled(connection, [message])
            return False
        batch, commands = Batch(), self._commands(message)
        batch.draft.states = await self._load(connection, commands)
        self._apply(message, commands, batch)
        await self._write(connection, batch)
        return True

    async def to_handle_late(self) -> dict[tuple[str, int], int]:
        """From where partitions are to be read again: what lies there no earlier release handled, and this one does."""
        rows = await self._runtime.pool.fetch(QUERIES["to_handle_late"], list(self.types))
        for row in rows:
            log.info("what this release begins to handle is read again", **dict(row))
        return {(row["topic"], row["partition"]): row["first_offset"] for row in rows}

    async def _transact(self, records: Sequence[Record], hindrance: str | None = None) -> None:
        messages, unreadable = read(records)
        links = tuple(dict.fromkeys(message.envelope.traceparent for message in messages))[:LINKS]
        begun = time.perf_counter()
        with self._runtime.telemetry.work("handle batch", SpanKind.CONSUMER, links, messages=len(records)):
            async with self._runtime.transaction() as connection:
                batch = await self._decide(connection, messages, unreadable, hindrance)
                failpoint("inbox.decided")
                await self._write(connection, batch)
                await self._store_quarantined(connection, batch)
                await self._consumed(connection, records)
                failpoint("inbox.written")
            _log(batch, len(records))
        self._runtime.cache.put_all(batch.draft.states.items())
        self._runtime.metrics.batch_seconds.observe(time.perf_counter() - begun)
        self._count(batch)
        self._runtime.wake(batch.enqueued)

    async def _decide(
        self,
        connection: Connection,
        messages: Sequence[Message],
        unreadable: Sequence[Unread],
        hindrance: str | None,
    ) -> Batch:
        rejected = await _new_unreadable(connection, unreadable)
        known = await _known(connection, messages, self.types)
        sequenced = in_sequence(messages, known, self.types.__contains__)
        batch = Batch(
            rejected=rejected,
            parked=list(sequenced.early),
            blocked=set(known.blocked),
            duplicates=len(unreadable) - len(rejected) + sequenced.duplicates,
            gaps=len(sequenced.early),
            revoked=sequenced.revoked,
            unhandled=len(sequenced.unhandled),
            late=sum(len(each.late) for each in sequenced.settled.values()),
        )
        wanted = [(message, *self._wanted(message, hindrance)) for message in sequenced.ready]
        batch.draft.states = await self._load(connection, [each for _, commands, _ in wanted for each in commands])
        for message, commands, problem in wanted:
            self._handle(message, commands, problem, batch)
        await _advance(connection, sequenced.advances)
        await _settle(connection, sequenced.settled)
        await _keep_unhandled(connection, sequenced.unhandled)
        await quarantine.unpark(connection, sequenced.unparked)
        await self._revoke(connection, sequenced.revoked)
        return batch

    async def _consumed(self, connection: Connection, records: Sequence[Record]) -> None:
        """Keep how far the partitions were handled, with all that follows from it."""
        offsets: dict[tuple[str, int], int] = {}
        for record in records:
            place = (record.topic, record.partition)
            offsets[place] = max(offsets.get(place, 0), record.offset + 1)
        rows = [(*place, offset) for place, offset in sorted(offsets.items())]
        await connection.execute(QUERIES["consumed"], *map(list, zip(*rows, strict=True)), list(self.types))

    async def _revoke(self, connection: Connection, revoked: Sequence[Revoked]) -> None:
        now = self._runtime.clock.now()
        rows = [(*each.key, each.timeline, each.first, each.last, now) for each in revoked]
        if rows:
            await connection.executemany(QUERIES["revoke"], rows)

    def _wanted(self, message: Message, hindrance: str | None) -> tuple[Sequence[CommandFor], str | None]:
        """The commands a message leads to, or why it can't be handled."""
        if hindrance:
            return (), hindrance
        try:
            return self._commands(message), None
        except Exception as error:
            return (), describe_error(error)

    def _commands(self, message: Message) -> Sequence[CommandFor]:
        handler = self._handlers.get(message.envelope.type)
        return handler(_received(message)) if handler else ()

    async def _load(self, connection: Connection, commands: Sequence[CommandFor]) -> dict[str, Any]:
        streams: dict[str, AnyAggregate] = {to.aggregate.stream(to.id): to.aggregate for to in commands}
        return await load(connection, self._runtime.cache, streams)

    def _handle(self, message: Message, commands: Sequence[CommandFor], problem: str | None, batch: Batch) -> None:
        if message.key in batch.blocked:
            batch.parked.append((message, "an earlier message of this subject is parked"))
            return
        try:
            if problem is None:
                self._apply(message, commands, batch)
                return
        except Exception as error:
            problem = describe_error(error)
        if message.envelope.sequence is None:
            batch.rejected.append((message.record, problem))
            return
        batch.blocked.add(message.key)
        batch.parked.append((message, problem))

    def _apply(self, message: Message, commands: Sequence[CommandFor], batch: Batch) -> None:
        # On a copy of its states, so that a message that fails half-way leaves nothing behind.
        streams = [to.aggregate.stream(to.id) for to in commands]
        trial = Draft({stream: batch.draft.states[stream] for stream in streams})
        actor = Principal(name=message.envelope.source, role="operations")
        cause = Cause(id=message.envelope.id, actor=actor)
        for to in commands:
            now = self._runtime.clock.now()
            trial.stage(trial.decide(cause, to.aggregate, to.id, to.command, now, batch.trace))
        if message.envelope.type in self._projected:
            batch.projected.append(_received(message))
        batch.draft.merge(trial)
        batch.handled += 1

    async def _write(self, connection: Connection, batch: Batch) -> None:
        origin, decided = self._runtime.origin, batch.draft.decided
        public = await numbered(connection, origin, published_by(decided))
        await write(connection, origin, decided, public)
        batch.enqueued |= bool(public.messages)
        if self._projection and batch.projected:
            await self._projection.apply(connection, batch.projected)

    async def _store_quarantined(self, connection: Connection, batch: Batch) -> None:
        now = self._runtime.clock.now()
        await quarantine.park(connection, batch.parked, now)
        await quarantine.reject(connection, self._runtime.origin, self._runtime.name, batch.rejected, now)
        batch.enqueued |= bool(batch.rejected)

    def _count(self, batch: Batch) -> None:
        metrics = self._runtime.metrics
        metrics.handled.inc(batch.handled)
        metrics.duplicates.inc(batch.duplicates)
        metrics.gaps.inc(batch.gaps)
        metrics.revoked.inc(sum(each.last - each.first + 1 for each in batch.revoked))
        metrics.parked.inc(len(batch.parked))
        metrics.rejected.inc(len(batch.rejected))


def _log(batch: Batch, records: int) -> None:
    counted = {"handled": batch.handled, "late": batch.late, "unhandled": batch.unhandled}
    log.info("batch handled", records=records, duplicates=batch.duplicates, **counted)
    for each in batch.revoked:
        source, subject = each.key
        log.error("facts are revoked", source=source, first=each.first, last=each.last, **named(subject))
    for message, why in batch.parked:
        given = message.envelope
        log.error("message parked", id=given.id, source=given.source, reason=why, **named(given.subject))
    for record, why in batch.rejected:
        log.error("message rejected", topic=record.topic, offset=record.offset, reason=why)


def _received(message: Message) -> Received[Any]:
    given = message.envelope
    try:
        contract = REGISTRY[given.type].model_validate_json(message.record.value)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        raise ValueError("; ".join(f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in problems)) from error
    return Received(given.id, given.source, given.subject, given.sequence, contract, given.time)


async def _known(connection: Connection, messages: Sequence[Message], types: frozenset[str]) -> Known:
    keys = sorted({message.key for message in messages})
    first = await quarantine.first_parked(connection, keys)
    rows = await connection.fetch(QUERIES["next_sequences"], *_columns(keys))
    expected = {(row["source"], row["subject"]): row["next_sequence"] for row in rows}
    blocked = frozenset(key for key, sequence in first.items() if sequence < expected.get(key, 1))
    given = [message.envelope for message in messages]
    unsequenced = sorted({(each.source, each.id) for each in given if each.sequence is None and each.type in types})
    return Known(
        expected=expected,
        out_of_order=await quarantine.out_of_order(connection, sorted(first.keys() - blocked)),
        timelines={(row["source"], row["subject"]): row["timeline"] for row in rows},
        blocked=blocked,
        new_unsequenced=await _new(connection, unsequenced),
        unhandled={
            (row["source"], row["subject"]): [(each.lower, each.upper) for each in row["unhandled"]]
            for row in rows
            if row["unhandled"]
        },
        revoked={(row["source"], row["subject"]): row["revoked"] for row in rows if row["revoked"]},
    )


async def _new(connection: Connection, identities: Sequence[Key]) -> frozenset[Key]:
    """Mark messages of which nothing counts the order as received: those that had not come before."""
    if not identities:
        return frozenset()
    rows = await connection.fetch(QUERIES["receive"], *_columns(identities))
    return frozenset((row["source"], row["id"]) for row in rows)


async def _new_unreadable(connection: Connection, unreadable: Sequence[Unread]) -> list[Unread]:
    """Those that were not rejected before, told apart by where they lie."""
    new = await _new(connection, sorted({(REJECTED.name, record.place) for record, _ in unreadable}))
    return [(record, why) for record, why in unreadable if (REJECTED.name, record.place) in new]


async def _advance(connection: Connection, advances: Sequence[Advance]) -> None:
    if not advances:
        return
    rows = [(*each.key, each.expected_before, each.timeline, each.expected_after) for each in advances]
    advanced = await connection.fetch(QUERIES["advance"], *map(list, zip(*rows, strict=True)))
    if len(advanced) != len(advances):
        raise Conflict("another consumer has handled these messages")


async def _settle(connection: Connection, settled: Mapping[Key, Settled]) -> None:
    """Keep what was handled late, and what was not handled."""
    rows = [
        (
            *key,
            multirange(each.late),
            f"{{[{each.revoked_from},)}}" if each.revoked_from else "{}",
            multirange(each.added),
        )
        for key, each in sorted(settled.items())
        if each.late or each.added or each.revoked_from
    ]
    if rows and len(await connection.fetch(QUERIES["settle"], *map(list, zip(*rows, strict=True)))) != len(rows):
        raise Conflict("another consumer has handled these messages")


def multirange(numbers: Iterable[int]) -> str:
    """Numbers as PostgreSQL reads a multirange."""
    return f"{{{','.join(f'[{each},{each}]' for each in numbers)}}}"


async def _keep_unhandled(connection: Connection, messages: Sequence[Message]) -> None:
    """Keep where messages lie that nothing handles."""
    rows = [(each.record.topic, each.record.partition, each.envelope.type, each.record.offset) for each in messages]
    if rows:
        await connection.execute(QUERIES["unhandled_types"], *map(list, zip(*rows, strict=True)))


async def next_offsets(pool: Pool) -> dict[tuple[str, int], int]:
    """From where each partition of a topic is to be read on."""
    rows = await pool.fetch(QUERIES["next_offsets"])
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}


def _columns(keys: Sequence[Key]) -> tuple[list[str], list[str]]:
    return [first for first, _ in keys], [second for _, second in keys]
