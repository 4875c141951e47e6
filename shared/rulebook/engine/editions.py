"""Editions of the rules: each has a version and a day from which it is in force; two can be compared, value by value.

Each document has editions of its own: the one in force lies in the document's folder, earlier ones whole in its
`editions/<version>/`. Every reader takes a folder as `root`, so several can be used at once and an engagement keeps the
edition under which it began.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from rulebook.engine.errors import RulebookError
from rulebook.engine.files import ROOT, head, law_folders, read_rows, read_toml
from rulebook.engine.folders import EDITION

KEYS: Final = ("version", "document", "effective_from", "source", "changes")
NAMES: Final = ("ref", "id", "kind", "term", "clause")
"""The keys by which an entry of a list is known, the first that it has."""
ROW_NAMES: Final = ("scenario", "role", "order", "code", "srv")
"""The columns by which a row is known, those that it has."""


@dataclass(frozen=True)
class Edition:
    """One edition of a document: its version, its first day in force, what it changed, and where it lies."""

    version: str
    document: str
    effective_from: date
    source: str
    changes: str
    root: Path


@dataclass(frozen=True)
class Change:
    """One value that differs between two editions; `was` or `now` is `None` where only the other has it."""

    file: str
    place: str
    was: object
    now: object


@cache
def edition(root: Path = ROOT) -> Edition:
    """The edition that lies in a folder."""
    top = head(EDITION, KEYS, root)
    effective = top.values.get("effective_from")
    if type(effective) is not date:
        raise top.wrong(f"effective_from is {effective!r}.", "Write a day without quotes.", "effective_from")
    texts = {key: top.text(key) for key in KEYS if key != "effective_from"}
    return Edition(effective_from=effective, root=root, **texts)


@cache
def editions(root: Path = ROOT) -> tuple[Edition, ...]:
    """Every edition of a document that is kept, the oldest first; `root` is the folder of the one in force."""
    earlier = (edition(folder) for folder in (root / "editions").glob("*") if folder.is_dir())
    return tuple(sorted((*earlier, edition(root)), key=lambda each: each.effective_from))


def documents_in_force() -> tuple[Path, ...]:
    """The folder of every document that has an edition; of the others only the clauses are known."""
    return _with_edition(law_folders())


@cache
def _with_edition(folders: tuple[Path, ...]) -> tuple[Path, ...]:
    return tuple(folder for folder in folders if (folder / EDITION).is_file())


def root_of(version: str | None) -> Path:
    """The folder of a version, to be given to the rulebook's readers; that in force where no version was kept."""
    if version is None:
        return ROOT
    roots = _by_version(documents_in_force())
    if version not in roots:
        raise RulebookError(f"There is no edition {version!r} of the rulebook. Known: {', '.join(roots)}.")
    return roots[version]


@cache
def _by_version(documents: tuple[Path, ...]) -> Mapping[str, Path]:
    return {each.version: each.root for document in documents for each in editions(document)}


def in_force(day: date, root: Path = ROOT) -> Edition:
    """The edition of a document that is in force on a day."""
    found = [each for each in editions(root) if each.effective_from <= day]
    if not found:
        first = editions(root)[0]
        raise RulebookError(f"No edition was in force on {day}. The first, {first.version}, is {first.effective_from}.")
    return found[-1]


def differences(one: Path, other: Path) -> tuple[Change, ...]:
    """Every value in which the editions of two folders differ, by file and place."""
    before, after = _values(one), _values(other)
    return tuple(
        Change(file, place, before.get((file, place)), after.get((file, place)))
        for file, place in dict.fromkeys((*before, *after))
        if before.get((file, place)) != after.get((file, place))
    )


def _values(root: Path) -> dict[tuple[str, str], object]:
    found: dict[tuple[str, str], object] = {}
    for path in sorted((*root.glob("*.toml"), *root.glob("procedures/*.toml"), *root.glob("packs/*.toml"))):
        file = path.relative_to(root).as_posix()
        found |= {(file, place): value for place, value in _flat(read_toml(file, root))}
    for path in sorted(root.glob("matrix/*.csv")):
        file = path.relative_to(root).as_posix()
        for row in read_rows(file, root):
            name = " ".join(row[each] for each in ROW_NAMES if each in row)
            found |= {(file, f"{name} {column}"): value for column, value in row.items() if column not in ROW_NAMES}
    return found


def _flat(value: Any, place: str = "") -> Iterator[tuple[str, object]]:
    """Every single value of nested tables, by where it stands."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{place} {key}".strip())
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for number, inner in enumerate(value, start=1):
            name = next((str(inner[each]) for each in NAMES if each in inner), str(number))
            yield from _flat(inner, f"{place} {name}".strip())
    else:
        yield place, tuple(value) if isinstance(value, list) else value
