"""A recorded story, told again to one service at a time, in any delivery that Kafka may make of it."""

import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, cast

import orjson

from chassis.eventstore.aggregate import Aggregate, AnyAggregate
from chassis.eventstore.cause import SYSTEM, Cause
from chassis.eventstore.runtime import Runtime
from chassis.eventstore.seal import SealKey
from chassis.eventstore.store import Origin
from chassis.messaging.inbox import Inbox
from chassis.messaging.records import Record
from chassis.observability.metrics import Metrics
from chassis.observability.telemetry import Telemetry
from chassis.process.database import CHASSIS_MIGRATIONS, Connection, migrate, open_pool
from chassis.process.files import Files
from chassis.process.settings import Settings
from chassis.service import Service

SERVICES = ("gateway", "notification", "artefact-review", "execution-tracker", "certification", "disputes")
HISTORY = Path(__file__).with_name("history.jsonl")
ORIGIN = Origin(SealKey(b"what a service seals with that hears a story again"))
NOW = datetime(2027, 4, 1, 9, tzinfo=UTC)
OF_THE_CHASSIS = {
    *("event", "unchained", "link", "chain_head", "publication", "public_message", "outbox", "relay", "inbox"),
    *("received", "unhandled_type"),
    *("parked", "parked_decision", "republication", "request", "rehearsal_clock", "migration"),
}
NOT_COMPARED = ["seq", "search", "message_id"]
"""Columns that are another for each engagement: the order of rows, and what is made of its id or its Party's."""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


class Crash(ConnectionError):
    """The process ended before the commit."""


class StandingClock:
    """Always the same instant, so that two tellings can be compared."""

    def now(self) -> datetime:
        return NOW


@dataclass(frozen=True)
class Line:
    """One recorded fact: who said it, and the record as Kafka delivers it."""

    source: str
    record: Record


@dataclass
class CrashingRuntime(Runtime):
    """Ends the next transaction before its commit, when asked to."""

    crash_next: bool = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with super().transaction() as connection:
            yield connection
            if self.crash_next:
                self.crash_next = False
                raise Crash


@dataclass(frozen=True)
class Outcome:
    """What a service made of the story."""

    streams: Mapping[str, tuple[tuple[str, str], ...]]
    states: Mapping[str, Any]
    tables: Mapping[str, list[str]]
    parked: list[str]


@dataclass
class Told:
    """A service that the story is told to, each time about another engagement."""

    service: Service
    runtime: CrashingRuntime
    inbox: Inbox
    aggregates: tuple[AnyAggregate, ...]

    async def tell(self, deliveries: Iterable[tuple[Sequence[Line], bool]], story: "Story") -> Outcome:
        """Deliver batches; one that is marked ends in a crash and is delivered again."""
        await self._begin(story)
        for lines, crashes in deliveries:
            self.runtime.crash_next = crashes
            try:
                await self.inbox.handle([line.record for line in lines])
            except Crash:
                await self.inbox.handle([line.record for line in lines])
            self.runtime.crash_next = False
        return await self._outcome(story)

    async def _begin(self, story: "Story") -> None:
        """What the service itself decided before anybody else said anything."""
        for each in story.beginnings(self.service.name):
            aggregate = self._of(each["stream"])
            event = aggregate.codec.decode(each["type"], orjson.dumps(each["data"]))
            playing = Aggregate[Any, Any, Any](**{**vars(aggregate), "decide": lambda command, _: [command]})
            id = each["stream"].removeprefix(f"{aggregate.category}-")
            await self.runtime.handle(Cause(id="request:recorded", actor=SYSTEM), playing, id, event)

    async def _outcome(self, story: "Story") -> Outcome:
        own = [f"%{story.engagement}%", f"%{story.party}%"]
        rows = await self.runtime.pool.fetch(
            "SELECT stream, type, data FROM event WHERE stream LIKE ANY ($1) ORDER BY stream, version", own
        )
        streams: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for row in rows:
            streams[story.restored(row["stream"])].append((row["type"], story.restored(row["data"])))
        tables = {row["tablename"] for row in await self.runtime.pool.fetch(TABLES)} - OF_THE_CHASSIS
        parked = await self.runtime.pool.fetch("SELECT reason FROM parked WHERE subject LIKE ANY ($1)", own)
        return Outcome(
            streams={name: tuple(events) for name, events in streams.items()},
            states={name: self._folded(name, events) for name, events in streams.items()},
            tables={table: await self._rows(table, own, story) for table in sorted(tables)},
            parked=[row["reason"] for row in parked],
        )

    async def _rows(self, table: str, own: list[str], story: "Story") -> list[str]:
        query = f"SELECT to_jsonb(t) - $2::text[] AS row FROM {table} t WHERE t::text LIKE ANY ($1)"
        rows = await self.runtime.pool.fetch(query, own, NOT_COMPARED)
        return sorted(story.restored(row["row"]) for row in rows)

    def _folded(self, stream: str, events: Sequence[tuple[str, str]]) -> Any:
        aggregate = self._of(stream)
        state = aggregate.initial()
        for name, data in events:
            state = aggregate.evolve(state, aggregate.codec.decode(name, data))
        return state

    def _of(self, stream: str) -> AnyAggregate:
        (aggregate,) = (each for each in self.aggregates if stream.startswith(f"{each.category}-"))
        return aggregate


