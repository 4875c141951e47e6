"""Working Days: which days count, and counting with them.

"Working Day" is defined in SEC Section A, which is not among our sources. Our reading: every day but Saturday, Sunday
and the bank holidays of the calendar's division. The day of receipt is day zero; what is received on another day
counts as received on the next Working Day.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kernel.refusal import Kind, Refusal
from rulebook.engine.errors import RulebookError, broken
from rulebook.engine.files import ROOT, Entry, entries, head, read_json, read_toml

LONDON = ZoneInfo("Europe/London")
HOLIDAYS_FILE = "bank-holidays.json"
CALENDAR_FILE = "calendar.toml"
HEAD = ("division", "end_of_day", "declared_by", "override")
SATURDAY = 5
ONE_DAY = timedelta(days=1)


class Division(StrEnum):
    """Whose bank holidays count."""

    ENGLAND_AND_WALES = "england-and-wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern-ireland"


@dataclass(unsafe_hash=True)
class DayOutsideCalendar(Refusal, RulebookError):
    """{day} lies outside the bank-holiday data, which cover {first} to {last}."""

    remedy = "Use a day from {first} to {last}, or add the bank holidays of later years to the rulebook."
    kind = Kind.INVALID
    day: date
    first: date
    last: date


@dataclass(frozen=True)
class Skipped:
    """A day that was not counted, and why: `Saturday`, `Sunday` or the bank holiday's name."""

    day: date
    reason: str

    @property
    def weekend(self) -> bool:
        """Whether it is a Saturday or Sunday."""
        return self.day.weekday() >= SATURDAY


@dataclass(frozen=True)
class Override:
    """A day that was declared a Working Day, or declared off, whatever weekday or bank holiday it is."""

    working: bool
    why: str


@dataclass(frozen=True)
class DeclaredDay:
    """A day that was declared a Working Day, or a day off, while the services run, and why."""

    day: date
    working: bool
    why: str


def local_day(instant: datetime) -> date:
    """The date in Europe/London at an instant."""
    return _local(instant).date()


class Calendar:
    """The Working Days of one division, and the hour at which a day ends (`None`: at midnight, Europe/London)."""

    def __init__(
        self,
        division: Division = Division.ENGLAND_AND_WALES,
        end_of_day: time | None = None,
        holidays: Mapping[date, str] | None = None,
        overrides: Mapping[date, Override] | None = None,
    ) -> None:
        """`holidays` replaces the bundled bank holidays; their first and last year say what is covered.

        `overrides` are single days that were declared otherwise.
        """
        self.division = division
        self.overrides = overrides or {}
        self.end_of_day = end_of_day
        self.holidays = bank_holidays(division) if holidays is None else holidays
        self.first = date(min(self.holidays).year, 1, 1)
        self.last = date(max(self.holidays).year, 12, 31)
        every = map(date.fromordinal, range(self.first.toordinal(), self.last.toordinal() + 1))
        added = {day for day, declared in self.overrides.items() if declared.working}
        off = {*self.holidays, *self.overrides} - added
        self._working: Sequence[date] = [
            day for day in every if day not in off and (day.weekday() < SATURDAY or day in added)
        ]

    @property
    def fingerprint(self) -> str:
        """A short text that is another one whenever any Working Day or the end of the day is."""
        days = ",".join(day.isoformat() for day in self._working)
        return sha256(f"{self.division} {self.end_of_day} {days}".encode()).hexdigest()[:16]

    def covers(self, day: date) -> bool:
        """Whether the bank holidays around this day are known."""
        return self.first <= day <= self.last

    def is_working_day(self, day: date) -> bool:
        """Whether a day counts."""
        return self._reason(self._covered(day)) is None

    def received(self, day: date) -> date:
        """Day zero of what was received on a day: the day itself, or the next Working Day after a day off."""
        return self._at(bisect_left(self._working, self._covered(day)), day)

    def add(self, day: date, working_days: int) -> date:
        """The day that lies so many Working Days after day zero, which is `received(day)`; zero gives day zero."""
        _counted(working_days)
        return self._at(bisect_left(self._working, self._covered(day)) + working_days, day)

    def subtract(self, day: date, working_days: int) -> date:
        """The day so many Working Days before a day zero; zero gives the day, or the last Working Day before it."""
        _counted(working_days)
        if working_days == 0:
            return self._at(bisect_right(self._working, self._covered(day)) - 1, day)
        return self._at(bisect_left(self._working, self._covered(day)) - working_days, day)

    def between(self, start: date, end: date) -> int:
        """How many Working Days there are after `start` up to and including `end`; negative the other way round."""
        return self._until(end) - self._until(start)

    def days(self, start: date, end: date) -> tuple[date, ...]:
        """Every Working Day from `start` to `end`, both included."""
        self._covered(start)
        self._covered(end)
        return tuple(self._working[bisect_left(self._working, start) : bisect_right(self._working, end)])

    def skipped(self, start: date, end: date) -> tuple[Skipped, ...]:
        """The days from `start` to `end`, both included, that don't count, each with the reason."""
        self._covered(start)
        span = (self._covered(end) - start).days + 1
        days = (start + timedelta(days=offset) for offset in range(max(span, 0)))
        return tuple(Skipped(day, reason) for day in days if (reason := self._reason(day)) is not None)

    def day_of(self, instant: datetime) -> date:
        """The date that an instant counts for: after the hour at which a day ends, the next day."""
        moment = _local(instant)
        late = self.end_of_day is not None and moment.time() > self.end_of_day
        return moment.date() + ONE_DAY if late else moment.date()

    def end_of(self, day: date) -> datetime:
        """The instant at which a day ends: what is due on the day is late after it."""
        if self.end_of_day is None:
            return datetime.combine(day + ONE_DAY, time(), LONDON)
        return datetime.combine(day, self.end_of_day, LONDON)

    def _reason(self, day: date) -> str | None:
        if declared := self.overrides.get(day):
            return None if declared.working else declared.why
        return day.strftime("%A") if day.weekday() >= SATURDAY else self.holidays.get(day)

    def _covered(self, day: date) -> date:
        if not self.covers(day):
            raise DayOutsideCalendar(day, self.first, self.last)
        return day

    def _until(self, day: date) -> int:
        return bisect_right(self._working, self._covered(day))

    def _at(self, index: int, day: date) -> date:
        if not 0 <= index < len(self._working):
            edge = self.first - ONE_DAY if index < 0 else self.last + ONE_DAY
            raise DayOutsideCalendar(edge, self.first, self.last)
        return self._working[index]


