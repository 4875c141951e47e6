"""A backup of a stack that runs or not: every database and the object store as of one moment, and the keys apart.

The moment is a real one: for some milliseconds no service stores an event. Meanwhile each database's snapshot is taken
and the object store is listed; what is copied afterwards is what was there then. So no service knows a fact that its
source does not, every file that an event names is there, and none that a later event named (decision 27).
"""

import asyncio
import itertools
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from assay_stack import stack
from assay_stack.backup_manifest import (
    DATABASES,
    FILE,
    FILES,
    FORMAT,
    Backup,
    DatabaseState,
    FileCopy,
    Manifest,
    dump_name,
    kafka_cluster,
    keys_of,
    release,
    sha256_of,
)
from assay_stack.home import Home, write_whole
from assay_stack.keys import SECRET
from assay_stack.postgres import SUPERUSER, Postgres, run_client
from assay_stack.services import SERVICES
from chassis.process.database import load_queries
from kernel.failure import Failure

QUERIES = load_queries(Path(__file__).with_name("backup.sql"))
LOCK_SECONDS = 10
STAGED = "#"
"""In the name of a file that the object store has not finished."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Taken:
    """A backup that was taken, and for how many seconds no event could be stored."""

    backup: Backup
    held_seconds: float


def take(home: Home, folder: Path, keys: Path, tell: Tell) -> Taken:
    """Copy the stack into a new folder, and its keys into another, which may have been used before."""
    _require_stack(home)
    with stack.alone(home):
        stack.require_restored(home)
        _require_apart(home, folder, keys)
        with _server(home) as server, _new(folder):
            _copy_keys(home, keys)
            try:
                taken = asyncio.run(_copied(home, server, folder, tell))
            except (ConnectionError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                remedy = "See `assay status`, and back up again when PostgreSQL is ready."
                raise Failure(f"The databases can't be read: {error}.", remedy) from error
    tell(f"{len(taken.backup.manifest.files)} files are in {folder}, the keys in {keys}.")
    return taken


def _require_stack(home: Home) -> None:
    if not Postgres(home.postgres, 0, "").data.exists():
        raise Failure(f"There is no stack in {home.folder}.", "Set ASSAY_HOME to the folder of the one to back up.")


def _require_apart(home: Home, folder: Path, keys: Path) -> None:
    """Whoever reads the backup must not hold the keys with it, and it must not be lost with the stack."""
    for one, other in ((folder, home.folder), (keys, home.folder), (keys, folder), (folder, keys)):
        if one.resolve().is_relative_to(other.resolve()):
            raise Failure(f"{one} lies in {other}.", "Name folders that lie apart: the backup, its keys and the stack.")
    if folder.exists() and any(folder.iterdir()):
        raise Failure(f"{folder} is not empty.", "Name a new folder: a backup is never written over another.")


@contextmanager
def _server(home: Home) -> Iterator[Postgres]:
    """The stack's PostgreSQL: that of the running stack, else started for as long as it takes."""
    if stack.is_up(home):
        port, password = home.ports(["postgres"])["postgres"], home.passwords([SUPERUSER])[SUPERUSER]
        yield Postgres(home.postgres, port, password)
        return
    stack.require_stopped(home)
    with stack.serving(home) as server:
        yield server


