"""Reads the rulebook's data files, which lie beside the code, and says where a broken one is broken."""

import csv
import json
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, lru_cache
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Any, TextIO

from rulebook.engine.errors import RulebookError, broken
from rulebook.engine.folders import named_folders

LAW = Path(__file__).parents[1] / "law"
COMMON = LAW / "common"
"""What all documents share: the calendar, the public events, the clauses that may be cited, the states of a step."""
ROOT = LAW / "ctsd"
LISTED = re.compile(r"(?P<clause>[A-Z]+ ((Annex|Table) )?\S+)( ((a|i)-)?(?P<last>[a-z]+))?( = (?P<says>.+))?")
NAMED = re.compile(r"(?P<key>\w+) *=")
CITED = re.compile(
    r"(?P<clause>[A-Z]+ (Annex [A-Z]|Table \d+(\.\d+)*|[A-Z]?\d+(\.\d+)*[A-Z]?))"
    r"(\((?P<letter>[a-z])\)(\((?P<numeral>[ivx]+)\))?)?"
)
"""A clause as it is cited: `CTSD 5.8.1(a)`, `SVTAD 20.12A`, `ETAD Table 3`, `ETAD 4.2(d)(iii)`, `SEC H14.18A`."""
NUMERALS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")

_added: list[Path] = []


def law_folders() -> tuple[Path, ...]:
    """The folder of every document, with what all share, those that the deployment names, and those that were added."""
    return (*_bundled(), *named_folders(_bundled()), *_added)


@cache
def _bundled() -> tuple[Path, ...]:
    return tuple(sorted(each for each in LAW.iterdir() if each.is_dir()))


@contextmanager
def adding(folder: Path) -> Iterator[None]:
    """Read a further document's folder with all others, for example one that a test made up."""
    _added.append(folder)
    try:
        yield
    finally:
        _added.remove(folder)


