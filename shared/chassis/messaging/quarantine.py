"""Where messages go that can't be handled: parked with the reason, in their order, or rejected.

A message that a source of ours has numbered is parked, with all that follow it about the same subject. One whose order
nothing counts, or that can't even be read, is rejected: published on a topic of its own, with the reason.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from chassis.eventstore.store import Origin, numbered, write
from chassis.messaging.cloudevents import envelope
from chassis.messaging.decoding import Key, Message, Unread
from chassis.messaging.ordering import OutOfOrder
from chassis.messaging.records import Record, header_texts, rejection
from chassis.process.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent / "quarantine.sql")


async def park(connection: Connection, parked: Sequence[tuple[Message, str]], now: datetime) -> None:
    """Park messages, each with the reason."""
    if parked:
        await connection.executemany(QUERIES["park"], [(*_row(message, why), now) for message, why in parked])


async def unpark(connection: Connection, parked: Sequence[int]) -> None:
    """Take messages out of what is parked, since they have their turn now."""
    if parked:
        await connection.execute(QUERIES["unpark"], parked)


async def reject(
    connection: Connection, origin: Origin, service: str, rejected: Sequence[Unread], now: datetime
) -> None:
    """Publish records that can't be handled, each with the reason."""
    rejections = [(rejection(service, record, why), now, record.place, "") for record, why in rejected]
    await write(connection, origin, [], await numbered(connection, origin, rejections))


async def lock_subject(connection: Connection, source: str, subject: str) -> None:
    """Let a release, and a batch with messages of a subject that is parked, wait for each other."""
    await connection.execute(QUERIES["lock_subject"], source, subject)


async def first_parked(connection: Connection, keys: Sequence[Key]) -> dict[Key, int]:
    """The number of the first parked message of each that has one. Waits for a release that is under way."""
    found = await connection.fetch(QUERIES["parked_subjects"], *_columns(keys))
    if not found:
        return {}
    locked = sorted((row["source"], row["subject"]) for row in found)
    for source, subject in locked:
        await lock_subject(connection, source, subject)
    again = await connection.fetch(QUERIES["parked_subjects"], *_columns(locked))
    return {(row["source"], row["subject"]): row["first"] for row in again}


async def out_of_order(connection: Connection, keys: Sequence[Key]) -> dict[Key, dict[int, OutOfOrder]]:
    """What is parked of each, by number."""
    waiting: dict[Key, dict[int, OutOfOrder]] = {}
    if keys:
        for row in await connection.fetch(QUERIES["parked_early"], *_columns(keys)):
            message = parked_message(row)
            waiting.setdefault(message.key, {})[row["sequence"]] = OutOfOrder(message, row["seq"])
    return waiting


def parked_message(row: Mapping[str, Any], value: bytes | None = None) -> Message:
    """A message as it was parked, or with another content."""
    headers = tuple((name, text.encode()) for name, text in orjson.loads(row["headers"]).items())
    content = bytes(row["value"]) if value is None else value
    record = Record(row["topic"], row["partition"], row["offset"], headers, content)
    return Message(record, envelope(headers))


def describe_error(error: Exception) -> str:
    """An error as a text that the database can store."""
    return f"{type(error).__name__}: {error}".replace("\0", "\ufffd").encode(errors="replace").decode()


def _row(message: Message, why: str) -> tuple[Any, ...]:
    given, record = message.envelope, message.record
    headers = orjson.dumps(header_texts(record.headers)).decode()
    place = (record.topic, record.partition, record.offset)
    return (*message.key, given.id, given.sequence, given.type, *place, headers, record.value, why)


def _columns(keys: Sequence[Key]) -> tuple[list[str], list[str]]:
    return [source for source, _ in keys], [subject for _, subject in keys]
