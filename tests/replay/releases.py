"""The kept stories of releases, and how one is carried on: from any step, with today's services.

The databases are made by the migrations that the release had, and the story's engagement is loaded as the release had
left it before a step, under names of its own. Today's services migrate them, and what was asked for from there on is
asked for again.
"""

import asyncio
import base64
import gzip
import re
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from assay_stack.keys import make_signing
from chassis.process.database import CHASSIS_MIGRATIONS, migrate
from chassis.process.settings import Settings
from chassis.service import Service
from gateway.edge.api_documents import api_documents
from testing.probe import Kafka, Postgres, Probe, running

RELEASES = Path(__file__).with_name("releases")
SERVICES = Path(__file__).parents[2] / "services"
DECIDING = ("notification", "artefact-review", "execution-tracker", "certification", "disputes")
LEFT_OUT = frozenset(
    (
        *("unchained", "link", "chain_head", "relay", "outbox", "consumed", "timeline", "restored", "republication"),
        *("unhandled_type", "migration", "rehearsal_clock", "request", "parked_decision"),
    )
)
"""Tables that are about the database as a whole, not about an engagement, and answers to former requests."""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
COLUMNS = """
    SELECT table_name, string_agg(quote_ident(column_name), ', ') AS columns
    FROM information_schema.columns WHERE table_schema = 'public' AND is_identity = 'NO' GROUP BY table_name
"""
REFERRING = "SELECT DISTINCT conrelid::regclass::text AS name FROM pg_constraint WHERE contype = 'f'"
UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
PATIENCE_SECONDS = 20.0
ASK_AGAIN_SECONDS = 0.1


@dataclass(frozen=True)
class Asked:
    """A command of somebody."""

    role: str
    method: str
    path: str
    type: str | None
    content: bytes


@dataclass(frozen=True)
class Step:
    """A step of a story: the databases before it (rows as JSON, by service and table), and what is asked for in it."""

    engagement: str
    party: str
    before: Mapping[tuple[str, str], Sequence[str]]
    asked: tuple[Asked, ...]

    @property
    def clock(self) -> datetime | None:
        """To when the clock is moved, where it is."""
        moves = [orjson.loads(each.content)["now"] for each in self.asked if each.path == "/clock"]
        return datetime.fromisoformat(moves[-1]) if moves else None

    @property
    def commands(self) -> tuple[Asked, ...]:
        """What is asked of the services."""
        return tuple(each for each in self.asked if each.path != "/clock")


@dataclass(frozen=True)
class Story:
    """A kept story: the migrations that the databases had, by service, and each step."""

    migrations: Mapping[str, Sequence[str]]
    steps: tuple[Step, ...]

    @property
    def begins_at(self) -> datetime:
        """To when the clock is moved first."""
        return next(step.clock for step in self.steps if step.clock)


@cache
def story(name: str) -> Story:
    """A kept story."""
    rows: dict[tuple[str, str], Counter[str]] = {}
    steps = []
    first, *lines = map(orjson.loads, gzip.decompress((RELEASES / f"{name}.jsonl.gz").read_bytes()).splitlines())
    for line in lines:
        for service, tables in line["changes"].items():
            for table, change in tables.items():
                kept = rows.setdefault((service, table), Counter())
                kept.subtract(change["removed"])
                kept.update(change["added"])
        before = {place: tuple(kept.elements()) for place, kept in rows.items()}
        asked = tuple(Asked(**{**each, "content": base64.b64decode(each["content"])}) for each in line["asked"])
        steps.append(Step(line["engagement"], line["party"], before, asked))
    return Story(first["migrations"], tuple(steps))


@dataclass(frozen=True)
class HalfWay:
    """An engagement that a release has left half-way, under names of its own."""

    step: Step
    party: str

    @property
    def engagement(self) -> str:
        """Its id."""
        return self.named(self.step.engagement)

    def named(self, text: str) -> str:
        """A text of the story with the engagement's own names in it."""
        own = UUID.sub(lambda found: str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.party}/{found[0]}")), text)
        return own.replace(self.step.party, self.party)


