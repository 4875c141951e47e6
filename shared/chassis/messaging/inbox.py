"""A batch of Kafka records becomes one transaction: each message once, in order, and nothing blocks the others.

What can't be handled is parked with its reason, and so is every later message of the same subject from that source.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
import structlog
from opentelemetry.trace import SpanKind
from pydantic import ValidationError

from chassis.eventstore.aggregate import AnyAggregate
from chassis.eventstore.cause import Cause
from chassis.eventstore.runtime import Runtime
from chassis.eventstore.store import Conflict, Draft, load, publish, write
from chassis.messaging.cloudevents import envelope
from chassis.messaging.decoding import Key, Message, Unread, read
from chassis.messaging.handlers import CommandFor, Handlers, Projection, Received
from chassis.messaging.records import Record, header_texts, rejection
from chassis.observability.logs import named
from chassis.observability.telemetry import traceparent
from chassis.process.database import TRANSIENT, Connection, load_queries
from chassis.process.failpoints import failpoint
from contracts import REGISTRY
from contracts.topics import REJECTED
from kernel.principal import Principal

QUERIES = load_queries(Path(__file__).parent / "inbox.sql")
LINKS = 32
"""Spans of a batch link to so many of the spans that caused it."""
log = structlog.get_logger()


@dataclass
class Seen:
    """What the database knew of the batch's subjects, and how far the batch has come."""

    was: dict[Key, int]
    next: dict[Key, int]
    parked: set[Key]
    """of which an earlier message is parked"""
    early: dict[Key, dict[int, "Early"]]
    """what came before its time, by sequence"""
    new_outside: set[Key]


@dataclass(frozen=True)
class Early:
    """A message that came before its time: in this batch, or in a former one and parked under a number."""

    message: Message
    parked: int | None = None


@dataclass
class Batch:
    """What one batch comes to, in which work's trace."""

    trace: str = field(default_factory=traceparent)
    draft: Draft = field(default_factory=Draft)
    projected: list[Received[Any]] = field(default_factory=list)
    parked: list[tuple[Message, str]] = field(default_factory=list)
    rejected: list[Unread] = field(default_factory=list)
    unparked: list[int] = field(default_factory=list)
    handled: int = 0
    duplicates: int = 0
    gaps: int = 0


