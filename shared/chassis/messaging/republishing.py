"""Public messages are published again, as they were: for a consumer that Kafka has lost them for.

Consumers know a message by its sequence, so that one that comes again changes nothing. A subject is always published
again up to its last message, and under the lock of its sequence: what a compacted topic keeps of it stays the latest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from chassis.eventstore.runtime import Runtime
from chassis.process.database import Connection, load_queries
from kernel.principal import Principal
from kernel.refusal import Kind, Refusal

QUERIES = load_queries(Path(__file__).parent / "republishing.sql")
PORTION = 5_000
"""Messages that are enqueued in one transaction, if one subject has not more: none of its locks is held for long."""

log = structlog.get_logger()


@dataclass(unsafe_hash=True)
class NothingPublished(Refusal):
    """The service {service} has never published anything."""

    kind = Kind.UNKNOWN
    remedy = "Name the service that is the source of what is missing, as the reason of the parked message does."
    service: str


@dataclass(unsafe_hash=True)
class NothingPublishedAbout(Refusal):
    """The service {service} has never published anything about {subject}."""

    kind = Kind.UNKNOWN
    remedy = "Name source and subject of what is missing, as the reason of the parked message does."
    service: str
    subject: str


@dataclass(unsafe_hash=True)
class NotPublishedYet(Refusal):
    """The service {service} has published {last} messages about {subject}, and none from {sequence} on."""

    remedy = "Choose a sequence from 1 to {last}."
    service: str
    subject: str
    sequence: int
    last: int


@dataclass(unsafe_hash=True)
class SequenceWithoutSubject(Refusal):
    """A sequence counts the messages about one subject: {sequence} says nothing of all subjects together."""

    remedy = "Name the subject as well, or leave the sequence out to publish all messages again."
    sequence: int


@dataclass(frozen=True)
class Republication:
    """How many messages of how many subjects were enqueued, and the last of the subjects where more follow it."""

    messages: int
    subjects: int
    continue_after: str | None


class Republishing:
    """Enqueues a service's public messages anew."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def republish(
        self, by: Principal, reason: str, subject: str | None, from_sequence: int | None, continue_after: str | None
    ) -> Republication:
        """Publish the messages about a subject again, from a sequence on, or the next portion of all messages.

        Raises NothingPublished, NothingPublishedAbout, NotPublishedYet or SequenceWithoutSubject.
        """
        if subject is not None:
            return await self._one(subject, from_sequence or 1, by, reason)
        if from_sequence is not None:
            raise SequenceWithoutSubject(from_sequence)
        return await self._portion(continue_after or "", by, reason)

    async def _one(self, subject: str, from_sequence: int, by: Principal, reason: str) -> Republication:
        async with self._runtime.transaction() as connection:
            last = (await _locked(connection, [subject])).get(subject)
            if last is None:
                raise NothingPublishedAbout(self._runtime.name, subject)
            if from_sequence > last:
                raise NotPublishedYet(self._runtime.name, subject, from_sequence, last)
            messages = await self._enqueue(connection, [subject], from_sequence, by, reason)
        self._enqueued(messages, 1, by, reason)
        return Republication(messages, 1, None)

    async def _portion(self, after: str, by: Principal, reason: str) -> Republication:
        async with self._runtime.transaction() as connection:
            subjects = [row["subject"] for row in await connection.fetch(QUERIES["portion"], after, PORTION)]
            if not subjects:
                if not after:
                    raise NothingPublished(self._runtime.name)
                return Republication(0, 0, None)
            await _locked(connection, subjects)
            messages = await self._enqueue(connection, subjects, 1, by, reason)
            more = await connection.fetchval(QUERIES["any_beyond"], subjects[-1])
        self._enqueued(messages, len(subjects), by, reason)
        return Republication(messages, len(subjects), subjects[-1] if more else None)

    async def _enqueue(
        self, connection: Connection, subjects: Sequence[str], from_sequence: int, by: Principal, reason: str
    ) -> int:
        now = self._runtime.clock.now()
        messages: int = await connection.fetchval(QUERIES["enqueue"], subjects, from_sequence, now)
        what = (subjects[0], subjects[-1], from_sequence, len(subjects), messages)
        await connection.execute(QUERIES["keep"], *what, reason, by.name, now)
        return messages

    def _enqueued(self, messages: int, subjects: int, by: Principal, reason: str) -> None:
        log.info("published again", messages=messages, subjects=subjects, by=by.name, reason=reason)
        self._runtime.wake(enqueued=True)


async def _locked(connection: Connection, subjects: Sequence[str]) -> dict[str, int]:
    """The last sequence of each subject that has one; nobody publishes about them until the transaction ends."""
    return {row["subject"]: row["sequence"] for row in await connection.fetch(QUERIES["lock"], subjects)}
