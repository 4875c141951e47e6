"""Streams in PostgreSQL: load, and write what a transaction decided: events, public messages, read models."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import asyncpg
import orjson

from chassis.eventstore.aggregate import AnyAggregate, Change, Publication
from chassis.eventstore.cause import Cause
from chassis.eventstore.rows import RowBuffer, interleaved
from chassis.eventstore.seal import SealKey
from chassis.process.database import Connection, load_queries
from chassis.process.failpoints import failpoint
from kernel.recent import Recent

QUERIES = load_queries(Path(__file__).parent / "store.sql")
LARGEST_MESSAGE = 900_000
"""Bytes: below the broker's limit, so that the producer never meets one that is too large."""


class Conflict(Exception):
    """Somebody else wrote to the stream, or handled the message, since it was read."""


class MessageTooLarge(ValueError):
    """A public message is larger than the broker takes."""


@dataclass(frozen=True)
class Origin:
    """As who a service writes: the timeline of its database, and its key."""

    key: SealKey
    timeline: int = 1


@dataclass(frozen=True)
class Versioned:
    """A state and the version of its stream."""

    version: int
    state: Any


@dataclass(frozen=True)
class PendingEvent:
    """One event that was decided and is not written yet: of which stream, by whose cause, in which work's trace."""

    aggregate: AnyAggregate
    change: Change
    cause: Cause
    trace: str


@dataclass
class Draft:
    """What one transaction has read and decided so far. Nothing is written before `write`."""

    states: dict[str, Versioned] = field(default_factory=dict)
    decided: list[PendingEvent] = field(default_factory=list)

    def decide(
        self, cause: Cause, aggregate: AnyAggregate, id: str, command: Any, at: datetime, trace: str
    ) -> list[PendingEvent]:
        """Decide on the stream's drafted state. The caller keeps the result with `stage`, or drops it."""
        before = self.states[aggregate.stream(id)]
        state, decided = before.state, []
        for version, event in enumerate(aggregate.decide(command, state), start=before.version + 1):
            state = aggregate.evolve(state, event)
            decided.append(
                PendingEvent(aggregate, Change(id, version, event, state, at, cause.actor.name), cause, trace)
            )
        return decided

    def stage(self, decided: Sequence[PendingEvent]) -> None:
        """Make what was decided part of the transaction."""
        for each in decided:
            stream = each.aggregate.stream(each.change.id)
            self.states[stream] = Versioned(each.change.version, each.change.state)
        self.decided.extend(decided)

    def merge(self, trial: "Draft") -> None:
        """Make all that a trial came to part of the transaction."""
        self.states.update(trial.states)
        self.decided.extend(trial.decided)


async def load(
    connection: Connection, cache: Recent[str, Versioned], streams: Mapping[str, AnyAggregate]
) -> dict[str, Versioned]:
    """The current state of each stream (by name), folded on from what the cache has of it."""
    states = {stream: cache.get(stream) or Versioned(0, aggregate.initial()) for stream, aggregate in streams.items()}
    rows = await connection.fetch(
        QUERIES["load_events"], list(states), [versioned.version for versioned in states.values()]
    )
    for row in rows:
        aggregate, before = streams[row["stream"]], states[row["stream"]]
        event = aggregate.codec.decode(row["type"], row["data"])
        states[row["stream"]] = Versioned(row["version"], aggregate.evolve(before.state, event))
    return states


@dataclass(frozen=True)
class Numbered:
    """The public messages of a transaction with their sequences, and the last sequence of each subject."""

    messages: tuple[tuple[Any, ...], ...]
    """topic, type, subject, sequence, time, causation, trace, value, seal"""
    positions: Mapping[str, int]
    expected: tuple[str | None, int, int] = (None, 0, 0)
    """of a subject whose sequences are not taken yet: the sequence that is to be its last, and how many follow"""


@dataclass(frozen=True)
class Answer:
    """What a request was answered, by idempotency key."""

    caller: str
    key: str
    fingerprint: str
    outcome: str
    at: datetime


