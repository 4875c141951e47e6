"""Many scenarios on one stack: they share its rehearsal clock, so that none goes on before all are done with a day."""

import time as wall
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from threading import Condition
from typing import Any

from assay_lab.scenario import Scenario


class SharedCalendar:
    """The days of many scenarios. The next day begins when every scenario that runs waits for a later one."""

    def __init__(self, today: date, seconds_per_day: float = 0.0) -> None:
        """A day lasts so many seconds at least, that a long run does not outlive the calendar."""
        self.today = today
        self._seconds_per_day = seconds_per_day
        self._began = wall.monotonic()
        self._wanted: dict[str, date] = {}
        self._scenarios = 0
        self._moved = Condition()

    def join(self) -> None:
        """A scenario begins."""
        with self._moved:
            self._scenarios += 1

    def leave(self) -> None:
        """A scenario has ended, or failed."""
        with self._moved:
            self._scenarios -= 1
            self._advance()

    def reach(self, scenario: str, day: date) -> None:
        """Wait until the day has come."""
        with self._moved:
            self._wanted[scenario] = day
            self._advance()
            self._moved.wait_for(lambda: day <= self.today)
            del self._wanted[scenario]

    def _advance(self) -> None:
        """A scenario that may go on but has not woken yet holds the day."""
        days = self._wanted.values()
        if days and len(days) == self._scenarios and min(days) > self.today:
            wall.sleep(max(0.0, self._began + self._seconds_per_day - wall.monotonic()))
            self._began = wall.monotonic()
            self.today = min(days)
            self._moved.notify_all()


@dataclass
class ScenarioInStep(Scenario):
    """A scenario that begins after some Working Days and goes from day to day with all others of its calendar."""

    shared_calendar: SharedCalendar = field(kw_only=True)
    still: Callable[[], AbstractContextManager[Any]] = field(kw_only=True)
    """held while rehearsal time is moved"""
    begin_after: int = 1

    def begin(self) -> None:
        """The Party accedes and notifies its intention."""
        self._go(self.calendar.add(self.shared_calendar.today, self.begin_after))
        self.give_notice()

    def _go(self, day: date) -> None:
        self.shared_calendar.reach(self.party, day)
        with self.still():
            super()._go(day)
