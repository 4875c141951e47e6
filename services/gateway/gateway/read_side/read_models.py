"""What can be asked of the read side."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from chassis.eventstore.runtime import Runtime
from chassis.process.database import Connection, Pool, closed_is_lost, load_queries
from gateway.read_side.cursors import EngagementPlace
from gateway.read_side.holders import holders
from kernel.audience import Audience
from kernel.engagement import EngagementUnknown
from kernel.principal import Principal
from rulebook.engine.profile import profile

QUERIES = load_queries(Path(__file__).parent / "queries.sql")

WORD = re.compile(r"\w+")

Row = Mapping[str, Any]
Source = Pool | Connection
"""Where a query goes: any connection, or one whose transaction sees everything as of one moment."""


async def audience(source: Source, engagement: UUID) -> Audience | None:
    """Who may do what in an engagement, if it is known here yet."""
    row = await source.fetchrow(QUERIES["taking_part"], engagement)
    return None if row is None else audience_of({**row, "participants": orjson.loads(row["participants"])})


def audience_of(row: Row) -> Audience:
    """Who may do what in an engagement, by its procedure and its participants."""
    taking_part = {each["role"]: each["organisation"] for each in row["participants"]}
    return profile(row["procedure"], row["rulebook"]).audience(taking_part)


async def acknowledge(runtime: Runtime, caller: Principal, engagement: UUID, positions: Mapping[str, int]) -> None:
    """Keep how far services said that they have published about an engagement, when they answered a caller."""
    known = list(positions), list(positions.values())
    async with runtime.pool.acquire() as connection:
        with closed_is_lost(connection):
            await connection.execute(QUERIES["acknowledge"], caller.identity, engagement, *known)


async def latest_command(pool: Pool, caller: Principal) -> UUID | None:
    """The engagement that a caller's last command was about."""
    engagement: UUID | None = await pool.fetchval(QUERIES["latest_command"], caller.identity)
    return engagement


async def seen_of(pool: Pool, engagement: UUID) -> dict[str, int]:
    """How far each service has been seen about an engagement, here or by what it answered."""
    rows = await pool.fetch(QUERIES["seen"], engagement)
    return {row["source"].removeprefix("assay."): row["seen"] for row in rows}


async def catch_up(runtime: Runtime, engagement: UUID) -> None:
    """Wait until everything is seen here that services said of an engagement; raises NotYetSeen."""
    await runtime.wait_until_seen(str(engagement), await seen_of(runtime.pool, engagement))


async def catch_up_with_last_command(runtime: Runtime, caller: Principal) -> None:
    """Wait until what a caller's last command led to is seen here: lists hold what a caller has just done."""
    if (latest := await latest_command(runtime.pool, caller)) is not None:
        await catch_up(runtime, latest)


async def engagement(source: Source, id: UUID) -> Row:
    """One engagement, or EngagementUnknown."""
    row = await source.fetchrow(QUERIES["engagement"], id)
    if row is None:
        raise EngagementUnknown()
    return _engagement(row)


@dataclass(frozen=True)
class EngagementFilter:
    """Which engagements are looked for; None: whichever. `role` is that of a Party, a field of the subject."""

    organisation: str | None = None
    role: str | None = None
    procedure: str | None = None
    phase: str | None = None
    ended: bool | None = None
    due_before: date | None = None
    text: str | None = None

    def conditions(self) -> Iterator[tuple[str, object]]:
        """Each condition that is asked for, with its value. One that is not is left out, so that indexes are of use."""
        if self.organisation is not None:
            yield "participants @> {}::jsonb", _json([{"organisation": self.organisation}])
        if self.role is not None:
            yield "subject_fields @> {}::jsonb", _json({"role": self.role})
        if self.procedure is not None:
            yield "procedure = {}", self.procedure
        if self.phase is not None:
            yield "phase = {}", self.phase
        if self.ended is not None:
            yield "(ended_at IS NOT NULL) = {}", self.ended
        if self.due_before is not None:
            yield "next_due < {}", self.due_before
        if self.text is not None:
            # A word begins one of the engagement's words, and all of them are looked for.
            yield "search @@ to_tsquery('simple', {})", " & ".join(f"{word}:*" for word in WORD.findall(self.text))


async def engagements(
    pool: Pool, reader: Principal, wanted: EngagementFilter, before: EngagementPlace, limit: int
) -> Sequence[Row]:
    """Of the engagements that a caller may read and that match, the newest before a place."""
    found = list(wanted.conditions())
    numbered = [condition.format(f"${len(before) + 2 + n}") for n, (condition, _) in enumerate(found, 1)]
    query = QUERIES["engagements_found" if found else "engagements"].replace(":conditions", " AND ".join(numbered))
    values = [value for _, value in found]
    pages = [await pool.fetch(query, holder, *before, limit, *values) for holder in holders(reader)]
    return [_engagement(row) for row in merged(pages, lambda row: (row["notified_at"], row["id"]), limit, newest=True)]


def merged(pages: Sequence[Sequence[Row]], place: Callable[[Row], Any], limit: int, newest: bool = False) -> list[Row]:
    """One page of what the holders that a caller is have each a page of, in the same order; what both have once."""
    rows = {place(row): row for page in pages for row in page}
    return [rows[key] for key in sorted(rows, reverse=newest)][:limit]


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _engagement(row: Row) -> Row:
    subject = {name: row[f"subject_{name}"] for name in ("kind", "id", "name")}
    subject["fields"] = orjson.loads(row["subject_fields"])
    return {**row, "subject": subject, "participants": orjson.loads(row["participants"])}


async def steps(source: Source, id: UUID) -> Sequence[Row]:
    """The steps of an engagement."""
    return [dict(row) for row in await source.fetch(QUERIES["steps"], id)]


async def facts(source: Source, id: UUID, limit: int) -> Sequence[Row]:
    """The latest facts of an engagement, newest first."""
    return [{**row, "data": orjson.loads(row["data"])} for row in await source.fetch(QUERIES["facts"], id, limit)]


async def facts_of(source: Source, id: UUID, names: Sequence[str]) -> Mapping[str, Sequence[Row]]:
    """The digests of the facts of some names, each name's in their order."""
    found: dict[str, list[Row]] = {name: [] for name in names}
    for row in await source.fetch(QUERIES["facts_of"], id, names):
        found[row["type"]].append(orjson.loads(row["data"]))
    return found


async def results(source: Source, id: UUID) -> dict[str, int]:
    """How many tests have which outcome as their latest."""
    return {row["outcome"]: row["tests"] for row in await source.fetch(QUERIES["results"], id)}


async def issues(source: Source, id: UUID) -> Sequence[Row]:
    """How many issues there are of each severity and status."""
    return [dict(row) for row in await source.fetch(QUERIES["issues"], id)]


async def outstanding_issues(source: Source, id: UUID, limit: int) -> Sequence[Row]:
    """The issues that are not closed, the most severe first."""
    return [dict(row) for row in await source.fetch(QUERIES["outstanding_issues"], id, limit)]


async def facts_about_rights(source: Source, id: UUID, names: Sequence[str]) -> Sequence[Row]:
    """What happened about the rights of referral of an engagement, in its order."""
    rows = await source.fetch(QUERIES["facts_about_rights"], id, names)
    return [{**row, "data": orjson.loads(row["data"])} for row in rows]