class Inbox:
    """Handles batches for one service."""

    def __init__(self, runtime: Runtime, handlers: Handlers, projection: Projection | None = None) -> None:
        self._runtime = runtime
        self._handlers = {contract.TYPE: handler for contract, handler in handlers.items()}
        self._projection = projection
        self._projected = {contract.TYPE for contract in projection.contracts} if projection else set()

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
        """Park or reject a record that can't be handled; where even that can't be done, tell of its place alone."""
        try:
            await self._transact([record], poison=why)
        except (Conflict, *TRANSIENT):
            raise
        except Exception as error:
            log.error("a message can't even be put aside", error=repr(error), place=record.place)
            await self._transact([replace(record.bare(), damage=f"it can't be put aside: {type(error).__name__}")])

    async def handle_parked(self, connection: Connection, message: Message) -> None:
        """Handle a message that was parked, inside a transaction. Raises what is wrong with it, if it still is."""
        handler = self._handlers.get(message.envelope.type)
        commands = handler(_received(message)) if handler else ()
        streams: dict[str, AnyAggregate] = {to.aggregate.stream(to.id): to.aggregate for to in commands}
        batch = Batch(trace=traceparent())
        batch.draft.states = await load(connection, self._runtime.cache, streams)
        self._apply(message, commands, batch)
        await write(connection, self._runtime.source, batch.draft.decided, self._runtime.seal_key)
        if self._projection and batch.projected:
            await self._projection.apply(connection, batch.projected)

    async def _transact(self, records: Sequence[Record], poison: str | None = None) -> None:
        messages, unreadable = read(records)
        links = tuple(dict.fromkeys(message.envelope.traceparent for message in messages))[:LINKS]
        begun = time.perf_counter()
        with self._runtime.telemetry.work("handle batch", SpanKind.CONSUMER, links, messages=len(records)):
            async with self._runtime.transaction() as connection:
                batch = await self._decide(connection, messages, unreadable, poison)
                failpoint("inbox.decided")
                await write(connection, self._runtime.source, batch.draft.decided, self._runtime.seal_key)
                if self._projection and batch.projected:
                    await self._projection.apply(connection, batch.projected)
                await self._store_quarantined(connection, batch)
                failpoint("inbox.written")
            _log(batch, len(records))
        self._runtime.cache.keep(batch.draft.states.items())
        self._runtime.metrics.batch_seconds.observe(time.perf_counter() - begun)
        self._count(batch)
        self._runtime.wake()

    async def _decide(
        self,
        connection: Connection,
        messages: Sequence[Message],
        unreadable: Sequence[Unread],
        poison: str | None,
    ) -> Batch:
        batch = Batch(rejected=await _new_unreadable(connection, unreadable))
        batch.duplicates += len(unreadable) - len(batch.rejected)
        seen = await _seen(connection, messages)
        due = _due(messages, seen, batch)
        wanted = [(message, *self._wanted(message, poison)) for message in due]
        streams: dict[str, AnyAggregate] = {
            to.aggregate.stream(to.id): to.aggregate for _, commands, _ in wanted for to in commands
        }
        batch.draft.states = await load(connection, self._runtime.cache, streams)
        for message, commands, problem in wanted:
            self._handle(message, commands, problem, seen, batch)
        await _advance(connection, seen)
        if batch.unparked:
            await connection.execute(QUERIES["unpark"], batch.unparked)
        return batch

    def _wanted(self, message: Message, hindrance: str | None) -> tuple[Sequence[CommandFor], str | None]:
        """The commands a message leads to, or why it can't be handled."""
        if hindrance:
            return (), hindrance
        handler = self._handlers.get(message.envelope.type)
        try:
            return (handler(_received(message)) if handler else ()), None
        except Exception as error:
            return (), describe_error(error)

    def _handle(
        self, message: Message, commands: Sequence[CommandFor], problem: str | None, seen: Seen, batch: Batch
    ) -> None:
        if message.key in seen.parked:
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
        seen.parked.add(message.key)
        batch.parked.append((message, problem))

    def _apply(self, message: Message, commands: Sequence[CommandFor], batch: Batch) -> None:
        # On a copy of its states, so that a message that fails half-way leaves nothing behind.
        streams = [to.aggregate.stream(to.id) for to in commands]
        trial = Draft({stream: batch.draft.states[stream] for stream in streams})
        actor = Principal(name=message.envelope.source, role="operations")
        cause = Cause(id=message.envelope.id, actor=actor)
        for to in commands:
            now = self._runtime.clock.now()
            trial.adopt(trial.decide(cause, to.aggregate, to.id, to.command, now, batch.trace))
        if message.envelope.type in self._projected:
            batch.projected.append(_received(message))
        batch.draft.adopt(trial.decided)
        batch.handled += 1

    async def _store_quarantined(self, connection: Connection, batch: Batch) -> None:
        now = self._runtime.clock.now()
        if batch.parked:
            await connection.executemany(QUERIES["park"], [(*_parked(each, why), now) for each, why in batch.parked])
        rejections = [
            (rejection(self._runtime.name, record, why), now, record.place, "") for record, why in batch.rejected
        ]
        await publish(connection, self._runtime.source, rejections)

    def _count(self, batch: Batch) -> None:
        metrics = self._runtime.metrics
        metrics.handled.inc(batch.handled)
        metrics.duplicates.inc(batch.duplicates)
        metrics.gaps.inc(batch.gaps)
        metrics.parked.inc(len(batch.parked))
        metrics.rejected.inc(len(batch.rejected))


def _log(batch: Batch, records: int) -> None:
    log.info("batch handled", records=records, handled=batch.handled, duplicates=batch.duplicates)
    for message, why in batch.parked:
        given = message.envelope
        log.error("message parked", id=given.id, source=given.source, reason=why, **named(given.subject))
    for record, why in batch.rejected:
        log.error("message rejected", topic=record.topic, offset=record.offset, reason=why)


def _due(messages: Sequence[Message], seen: Seen, batch: Batch) -> list[Message]:
    """The messages whose turn it is, each followed by those that came before their time and waited for it."""
    due: list[Message] = []
    for message in messages:
        sequence, key = message.envelope.sequence, message.key
        if sequence is None:
            fresh = _is_new_outside(message, seen)
        else:
            due.extend(_take_waiting(key, seen, batch))
            fresh = sequence >= seen.next.get(key, 1) and sequence not in seen.early.get(key, {})
        if not fresh:
            batch.duplicates += 1
        elif sequence is None:
            due.append(message)
        else:
            seen.early.setdefault(key, {})[sequence] = Early(message)
            due.extend(_take_waiting(key, seen, batch))
    _park_early(seen, batch)
    return due


def _is_new_outside(message: Message, seen: Seen) -> bool:
    outside = (message.envelope.source, message.envelope.id)
    new = outside in seen.new_outside
    seen.new_outside.discard(outside)
    return new


def _take_waiting(key: Key, seen: Seen, batch: Batch) -> Iterator[Message]:
    """What came before its time and has its turn now."""
    waiting = seen.early.get(key, {})
    while early := waiting.pop(seen.next.get(key, 1), None):
        seen.next[key] = seen.next.get(key, 1) + 1
        batch.unparked.extend([early.parked] if early.parked else [])
        yield early.message