@contextmanager
def _new(folder: Path) -> Iterator[None]:
    """A folder for this user alone, that is gone where what follows fails."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / DATABASES).mkdir()
        yield
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        remedy = "Make room there, or name a folder on another disk that you may write."
        raise Failure(f"The backup can't be written to {folder}: {error.strerror}.", remedy) from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _copy_keys(home: Home, keys: Path) -> None:
    """The keys never change: those that were copied before stay, and must be the same."""
    try:
        keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = keys_of(keys)
    except OSError as error:
        raise Failure(f"{keys} can't hold the keys: {error.strerror}.", "Name a folder that you may write.") from error
    for name, sha256 in keys_of(home.keys).items():
        if kept.get(name, sha256) != sha256:
            raise Failure(f"{keys / name} is the key of another stack.", "Name another folder for these keys.")
        (keys / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if name not in kept:
            write_whole(keys / name, (home.keys / name).read_bytes(), SECRET)


async def _copied(home: Home, server: Postgres, folder: Path, tell: Tell) -> Taken:
    async with AsyncExitStack() as until:
        services = await _databases(server)
        readers = {name: await _connected(server, name, until) for name in services}
        holders = {name: await _connected(server, name, until) for name in services}
        began = time.monotonic()
        async with events_held(holders):
            snapshots = dict(zip(services, await asyncio.gather(*map(_snapshot, readers.values())), strict=True))
            names, taken_at = stored(home.files), datetime.now(UTC)
        held_seconds = time.monotonic() - began
        tell(f"The backup is of {taken_at:%Y-%m-%d %H:%M:%S} UTC; events waited for {held_seconds * 1000:.0f} ms.")
        states = {name: await state_of(reader) for name, reader in readers.items()}
        await asyncio.gather(*(_dump(server, name, snapshot, folder) for name, snapshot in snapshots.items()))
    copies = (*map(dump_name, services), *_copy_files(home, names, folder))
    manifest = Manifest(
        format=FORMAT,
        taken_at=taken_at,
        release=release(),
        kafka=kafka_cluster(home),
        databases=states,
        files={name: _described(folder / name) for name in copies},
        keys=keys_of(home.keys),
    )
    os.sync()  # the manifest says that the rest is there
    write_whole(folder / FILE, manifest.model_dump_json(indent=1).encode(), SECRET)
    os.sync()
    return Taken(Backup(folder, manifest), held_seconds)


@asynccontextmanager
async def events_held(holders: "Mapping[str, asyncpg.Connection[asyncpg.Record]]") -> AsyncIterator[None]:
    """No service stores an event meanwhile; what was being stored has been."""
    await asyncio.gather(*itertools.starmap(_hold, holders.items()))
    yield
    await asyncio.gather(*(each.execute("ROLLBACK") for each in holders.values()))


async def _databases(server: Postgres) -> Sequence[str]:
    """The services that have a database here."""
    connection = await asyncpg.connect(server.dsn)
    try:
        there = {row["datname"] for row in await connection.fetch(QUERIES["databases"])}
    finally:
        await connection.close()
    found = [each.name for each in SERVICES if each.name in there]
    if not found:
        raise Failure(
            "There is no service's database yet.", "Start the stack with `assay up`, and wait until it is ready."
        )
    return found


async def _connected(server: Postgres, name: str, until: AsyncExitStack) -> "asyncpg.Connection[asyncpg.Record]":
    connection = await asyncpg.connect(server.address(SUPERUSER, server.password, name))
    until.push_async_callback(connection.close)
    return connection


async def _hold(name: str, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Wait for the transactions that are storing events, and let no other begin."""
    try:
        await connection.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        await connection.execute("BEGIN")
        await connection.execute(QUERIES["hold"])
    except asyncpg.LockNotAvailableError as error:
        raise Failure(f"A transaction of {name} took longer than {LOCK_SECONDS} s.", "Try again.") from error
    except asyncpg.UndefinedTableError as error:
        raise Failure(
            f"The database of {name} holds no events: its service never became ready.", "Start it with `assay up`."
        ) from error


async def _snapshot(connection: "asyncpg.Connection[asyncpg.Record]") -> str:
    """What the connection reads from now on, for others to read as well."""
    await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    return str(await connection.fetchval("SELECT pg_export_snapshot()"))


async def state_of(connection: "asyncpg.Connection[asyncpg.Record]") -> DatabaseState:
    """How far a service's database is."""
    row = await connection.fetchrow(QUERIES["state"])
    assert row is not None
    return DatabaseState(**dict(row))


async def _dump(server: Postgres, name: str, snapshot: str, folder: Path) -> None:
    what = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--dbname={name}")
    await asyncio.to_thread(run_client, server, "pg_dump", *what, f"--file={folder / dump_name(name)}")


def stored(files: Path) -> list[str]:
    """What an object store in a folder holds, by name."""
    found = (file for file in files.rglob("*") if STAGED not in file.name and file.is_file() and not file.is_symlink())
    return sorted(file.relative_to(files).as_posix() for file in found)


def _copy_files(home: Home, names: Sequence[str], folder: Path) -> Iterator[str]:
    """Copy files of the store, which never change; by which names they lie in the backup."""
    for name in names:
        copy = folder / FILES / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(home.files / name, copy)
        yield f"{FILES}/{name}"


def _described(file: Path) -> FileCopy:
    return FileCopy(size=file.stat().st_size, sha256=sha256_of(file))
