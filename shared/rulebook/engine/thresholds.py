"""How many testing issues may be outstanding at the exit gate (CTSD Table 7), and over what they are counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

from rulebook.engine.files import ROOT, Entry, distinct, entries

FILE = "thresholds.toml"
KEYS = ("id", "clause", "count", "limits", "plan_needed")
COUNTS = ("engagement", "provider", "pool")
SEVERITIES = (1, 2, 3, 4, 5)
AS_AGREED = "as-agreed"


@dataclass(frozen=True)
class Threshold:
    """The limits by severity, `None` where DCC agrees them, and the severities whose issues each need a plan.

    `count` says over what issues are counted: one engagement, each provider by itself, or a pool of engagements.
    """

    id: str
    clause: str
    count: Literal["engagement", "provider", "pool"]
    limits: Mapping[int, int | None]
    plan_needed: frozenset[int]


@cache
def thresholds(root: Path = ROOT) -> tuple[Threshold, ...]:
    """Every row."""
    return tuple(_threshold(entry) for entry in distinct(entries(FILE, "threshold", KEYS, "id", root), "id"))


def _threshold(entry: Entry) -> Threshold:
    count = cast(Literal["engagement", "provider", "pool"], entry.one_of("count", COUNTS))
    return Threshold(entry.text("id"), entry.clause(), count, _limits(entry), _plan_needed(entry))


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
