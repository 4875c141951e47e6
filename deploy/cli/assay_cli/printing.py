"""How a command prints: its result on stdout, for a person or as one JSON document, and its progress on stderr."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

FILE_COLUMNS = 300
"""Columns, where the output is no terminal."""
WIDEST = 10_000
LAST_COLUMN = 30
"""At least so wide: in a narrow terminal a line goes on below, but nothing of it is cut off."""

screen = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else FILE_COLUMNS)
aside = Console(stderr=True, highlight=False, soft_wrap=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout; progress goes to stderr.")]


def tell(text: str) -> None:
    """Say how it goes, aside from the result."""
    aside.print(text, markup=False)


def say(text: str) -> None:
    """Print a line of the result for a person."""
    screen.print(text, markup=False)


def document(value: Any) -> None:
    """Print the one JSON document of a command."""
    plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    print(json.dumps(plain, indent=2, default=str))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows for a person."""
    screen.print(_table(columns, rows), markup=False)


def whole_table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows so that each value but the last of a row, which may be a long text, stands whole in one line."""
    shown = _table(columns, ([_cell(row[column]) for column in columns] for row in rows))
    for column in shown.columns[:-1]:
        column.no_wrap = True
    shown.columns[-1].min_width = LAST_COLUMN
    console = Console(highlight=False, soft_wrap=True)
    unbounded = console.options.update(max_width=WIDEST)
    console.width = max(console.width, Measurement.get(console, unbounded, shown).minimum)
    console.print(shown, markup=False)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    shown = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        shown.add_row(*row)
    return shown


def _cell(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(value)
    return "?" if value is None else str(value)


def outline(value: Any, indent: str = "") -> None:
    """Print a document for a person: a line for each value, what is inside of it further in."""
    for line in _outlined(value, indent):
        say(line)


def _outlined(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _named(f"{name}:", each, indent)
    elif isinstance(value, list):
        for each in value:
            yield from _named("-", each, indent)
    else:
        yield f"{indent}{plain(value)}"


def _named(name: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping | list) and value:
        yield f"{indent}{name}"
        yield from _outlined(value, f"{indent}  ")
    else:
        yield f"{indent}{name} {plain(value)}"


def plain(value: Any) -> str:
    """A single value as people read it."""
    if value is None or value in ([], {}):
        return "none"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
