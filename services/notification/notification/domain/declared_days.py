"""The days that were declared otherwise than the release's calendar has them, in the order in which they were."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from kernel.stored import stored
from notification.domain.refusals import DayHasPassed, DayIsSoAlready, DeclarationWithoutReason
from rulebook.engine.dating.working_days import DayOutsideCalendar, DeclaredDay, calendar, in_force


@stored("day-declared")
@dataclass(frozen=True)
class DayDeclared:
    """A day was declared a Working Day, or a day off. `number` counts the declarations, from 1."""

    number: int
    day: date
    working: bool
    why: str
    role: str
    declared_by: str
    declared_at: datetime

    @property
    def declared(self) -> DeclaredDay:
        """The day as the calendar takes it."""
        return DeclaredDay(self.day, self.working, self.why)


@dataclass(frozen=True)
class DeclaredDays:
    """Every declaration there was."""

    events: tuple[DayDeclared, ...] = ()

    @property
    def days(self) -> tuple[DeclaredDay, ...]:
        """The days as the calendar takes them."""
        return tuple(each.declared for each in self.events)


@dataclass(frozen=True)
class DeclareDay:
    """A bank holiday was proclaimed, or a day is worked on which nobody would."""

    day: date
    working: bool
    why: str
    role: str
    by: str
    now: datetime


def decide(command: DeclareDay, state: DeclaredDays) -> Sequence[DayDeclared]:
    """A day to come is declared otherwise than it is, with a reason: what has passed was counted as it was."""
    if not command.why.strip():
        raise DeclarationWithoutReason()
    today, now = calendar().day_of(command.now), in_force(state.days)
    if command.day <= today:
        raise DayHasPassed(command.day, today=today)
    if not now.covers(command.day):
        raise DayOutsideCalendar(command.day, now.first, now.last)
    if now.is_working_day(command.day) == command.working:
        raise DayIsSoAlready(command.day, "a Working Day" if command.working else "no Working Day")
    number = len(state.events) + 1
    return (DayDeclared(number, command.day, command.working, command.why, command.role, command.by, command.now),)


def evolve(state: DeclaredDays, event: DayDeclared) -> DeclaredDays:
    """The declarations after one more."""
    return replace(state, events=(*state.events, event))