@dataclass(frozen=True)
class Entry:
    """One table of a TOML file or one row of a CSV file, that knows where it stands."""

    file: str
    place: str
    values: Mapping[str, Any]
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line of each key; that of the entry itself stands under the empty key."""

    def wrong(self, problem: str, right: str, key: str = "") -> RulebookError:
        """The error that this entry is broken, with its place: the line of the key where it is known."""
        line = self.lines.get(key) or self.lines.get("")
        return broken(self.file, f"line {line}, {self.place}" if line else self.place, problem, right)

    def part(self, key: str, values: Mapping[str, Any]) -> "Entry":
        """A table inside this entry, as an entry of its own."""
        return Entry(self.file, f"{self.place}, {key}", values, {"": self.lines.get(key, self.lines.get("", 0))})

    def table(self, key: str) -> Mapping[str, Any]:
        """A table inside this entry; empty when the key is not there."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(f"{key} is {value!r}.", f"Write a table, for example {key} = {{ ... }}.", key)
        return value

    def tables(self, key: str) -> "tuple[Entry, ...]":
        """The tables of a list inside this entry, each as an entry of its own."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.wrong(f"{key} is {value!r}.", f"Write a list of tables, for example {key} = [{{ ... }}].", key)
        return tuple(self.part(key, each) for each in value)

    def only(self, allowed: Collection[str]) -> "Entry":
        """The entry itself, when it has no key but the allowed ones."""
        unknown = sorted(set(self.values) - set(allowed))
        if unknown:
            raise self.wrong(f"unknown key {unknown[0]!r}.", f"Known keys: {', '.join(sorted(allowed))}.", unknown[0])
        return self

    def text(self, key: str, default: str | None = None) -> str:
        """A string that must be there and say something, unless a default is given."""
        value = self._string(key, default)
        if default is None and not value.strip():
            raise self.wrong(f"{key} is empty.", f'Write what it is, for example {key} = "...".', key)
        return value

    def _string(self, key: str, default: str | None) -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.wrong(f"{key} is {value!r}.", f'Write a text in quotes, for example {key} = "...".', key)
        return value

    def number(self, key: str) -> int:
        """A whole number, zero or more."""
        value = self.values.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.wrong(f"{key} is {value!r}.", "Write a whole number that is not negative, without quotes.", key)
        return value

    def flag(self, key: str) -> bool:
        """True or false; false when the key is not there."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(f"{key} is {value!r}.", "Write true or false, without quotes.", key)
        return value

    def one_of(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        """One of a closed set of words."""
        value = self._string(key, default)
        if value not in allowed:
            raise self.wrong(f"{key} is {value!r}.", f"Known: {', '.join(allowed)}.", key)
        return value

    def known(self, key: str, known: Collection[str], what: str) -> tuple[str, ...]:
        """A list of strings, each of which is known and stands once."""
        named = self.texts(key)
        for number, each in enumerate(named):
            if each not in known:
                raise self.wrong(f"{each!r} is not {what}.", f"Known: {', '.join(known)}.", key)
            if each in named[:number]:
                raise self.wrong(f"{each!r} stands twice in {key}.", "Write each once.", key)
        return named

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; empty when the key is not there."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
            raise self.wrong(
                f"{key} is {value!r}.", f'Write a list of texts in quotes, for example {key} = ["..."].', key
            )
        return tuple(value)

    def event(self, value: object, key: str) -> str:
        """A text that stands at a key, when it names a public event."""
        if not isinstance(value, str) or value not in events():
            near = get_close_matches(str(value), events(), n=3) or ["one of common/events.txt"]
            raise self.wrong(f"{value!r} is no public event.", f"Name {' or '.join(near)}.", key)
        return value

    def clause(self, key: str = "clause") -> str:
        """A clause as it is cited, for example `CTSD 5.6.1.1` or `CTSD 5.8.1(a)`; it must be one of `clauses.txt`."""
        return self.cited(self.text(key), key)

    def cited(self, value: str, key: str) -> str:
        """A text that stands at a key, when it cites a clause."""
        if CITED.fullmatch(value) is None:
            raise self.wrong(f"{value!r} is not a clause.", 'Cite it like "CTSD 5.6.1.1" or "CTSD 5.8.1(a)".', key)
        if not is_clause(value):
            raise self.wrong(f"{value} is an unknown clause.{_letters(value)}", RIGHT_CLAUSE, key)
        return value


RIGHT_CLAUSE = "Cite one of the document's clauses.txt, or add it there."


def is_clause(value: str) -> bool:
    """Whether a text cites a clause that exists, with a letter and a numeral that it has."""
    cited = CITED.fullmatch(value)
    if cited is None or (last := clauses().get(cited["clause"])) is None:
        return False
    if cited["numeral"] is None:
        return (cited["letter"] or "") <= last
    numerals = clauses().get(f"{cited['clause']}({cited['letter']})", "")
    return cited["numeral"] in NUMERALS[: NUMERALS.index(numerals) + 1] if numerals else False


def _letters(value: str) -> str:
    cited = CITED.fullmatch(value)
    last = clauses().get(cited["clause"]) if cited else None
    return f" {cited['clause']} has the letters a to {last}." if cited and last else ""


def clauses() -> Mapping[str, str]:
    """Every clause that may be cited, with the last of its letters; empty where it has none."""
    return _clauses(law_folders())[0]


def summaries() -> Mapping[str, str]:
    """What each clause says, in our words; only of the documents that were summarised."""
    return _clauses(law_folders())[1]


@cache
def _clauses(folders: tuple[Path, ...]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    files = (folder / "clauses.txt" for folder in folders)
    lines = (line for file in files if file.is_file() for line in _lines(file))
    listed = [found for found in map(LISTED.fullmatch, lines) if found]
    return (
        MappingProxyType({each["clause"]: each["last"] or "" for each in listed}),
        MappingProxyType({each["clause"]: each["says"] for each in listed if each["says"]}),
    )


@cache
def events() -> Mapping[str, tuple[str, ...]]:
    """Every public event that the data may name, with its outcomes; none where it has no outcome."""
    return MappingProxyType({name: fields.get("outcome", ()) for name, fields in event_fields().items()})


@cache
def event_fields() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The fields of every such event, each with the values that it can have where they are a closed set."""
    listed = map(str.split, _lines(COMMON / "events.txt"))
    return MappingProxyType({name: dict(map(_field, fields)) for name, *fields in listed})


def _field(text: str) -> tuple[str, tuple[str, ...]]:
    name, _, values = text.partition("=")
    return name, tuple(values.split("|")) if values else ()


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


def distinct(found: Iterable[Entry], *keys: str) -> tuple[Entry, ...]:
    """The entries, when no two have the same values at these keys."""
    seen: dict[str, Entry] = {}
    for entry in found:
        values = [entry.values.get(key) for key in keys]
        if repr(values) in seen:
            raise entry.wrong(f"{' '.join(map(str, values))} stands twice.", "Write each once.", keys[-1])
        seen[repr(values)] = entry
    return tuple(seen.values())


def located(file: str, root: Path) -> Path:
    """Where a file lies: in the folder of its document, or among what all documents share."""
    return own if (own := root / file).exists() else COMMON / file


def read_toml(file: str, root: Path = ROOT) -> dict[str, Any]:
    """A whole TOML file, which is not to be changed; a syntax error names file and line."""
    path = located(file, root)
    try:
        return _parsed(path, path.stat().st_mtime_ns)
    except FileNotFoundError as error:
        raise _missing(file) from error
    except tomllib.TOMLDecodeError as error:
        raise broken(file, "syntax", f"{error}.", "Correct the TOML at that line.") from error


@lru_cache(maxsize=64)
def _parsed(path: Path, _changed: int) -> dict[str, Any]:
    """A file as it was at its last change: reading a profile asks for the same few again and again."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def entries(file: str, key: str, allowed: Collection[str], name: str, root: Path = ROOT) -> tuple[Entry, ...]:
    """The `[[key]]` tables of a TOML file. `name` is the field by which people find them."""
    tables = read_toml(file, root).get(key, [])
    if not isinstance(tables, list) or not tables or not all(isinstance(each, dict) for each in tables):
        line = line_of(file, key, root)
        place = f"line {line}, [[{key}]]" if line else f"[[{key}]]"
        raise broken(file, place, "there is none.", f"Write at least one [[{key}]] table.")
    lines = lines_of(file, f"[[{key}]]", root) or [{"": line_of(file, key, root)}]
    return tuple(
        Entry(file, f"[[{key}]] {number} ({name} = {table.get(name)!r})", table, where).only(allowed)
        for number, (table, where) in enumerate(zip_longest(tables, lines, fillvalue=lines[-1]), start=1)
    )


def head(file: str, allowed: Collection[str], root: Path = ROOT) -> Entry:
    """What stands in a TOML file before and beside its lists of tables."""
    return Entry(file, "head", read_toml(file, root), lines_of(file, "", root)[0]).only(allowed)


def line_of(file: str, place: str, root: Path = ROOT) -> int:
    """The line of a table or key of a TOML file, for example `roles.dcc`, or of what it is in; 0 where neither is."""
    inner, _, key = place.rpartition(".")
    headings = (f"[{place}]", f"[[{place}]]")
    lines = located(file, root).read_text(encoding="utf-8").splitlines()
    found = (number for number, line in enumerate(lines, start=1) if line.strip() in headings)
    within = lines_of(file, f"[{inner}]" if inner else "", root)
    return next(found, 0) or (within[0].get(key, 0) if within else 0) or (line_of(file, inner, root) if inner else 0)


def lines_of(file: str, heading: str, root: Path = ROOT) -> list[dict[str, int]]:
    """The line of each key below every such heading of a TOML file; that of the heading under the empty key."""
    found: list[dict[str, int]] = [] if heading else [{"": 1}]
    current = ""
    for number, line in enumerate(located(file, root).read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("["):
            current = line.strip()
            found += [{"": number}] if current == heading else []
        elif current == heading and (named := NAMED.match(line)):
            found[-1].setdefault(named["key"], number)
    return found


def rows(file: str, columns: Collection[str], root: Path = ROOT, later: Collection[str] = ()) -> Iterator[Entry]:
    """The rows of a CSV file, whose columns are exactly the given ones; an earlier edition may lack `later` ones."""
    with _opened(file, root) as text:
        reader = csv.DictReader(text)
        if tuple(reader.fieldnames or ()) not in (tuple(columns), (*columns, *later)):
            right = f"They must be {', '.join((*columns, *later))}."
            raise broken(file, "line 1", f"the columns are {reader.fieldnames}.", right)
        for row in reader:
            entry = Entry(file, f"line {reader.line_num}", row)
            if None in row or None in row.values():
                raise entry.wrong(
                    "the number of cells is not that of the header.", f"Write {len(reader.fieldnames or ())} cells."
                )
            yield entry


def read_rows(file: str, root: Path = ROOT) -> list[dict[str, str]]:
    """The rows of a CSV file as they stand, by column."""
    with _opened(file, root) as text:
        return list(csv.DictReader(text))


def _opened(file: str, root: Path) -> TextIO:
    try:
        return located(file, root).open(encoding="utf-8", newline="")
    except FileNotFoundError as error:
        raise _missing(file) from error


def _missing(file: str) -> RulebookError:
    return broken(file, "file", "there is none.", "Write it, or copy it from another edition.")


def read_json(file: str, root: Path = ROOT) -> Any:
    """A whole JSON file; a syntax error names file and line."""
    try:
        with _opened(file, root) as text:
            return json.load(text)
    except json.JSONDecodeError as error:
        raise broken(file, f"line {error.lineno}", f"{error.msg}.", "Correct the JSON there.") from error
