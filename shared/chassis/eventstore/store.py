"""Streams in PostgreSQL: load, and write what a transaction decided: events, public messages, read models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from chassis.eventstore import chain
from chassis.eventstore.aggregate import AnyAggregate, Change, Publication
from chassis.eventstore.cause import Cause
from chassis.eventstore.rows import RowBuffer, interleaved
from chassis.process.database import Connection, load_queries
from chassis.process.failpoints import failpoint
from kernel.recent import Recent

QUERIES = load_queries(Path(__file__).parent / "store.sql")
OUTBOX_CHANNEL = "assay_outbox"
LARGEST_MESSAGE = 900_000
"""Bytes: below the broker's limit, so that the producer never meets one that is too large."""


class Conflict(Exception):
    """Somebody else wrote to the stream, or handled the message, since it was read."""


class MessageTooLarge(ValueError):
    """A public message is larger than the broker takes."""


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


async def write(
    connection: Connection, source: str, decided: Sequence[PendingEvent], key: bytes = chain.NO_KEY
) -> dict[str, int]:
    """Write what was decided, sealed with the key; the last public sequence of each subject that got messages.

    Raises Conflict.
    """
    if not decided:
        return {}
    appended = await _append(connection, decided, key)
    failpoint("store.appended")
    positions = await publish(
        connection,
        source,
        [
            (publication, each.change.at, each.cause.id, each.trace)
            for each in decided
            for publication in each.aggregate.publish(each.change.id, each.change.event, each.change.state)
        ],
    )
    for aggregate in dict.fromkeys(each.aggregate for each in decided):
        if aggregate.project:
            rows = RowBuffer()
            await aggregate.project(rows, interleaved(each.change for each in decided if each.aggregate is aggregate))
            await rows.flush(connection)
    failpoint("store.projected")
    await chain.seal(connection, appended, keyed=bool(key))
    failpoint("store.sealed")
    return positions


async def _append(connection: Connection, decided: Sequence[PendingEvent], key: bytes) -> list[tuple[int, bytes]]:
    """The number and the content's hash of each event, as it was appended."""
    # Sorted, so that two transactions that write to the same streams wait for each other in one order.
    rows = sorted((_row(each) for each in decided), key=lambda row: (row[0], row[1]))
    try:
        appended = await connection.fetch(QUERIES["append_events"], *map(list, zip(*rows, strict=True)))
    except asyncpg.UniqueViolationError as error:
        raise Conflict("the stream has been written to") from error
    return [(each["seq"], chain.content(*row, key)) for each, row in zip(appended, rows, strict=True)]


def _row(each: PendingEvent) -> tuple[str, int, str, str, str, datetime]:
    name, data = each.aggregate.codec.encode(each.change.event)
    actor = each.cause.actor
    metadata = {"actor": actor.name, "role": actor.role, "party": actor.party, "cause": each.cause.id}
    stream = each.aggregate.stream(each.change.id)
    trace = orjson.dumps({**metadata, "trace": each.trace}).decode()
    return stream, each.change.version, name, data, trace, each.change.at


async def publish(
    connection: Connection, source: str, messages: Sequence[tuple[Publication, datetime, str, str]]
) -> dict[str, int]:
    """Enqueue public messages (with time, cause and trace) under gapless sequences per subject."""
    if not messages:
        return {}
    counts: dict[str, int] = {}
    for publication, *_ in messages:
        counts[publication.subject] = counts.get(publication.subject, 0) + 1
    subjects = sorted(counts)
    last = await connection.fetch(QUERIES["take_sequences"], subjects, [counts[subject] for subject in subjects])
    positions = {row["subject"]: row["sequence"] for row in last}
    upcoming = {subject: positions[subject] - counts[subject] for subject in subjects}
    rows = []
    for publication, at, causation, trace in messages:
        contract, subject = publication.contract, publication.subject
        upcoming[subject] += 1
        value = contract.__pydantic_serializer__.to_json(contract)
        if len(value) > LARGEST_MESSAGE:
            raise MessageTooLarge(f"{contract.TYPE} of {subject} has {len(value)} bytes")
        rows.append((contract.TOPIC, contract.TYPE, subject, upcoming[subject], at, causation, trace, value))
    await connection.execute(QUERIES["enqueue"], *map(list, zip(*rows, strict=True)))
    await connection.execute(f"NOTIFY {OUTBOX_CHANNEL}")
    return positions