@dataclass(frozen=True)
class Story:
    """The recorded story about an engagement and a Party of its own."""

    engagement: str
    party: str

    @classmethod
    def new(cls) -> "Story":
        """Told about somebody new."""
        id = uuid.uuid4()
        return cls(str(id), f"P{id.hex[:9]}".upper())

    def lines(self, service: Service) -> list[Line]:
        """What a service hears of it, in the recorded order."""
        topics = service.topics()
        return [self._line(each, n) for n, each in enumerate(_history()) if each.get("topic") in topics]

    def beginnings(self, service: str) -> list[dict[str, Any]]:
        """What a service itself had decided before it heard anything."""
        kept = [each for each in _history() if each.get("service") == service]
        return cast(list[dict[str, Any]], orjson.loads(self._told(orjson.dumps(kept).decode())))

    def restored(self, text: str) -> str:
        """A text with the recorded names in it."""
        engagement, party = _names()
        return text.replace(self.engagement, engagement).replace(self.party, party)

    def _told(self, text: str) -> str:
        engagement, party = _names()
        return text.replace(engagement, self.engagement).replace(party, self.party)

    def _line(self, each: dict[str, Any], number: int) -> Line:
        told = orjson.loads(self._told(orjson.dumps(each).decode()))
        if "ce_sequence" not in told["headers"]:  # what an outside system sends is known by its id alone
            told["headers"]["ce_id"] += self.party
        headers = tuple((name, value.encode()) for name, value in told["headers"].items())
        return Line(
            told["headers"]["ce_source"], Record(told["topic"], 0, number, headers, orjson.dumps(told["value"]))
        )


@cache
def _history() -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in HISTORY.read_bytes().splitlines()]


@cache
def _names() -> tuple[str, str]:
    (notified,) = (
        each
        for each in _history()
        if each.get("headers", {}).get("ce_type") == "assay.notification.engagement-notified.v1"
    )
    return notified["headers"]["ce_subject"], notified["value"]["participants"][0]["organisation"]


@asynccontextmanager
async def told(name: str, database_url: str) -> AsyncIterator[Told]:
    """A service on a database of its own, that hears only what it is told."""
    package = name.replace("-", "_")
    build = import_module(f"{package}.wiring").build
    folder = mkdtemp(prefix="assay-")
    given: dict[str, Any] = {
        **dict.fromkeys(("kafka", "oidc_issuer", "oidc_audience", "oidc_jwks"), "none"),
        **{"http_port": 1, "database_url": database_url, "files": folder, "telemetry": folder, "signing": folder},
        "seal_key": folder,
    }
    try:
        settings_class = import_module(f"{package}.settings").Settings
    except ModuleNotFoundError:
        settings_class = Settings
    settings = settings_class(**{key: value for key, value in given.items() if key in settings_class.model_fields})
    service: Service = build(settings)
    await migrate(database_url, CHASSIS_MIGRATIONS, service.migrations)
    pool, telemetry = await open_pool(database_url, 4), Telemetry(name, Path(folder))
    runtime = CrashingRuntime(
        name, settings, pool, StandingClock(), Files.at(folder), telemetry, Metrics(), ORIGIN, service.sources()
    )
    try:
        aggregates = _aggregates(package)
        yield Told(service, runtime, Inbox(runtime, service.handlers, service.projection), aggregates)
    finally:
        await pool.close()
        telemetry.close()


def _aggregates(package: str) -> tuple[AnyAggregate, ...]:
    try:
        module = import_module(f"{package}.aggregates")
    except ModuleNotFoundError:
        return ()
    return tuple({id(each): each for each in vars(module).values() if isinstance(each, Aggregate)}.values())
