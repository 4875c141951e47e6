"""How many testing issues may be outstanding at the exit gate (CTSD Table 7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from rulebook.engine.applicability import the_one_of
from rulebook.engine.errors import RulebookError
from rulebook.engine.files import ROOT, Entry, entries

FILE = "thresholds.toml"
KEYS = ("id", "clause", "procedures", "limits", "plan_needed")
SEVERITIES = (1, 2, 3, 4, 5)
AS_AGREED = "as-agreed"


@dataclass(frozen=True)
class Threshold:
    """The limits by severity, `None` where DCC agrees them, and the severities whose issues each need a plan."""

    clause: str
    limits: Mapping[int, int | None]
    plan_needed: frozenset[int]


def thresholds(procedure_id: str, root: Path = ROOT) -> Mapping[int, int | None]:
    """The limits by severity, for example `{1: 0, 2: 0, 3: 5, 4: 10, 5: None}`; `None`: as agreed with DCC."""
    return threshold(procedure_id, root).limits


@cache
def threshold(procedure_id: str, root: Path = ROOT) -> Threshold:
    """The row of Table 7 for a kind of engagement."""
    entry = the_one_of(procedure_id, entries(FILE, "threshold", KEYS, name="id", root=root), root)
    if entry is not None:
        return Threshold(entry.clause(), _limits(entry), _plan_needed(entry))
    raise RulebookError(f"rulebook/{FILE} has no thresholds for {procedure_id!r}. Add it to the procedures of a row.")


def _limits(entry: Entry) -> Mapping[int, int | None]:
    limits = entry.values.get("limits")
    if not isinstance(limits, list) or len(limits) != len(SEVERITIES) or not all(map(_is_limit, limits)):
        raise entry.wrong(f"limits is {limits!r}.", 'Write five: numbers that are not negative, or "as-agreed".')
    return MappingProxyType(
        {severity: None if limit == AS_AGREED else limit for severity, limit in zip(SEVERITIES, limits, strict=True)}
    )


def _is_limit(limit: object) -> bool:
    return limit == AS_AGREED or (isinstance(limit, int) and not isinstance(limit, bool) and limit >= 0)


def _plan_needed(entry: Entry) -> frozenset[int]:
    needed = entry.values.get("plan_needed")
    if not isinstance(needed, list) or any(each not in SEVERITIES for each in needed):
        raise entry.wrong(f"plan_needed is {needed!r}.", "Write a list of severities from 1 to 5.")
    return frozenset(needed)
