"""Whether the tables that projections write are what today's projections make of the events.

The service's own projection runs once more over its own events, into temporary tables of the same names, which hide the
true ones from this session alone. The transaction is read-only: PostgreSQL lets it write to temporary tables and to
nothing else. Then both are compared, row by row.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from chassis.audit.finding import MOST_FINDINGS, Compared, Finding, NamedFile, Said
from chassis.eventstore.aggregate import AnyAggregate, Change
from chassis.eventstore.rows import RowBuffer
from chassis.messaging.cloudevents import message_id
from chassis.messaging.handlers import Projection, Received
from chassis.messaging.quarantine import describe_error
from chassis.process.database import Connection, load_queries
from contracts import REGISTRY
from contracts.topics import TOPICS

QUERIES = load_queries(Path(__file__).parent / "read_models.sql")
PORTION = 1_000
EVENTS = "compared with their seals and with the chain"
PUBLISHED = "compared with their seals and with the topics"
BOOKKEEPING = "what was received and is to be done: it says how far this process is, and no fact"
OF_THE_CHASSIS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("event", "unchained", "link", "chain_head", "timeline"), EVENTS),
        **dict.fromkeys(("publication", "public_message", "outbox"), PUBLISHED),
        **dict.fromkeys(("inbox", "received", "consumed", "unhandled_type", "relay", "migration"), BOOKKEEPING),
        **dict.fromkeys(("parked", "revoked"), "what came and could not be handled, or is no more: no event says so"),
        **dict.fromkeys(("parked_decision", "republication", "restored"), "what operations did: kept here alone"),
        "request": "what callers were answered, by the keys that they chose",
        "rehearsal_clock": "how far rehearsal time is ahead: a setting",
    }
)
"""Tables of every service that no projection writes, each with the reason."""

Sources = Mapping[str, Connection]
"""The databases of the services that a read side hears, by their names."""


def _names_no_file(_event: Any) -> Iterable[NamedFile]:
    return ()


@dataclass(frozen=True)
class ReadModels:
    """What of a service's tables follows from events, and how. A table that is not named as an exception does."""

    aggregates: tuple[AnyAggregate, ...] = ()
    projection: Projection | None = None
    recount: Callable[[Connection], AsyncIterator[Finding]] | None = None
    """fills what a task of the service keeps, from what stands in the database; says what is not counted yet"""
    files: Callable[[Any], Iterable[NamedFile]] = _names_no_file
    """the files of the object store that an event names"""
    not_derived: Mapping[str, str] = field(default_factory=dict)
    """tables, and columns as `table.column`, that don't follow from events, each with the reason"""

    @property
    def exceptions(self) -> Mapping[str, str]:
        """Every table and column that is not compared, with the reason."""
        return {**OF_THE_CHASSIS, **self.not_derived}

    @property
    def topics(self) -> frozenset[str]:
        """The topics that it is kept from."""
        return frozenset(contract.TOPIC for contract in self.projection.contracts) if self.projection else frozenset()

    @property
    def hears(self) -> frozenset[str]:
        """The services whose public messages it is kept from."""
        return frozenset(topic.owner for topic in TOPICS if topic.name in self.topics)


async def verify(connection: Connection, models: ReadModels, sources: Sources) -> AsyncIterator[Said]:
    """Compare every table that follows from events, as they are in one snapshot; name the files that events name.

    The connection is this audit's alone: its session keeps the temporary tables.
    """
    tables = await derived(connection, models)
    for table in tables:
        await connection.execute(f'CREATE TEMPORARY TABLE "{table}" (LIKE public."{table}" INCLUDING ALL)')
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        async for each in _refolded(connection, models):
            yield each
        handled_otherwise: set[str] = set()
        if models.projection:
            handled_otherwise = {row["subject"] for row in await connection.fetch(QUERIES["handled_otherwise"])}
            async for each in _heard_again(connection, models, models.projection, sources):
                yield each
        if models.recount:
            async for each in models.recount(connection):
                yield each
        for table in tables:
            async for each in _compared(connection, table, models, handled_otherwise):
                yield each
    for service in sorted(models.hears):
        async for each in _not_heard(connection, service, sources[service], models):
            yield each


async def derived(connection: Connection, models: ReadModels) -> list[str]:
    """The tables that follow from events: all but those that are excepted."""
    return [row["table"] for row in await connection.fetch(QUERIES["tables"]) if row["table"] not in models.exceptions]


async def _refolded(connection: Connection, models: ReadModels) -> AsyncIterator[Said]:
    """Project every stream once more, the one that ended last after all others: the newest certificate counts."""
    streams = 0
    async for row in connection.cursor(QUERIES["streams"], prefetch=PORTION):
        streams += 1
        stream = row["stream"]
        try:
            for each in await _project_again(connection, _aggregate_of(stream, models), stream, models):
                yield each
        except Exception as error:
            yield Finding("events", stream, f"they can't be folded: {describe_error(error)}", "events of this release")
    if models.aggregates:
        yield Compared("streams", streams)


