"""What other services' facts mean here. A fact can't be refused: what is known already changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from execution_tracker.domain.engagement import Engagement
from execution_tracker.domain.events import (
    Event,
    ExecutionBegun,
    ExecutionConcluded,
    ExecutionReopened,
    PlannedDay,
    ScopedTest,
    ScopeSet,
    StartConfirmed,
    StartMoved,
)
from execution_tracker.domain.execution import Execution


@dataclass(frozen=True)
class BeginExecution:
    """An engagement was notified, with the date on which it means to start."""

    engagement: Engagement
    start_date: date


@dataclass(frozen=True)
class MoveStart:
    """The start was rescheduled."""

    start_date: date


@dataclass(frozen=True)
class SetScope:
    """The scope was agreed, or agreed anew."""

    tests: tuple[ScopedTest, ...]
    web_services: tuple[str, ...]


@dataclass(frozen=True)
class ConfirmStart:
    """The entry gate was held ready."""

    start_date: date
    schedule: tuple[PlannedDay, ...]


@dataclass(frozen=True)
class ReopenExecution:
    """The exit gate required further testing."""

    at: datetime


@dataclass(frozen=True)
class ConcludeExecution:
    """The exit gate found the testing complete."""

    at: datetime


def begin_execution(command: BeginExecution, state: Execution) -> Sequence[Event]:
    """Keep what is tested, by whom and by which procedure."""
    return [] if state.engagement else [ExecutionBegun(command.engagement, command.start_date)]


def move_start(command: MoveStart, state: Execution) -> Sequence[Event]:
    """Keep the other date; where there is an entry gate, the date that it confirms counts."""
    return [] if state.planned_start == command.start_date else [StartMoved(command.start_date)]


def set_scope(command: SetScope, state: Execution) -> Sequence[Event]:
    """Take over the whole set; results of tests that left it no longer count."""
    known = (state.scoped, tuple(state.tests.values()), state.web_services)
    agreed = ScopeSet(command.tests, command.web_services)
    return [] if known == (True, command.tests, command.web_services) else [agreed]


def confirm_start(command: ConfirmStart, state: Execution) -> Sequence[Event]:
    """Take over the start date and the Test Schedule."""
    known = (state.confirmed_start, state.schedule)
    confirmed = StartConfirmed(command.start_date, command.schedule)
    return [] if known == (command.start_date, command.schedule) else [confirmed]


def reopen_execution(command: ReopenExecution, state: Execution) -> Sequence[Event]:
    """Open a completed execution again (CTSD 5.17.1.2)."""
    return [ExecutionReopened(command.at)] if state.completed else []


def conclude_execution(command: ConcludeExecution, state: Execution) -> Sequence[Event]:
    """Keep that nothing is open any more (CTSD 5.17.1.2)."""
    return [ExecutionConcluded(command.at)] if state.completed and not state.concluded else []
