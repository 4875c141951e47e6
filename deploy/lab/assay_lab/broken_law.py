"""Data as somebody might leave it by mistake: one value left out, doubled or made another, in every place in turn.

Whatever stands there must be refused as it is read, with file and line, or be sound: then every question is answered.
A test asks this of a sample; `python -m assay_lab.broken_law [NTH [FOLDER]]` of every mutant, or of each nth.
"""

import csv
import io
import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from zlib import crc32

from assay_lab.questions import ask_everything
from rulebook.engine.editions import edition
from rulebook.engine.errors import RulebookError
from rulebook.engine.files import ROOT, adding
from rulebook.engine.procedures import procedure_ids
from rulebook.engine.profile import profile_in
from rulebook.engine.scope.matrix import ROLES, minimum_rows
from rulebook.engine.scope.scope import scope
from rulebook.engine.validation import READERS

WRONG: Final[tuple[Any, ...]] = (
    *("", "nonsense", "{nonsense}", 0, 7, -1, 10**9, True),
    *([], ["nonsense"], {}, [{}], {"nonsense": 1}),
)
PLACED: Final = re.compile(r"rulebook/\S+, (line \d+|\[\[\w+\]\]: there is none)")
BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
Mistake = tuple[str, Callable[[], str]]
"""What is wrong, and the file with it."""


@dataclass(frozen=True)
class Mutant:
    """A file of a document with one mistake in it."""

    file: str
    mistake: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}, {self.mistake}"


def mutants(root: Path, every: int = 1) -> Iterator[Mutant]:
    """Every mutant of a document's files, or each nth, always the same ones."""
    for path in sorted(each for each in root.rglob("*") if each.is_file() and "editions" not in each.parts):
        file, text = path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
        mutated = {".toml": _of_toml, ".csv": _of_csv}.get(path.suffix)
        for mistake, changed in mutated(text) if mutated else ():
            if crc32(f"{file} {mistake}".encode()) % every == 0:
                yield Mutant(file, mistake, changed())


def offence(mutant: Mutant, root: Path) -> str | None:
    """What is wrong with how a mutant is taken; None where it is refused in its place, or sound."""
    with TemporaryDirectory() as folder:
        copy = Path(folder)
        for path in (each for each in root.rglob("*") if each.is_file() and "editions" not in each.parts):
            linked = copy / path.relative_to(root)
            linked.parent.mkdir(parents=True, exist_ok=True)
            os.symlink(path, linked)
        (copy / mutant.file).unlink()
        (copy / mutant.file).write_text(mutant.text, encoding="utf-8")
        try:
            _read(mutant.file, copy)
        except RulebookError as error:
            return None if PLACED.match(str(error)) else f"{mutant}: told without a line: {error}"
        except Exception as error:  # whatever it is, it was not foreseen
            return f"{mutant}: {error!r} as it is read"
        try:
            ask_everything(copy)
        except Exception as error:  # what was read must be fit for use
            return f"{mutant}: {error!r} as it is used"
    return None


def _read(file: str, root: Path) -> None:
    edition(root)
    for read in READERS.get("errata.toml" if file.startswith("procedures/") else file, ()):  # they name steps
        read(root)
    for each in procedure_ids(root):
        profile_in(each, root)
    for role in ROLES if file.endswith(".csv") else ():
        scope(role, root=root)
        minimum_rows(role, root)


def _of_toml(text: str) -> Iterator[Mistake]:
    whole = tomllib.loads(text)
    for path in _places(whole):
        name = ".".join(map(str, path))
        yield f"without {name}", partial(_changed, whole, path, "pop")
        if isinstance(path[-1], int):
            yield f"{name} twice", partial(_changed, whole, path, "insert", _at(whole, path))
        for wrong in WRONG:
            yield f"{name} = {wrong!r}", partial(_changed, whole, path, "__setitem__", wrong)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands: each table, each list, each of its elements, each value."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from _places(each, (*path, key))


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def _changed(whole: Mapping[str, Any], path: tuple[Any, ...], how: str, *what: Any) -> str:
    changed = deepcopy(dict(whole))
    getattr(_at(changed, path[:-1]), how)(path[-1], *what)
    return _written(changed)


def _written(whole: Mapping[str, Any]) -> str:
    """A TOML file, with a heading for each table and for each of its inner tables."""
    lines = [f"{key} = {_value(value)}" for key, value in whole.items() if not _is_table(value)]
    for key, value in whole.items():
        if isinstance(value, dict) and value:
            inner = {f"{key}.{name}": each for name, each in value.items() if isinstance(each, dict) and key != "words"}
            deep = bool(inner) and len(inner) == len(value)
            tables = [(f"[{name}]", each) for name, each in (inner if deep else {key: value}).items()]
        else:
            tables = [(f"[[{key}]]", each) for each in value] if _is_table(value) else []
        for heading, table in tables:
            lines += ["", heading, *(f"{name} = {_value(each)}" for name, each in table.items())]
    return "\n".join((*lines, ""))


def _is_table(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(each, dict) for each in value)
    return isinstance(value, dict) and bool(value)


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case dict():
            pairs = (f"{key if BARE.fullmatch(key) else _value(key)} = {_value(each)}" for key, each in value.items())
            return f"{{ {', '.join(pairs)} }}"
        case _:
            return str(value)


def _of_csv(text: str) -> Iterator[Mistake]:
    header, *rows = csv.reader(io.StringIO(text))
    for number, row in enumerate(rows[:2]):
        written = partial(partial, _rows, header, rows, number)
        yield f"row {number} twice", written(row, row)
        yield f"row {number} without a cell", written(row[:-1])
        for column, name in enumerate(header):
            for wrong in ("", "nonsense", "0"):
                yield f"row {number}, {name} = {wrong!r}", written([*row[:column], wrong, *row[column + 1 :]])


def _rows(header: list[str], rows: list[list[str]], number: int, *instead: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows[:number], *instead, *rows[number + 1 :]])
    return text.getvalue()


def main(root: Path, every: int) -> int:
    """Ask every mutant of a document, or each nth, and tell how many were not taken well."""
    found = asked = 0
    with nullcontext() if root == ROOT else adding(root):
        for mutant in mutants(root, every):
            asked += 1
            if wrong := offence(mutant, root):
                found += 1
                print(wrong, flush=True)
    print(f"{asked} mutants, {found} not taken well")
    return min(found, 1)


if __name__ == "__main__":
    nth, folder = int((sys.argv[1:] or ["1"])[0]), Path((sys.argv[2:] or [str(ROOT)])[0])
    sys.exit(main(folder.resolve(), nth))
