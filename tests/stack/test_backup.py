"""What a backup is, and everything that is refused before a restore touches anything."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from assay_lab.fixtures import TestPostgres
from assay_stack import backup, restore, stack
from assay_stack.backup_manifest import FILE, Backup, keys_of
from assay_stack.home import Home
from assay_stack.keys import make_keys, seal_key
from assay_stack.postgres import create_database
from assay_stack.services import SERVICES
from chassis.process.database import CHASSIS_MIGRATIONS, migrate
from kernel.failure import Failure

pytestmark = pytest.mark.real
SERVICE = "disputes"
MIGRATIONS = Path(__file__).parents[2] / "services" / SERVICE / "migrations"
STORE = """
    INSERT INTO event (stream, version, type, data, metadata, recorded_at, seal)
    VALUES ('s', 1, 't', '{}', '{}', now(), '')
"""
WAITING = "SELECT count(*) FROM pg_locks WHERE relation = 'event'::regclass AND NOT granted"
WORD = b"what a Party submitted"


@dataclass(frozen=True)
class Copied:
    """A stack that does not run, and its backup."""

    home: Home
    folder: Path
    keys: Path


def quiet(_text: str) -> None:
    """Nobody listens."""


async def filled(address: str) -> None:
    """A service's tables, with something in them."""
    await migrate(address, CHASSIS_MIGRATIONS, MIGRATIONS)
    connection = await asyncpg.connect(address)
    await connection.execute("INSERT INTO publication VALUES ('E', 7)")
    await connection.close()


def made(home: Home) -> Home:
    """A stack that has stored something in one service, and does not run."""
    make_keys(home)
    for service in SERVICES:
        seal_key(home, service.name)
    with stack.serving(home) as server:
        password = home.passwords([SERVICE])[SERVICE]
        asyncio.run(filled(asyncio.run(create_database(server, SERVICE, password))))
    (home.files / "sha256").mkdir()
    (home.files / "sha256" / "abc").write_bytes(WORD)
    return home


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Copied:
    """Taken once; tests that break it break a copy."""
    folder = tmp_path_factory.mktemp("copied")
    folder.chmod(0o711)
    home = made(Home(folder / "home"))
    backup.take(home, folder / "backup", folder / "keys", quiet)
    return Copied(home, folder / "backup", folder / "keys")


@pytest.fixture
def broken(copied: Copied, tmp_path: Path) -> Copied:
    """A copy of the backup that may be broken."""
    shutil.copytree(copied.folder, tmp_path / "backup")
    shutil.copytree(copied.keys, tmp_path / "keys")
    return Copied(copied.home, tmp_path / "backup", tmp_path / "keys")


def refused(home: Home, given: Copied, over: str | None = None, keys: Path | None = None) -> str:
    """Why a restore is refused. Nothing was touched by it."""
    before = listed(home)
    with (
        pytest.raises(Failure) as failure,
        restore.restored(home, Backup.read(given.folder), keys or given.keys, over, quiet),
    ):
        pytest.fail("it was restored")
    assert listed(home) == before
    return f"{failure.value.what} {failure.value.remedy}"


def listed(home: Home) -> dict[str, int]:
    """The files of a stack but its locks and logs, with their sizes."""
    parts = [home.folder / part for part in (*restore.PARTS, "restoring")]
    files = [file for part in parts for file in part.rglob("*") if file.is_file()]
    return {file.relative_to(home.folder).as_posix(): file.stat().st_size for file in files}


def change(folder: Path, **changes: Any) -> None:
    """Write other values into a manifest."""
    manifest = json.loads((folder / FILE).read_text())
    (folder / FILE).write_text(json.dumps(manifest | changes))


def test_a_backup_holds_databases_and_files_and_the_keys_lie_apart_for_their_owner_alone(copied: Copied) -> None:
    manifest = Backup.read(copied.folder).manifest
    assert set(manifest.files) == {"databases/disputes.dump", "files/sha256/abc"}
    assert (copied.folder / "files" / "sha256" / "abc").read_bytes() == WORD
    kept = keys_of(copied.keys)
    assert kept == dict(manifest.keys)
    assert {"issuer.json", "jwks.json", "signing/signer.key", "signing/root.pem", "seals/disputes.key"} <= set(kept)
    assert {(copied.keys / name).stat().st_mode & 0o077 for name in kept} == {0}
    assert not any("passwords" in file.name for file in copied.keys.rglob("*"))