def _park_early(seen: Seen, batch: Batch) -> None:
    for key, waiting in seen.early.items():
        reason = f"gap: {seen.next.get(key, 1)} was expected from this source"
        new = _new(waiting)
        batch.parked.extend((message, reason) for message in new)
        batch.gaps += len(new)


def _new(waiting: Mapping[int, Early]) -> list[Message]:
    """Of what came before its time, that which came in this batch."""
    return [waiting[sequence].message for sequence in sorted(waiting) if waiting[sequence].parked is None]


def _received(message: Message) -> Received[Any]:
    given = message.envelope
    try:
        contract = REGISTRY[given.type].model_validate_json(message.record.value)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        raise ValueError("; ".join(f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in problems)) from error
    return Received(given.id, given.source, given.subject, given.sequence, contract, given.time)


async def _seen(connection: Connection, messages: Sequence[Message]) -> Seen:
    keys = sorted({message.key for message in messages})
    wanted = [source for source, _ in keys], [subject for _, subject in keys]
    first_parked = await _first_parked(connection, *wanted)
    next_sequences = {
        (row["source"], row["subject"]): row["next_sequence"]
        for row in await connection.fetch(QUERIES["next_sequences"], *wanted)
    }
    passed = {key for key, first in first_parked.items() if first < next_sequences.get(key, 1)}
    outside = sorted({(m.envelope.source, m.envelope.id) for m in messages if m.envelope.sequence is None})
    return Seen(
        was=next_sequences,
        next=dict(next_sequences),
        parked=passed,
        early=await _early(connection, sorted(first_parked.keys() - passed)),
        new_outside=await _receive(connection, outside),
    )


async def _first_parked(connection: Connection, sources: Sequence[str], subjects: Sequence[str]) -> dict[Key, int]:
    """The first parked message of each, where there are any. A release that is under way is waited for."""
    found = await connection.fetch(QUERIES["parked_subjects"], sources, subjects)
    if not found:
        return {}
    keys = sorted((row["source"], row["subject"]) for row in found)
    for key in keys:
        await connection.execute(QUERIES["lock_subject"], *key)
    again = await connection.fetch(QUERIES["parked_subjects"], *map(list, zip(*keys, strict=True)))
    return {(row["source"], row["subject"]): row["first"] for row in again}


async def _early(connection: Connection, keys: Sequence[Key]) -> dict[Key, dict[int, Early]]:
    early: dict[Key, dict[int, Early]] = {}
    if keys:
        for row in await connection.fetch(QUERIES["parked_early"], *map(list, zip(*keys, strict=True))):
            message = parked_message(row)
            early.setdefault(message.key, {})[row["sequence"]] = Early(message, row["seq"])
    return early


def parked_message(row: Mapping[str, Any], value: bytes | None = None) -> Message:
    """A message as it was parked, or with another content."""
    headers = tuple((name, text.encode()) for name, text in orjson.loads(row["headers"]).items())
    record = Record(row["topic"], -1, -1, headers, bytes(row["value"]) if value is None else value)
    return Message(record, envelope(headers))


async def _receive(connection: Connection, outside: Sequence[Key]) -> set[Key]:
    if not outside:
        return set()
    rows = await connection.fetch(QUERIES["receive"], *map(list, zip(*outside, strict=True)))
    return {(row["source"], row["id"]) for row in rows}


async def _new_unreadable(connection: Connection, unreadable: Sequence[Unread]) -> list[Unread]:
    """Those that were not rejected before, told apart by where they lie."""
    new = await _receive(connection, sorted({(REJECTED.name, record.place) for record, _ in unreadable}))
    return [(record, why) for record, why in unreadable if (REJECTED.name, record.place) in new]


async def _advance(connection: Connection, seen: Seen) -> None:
    moved = {key for key, upcoming in seen.next.items() if upcoming != seen.was.get(key)}
    # What is parked as too early must not have had its turn meanwhile. Where nothing has come yet, 1 is expected.
    guarded = sorted(moved | {key for key, waiting in seen.early.items() if _new(waiting)})
    if not guarded:
        return
    rows = [(*key, seen.was.get(key, 0), seen.next.get(key, 1)) for key in guarded]
    advanced = await connection.fetch(QUERIES["advance"], *map(list, zip(*rows, strict=True)))
    if len(advanced) != len(guarded):
        raise Conflict("another consumer has handled these messages")


def _parked(message: Message, why: str) -> tuple[Any, ...]:
    given, record = message.envelope, message.record
    headers = orjson.dumps(header_texts(record.headers)).decode()
    return (*message.key, given.id, given.sequence, given.type, record.topic, headers, record.value, why)


def describe_error(error: Exception) -> str:
    """An error as a text that the database can store."""
    return f"{type(error).__name__}: {error}".replace("\0", "\ufffd").encode(errors="replace").decode()
