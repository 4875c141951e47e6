"""The service's own PostgreSQL: the pool, migrations and named queries."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg

from chassis import timing

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[Any] | PoolConnectionProxy[Any]
    Pool = asyncpg.Pool[Any]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool

CHASSIS_MIGRATIONS = Path(__file__).parents[1] / "migrations"
MIGRATION_LOCK = 4_711_001

TRANSIENT = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # the server starts or ends, or somebody ended the query or its session
    asyncpg.InsufficientResourcesError,  # a full disk, too many connections, no memory
    asyncpg.PostgresSystemError,  # the disk fails
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,  # a stand-by that does not lead yet
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
    asyncpg.InvalidCachedStatementError,  # a migration changed a table meanwhile
    asyncpg.InternalClientError,  # a connection that the server ended while this process stood still
    ConnectionError,
    TimeoutError,
    OSError,
)
"""What passes by itself and is tried again. Everything else is a bug or a message that can't be handled."""


async def open_pool(dsn: str, connections: int) -> Pool:
    """A pool on the service's database."""
    settings = {
        **_keep_alive(),
        "idle_in_transaction_session_timeout": f"{timing.IDLE_SESSION_SECONDS}s",
        "transaction_timeout": f"{timing.TRANSACTION_SECONDS}s",
    }
    return await asyncpg.create_pool(
        dsn,
        min_size=2,
        max_size=connections,
        command_timeout=timing.STATEMENT_SECONDS,
        server_settings=settings,
        reset=_nothing_to_reset,
    )


async def _nothing_to_reset(_connection: Connection) -> None:
    """Nothing here changes a session of the pool: locks and settings are those of a transaction.

    The driver would ask the server to reset it at each release, one round trip of each command. A transaction that was
    left open it ends in any case.
    """


async def connect_as_leader(dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    """A connection for the one that leads: each side closes it soon when the other does not respond.

    The leader's lock goes with its session, so that another process can lead.
    """
    idle, answer = f"{timing.IDLE_SESSION_SECONDS}s", timing.LEADER_ANSWER_SECONDS
    settings = {**_keep_alive(), "idle_session_timeout": idle, "transaction_timeout": idle}
    return await asyncpg.connect(dsn, timeout=answer, command_timeout=answer, server_settings=settings)


def _keep_alive() -> dict[str, str]:
    """After how long the server knows that the other side of a connection is gone."""
    return {
        "tcp_keepalives_idle": "5",
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "2",
        "tcp_user_timeout": f"{timing.IDLE_SESSION_SECONDS}s",
    }


@contextmanager
def closed_is_lost(connection: Connection) -> Iterator[None]:
    """Tell a connection that is gone, which passes, from a wrong call, of which the driver complains alike."""
    try:
        yield
    except asyncpg.InterfaceError as error:
        if _is_gone(connection):
            raise ConnectionResetError(str(error)) from error
        raise


def _is_gone(connection: Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        return True  # the pool has taken back what was lost


async def migrate(dsn: str, *folders: Path) -> None:
    """Apply what each folder's numbered `.sql` files add to the database, each file once and in one transaction."""
    idle = f"{timing.IDLE_SESSION_SECONDS}s"
    settings = {**_keep_alive(), "idle_session_timeout": idle, "idle_in_transaction_session_timeout": idle}
    connection = await asyncpg.connect(dsn, server_settings=settings)
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
