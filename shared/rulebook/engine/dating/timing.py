"""When a step is due, as it stands in a procedure's data: a rule, the anchor it counts from, Working Days."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, cast

from rulebook.engine.files import Entry

Rule = Literal["before", "after", "within", "on", "each-week", "daily"]
DayOff = Literal["stay", "next", "previous"]

ANCHORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "notified": "receipt of the notification",
        "acknowledged": "receipt of DCC's acknowledgement",
        "start": "the start of testing",
        "planned-last-day": "the last day of the Test Schedule",
        "execution-completed": "the day on which execution was completed",
        "report-received": "receipt of the Test Completion Report",
        "receipt-confirmed": "receipt of DCC's confirmation of the report",
        "gate-held": "the successful quality gate review meeting",
    }
)
"""What dates count from, and what it is called where a procedure has no word of its own."""

FREE: Final = frozenset({"start", "planned-last-day"})
"""Anchors that people choose; every other one is set by a step."""

NEEDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "before": frozenset({"working_days"}),
        "after": frozenset({"working_days"}),
        "within": frozenset({"working_days"}),
        "on": frozenset(),
        "each-week": frozenset({"working_days"}),
        "daily": frozenset({"until"}),
    }
)
MAY: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {"on": frozenset({"opens", "day_off"}), "daily": frozenset({"or_agreed"})}
)


@dataclass(frozen=True)
class Timing:
    """When a step is due: a rule, the event it counts from, and how many Working Days.

    `until` ends a daily step; `opens` is the anchor from which a step on one day can be done. `day_off` tells where a
    step "on" a day goes when that is no Working Day. `or_agreed`: a schedule agreed with DCC may replace the daily one.
    """

    rule: Rule
    anchor: str
    working_days: int = 0
    until: str | None = None
    opens: str | None = None
    day_off: DayOff = "stay"
    or_agreed: bool = False
    words: Mapping[str, str] = field(default_factory=lambda: ANCHORS)

    def called(self, anchor: str | None = None) -> str:
        """What people call an anchor in this procedure; its own anchor when none is given."""
        return self.words.get(anchor or self.anchor) or ANCHORS[anchor or self.anchor]

    def anchors(self) -> frozenset[str]:
        """Every anchor on which the dates of the step depend."""
        return frozenset({self.anchor, *filter(None, (self.until, self.opens))})


def read_timing(entry: Entry, words: Mapping[str, str] = ANCHORS) -> Timing:
    """The timing of a step's entry."""
    table = entry.values.get("timing")
    if not isinstance(table, dict):
        right = 'Write a table, for example { rule = "on", anchor = "start" }.'
        raise entry.wrong(f"timing is {table!r}.", right, "timing")
    return _timing(entry.part("timing", table), table, words)


def _timing(timing: Entry, table: Mapping[str, Any], words: Mapping[str, str]) -> Timing:
    rule = cast(Rule, timing.one_of("rule", tuple(NEEDS)))
    timing.only({"rule", "anchor", *NEEDS[rule], *MAY.get(rule, ())})
    return Timing(
        rule=rule,
        anchor=timing.one_of("anchor", tuple(ANCHORS)),
        working_days=timing.number("working_days") if "working_days" in NEEDS[rule] else 0,
        until=timing.one_of("until", tuple(ANCHORS)) if "until" in NEEDS[rule] else None,
        opens=timing.one_of("opens", tuple(ANCHORS)) if "opens" in table else None,
        day_off=cast(DayOff, timing.one_of("day_off", ("stay", "next", "previous"), "stay")),
        or_agreed=timing.flag("or_agreed"),
        words=words,
    )
