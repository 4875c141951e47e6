"""What can be asked of the read side."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from chassis.eventstore.runtime import Runtime
from chassis.process.database import Connection, Pool, load_queries
from gateway.refusals import EngagementUnknown
from kernel.principal import Principal

QUERIES = load_queries(Path(__file__).parent / "queries.sql")

Row = Mapping[str, Any]


async def party_of(pool: Pool, engagement: UUID) -> str | None:
    """Whose engagement it is, if that is known here yet."""
    found: str | None = await pool.fetchval(QUERIES["party"], engagement)
    return found


async def acknowledge(runtime: Runtime, caller: Principal, engagement: UUID, positions: Mapping[str, int]) -> None:
    """Keep how far services said that they have published about an engagement, when they answered a caller."""
    known = list(positions), list(positions.values())
    async with runtime.transaction() as connection:
        await connection.execute(QUERIES["acknowledge"], engagement, *known, caller.identity)


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
        raise EngagementUnknown(str(id))
    return dict(row)


async def engagements(
    pool: Pool, party: str | None, role: str | None, phase: str | None, ended: bool | None, limit: int, offset: int
) -> tuple[int, Sequence[Row]]:
    """How many engagements match, and a page of them, the newest first."""
    wanted = (party, role, phase, ended)
    rows = [dict(row) for row in await pool.fetch(QUERIES["engagements"], *wanted, limit, offset)]
    return await pool.fetchval(QUERIES["engagements_in_all"], *wanted), rows


async def steps(pool: Pool, id: UUID) -> Sequence[Row]:
    """The steps of an engagement."""
    return [dict(row) for row in await pool.fetch(QUERIES["steps"], id)]


async def facts(pool: Pool, id: UUID, limit: int) -> Sequence[Row]:
    """The latest facts of an engagement, newest first."""
    return [{**row, "data": orjson.loads(row["data"])} for row in await pool.fetch(QUERIES["facts"], id, limit)]


async def latest_facts(
    connection: Connection | Pool, ids: Sequence[UUID], names: Sequence[str] | None = None
) -> dict[UUID, dict[str, Row]]:
    """Of each engagement the digest of the latest fact of each name."""
    latest: dict[UUID, dict[str, Row]] = {id: {} for id in ids}
    for row in await connection.fetch(QUERIES["latest_facts"], list(ids), names):
        latest[row["engagement"]][row["type"]] = {**orjson.loads(row["data"]), "at": row["at"]}
    return latest


async def results(pool: Pool, id: UUID) -> dict[str, int]:
    """How many tests have which outcome as their latest."""
    return {row["outcome"]: row["tests"] for row in await pool.fetch(QUERIES["results"], id)}


async def issues(pool: Pool, id: UUID) -> Sequence[Row]:
    """How many issues there are of each severity and status."""
    return [dict(row) for row in await pool.fetch(QUERIES["issues"], id)]
