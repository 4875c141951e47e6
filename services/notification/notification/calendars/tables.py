"""The queries of calendars."""

from collections.abc import Collection, Mapping
from pathlib import Path
from uuid import UUID

from chassis.process.database import Connection, Pool, load_queries

QUERIES = load_queries(Path(__file__).parent / "queries.sql")

Times = Mapping[tuple[UUID, str], int]
"""How often each step was given a date, by its engagement and key."""


async def times_dated(database: Pool | Connection, engagements: Collection[UUID]) -> Times:
    """How often each step of some engagements was given a date."""
    rows = await database.fetch(QUERIES["times_dated"], list(engagements))
    return {(row["engagement"], row["key"]): row["times"] for row in rows}
