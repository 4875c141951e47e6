"""A stack is brought back from a backup: checked, made beside what is there, and put in its place when it is whole.

Everything is made in the folder `restoring`. While that is there, nothing starts the stack, and the same restore goes
on where it stopped. Nothing that was there before is removed: it is set aside. Kafka stays as it is, since its topics
alone know what was published after the backup; its cluster tells whether it is still the same.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from assay_stack import services, stack
from assay_stack.backup import state_of, stored
from assay_stack.backup_manifest import DATABASES, FILES, Backup, kafka_cluster, keys_of
from assay_stack.home import Home, read_json, write_json, write_whole
from assay_stack.keys import PUBLIC, SECRET
from assay_stack.ports import answers
from assay_stack.postgres import Postgres, create_database, run_client
from assay_stack.supervisor import end_leftovers
from kernel.failure import Failure, remedy_of

KEYS, POSTGRES = "keys", "postgres"
PARTS = (KEYS, FILES, POSTGRES)
UNPACKED = 8
"""A database is at most so many times as large as its dump."""

Tell = Callable[[str], None]


@dataclass
class Restoration:
    """A restore on its way, as it is kept until it has come to its end."""

    backup: str
    folder: str
    taken_at: str
    reason: str
    kafka_lost: bool
    """what was published after the backup can't be known"""
    aside: str
    """where what was there before is kept"""
    files_since: list[str] = field(default_factory=list)
    """what the object store held and the backup does not"""
    begun: dict[str, Any] = field(default_factory=dict)
    """what each service said as it began its timeline: its number, and what was lost"""

    @classmethod
    def read(cls, home: Home) -> "Restoration | None":
        """The one that has made everything and has not come to its end."""
        kept = read_json(home.restoring / "restoration.json", None)
        return None if kept is None else cls(**kept)

    def write(self, home: Home) -> None:
        """Keep it."""
        write_json(home.restoring / "restoration.json", asdict(self))

    def finish(self, home: Home) -> Path:
        """The restore has come to its end; what it came to is kept in this file."""
        report = home.folder / f"restored-{_stamp(datetime.now(UTC))}.json"
        write_json(report, asdict(self))
        shutil.rmtree(home.restoring)
        return report


@contextmanager
def restored(home: Home, backup: Backup, keys: Path | None, over: str | None, tell: Tell) -> Iterator[Restoration]:
    """Bring the stack back and start its services; each waits until a new timeline is begun, which is the caller's.

    `over` is the reason why what is there may be replaced. Raises Failure; nothing is then changed or started.
    """
    backup.require_known()
    tell(f"Checking {len(backup.manifest.files)} files, {backup.size / 1e6:.1f} MB.")
    backup.require_whole()
    home.make()
    with stack.alone(home, wait=False):
        stack.require_stopped(home)
        restoration = Restoration.read(home) or _made(home, backup, keys, over, tell)
        if restoration.backup != backup.id:
            raise Failure(
                f"A restore from {restoration.folder}, which is another backup, has not come to its end.",
                "Give that one again, or begin anew with `assay reset`.",
            )
        _place(home, restoration)
        chosen = services.chosen()
        with stack.ended_on_failure(home, tell):
            stack.start(home, chosen, tell)
            stack.await_services(home, chosen, tell, answers, "up")
            yield restoration
            tell(f"What was done is kept in {restoration.finish(home)}.")


def _made(home: Home, backup: Backup, keys: Path | None, over: str | None, tell: Tell) -> Restoration:
    """Everything that is to take its place, made and compared with the backup."""
    _require_same_stack(home, backup)
    source = _keys(home, backup, keys)
    _require_replaceable(home, over)
    _require_room(home, backup)
    staged = Home(home.restoring)
    end_leftovers(staged)
    shutil.rmtree(home.restoring, ignore_errors=True)
    now, taken_at = datetime.now(UTC), backup.manifest.taken_at
    try:
        staged.make()
        for name in backup.manifest.keys:
            _copy_key(source / name, staged.keys / name)
        for name in backup.stored():
            _copy_file(backup.folder / FILES / name, staged.files / name)
        restoration = Restoration(
            backup=backup.id,
            folder=str(backup.folder),
            taken_at=taken_at.isoformat(),
            reason=over or "",
            kafka_lost=not backup.manifest.kafka or kafka_cluster(home) != backup.manifest.kafka,
            aside=str(home.folder / f"before-restore-{_stamp(now)}"),
            files_since=sorted(set(stored(home.files)) - set(backup.stored())),
        )
        with stack.serving(staged) as server:
            asyncio.run(_load(server, staged, backup, restoration.kafka_lost, tell))
        restoration.write(home)
    except Failure:
        shutil.rmtree(home.restoring, ignore_errors=True)
        raise
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        shutil.rmtree(home.restoring, ignore_errors=True)
        said = str(getattr(error, "strerror", None) or error).splitlines()[0]
        raise Failure(f"The backup can't be brought to {home.folder}: {said}.", remedy_of(error)) from error
    return restoration


