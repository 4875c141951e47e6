"""Why a date is what it is, told in full: anchor, rule, clause, every day that was not counted, slips in the source."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from rulebook.engine.dating.working_days import Skipped
from rulebook.engine.errata import errata_of_step
from rulebook.engine.procedures import Step


@dataclass(frozen=True)
class Explanation:
    """The reason for one date; `str()` gives it as plain sentences, with the slips that the step's edition tells.

    `inputs` are the days it was counted from.
    """

    rule: str
    step: Step
    inputs: Mapping[str, date] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join(
            [
                f"{self.rule}{self._hour()} ({self.step.clause}).",
                *self._condition(),
                *self._holidays(),
                *self._weekends(),
                *(f"{note}." for note in self.notes),
                *(f"Note: {erratum}" for erratum in errata_of_step(self.step.ref, self.step.root)),
            ]
        )

    def _hour(self) -> str:
        return f", by {self.step.timing.at:%H:%M}" if self.step.timing.at else ""

    def _condition(self) -> list[str]:
        return [f"Applies when {self.step.only_if}."] if self.step.only_if else []

    def _holidays(self) -> list[str]:
        days = [f"{each.reason} on {_short(each.day)} {each.day.year}" for each in self.skipped if not each.weekend]
        return [f"Bank holidays not counted: {', '.join(days)}."] if days else []

    def _weekends(self) -> list[str]:
        days = [each.day for each in self.skipped if each.weekend]
        sundays = {day for day in days if day.weekday() == 6 and day - timedelta(days=1) in days}
        said = [_weekend(day, days) for day in days if day not in sundays]
        return [f"Weekend days not counted: {', '.join(said)}."] if said else []


def _weekend(day: date, days: list[date]) -> str:
    sunday = day + timedelta(days=1)
    if day.weekday() == 6 or sunday not in days:
        return _short(day)
    return f"{_short(day)} and {_short(sunday)}"


def _short(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"
