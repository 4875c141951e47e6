"""How a command prints: its result on stdout, for a person or as one JSON document, and its progress on stderr."""

import json
import sys
from dataclasses import asdict, is_dataclass
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

FILE_COLUMNS = 300
"""Columns, where the output is no terminal."""

screen = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else FILE_COLUMNS)
aside = Console(stderr=True, highlight=False, soft_wrap=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout; progress goes to stderr.")]


def tell(text: str) -> None:
    """Say how it goes, aside from the result."""
    aside.print(text, markup=False)


def document(value: Any) -> None:
    """Print the one JSON document of a command."""
    print(json.dumps(asdict(value) if is_dataclass(value) and not isinstance(value, type) else value, indent=2))


def table(columns: tuple[str, ...], rows: Any) -> None:
    """Print rows for a person."""
    shown = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        shown.add_row(*row)
    screen.print(shown, markup=False)