def _require_same_stack(home: Home, backup: Backup) -> None:
    there = keys_of(home.keys)
    for name, sha256 in backup.manifest.keys.items():
        if there.get(name, sha256) != sha256:
            raise Failure(
                f"This is a backup of another stack: {name} is another key than that in {home.keys}.",
                "Name a backup of this stack, or set ASSAY_HOME to an empty folder to have the other stack there.",
            )


def _keys(home: Home, backup: Backup, keys: Path | None) -> Path:
    """The folder with every key of the backup."""
    folder = keys or home.keys
    there = keys_of(folder) if folder.is_dir() else {}
    for name, sha256 in backup.manifest.keys.items():
        if name not in there:
            what = f"The key {name} is missing in {folder}: without it nothing that was stored can be told from forged."
            raise Failure(what, "Name the folder that was given as --keys when the backup was taken.")
        if there[name] != sha256:
            raise Failure(
                f"{folder / name} is not the key with which this backup goes.", "Name the folder with its own keys."
            )
    return folder


def _require_replaceable(home: Home, over: str | None) -> None:
    present = [name for name in PARTS if any((home.folder / name).rglob("*"))] if over is None else []
    if present:
        raise Failure(
            f"{home.folder} is not empty: it holds {', '.join(present)}.",
            "Set ASSAY_HOME to an empty folder, or say why what is there may be set aside: --over REASON.",
        )


def _require_room(home: Home, backup: Backup) -> None:
    dumps = sum(copy.size for name, copy in backup.manifest.files.items() if name.startswith(f"{DATABASES}/"))
    stack.require_room(home, backup.size + (UNPACKED - 1) * dumps)


def _copy_key(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(target, source.read_bytes(), SECRET if target.suffix in (".key", ".json") else PUBLIC)


def _copy_file(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


async def _load(server: Postgres, staged: Home, backup: Backup, kafka_lost: bool, tell: Tell) -> None:
    names = tuple(backup.manifest.databases)
    passwords = staged.passwords(names)
    for name in names:
        await create_database(server, name, passwords[name])
    loading = (_load_one(server, name, passwords[name], backup, kafka_lost, tell) for name in names)
    await asyncio.gather(*loading)


async def _load_one(server: Postgres, name: str, password: str, backup: Backup, kafka_lost: bool, tell: Tell) -> None:
    what = ("--single-transaction", "--no-owner", "--no-privileges", f"--dbname={name}", str(backup.dump(name)))
    await asyncio.to_thread(run_client, server, "pg_restore", *what, role=name, password=password)
    connection = await asyncpg.connect(server.address(name, password, name))
    try:
        state, wanted = await state_of(connection), backup.manifest.databases[name]
        if state != wanted:
            raise Failure(
                f"The database of {name} came back as {state}, and was {wanted}.", "Restore from another copy."
            )
        await connection.execute("SELECT mark_restored($1, $2)", backup.manifest.taken_at, kafka_lost)
    finally:
        await connection.close()
    tell(f"{name} is back: {state.events} events, the chain at {state.position}, timeline {state.timeline}.")


def _place(home: Home, restoration: Restoration) -> None:
    """Put each part in its place, unless that was done; what was there is set aside."""
    aside = Path(restoration.aside)
    for name in PARTS:
        made, place = home.restoring / name, home.folder / name
        if not made.exists():
            continue
        if place.exists() and any(place.iterdir()):
            aside.mkdir(mode=0o711, exist_ok=True)
            place.rename(aside / name)
        elif place.exists():
            place.rmdir()
        made.rename(place)


def _stamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"