async def _project_again(
    connection: Connection, aggregate: AnyAggregate, stream: str, models: ReadModels
) -> list[NamedFile]:
    rows, files = RowBuffer(), list[NamedFile]()
    events = await connection.fetch(QUERIES["events"], stream)
    # A cause had a transaction to itself: a read model sees all that followed from it together.
    for _, caused in groupby(_changes(aggregate, stream, events), key=itemgetter(0)):
        changes = [change for _, change in caused]
        named = (each for change in changes for each in models.files(change.event))
        files += (replace(each, subject=stream) for each in named)
        if aggregate.project:
            await aggregate.project(rows, changes)
    async with connection.transaction():
        await rows.flush(connection)
    return files


def _changes(aggregate: AnyAggregate, stream: str, events: Iterable[Any]) -> Iterator[tuple[str, Change]]:
    id, state = stream.removeprefix(f"{aggregate.category}-"), aggregate.initial()
    for row in events:
        event = aggregate.codec.decode(row["type"], row["data"])
        state = aggregate.evolve(state, event)
        yield row["cause"], Change(id, row["version"], event, state, row["recorded_at"], row["actor"])


def _aggregate_of(stream: str, models: ReadModels) -> AnyAggregate:
    for each in models.aggregates:
        if stream.startswith(f"{each.category}-"):
            return each
    raise LookupError("the service keeps no such streams")


async def _heard_again(
    connection: Connection, models: ReadModels, projection: Projection, sources: Sources
) -> AsyncIterator[Finding]:
    """Let a read side hear again what it has heard of each subject, as its sources have published it."""
    heard = [f"assay.{service}" for service in models.hears]
    types = {contract.TYPE for contract in projection.contracts}
    async for row in connection.cursor(QUERIES["heard"], heard, prefetch=PORTION):
        received: list[Received[Any]] = []
        for source, following, unhandled in zip(row["sources"], row["following"], row["unhandled"], strict=True):
            published = sources[source.removeprefix("assay.")]
            for message in await published.fetch(QUERIES["published"], row["subject"], following, unhandled):
                if message["type"] in types:
                    received.append(_received(source, message))
        try:
            async with connection.transaction():
                await projection.apply(connection, received)
        except Exception as error:
            said = f"what was published can't be projected: {describe_error(error)}"
            yield Finding("publications", row["subject"], said, "messages of this release")


def _received(source: str, row: Mapping[str, Any]) -> Received[Any]:
    contract = REGISTRY[row["type"]].model_validate_json(row["value"])
    id = message_id(row["subject"], row["timeline"], row["sequence"])
    return Received(id, source, row["subject"], row["sequence"], contract, row["time"])


async def _not_heard(
    connection: Connection, service: str, source: Connection, models: ReadModels
) -> AsyncIterator[Finding]:
    """What a source has published and the read side has not heard by now: on its way, or held up."""
    after = ""
    while rows := await source.fetch(QUERIES["last_published"], sorted(models.topics), after, PORTION):
        after = rows[-1]["subject"]
        asked = [row["subject"] for row in rows], [row["last"] for row in rows]
        for row in await connection.fetch(QUERIES["behind"], f"assay.{service}", *asked):
            said = f"{row['last'] - row['heard']} facts of {service} were not heard"
            right = f"all {row['last']}: they are on their way, parked or lost"
            yield Finding("inbox", row["subject"], said, right, warning=True)


async def _compared(
    connection: Connection, table: str, models: ReadModels, handled_otherwise: set[str]
) -> AsyncIterator[Said]:
    """Each row of a table that is not as it would be, with the columns that differ."""
    (shape,) = await connection.fetch(QUERIES["shape"], table)
    left_out = [*shape["identities"], *_excepted(table, models)]
    query = QUERIES["compare"].replace(":table", f'"{table}"')
    query = query.replace(":key", ", ".join(f'"{column}"' for column in shape["key"]))
    for row in await connection.fetch(query, left_out, MOST_FINDINGS):
        there, right = (orjson.loads(row[side] or "{}") for side in ("there", "derived"))
        about = there or right
        subject = str(about.get("engagement") or about[shape["key"][0]])
        place = f"{table} " + ", ".join(str(about[column]) for column in shape["key"])
        yield Finding(place, subject, *_said(there, right), warning=subject in handled_otherwise)
    yield Compared(f"table {table}", await connection.fetchval(f'SELECT count(*) FROM public."{table}"'))


def _excepted(table: str, models: ReadModels) -> list[str]:
    return [name.partition(".")[2] for name in models.not_derived if name.startswith(f"{table}.")]


def _said(there: Mapping[str, Any], right: Mapping[str, Any]) -> tuple[str, str]:
    """What a row says, and what would be right; of two rows, the columns that differ."""
    if not (there and right):
        return _row(there), _row(right)
    differing = [column for column in there if there[column] != right.get(column)]
    return _row({column: there[column] for column in differing}), _row({column: right[column] for column in differing})


def _row(row: Mapping[str, Any]) -> str:
    return "no row" if not row else orjson.dumps(row).decode()
