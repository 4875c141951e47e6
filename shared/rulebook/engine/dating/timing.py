"""When a step is due, as it stands in a procedure's data: a rule, the anchor it counts from, and how long."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import time
from types import MappingProxyType
from typing import Any, Final, Literal, cast

from rulebook.engine.files import Entry

Rule = Literal["before", "after", "within", "on", "day-of-month", "each-week", "daily"]
DayOff = Literal["stay", "next", "previous"]
Unit = Literal["working_days", "days", "months"]

UNITS: Final[tuple[Unit, ...]] = ("working_days", "days", "months")
UNIT_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {"working_days": "Working Day", "days": "day", "months": "month"}
)
COUNTED: Final = frozenset({"before", "after", "within"})
"""The rules that count so many Working Days, days or months from an anchor."""

NEEDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "before": frozenset(),
        "after": frozenset(),
        "within": frozenset(),
        "on": frozenset(),
        "day-of-month": frozenset({"day"}),
        "each-week": frozenset({"working_days"}),
        "daily": frozenset({"until", "ended_by"}),
    }
)
ONE_DATE: Final = frozenset({"at", "not_before"})
"""What any step with one date may say beside its rule."""
MAY: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        **dict.fromkeys(COUNTED, frozenset({*UNITS, "day_off"}) | ONE_DATE),
        "on": frozenset({"opens", "day_off"}) | ONE_DATE,
        "day-of-month": frozenset({"opens", "day_off"}) | ONE_DATE,
        "daily": frozenset({"or_agreed"}),
    }
)
HOUR: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
LAST_DAY_OF_EVERY_MONTH: Final = 28
LONGEST: Final[Mapping[Unit, int]] = MappingProxyType({"working_days": 500, "days": 730, "months": 24})
"""No step lies further from its anchor than two years."""


@dataclass(frozen=True)
class Term:
    """So many Working Days, days or months."""

    count: int
    unit: Unit = "working_days"

    def __str__(self) -> str:
        word = UNIT_WORDS[self.unit]
        return f"{self.count} {word}{'' if self.count == 1 and self.unit != 'working_days' else 's'}"


@dataclass(frozen=True)
class Timing:
    """When a step is due: a rule, the anchor it counts from, and how long.

    `until` ends a daily step, `ended_by` ends it whatever was planned; `opens` is the anchor from which a step can be
    done, `not_before` the one before which it isn't due either. `day` is the day of the month. `day_off` tells where a
    date goes when it is no Working Day. `at` is the hour by which it is due. `or_agreed`: a schedule agreed with DCC
    may replace the daily one.
    """

    rule: Rule
    anchor: str
    working_days: int = 0
    days: int = 0
    months: int = 0
    day: int = 0
    until: str | None = None
    ended_by: str | None = None
    opens: str | None = None
    not_before: str | None = None
    day_off: DayOff = "stay"
    at: time | None = None
    or_agreed: bool = False
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def term(self) -> Term:
        """How long it counts, in its own unit."""
        unit: Unit = "months" if self.months else "days" if self.days else "working_days"
        return Term(getattr(self, unit), unit)

    def called(self, anchor: str | None = None) -> str:
        """What people call an anchor in this procedure; its own anchor when none is given."""
        return self.words.get(anchor or self.anchor, anchor or self.anchor)

    def anchors(self) -> frozenset[str]:
        """Every anchor without which the step has no date."""
        return frozenset({self.anchor, *filter(None, (self.until, self.opens, self.not_before))})


def read_timing(entry: Entry, words: Mapping[str, str]) -> Timing:
    """The timing of a step's entry; `words` are the anchors of its procedure and what they are called."""
    table = entry.values.get("timing")
    if not isinstance(table, dict):
        right = 'Write a table, for example { rule = "on", anchor = "start" }.'
        raise entry.wrong(f"timing is {table!r}.", right, "timing")
    return _timing(entry.part("timing", table), table, words)


def read_term(entry: Entry) -> Term:
    """A term: exactly one of Working Days, days and months."""
    return Term(*_counted(entry))


def _timing(timing: Entry, table: Mapping[str, Any], words: Mapping[str, str]) -> Timing:
    rule = cast(Rule, timing.one_of("rule", tuple(NEEDS)))
    timing.only({"rule", "anchor", *NEEDS[rule], *MAY.get(rule, ())})
    anchors = tuple(words)
    return Timing(
        rule=rule,
        anchor=timing.one_of("anchor", anchors),
        **_count(timing, rule),
        day=_day(timing) if "day" in NEEDS[rule] else 0,
        until=timing.one_of("until", anchors) if "until" in NEEDS[rule] else None,
        ended_by=timing.one_of("ended_by", anchors) if "ended_by" in NEEDS[rule] else None,
        opens=_anchor(timing, "opens", anchors),
        not_before=_anchor(timing, "not_before", anchors),
        day_off=cast(DayOff, timing.one_of("day_off", ("stay", "next", "previous"), "stay")),
        at=_hour(timing),
        or_agreed=timing.flag("or_agreed"),
        words=words,
    )


def _count(timing: Entry, rule: Rule) -> dict[str, Any]:
    if rule in COUNTED:
        count, unit = _counted(timing)
        return {unit: count}
    return {"working_days": _at_most(timing, "working_days")} if "working_days" in NEEDS[rule] else {}


def _counted(entry: Entry) -> tuple[int, Unit]:
    named = [unit for unit in UNITS if unit in entry.values]
    if len(named) != 1:
        problem = f"it counts in {' and '.join(named) or 'nothing'}."
        raise entry.wrong(problem, "Write one of working_days, days and months.")
    return _at_most(entry, named[0]), named[0]


def _at_most(entry: Entry, unit: Unit) -> int:
    count = entry.number(unit)
    if count > LONGEST[unit]:
        raise entry.wrong(f"{unit} is {count}.", f"Write at most {LONGEST[unit]}: two years.", unit)
    return count


def _anchor(timing: Entry, key: str, anchors: Collection[str]) -> str | None:
    return timing.one_of(key, anchors) if key in timing.values else None


def _day(timing: Entry) -> int:
    day = timing.number("day")
    if not 1 <= day <= LAST_DAY_OF_EVERY_MONTH:
        raise timing.wrong(
            f"day is {day}.", f"Write a day that every month has: 1 to {LAST_DAY_OF_EVERY_MONTH}.", "day"
        )
    return day


def _hour(timing: Entry) -> time | None:
    if "at" not in timing.values:
        return None
    hour = timing.text("at")
    if not HOUR.fullmatch(hour):
        raise timing.wrong(f"at is {hour!r}.", 'Write an hour of London time, for example at = "17:00".', "at")
    return time.fromisoformat(hour)
