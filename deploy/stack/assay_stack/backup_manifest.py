"""What a backup holds: written last, so that a folder without it is no backup but one that was cut off."""

import hashlib
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from assay_stack.home import CHECKOUT, Home
from assay_stack.services import SERVICES
from chassis.process.database import CHASSIS_MIGRATIONS
from contracts import REGISTRY
from kernel.failure import Failure
from rulebook.engine.editions import documents_in_force, editions

FORMAT = 1
FILE = "manifest.json"
DATABASES = "databases"
FILES = "files"
NOT_KEPT = ("passwords.json",)
"""Of the keys' folder: a server that is made anew gets passwords of its own."""


class Part(BaseModel):
    """A part of a manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FileCopy(Part):
    """A file as it is to be: its length in bytes, and its hash."""

    size: int
    sha256: str


class DatabaseState(Part):
    """How far a service's database was, in the very snapshot that was copied."""

    migrations: tuple[str, ...]
    timeline: int
    events: int
    messages: int
    """public ones"""
    last_event_at: datetime | None
    position: int
    """of the chain's last link"""
    hash: str


class Release(Part):
    """What the release that took it knows: a release that lacks any of it is an older one."""

    revision: str
    """the checkout's, for people"""
    contracts: tuple[str, ...]
    editions: tuple[str, ...]
    """of the law"""


class Manifest(Part):
    """A whole backup."""

    format: int
    taken_at: datetime
    release: Release
    kafka: str
    """the cluster whose topics go with it; they are in no backup"""
    databases: Mapping[str, DatabaseState]
    files: Mapping[str, FileCopy]
    """by their place in the folder: the dumps, and all that the object store held"""
    keys: Mapping[str, str]
    """the SHA-256 of each key, by which a stack is known; the keys themselves travel apart"""


@dataclass(frozen=True)
class Backup:
    """A folder that holds a backup, and what it says of itself."""

    folder: Path
    manifest: Manifest

    @classmethod
    def read(cls, folder: Path) -> "Backup":
        """The backup in a folder, as far as its manifest tells. Raises Failure."""
        try:
            text = (folder / FILE).read_bytes()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise Failure(
                f"There is no whole backup in {folder}: it has no {FILE}, which is written last.",
                "Name the folder of a backup that came to its end.",
            ) from error
        try:
            _require_format(text, folder)
            return cls(folder, Manifest.model_validate_json(text))
        except ValidationError as error:
            raise Failure(f"{folder / FILE} was cut off or changed.", "Restore from another copy.") from error

    @property
    def id(self) -> str:
        """What tells this backup from every other."""
        return hashlib.sha256((self.folder / FILE).read_bytes()).hexdigest()

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(each.size for each in self.manifest.files.values())

    def dump(self, service: str) -> Path:
        """The copy of a service's database."""
        return self.folder / dump_name(service)

    def stored(self) -> dict[str, FileCopy]:
        """What the object store held, by its name there."""
        prefix = f"{FILES}/"
        found = self.manifest.files.items()
        return {name.removeprefix(prefix): copy for name, copy in found if name.startswith(prefix)}

    def require_whole(self) -> None:
        """Raise Failure unless every file is there as it was written."""
        for name, copy in self.manifest.files.items():
            file = self.folder / name
            if not file.resolve().is_relative_to(self.folder.resolve()):
                raise Failure(f"{name} lies outside of the backup {self.folder}.", "Restore from another copy.")
            if not file.is_file():
                raise Failure(f"{name} is missing in the backup {self.folder}.", "Restore from another copy.")
            if file.stat().st_size != copy.size or sha256_of(file) != copy.sha256:
                raise Failure(
                    f"{name} in the backup {self.folder} is not as it was written: it was cut off or changed.",
                    "Restore from another copy.",
                )

    def require_known(self) -> None:
        """Raise Failure where a newer release took it, or one with other documents of the law."""
        here, manifest = release(), self.manifest
        newer = sorted(set(manifest.release.contracts) - set(here.contracts))
        newer += sorted({each for state in manifest.databases.values() for each in state.migrations} - migrations())
        newer += sorted(set(manifest.databases) - {each.name for each in SERVICES})
        if newer:
            raise Failure(
                f"A newer release ({manifest.release.revision}) took this backup. This one does not know {newer[0]}"
                + (f" and {len(newer) - 1} more." if len(newer) > 1 else "."),
                "Restore it with that release or a later one.",
            )
        if missing := sorted(set(manifest.release.editions) - set(here.editions)):
            raise Failure(
                f"The stack that was backed up knew editions of the law that are not here: {', '.join(missing)}.",
                "Install that release, or name the folders of its further documents in ASSAY_LAW.",
            )


def _require_format(text: bytes, folder: Path) -> None:
    class Format(BaseModel):
        format: int

    format = Format.model_validate_json(text).format
    if format > FORMAT:
        raise Failure(
            f"The backup in {folder} has format {format}. This release reads formats up to {FORMAT}.",
            "Restore it with the release that took it, or a later one.",
        )


def release() -> Release:
    """What this release knows."""
    asked = ("git", "-C", str(CHECKOUT), "describe", "--always", "--dirty")
    try:
        revision = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        revision = ""
    known = (each.version for document in documents_in_force() for each in editions(document))
    return Release(
        revision=revision or "not from a checkout", contracts=tuple(sorted(REGISTRY)), editions=tuple(sorted(known))
    )


def migrations() -> set[str]:
    """Every migration that this release knows, as databases keep their names."""
    packages = (find_spec(each.package) for each in SERVICES)
    own = [Path(found.origin).parent.parent / "migrations" for found in packages if found and found.origin]
    return {
        f"{file.parent.parent.name}/{file.stem}"
        for folder in (CHASSIS_MIGRATIONS, *own)
        for file in folder.glob("*.sql")
    }


def keys_of(folder: Path) -> dict[str, str]:
    """The keys that lie in a folder, by name, each with its SHA-256."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    named = {file.relative_to(folder).as_posix(): file for file in files}
    return {name: sha256_of(file) for name, file in named.items() if name not in NOT_KEPT}


def kafka_cluster(home: Home) -> str:
    """By what the stack's Kafka is told from one that was made anew; empty where there is none."""
    try:
        lines = (home.kafka / "data" / "meta.properties").read_text().splitlines()
    except FileNotFoundError:
        return ""
    return next((line.partition("=")[2] for line in lines if line.startswith("cluster.id=")), "")


def dump_name(service: str) -> str:
    """Where the copy of a service's database lies in a backup."""
    return f"{DATABASES}/{service}.dump"


def sha256_of(file: Path) -> str:
    """The hash of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
