"""The one shell: every command, from HTTP, Kafka or a timer, is handled here, in one transaction."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import orjson
import structlog
from opentelemetry.trace import SpanKind

from chassis import timing
from chassis.eventstore.aggregate import Aggregate, AnyAggregate
from chassis.eventstore.cause import Cause
from chassis.eventstore.store import (
    Answer,
    Conflict,
    Draft,
    Origin,
    Versioned,
    load,
    numbered,
    published_by,
    write,
)
from chassis.observability.gauges import Gauges
from chassis.observability.logs import about
from chassis.observability.metrics import Measure, Metrics
from chassis.observability.telemetry import Telemetry, traceparent
from chassis.process.clock import Clock
from chassis.process.database import TRANSIENT, Connection, Pool, closed_is_lost, load_queries
from chassis.process.failpoints import failpoint
from chassis.process.files import Files
from chassis.process.settings import Settings
from kernel.recent import Recent
from kernel.refusal import Refusal

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")

QUERIES = load_queries(Path(__file__).parent / "runtime.sql")
CACHED_EVENTS = 500_000
"""The states of so many events together are kept in memory: a state grows with its stream."""
BARE_STATE = 10
"""A state without any event weighs as much as so many."""

log = structlog.get_logger()

Gather = Callable[[Connection], Awaitable[C]]
Reply = Callable[[S, Sequence[E]], dict[str, Any]]


def state_cache() -> Recent[str, Versioned]:
    """Keeps states of streams, bounded by what they take and not by how many there are."""
    return Recent(CACHED_EVENTS, lambda versioned: BARE_STATE + versioned.version)


class NotYetSeen(Exception):
    """This service has not yet handled what the caller has already seen elsewhere; try again."""


class StaleVersion(Exception):
    """If-Match names another version than the current one, `args[0]`."""


class NotServing(Exception):
    """The database is not known to be as far as what it has published, or it is not: `args[0]`."""


class KeyReused(Exception):
    """The idempotency key was used before, for another request."""


@dataclass(frozen=True)
class Outcome:
    """What a command led to: the stream's version, and how far its subject has been published."""

    id: str
    version: int
    position: int
    source: str
    reply: dict[str, Any] = field(default_factory=dict)


