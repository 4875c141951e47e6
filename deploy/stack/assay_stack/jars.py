"""The jars Kafka consists of: fetched once, each checked against the sum that is kept in `kafka-jars.txt`."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from kernel.failure import Failure

LIST = Path(__file__).with_name("kafka-jars.txt")
AT_ONCE = 8

Fetch = Callable[["Jar", Path], Path]


@dataclass(frozen=True)
class Jar:
    """One jar by its Maven coordinates, and the SHA-256 it must have."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file(self) -> str:
        """Its file name."""
        return f"{self.artifact}-{self.version}.jar"


def cache_folder() -> Path:
    """Where downloads are kept for all stacks: ASSAY_CACHE, else ~/.cache/assay."""
    return Path(os.environ.get("ASSAY_CACHE") or "~/.cache/assay").expanduser().absolute()


def listed(list_file: Path = LIST) -> tuple[Jar, ...]:
    """The jars of a list: `group:artifact:version sha256` a line."""
    lines = (line.split() for line in list_file.read_text().splitlines() if line and not line.startswith("#"))
    return tuple(Jar(*f"{coordinates}:{sha256}".split(":")) for coordinates, sha256 in lines)


def jars(folder: Path | None = None, wanted: Iterable[Jar] | None = None, fetch: Fetch | None = None) -> Path:
    """The folder that holds every jar of the list, each as it should be; fetches those that it lacks."""
    wanted = listed() if wanted is None else tuple(wanted)
    folder = folder or cache_folder() / f"kafka-{_edition(wanted)}"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [jar for jar in wanted if not _is_right(folder / jar.file, jar)]
    if missing:
        _fetch_all(missing, folder, fetch or fetch_from_maven)
    return folder


def fetch_from_maven(jar: Jar, folder: Path) -> Path:
    """Fetch one jar into a Maven repository folder."""
    from jgo.maven import MavenContext

    component = MavenContext(repo_cache=folder, timeout=30).project(jar.group, jar.artifact).at_version(jar.version)
    return Path(component.artifact().resolve())


def _edition(wanted: Iterable[Jar]) -> str:
    return hashlib.sha256("".join(sorted(jar.sha256 for jar in wanted)).encode()).hexdigest()[:12]


def _is_right(file: Path, jar: Jar) -> bool:
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == jar.sha256


def _fetch_all(missing: list[Jar], folder: Path, fetch: Fetch) -> None:
    with (
        tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as scratch,
        ThreadPoolExecutor(AT_ONCE) as threads,
    ):
        for done in [threads.submit(_fetch_one, jar, Path(scratch), folder, fetch) for jar in missing]:
            done.result()


def _fetch_one(jar: Jar, scratch: Path, folder: Path, fetch: Fetch) -> None:
    try:
        fetched = fetch(jar, scratch)
    except Exception as error:  # the library raises whatever the network does to it
        raise Failure(
            f"{jar.file}, a part of Kafka, could not be fetched ({type(error).__name__}: {error}).",
            "Check that this machine reaches the Maven registry (proxy settings are honoured) and try again.",
        ) from error
    if not _is_right(fetched, jar):
        raise Failure(
            f"{jar.file}, a part of Kafka, is not the file that was expected: its SHA-256 differs.",
            "It was not kept. Try again; if it stays so, do not trust the registry this machine is set to.",
        )
    shutil.move(fetched, folder / jar.file)