@dataclass
class Services:
    """Today's services, on databases and topics of their own."""

    postgres: Postgres
    kafka: Kafka
    folder: Path
    """where files and the signing key lie"""
    databases: Mapping[str, str]
    now: datetime
    """what their clocks show"""
    probes: dict[str, Probe] = field(default_factory=dict)
    _shared: dict[str, Any] = field(default_factory=lambda: {"topic_prefix": f"t{uuid.uuid4().hex[:8]}."})
    _stacks: dict[str, AsyncExitStack] = field(default_factory=dict)

    async def start(self, name: str, release: Callable[[Service], Service] = lambda today: today) -> None:
        """Start a service, or what `release` makes of it; it goes on with the database that it had."""
        package = name.replace("-", "_")
        try:
            settings = import_module(f"{package}.settings").Settings
        except ModuleNotFoundError:
            settings = Settings
        given = {**self._shared, "files": self.folder / name, "signing": self.folder / "signing"}
        given["database_url"] = self.databases[name]
        known = {key: value for key, value in given.items() if key in settings.model_fields}
        build = import_module(f"{package}.wiring").build
        stack = self._stacks[name] = AsyncExitStack()
        service = running(
            lambda settings: release(build(settings)), self.postgres, self.kafka, settings, now=self.now, **known
        )
        probe = self.probes[name] = await stack.enter_async_context(service)
        self._shared.setdefault("oidc_jwks", probe.runtime.settings.oidc_jwks)
        probe.issuer = next(iter(self.probes.values())).issuer

    async def stop(self, name: str) -> None:
        """Stop a service."""
        await self._stacks.pop(name).aclose()

    def move_to(self, instant: datetime) -> None:
        """Move the clocks of all."""
        self.now = instant
        for probe in self.probes.values():
            probe.move_to(instant)

    async def ask(self, half_way: HalfWay, asked: Asked) -> None:
        """Ask for what was asked for, until it is granted: facts that it waits for are under way."""
        path, deadline = half_way.named(asked.path), time.monotonic() + PATIENCE_SECONDS
        content = asked.content
        if asked.type == "application/json":
            content = half_way.named(content.decode()).encode()
        headers = {"idempotency-key": str(uuid.uuid4()), **({"content-type": asked.type} if asked.type else {})}
        party = half_way.party if asked.role == "participant" else None
        async with self.probes[_owner(path)].client(asked.role, party, **headers) as client:
            while not (reply := await client.request(asked.method, path, content=content)).is_success:
                assert time.monotonic() < deadline, f"{half_way.party}: {path}: {reply.text}"
                await asyncio.sleep(ASK_AGAIN_SECONDS)

    async def certified(self, half_way: HalfWay) -> bool:
        """Whether the engagement has every certificate, signed."""
        async with self.probes["certification"].client("dcc") as client:
            certificates = (await client.get(f"/engagements/{half_way.engagement}/certificates")).json()
        return bool(certificates) and all(each["status"] == "issued" for each in certificates)

    async def until_certified(self, engagements: Sequence[HalfWay]) -> None:
        """Wait until each engagement has its certificates."""
        deadline, waiting = time.monotonic() + PATIENCE_SECONDS * 2, list(engagements)
        while waiting := [each for each in waiting if not await self.certified(each)]:
            assert time.monotonic() < deadline, [each.party for each in waiting]
            await asyncio.sleep(ASK_AGAIN_SECONDS)


@cache
def _owners() -> list[tuple[re.Pattern[str], str]]:
    return [
        (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), service)
        for service, document in api_documents().items()
        for path, methods in document["paths"].items()
        if "post" in methods
    ]


def _owner(path: str) -> str:
    """The service that a path is a command of."""
    return next(service for pattern, service in _owners() if pattern.fullmatch(path))


async def left_by(release: Story, half_way: Sequence[HalfWay], service: str, database: str, folder: Path) -> None:
    """Make a database as a release had left it: its migrations, and what it had stored of engagements."""
    await migrate(database, *_migrations(release.migrations[service], folder / f"migrations-of-{service}"))
    connection = await asyncpg.connect(database)
    try:
        columns = {row["table_name"]: row["columns"] for row in await connection.fetch(COLUMNS)}
        referring = {row["name"] for row in await connection.fetch(REFERRING)}
        for each in half_way:
            places = [(table, rows) for (name, table), rows in each.step.before.items() if name == service]
            for table, rows in sorted(places, key=lambda place: place[0] in referring):
                given = f"json_populate_recordset(NULL::{table}, $1::json)"
                insert = f"INSERT INTO {table} ({columns[table]}) SELECT {columns[table]} FROM {given}"
                await connection.execute(insert, each.named(f"[{','.join(rows)}]"))
    finally:
        await connection.close()


def _migrations(names: Sequence[str], folder: Path) -> list[Path]:
    """The folders of migrations, with those that are named and no others."""
    homes = {each.parent.name: each for each in (CHASSIS_MIGRATIONS, *SERVICES.glob("*/migrations"))}
    folders = []
    for owner in dict.fromkeys(name.partition("/")[0] for name in names):
        there = folder / owner / "migrations"
        there.mkdir(parents=True)
        for name in (name.partition("/")[2] for name in names if name.startswith(f"{owner}/")):
            (there / f"{name}.sql").symlink_to(homes[owner] / f"{name}.sql")
        folders.append(there)
    return folders


@asynccontextmanager
async def services(
    postgres: Postgres, kafka: Kafka, folder: Path, release: Story, half_way: Sequence[HalfWay]
) -> AsyncIterator[Services]:
    """Today's services on what a release has left; they run until the end."""
    make_signing(folder / "signing")
    databases = {name: postgres.database() for name in DECIDING}
    for name, database in databases.items():
        await left_by(release, half_way, name, database, folder)
    they = Services(postgres, kafka, folder, databases, release.begins_at)
    try:
        first, *others = DECIDING
        await they.start(first)  # by whose issuer all others know callers
        await asyncio.gather(*map(they.start, others))
        yield they
    finally:
        for name in reversed(DECIDING):
            if name in they._stacks:
                await they.stop(name)