@dataclass
class Runtime:
    """What a running service has at hand."""

    name: str
    settings: Settings
    pool: Pool
    clock: Clock
    files: Files
    telemetry: Telemetry
    metrics: Metrics
    origin: Origin
    sources: frozenset[str] = frozenset()
    cache: Recent[str, Versioned] = field(default_factory=state_cache)
    readiness: dict[str, asyncio.Event] = field(default_factory=dict)
    liveness_checks: list[Callable[[], str | None]] = field(default_factory=list)
    measures: tuple[Measure, ...] = ()
    unverified: str = ""
    """why no command is accepted yet"""
    behind: str = ""
    """what was published and is not in the database any more: then nothing is served"""
    enqueued: asyncio.Event = field(default_factory=asyncio.Event)
    """something is to be published"""
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def source(self) -> str:
        """The name under which this service publishes."""
        return f"assay.{self.name}"

    @cached_property
    def gauges(self) -> Gauges:
        """What is measured in the database."""
        return Gauges(self.pool, self.metrics, self.settings.parked_limit, self.measures)

    @property
    def why_not_serving(self) -> str:
        """What the database must have before a command is accepted, in words; empty where it has all."""
        return f"a new timeline, {self.behind}" if self.behind else self.unverified

    def pending_dependencies(self) -> list[str]:
        """What the service still needs before it can do its work."""
        awaited = [self.why_not_serving] if self.why_not_serving else []
        return awaited + [name for name, reached in self.readiness.items() if not reached.is_set()]

    def failing_checks(self) -> list[str]:
        """What stands still and will not move again by itself."""
        return [failure for check in self.liveness_checks if (failure := check())]

    async def has_database(self) -> bool:
        """Whether PostgreSQL answers."""
        try:
            async with asyncio.timeout(timing.DATABASE_ANSWER_SECONDS):
                return bool(await self.pool.fetchval("SELECT true"))
        except TRANSIENT:
            return False

    def wake(self, enqueued: bool = False) -> None:
        """Something was committed, or the clock was moved: all that wait look again; the relay, where it has work."""
        if enqueued:
            self.enqueued.set()
        self._woken.set()
        self._woken = asyncio.Event()

    async def woken(self, seconds: float) -> None:
        """Return at the next commit of this process or move of the clock, or after so many seconds."""
        # Not asyncio.wait_for: before Python 3.12 it swallows a cancellation that comes together with the event.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def handle(
        self,
        cause: Cause,
        aggregate: Aggregate[C, S, E],
        id: str,
        command: C | Gather[C],
        reply: Reply[S, E] | None = None,
        files: Sequence[bytes] = (),
    ) -> Outcome:
        """Decide on a command and keep what follows, all or nothing, once per idempotency key.

        `command` may be a coroutine function that gathers facts from the transaction's connection first. `files` are
        stored under their hash once the command is accepted: a refused one leaves nothing behind.
        Raises the decision's Refusal, StaleVersion, KeyReused, NotYetSeen or NotServing.
        """
        if self.why_not_serving:
            raise NotServing(self.why_not_serving)
        kind = aggregate.category if callable(command) else type(command).__name__
        with (
            about(id),
            self.telemetry.work(f"decide {kind}", SpanKind.INTERNAL, subject=id, cause=cause.id) as span,
        ):
            await self.wait_until_seen(id, cause.after)
            for attempt in range(1, timing.CONFLICT_ATTEMPTS + 1):
                try:
                    outcome = await self._handle_once(cause, aggregate, id, command, reply, files)
                    break
                except Refusal as refusal:
                    self.metrics.commands.labels("refused").inc()
                    span.set_attribute("refusal", type(refusal).__name__)
                    log.info("command refused", about=kind, refusal=type(refusal).__name__, role=cause.actor.role)
                    raise
                except (Conflict, *TRANSIENT):
                    if attempt == timing.CONFLICT_ATTEMPTS:
                        raise
                    await asyncio.sleep(timing.CONFLICT_PAUSE_SECONDS * 2**attempt)
        self.wake(enqueued=True)
        return outcome

    async def state(self, aggregate: Aggregate[C, S, E], id: str) -> tuple[S, int]:
        """The current state of a stream and its version, 0 where there is no such stream."""
        stream = aggregate.stream(id)
        async with self.pool.acquire() as connection:
            loaded = (await load(connection, self.cache, {stream: aggregate}))[stream]
        self.cache.put(stream, loaded)
        return loaded.state, loaded.version

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in a transaction."""
        async with self.pool.acquire() as connection:
            with closed_is_lost(connection):
                async with connection.transaction():
                    yield connection

    async def _handle_once(
        self,
        cause: Cause,
        aggregate: Aggregate[C, S, E],
        id: str,
        command: C | Gather[C],
        reply: Reply[S, E] | None,
        files: Sequence[bytes],
    ) -> Outcome:
        async with self.transaction() as connection:
            before, last_sequence, answered = await self._begin(connection, cause, aggregate, id)
            if answered:
                self.metrics.commands.labels("replayed").inc()
                return answered
            failpoint("shell.loaded")
            if cause.duty is not None:
                cause.actor.must(cause.duty, aggregate.audience(before.state))
            if cause.expected_versions is not None and before.version not in cause.expected_versions:
                raise StaleVersion(before.version)
            draft, now = Draft({aggregate.stream(id): before}), self.clock.now()
            wanted = await _gathered(connection, command)
            draft.stage(draft.decide(cause, aggregate, id, wanted, now, traceparent()))
            # Before anything is written that another command could wait for: a slow store keeps nobody else waiting.
            for data in files:
                await self.files.put(data)
            public = await numbered(connection, self.origin, published_by(draft.decided), {id: last_sequence})
            outcome = self._outcome(draft, aggregate, id, public.positions.get(id, last_sequence), reply)
            await write(connection, self.origin, draft.decided, public, _answer(cause, outcome, now))
            failpoint("shell.written")
        failpoint("shell.committed")
        self.cache.put_all(draft.states.items())
        self.metrics.commands.labels("accepted").inc()
        accepted = type(wanted).__name__
        log.info("command accepted", command=accepted, version=outcome.version, role=cause.actor.role)
        return outcome

    async def _begin(
        self, connection: Connection, cause: Cause, aggregate: AnyAggregate, id: str
    ) -> tuple[Versioned, int, Outcome | None]:
        """The stream as it is, its subject's last public sequence, and what the cause was answered before, if it was.

        Whoever else has a command for the stream waits from here on.
        """
        stream, key = aggregate.stream(id), cause.key
        known = self.cache.get(stream) or Versioned(0, aggregate.initial())
        (row,) = await connection.fetch(QUERIES["begin"], stream, known.version, id, cause.actor.identity, key)
        if row["answered_as"] is not None:
            return known, 0, _answered(cause, row["answered_as"], row["outcome"])
        return _folded(aggregate, known, row), row["last_sequence"] or 0, None

    def _outcome(
        self, draft: Draft, aggregate: AnyAggregate, id: str, position: int, reply: Reply[Any, Any] | None
    ) -> Outcome:
        after = draft.states[aggregate.stream(id)]
        events = [each.change.event for each in draft.decided]
        return Outcome(id, after.version, position, self.name, reply(after.state, events) if reply else {})

    async def wait_until_seen(self, subject: str, after: Mapping[str, int]) -> None:
        """Wait, bounded, until the inbox has what the caller has seen of other services about a subject.

        `after` maps a service's name to a sequence. Raises NotYetSeen.
        """
        wanted = {f"assay.{name}": seen for name, seen in after.items() if f"assay.{name}" in self.sources}
        if not wanted:
            return
        deadline = asyncio.get_running_loop().time() + timing.FACTS_AWAITED_SECONDS
        while not await self._has_seen(subject, wanted):
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                raise NotYetSeen(subject)
            await self.woken(min(left, timing.FACTS_POLL_SECONDS))

    async def _has_seen(self, subject: str, wanted: Mapping[str, int]) -> bool:
        rows = await self.pool.fetch(QUERIES["inbox_positions"], subject, list(wanted))
        seen = {row["source"]: row["seen"] for row in rows}
        return all(seen.get(source, 0) >= position for source, position in wanted.items())


async def _gathered(connection: Connection, command: Any) -> Any:
    return await command(connection) if callable(command) else command


def _folded(aggregate: AnyAggregate, known: Versioned, row: Mapping[str, Any]) -> Versioned:
    """The stream's state from what is known of it and the events beyond."""
    if not row["versions"]:
        return known
    state = known.state
    for name, data in zip(row["types"], row["contents"], strict=True):
        state = aggregate.evolve(state, aggregate.codec.decode(name, data))
    return Versioned(row["versions"][-1], state)


def _answered(cause: Cause, fingerprint: str, outcome: str) -> Outcome:
    if fingerprint != cause.fingerprint:
        raise KeyReused(cause.key)
    return Outcome(**orjson.loads(outcome))


def _answer(cause: Cause, outcome: Outcome, now: datetime) -> Answer | None:
    """What is kept so that the same cause is answered alike; nothing where it has no key."""
    if cause.key is None:
        return None
    stored = orjson.dumps(vars(outcome), default=str).decode()
    return Answer(cause.actor.identity, cause.key, cause.fingerprint, stored, now)