def test_a_further_backup_may_use_the_same_folder_of_keys_but_never_that_of_another_backup(
    copied: Copied, tmp_path: Path
) -> None:
    backup.take(copied.home, tmp_path / "second", copied.keys, quiet)
    with pytest.raises(Failure, match=r"second is not empty\. Name a new folder"):
        backup.take(copied.home, tmp_path / "second", copied.keys, quiet)
    (tmp_path / "keys" / "seals").mkdir(parents=True)
    (tmp_path / "keys" / "seals" / "disputes.key").write_bytes(b"another")
    with pytest.raises(Failure, match=r"disputes\.key is the key of another stack"):
        backup.take(copied.home, tmp_path / "third", tmp_path / "keys", quiet)
    assert not (tmp_path / "third").exists()


def test_a_backup_that_would_be_lost_with_the_stack_or_would_lie_with_its_keys_is_refused(
    copied: Copied, tmp_path: Path
) -> None:
    inside = copied.home.folder / "backup"
    for folder, keys in ((inside, tmp_path / "k"), (tmp_path / "b", inside), (tmp_path / "b", tmp_path / "b" / "k")):
        with pytest.raises(Failure, match="Name folders that lie apart"):
            backup.take(copied.home, folder, keys, quiet)
    with pytest.raises(Failure, match="There is no stack in"):
        backup.take(Home(tmp_path / "nobody"), tmp_path / "b", tmp_path / "k", quiet)
    assert listed(Home(tmp_path)) == {}


async def test_no_event_is_stored_while_the_snapshots_are_taken(postgres: TestPostgres) -> None:
    """Or a service's database might know a fact that its source's does not."""
    address = postgres.database()
    await filled(address)
    holder, writer, reader = [await asyncpg.connect(address) for _ in range(3)]
    async with backup.events_held({SERVICE: holder}), asyncio.timeout(20):
        storing = asyncio.create_task(writer.execute(STORE))
        while not await reader.fetchval(WAITING):
            assert not storing.done()
        assert await reader.fetchval("SELECT count(*) FROM event") == 0
    await storing
    for each in (holder, writer, reader):
        await each.close()


def test_a_file_that_the_store_has_not_finished_is_not_part_of_a_backup(tmp_path: Path) -> None:
    (tmp_path / "certificates").mkdir()
    (tmp_path / "certificates" / "1.pdf").touch()
    (tmp_path / "certificates" / "2.pdf#1").touch()
    assert backup.stored(tmp_path) == ["certificates/1.pdf"]


def remove_manifest(folder: Path) -> None:
    (folder / FILE).unlink()


def cut_manifest(folder: Path) -> None:
    (folder / FILE).write_bytes((folder / FILE).read_bytes()[:-100])


def cut_dump(folder: Path) -> None:
    dump = folder / "databases" / "disputes.dump"
    dump.write_bytes(dump.read_bytes()[:-1])


def remove_dump(folder: Path) -> None:
    (folder / "databases" / "disputes.dump").unlink()


def change_byte(folder: Path) -> None:
    (folder / "files" / "sha256" / "abc").write_bytes(WORD.swapcase())


def name_outside(folder: Path) -> None:
    files = json.loads((folder / FILE).read_text())["files"]
    change(folder, files={**files, "files/../../outside": next(iter(files.values()))})


def newer_format(folder: Path) -> None:
    change(folder, format=2, whatever="is new")


def newer_migration(folder: Path) -> None:
    databases = json.loads((folder / FILE).read_text())["databases"]
    databases["disputes"]["migrations"].append("chassis/9999_time_travel")
    change(folder, databases=databases)


def newer_contract(folder: Path) -> None:
    release = json.loads((folder / FILE).read_text())["release"]
    change(folder, release={**release, "contracts": [*release["contracts"], "assay.disputes.withdrawn.v9"]})


def other_law(folder: Path) -> None:
    release = json.loads((folder / FILE).read_text())["release"]
    change(folder, release={**release, "editions": ["ctsd-2031.1"]})


