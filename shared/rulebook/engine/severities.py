"""What each severity of a testing issue means (CTSD Annex G)."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, cast, get_args

from rulebook.engine.files import ROOT, Entry, distinct, entries

FILE: Final = "severities.toml"
KEYS: Final = ("id", "clause", "title", "text", "examples")
SeverityLevel = Literal[1, 2, 3, 4, 5]
"""Of a testing issue: 1 is the worst."""


@dataclass(frozen=True)
class Severity:
    """A severity, 1 (worst) to 5, with examples that don't exhaust it."""

    level: SeverityLevel
    title: str
    text: str
    examples: tuple[str, ...]
    clause: str


@cache
def severities(root: Path = ROOT) -> tuple[Severity, ...]:
    """All five, the worst first."""
    return tuple(_severity(entry) for entry in distinct(entries(FILE, "severity", KEYS, name="id", root=root), "id"))


def _severity(entry: Entry) -> Severity:
    level = cast(SeverityLevel, int(entry.one_of("id", tuple(map(str, get_args(SeverityLevel))))))
    return Severity(level, entry.text("title"), entry.text("text"), entry.texts("examples"), entry.clause())
