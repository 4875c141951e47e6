"""What can be asked of the read side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from chassis.eventstore.runtime import Runtime
from chassis.process.database import Pool, closed_is_lost, load_queries
from kernel.audience import STAFF, Audience
from kernel.engagement import EngagementUnknown
from kernel.principal import Principal
from rulebook.engine.profile import profile

QUERIES = load_queries(Path(__file__).parent / "queries.sql")

Row = Mapping[str, Any]


async def audience(pool: Pool, engagement: UUID) -> Audience | None:
    """Who may do what in an engagement, if it is known here yet."""
    row = await pool.fetchrow(QUERIES["taking_part"], engagement)
    if row is None:
        return None
    taking_part = {each["role"]: each["organisation"] for each in orjson.loads(row["participants"])}
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


async def engagement(pool: Pool, id: UUID) -> Row:
    """One engagement, or EngagementUnknown."""
    row = await pool.fetchrow(QUERIES["engagement"], id)
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

    def values(self) -> tuple[object, ...]:
        """The values of the queries' conditions, in their order."""
        by_organisation = [{"organisation": self.organisation}] if self.organisation is not None else None
        by_role = {"role": self.role} if self.role is not None else None
        return (_json(by_organisation), _json(by_role), self.procedure, self.phase, self.ended)


async def engagements(
    pool: Pool, reader: Principal, wanted: EngagementFilter, limit: int, offset: int
) -> tuple[int, Sequence[Row]]:
    """How many of the engagements that a caller may read match, and a page of them, the newest first."""
    seen_by = (None, None) if reader.role in STAFF else (reader.role, reader.party)
    conditions = (*seen_by, *wanted.values())
    rows = await pool.fetch(QUERIES["engagements"], *conditions, limit, offset)
    return await pool.fetchval(QUERIES["engagements_in_all"], *conditions), [_engagement(row) for row in rows]


def _json(value: object) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _engagement(row: Row) -> Row:
    subject = {name: row[f"subject_{name}"] for name in ("kind", "id", "name")}
    subject["fields"] = orjson.loads(row["subject_fields"])
    return {**row, "subject": subject, "participants": orjson.loads(row["participants"])}


async def steps(pool: Pool, id: UUID) -> Sequence[Row]:
    """The steps of an engagement."""
    return [dict(row) for row in await pool.fetch(QUERIES["steps"], id)]


async def facts(pool: Pool, id: UUID, limit: int) -> Sequence[Row]:
    """The latest facts of an engagement, newest first."""
    return [{**row, "data": orjson.loads(row["data"])} for row in await pool.fetch(QUERIES["facts"], id, limit)]


async def facts_of(pool: Pool, id: UUID, names: Sequence[str]) -> Mapping[str, Sequence[Row]]:
    """The digests of the facts of some names, each name's in their order."""
    found: dict[str, list[Row]] = {name: [] for name in names}
    for row in await pool.fetch(QUERIES["facts_of"], id, names):
        found[row["type"]].append(orjson.loads(row["data"]))
    return found


async def results(pool: Pool, id: UUID) -> dict[str, int]:
    """How many tests have which outcome as their latest."""
    return {row["outcome"]: row["tests"] for row in await pool.fetch(QUERIES["results"], id)}


async def issues(pool: Pool, id: UUID) -> Sequence[Row]:
    """How many issues there are of each severity and status."""
    return [dict(row) for row in await pool.fetch(QUERIES["issues"], id)]
