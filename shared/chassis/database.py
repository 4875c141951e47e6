"""The service's own PostgreSQL: the pool, migrations and named queries."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[Any] | PoolConnectionProxy[Any]
    Pool = asyncpg.Pool[Any]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool

CHASSIS_MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 4_711_001

TRANSIENT = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,  # a full disk, too many connections, no memory
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that the server ended while this process stood still
    ConnectionError,
    TimeoutError,
    OSError,
)
"""What passes by itself and is tried again. Everything else is a bug or a message that can't be handled."""


async def open_pool(dsn: str, connections: int) -> Pool:
    """A pool on the service's database."""
    return await asyncpg.create_pool(dsn, min_size=2, max_size=connections, command_timeout=60)


async def migrate(dsn: str, *folders: Path) -> None:
    """Apply what each folder's numbered `.sql` files add to the database, each file once and in one transaction."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, applied_at timestamptz DEFAULT now())"
        )
        applied = {row["name"] for row in await connection.fetch("SELECT name FROM migration")}
        for file in (file for folder in folders for file in sorted(folder.glob("*.sql"))):
            name = f"{file.parent.parent.name}/{file.stem}"
            if name not in applied:
                async with connection.transaction():
                    await connection.execute(file.read_text())
                    await connection.execute("INSERT INTO migration (name) VALUES ($1)", name)
    finally:
        await connection.close()


def load_queries(file: Path) -> Mapping[str, str]:
    """The queries of a `.sql` file by the name in the `-- name: ...` line above each."""
    parts = re.split(r"^-- name: *(\S+) *$", file.read_text(), flags=re.MULTILINE)
    return {name: text.strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}
