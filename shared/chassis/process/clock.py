"""Time as a service sees it. In rehearsal it runs ahead of the wall clock by an offset that can be moved."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from chassis.process.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent / "clock.sql")


class Clock(Protocol):
    """Tells the current instant, aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The wall clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class RehearsalClock:
    """The wall clock moved forward by an offset; all services of a stack keep the same offset."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset


async def load_offset(connection: Connection) -> timedelta:
    """The offset that was last stored, zero where none was."""
    seconds = await connection.fetchval(QUERIES["load_offset"])
    return timedelta(seconds=seconds or 0)


async def store_offset(connection: Connection, offset: timedelta) -> timedelta:
    """Store an offset and return the one in force: time never goes back, so a smaller one changes nothing."""
    seconds = await connection.fetchval(QUERIES["store_offset"], offset.total_seconds())
    return timedelta(seconds=seconds)
