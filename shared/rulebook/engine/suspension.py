"""When testing may be suspended and when it goes on again (CTSD 5.12 to 5.15)."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, cast

from rulebook.engine.files import ROOT, Entry, distinct, entries, read_toml

FILE: Final = "suspension.toml"
ADVICE: Final = ("failures", "blocked", "missed", "none")


@dataclass(frozen=True)
class Ground:
    """A reasonable ground to suspend testing. `advice` is what the product can see of it by itself."""

    id: str
    clause: str
    text: str
    advice: Literal["failures", "blocked", "missed", "none"]


@dataclass(frozen=True)
class ReportItem:
    """Something that the report of a suspension tells."""

    id: str
    clause: str
    text: str


@dataclass(frozen=True)
class Suspension:
    """How a suspension stands: who says that the Test Resumption Criteria are met, and whether it is disputed."""

    dcc_satisfied: bool = False
    participant_satisfied: bool = False
    disputed: bool = False
    criteria_met: bool = False


@cache
def grounds(root: Path = ROOT) -> tuple[Ground, ...]:
    """Every ground that the source names; there may be others."""
    return tuple(
        _ground(entry)
        for entry in distinct(entries(FILE, "ground", ("id", "clause", "text", "advice"), "id", root), "id")
    )


@cache
def report_items(root: Path = ROOT) -> tuple[ReportItem, ...]:
    """What the report of a suspension tells, in its order; nothing by an edition that does not say it."""
    if "report" not in read_toml(FILE, root):
        return ()
    found = distinct(entries(FILE, "report", ("id", "clause", "text"), "id", root), "id")
    return tuple(ReportItem(each.text("id"), each.clause(), each.text("text")) for each in found)


def may_resume(suspension: Suspension) -> tuple[bool, str]:
    """Whether testing goes on, and the clause: only when both sides agree, and not while a dispute is heard.

    A dispute no longer stands in the way once the Test Resumption Criteria are met (CTSD 5.15.1).
    """
    if suspension.disputed and not suspension.criteria_met:
        return False, "CTSD 5.15.1"
    both = suspension.dcc_satisfied and suspension.participant_satisfied
    return both, "CTSD 5.12.2" if both else "CTSD 5.14.2"


def _ground(entry: Entry) -> Ground:
    advice = cast(Literal["failures", "blocked", "missed", "none"], entry.one_of("advice", ADVICE))
    return Ground(entry.text("id"), entry.clause(), entry.text("text"), advice)