async def numbered(
    connection: Connection,
    origin: Origin,
    published: Sequence[tuple[Publication, datetime, str, str]],
    read: Mapping[str, int] = MappingProxyType({}),
) -> Numbered:
    """Give public messages (with time, cause and trace) gapless sequences per subject, and seal them.

    `read` is the last sequence of a subject as the transaction has read it. Where all are about that subject, none is
    taken here: `write` takes them, and fails where another transaction was first.
    """
    if not published:
        return Numbered((), {})
    counts = Counter(publication.subject for publication, *_ in published)
    expected: tuple[str | None, int, int] = (None, 0, 0)
    if counts.keys() == read.keys():
        ((subject, count),) = counts.items()
        positions = {subject: read[subject] + count}
        expected = (subject, read[subject], count)
    else:
        subjects = sorted(counts)
        rows = await connection.fetch(QUERIES["take_sequences"], subjects, [counts[subject] for subject in subjects])
        positions = {row["subject"]: row["sequence"] for row in rows}
    upcoming = {subject: positions[subject] - count for subject, count in counts.items()}
    messages = []
    for publication, at, causation, trace in published:
        contract, subject = publication.contract, publication.subject
        upcoming[subject] += 1
        sequence, value = upcoming[subject], contract.__pydantic_serializer__.to_json(contract)
        if len(value) > LARGEST_MESSAGE:
            raise MessageTooLarge(f"{contract.TYPE} of {subject} has {len(value)} bytes")
        seal = origin.key.message(
            contract.TOPIC, contract.TYPE, subject, origin.timeline, sequence, at, causation, trace, value
        )
        messages.append((contract.TOPIC, contract.TYPE, subject, sequence, at, causation, trace, value, seal))
    return Numbered(tuple(messages), positions, expected)


def published_by(decided: Sequence[PendingEvent]) -> list[tuple[Publication, datetime, str, str]]:
    """What the decided events make public, with time, cause and trace."""
    return [
        (publication, each.change.at, each.cause.id, each.trace)
        for each in decided
        for publication in each.aggregate.publish(each.change.id, each.change.event, each.change.state)
    ]


async def write(
    connection: Connection,
    origin: Origin,
    decided: Sequence[PendingEvent],
    numbered: Numbered,
    answer: Answer | None = None,
) -> None:
    """Write what was decided, with what it makes public and what its request is answered. Raises Conflict."""
    if decided or numbered.messages or answer:
        # Sorted, so that two transactions that write to the same streams wait for each other in one order.
        events = sorted((_row(each, origin.key) for each in decided), key=lambda row: (row[0], row[1]))
        try:
            await connection.execute(
                QUERIES["write"],
                *numbered.expected,
                *_columns(events, 7),
                origin.timeline,
                *_columns(numbered.messages, 9),
                *(vars(answer).values() if answer else (None,) * 5),
            )
        except asyncpg.UniqueViolationError as error:
            raise Conflict("the stream has been written to, or the request answered") from error
    failpoint("store.written")
    for aggregate in dict.fromkeys(each.aggregate for each in decided):
        if aggregate.project:
            rows = RowBuffer()
            await aggregate.project(rows, interleaved(each.change for each in decided if each.aggregate is aggregate))
            await rows.flush(connection)
    failpoint("store.projected")


def _row(each: PendingEvent, key: SealKey) -> tuple[str, int, str, str, str, datetime, bytes]:
    name, data = each.aggregate.codec.encode(each.change.event)
    actor = each.cause.actor
    by = {"actor": actor.name, "role": actor.role, "party": actor.party, "cause": each.cause.id, "trace": each.trace}
    metadata = orjson.dumps(by).decode()
    stream, version, at = each.aggregate.stream(each.change.id), each.change.version, each.change.at
    return stream, version, name, data, metadata, at, key.event(stream, version, name, data, metadata, at)


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