@cache
def calendar(division: Division | None = None, end_of_day: time | None = None, root: Path = ROOT) -> Calendar:
    """The calendar of a division; what is left out is as in `calendar.toml`, which also declares days otherwise."""
    settings = head(CALENDAR_FILE, HEAD, root)
    whose = division or Division(settings.one_of("division", tuple(Division)))
    return Calendar(whose, end_of_day or _end_of_day(settings), overrides=_overrides(whose, root))


def in_force(declared: tuple[DeclaredDay, ...] = ()) -> Calendar:
    """The calendar of the release, with the days that were declared since; of one day the last declaration counts."""
    return _with_declared(calendar(), declared) if declared else calendar()


@lru_cache(maxsize=64)
def _with_declared(base: Calendar, declared: tuple[DeclaredDay, ...]) -> Calendar:
    overrides = {each.day: Override(each.working, each.why) for each in declared}
    return Calendar(base.division, base.end_of_day, base.holidays, {**base.overrides, **overrides})


def declared_by(root: Path = ROOT) -> tuple[str, ...]:
    """The roles that may declare a day otherwise while the services run."""
    return head(CALENDAR_FILE, HEAD, root).texts("declared_by")


def _end_of_day(settings: Entry) -> time | None:
    hour = settings.text("end_of_day", "")
    try:
        return time.fromisoformat(hour) if hour else None
    except ValueError as error:
        right = 'Write an hour like "17:00", or nothing between the quotes for midnight.'
        raise settings.wrong(f"end_of_day is {hour!r}.", right, "end_of_day") from error


def _overrides(division: Division, root: Path) -> Mapping[date, Override]:
    if "override" not in read_toml(CALENDAR_FILE, root):
        return {}
    found = entries(CALENDAR_FILE, "override", ("division", "day", "working", "why"), name="day", root=root)
    return dict(_override(each) for each in found if each.one_of("division", tuple(Division)) == division)


def _override(entry: Entry) -> tuple[date, Override]:
    day = entry.values.get("day")
    if type(day) is not date:
        raise entry.wrong(f"day is {day!r}.", "Write a day without quotes, for example 2027-05-03.", "day")
    return day, Override(entry.flag("working"), entry.text("why"))


@cache
def bank_holidays(division: Division) -> Mapping[date, str]:
    """The bundled bank holidays of a division by date, with their names."""
    events = read_json(HOLIDAYS_FILE).get(division, {}).get("events", [])
    if not events:
        raise broken(HOLIDAYS_FILE, division, "no events.", "Each division needs its bank holidays.")
    days = [_event(event, division) for event in events]
    for (earlier, _), (later, name) in pairwise(days):
        if later <= earlier:
            raise broken(HOLIDAYS_FILE, f"{division}, {name}", f"{later} follows {earlier}.", "Sort them by date.")
    return dict(days)


def _event(event: Mapping[str, Any], division: Division) -> tuple[date, str]:
    notes = str(event.get("notes") or "")
    try:
        return date.fromisoformat(event["date"]), f"{event['title']} ({notes.lower()})" if notes else event["title"]
    except (KeyError, TypeError, ValueError) as error:
        raise broken(
            HOLIDAYS_FILE, f"{division}, {event}", f"{error}.", 'Write "title" and "date": "YYYY-MM-DD".'
        ) from error


def _local(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise RulebookError(f"{instant} has no time zone. An instant needs one; use datetime.now(UTC) or the clock.")
    return instant.astimezone(LONDON)


def _counted(working_days: int) -> None:
    if working_days < 0:
        raise RulebookError(
            f"{working_days} Working Days can't be counted. Use add for later and subtract for earlier."
        )