@pytest.mark.parametrize(
    ("breaking", "why"),
    [
        (remove_manifest, "There is no whole backup in .* which is written last"),
        (cut_manifest, r"manifest\.json was cut off or changed\. Restore from another copy"),
        (cut_dump, r"databases/disputes\.dump .* is not as it was written: it was cut off or changed"),
        (remove_dump, r"databases/disputes\.dump is missing"),
        (change_byte, "files/sha256/abc .* is not as it was written"),
        (name_outside, "lies outside of the backup"),
        (newer_format, "has format 2. This release reads formats up to 1. Restore it with the release that took it"),
        (newer_migration, "A newer release .* does not know chassis/9999_time_travel"),
        (newer_contract, r"A newer release .* does not know assay\.disputes\.withdrawn\.v9"),
        (other_law, r"editions of the law that are not here: ctsd-2031\.1"),
    ],
)
def test_a_backup_that_is_not_whole_or_of_a_newer_release_is_refused(
    broken: Copied, home: Home, breaking: Callable[[Path], None], why: str
) -> None:
    breaking(broken.folder)
    assert re.search(why, refused(home, broken))


def test_a_restore_with_a_key_missing_or_changed_is_refused(broken: Copied, home: Home) -> None:
    key = broken.keys / "seals" / "disputes.key"
    key.write_bytes(b"another")
    assert "disputes.key is not the key with which this backup goes" in refused(home, broken)
    key.unlink()
    assert "The key seals/disputes.key is missing in" in refused(home, broken)
    shutil.rmtree(broken.keys)
    assert "Name the folder that was given as --keys" in refused(home, broken)


def test_a_backup_of_another_stack_is_refused_whatever_reason_is_given(copied: Copied, home: Home) -> None:
    make_keys(home)
    assert "This is a backup of another stack: " in refused(home, copied, over="it was lost")


def test_a_stack_that_holds_something_is_replaced_only_for_a_reason(copied: Copied) -> None:
    why = refused(copied.home, copied)
    assert "is not empty: it holds keys, files, postgres." in why
    assert "--over REASON" in why


def test_a_restore_onto_a_running_stack_is_refused(copied: Copied) -> None:
    with stack.serving(copied.home):
        assert re.search("The stack in .* runs. End it with `assay down` first", refused(copied.home, copied, "lost"))


def test_of_two_who_restore_at_once_one_is_refused(copied: Copied, home: Home) -> None:
    with stack.alone(home):
        assert "Wait until it has ended" in refused(home, copied)


def test_what_a_restore_left_half_done_is_neither_started_nor_backed_up(
    copied: Copied, home: Home, tmp_path: Path
) -> None:
    shutil.copytree(copied.home.postgres, home.postgres)
    home.restoring.mkdir()
    with pytest.raises(Failure, match=r"did not come to its end\. Give the same `assay restore` again"):
        stack.up(home, quiet)
    with pytest.raises(Failure, match=r"did not come to its end\. Give the same `assay restore` again"):
        backup.take(home, tmp_path / "b", tmp_path / "k", quiet)


@contextmanager
def disk(at: Path, options: str) -> Iterator[None]:
    """A disk of its own."""
    if os.geteuid() or not shutil.which("mount"):
        pytest.skip("a disk of its own can be mounted by root alone")
    at.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", at], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", at], check=True)


@pytest.mark.parametrize("options", ["size=8k", "ro"])
def test_a_backup_to_a_full_or_read_only_disk_leaves_nothing(copied: Copied, tmp_path: Path, options: str) -> None:
    with disk(tmp_path / "disk", options):
        with pytest.raises(Failure, match=r"No space left|Read-only"):
            backup.take(copied.home, tmp_path / "disk" / "backup", tmp_path / "keys", quiet)
        assert list((tmp_path / "disk").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ("size=64m", r"has 6\d MB left; a stack needs \d+ MB\. Make room"),
        ("ro", "can't be made: Read-only .* set ASSAY_HOME"),
    ],
)
def test_a_restore_to_a_full_or_read_only_disk_is_refused(
    copied: Copied, tmp_path: Path, options: str, why: str
) -> None:
    with disk(tmp_path / "disk", options):
        assert re.search(why, refused(Home(tmp_path / "disk"), copied))


def test_a_disk_that_becomes_full_half_way_leaves_what_was_there(copied: Copied, home: Home) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (50_000,) * 2)"
    limited = f"{limit}; from assay_cli.main import main; main()"
    given = ("restore", str(copied.folder), "--keys", str(copied.keys))
    environment = {**os.environ, "ASSAY_HOME": str(home.folder)}
    done = subprocess.run(
        (sys.executable, "-c", limited, *given), env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "File too large" in done.stderr
    assert listed(home) == {}
