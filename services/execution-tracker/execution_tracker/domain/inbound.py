"""What other services' facts mean here. A fact can't be refused: what is known already changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from execution_tracker.domain.events import (
    Engagement,
    Event,
    ExecutionBegun,
    ExecutionConcluded,
    ExecutionReopened,
    PlannedDay,
    ScopedTest,
    ScopeSet,
    StartConfirmed,
)
from execution_tracker.domain.execution import Execution


@dataclass(frozen=True)
class BeginExecution:
    """An engagement was notified."""

    engagement: Engagement


@dataclass(frozen=True)
class SetScope:
    """The scope was agreed, or agreed anew."""

    tests: tuple[ScopedTest, ...]
    web_services: tuple[str, ...]


@dataclass(frozen=True)
class ConfirmStart:
    """The entry gate found the Party ready."""

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
    """Keep whose execution it is."""
    return [] if state.engagement else [ExecutionBegun(command.engagement)]


def set_scope(command: SetScope, state: Execution) -> Sequence[Event]:
    """Take over the whole set; results of tests that left it no longer count."""
    known = (tuple(state.tests.values()), state.web_services)
    return [] if known == (command.tests, command.web_services) else [ScopeSet(command.tests, command.web_services)]


def confirm_start(command: ConfirmStart, state: Execution) -> Sequence[Event]:
    """Take over the start date and the Test Schedule."""
    known = (state.start_date, state.schedule)
    return (
        []
        if known == (command.start_date, command.schedule)
        else [StartConfirmed(command.start_date, command.schedule)]
    )


def reopen_execution(command: ReopenExecution, state: Execution) -> Sequence[Event]:
    """Open a completed execution again (CTSD 5.17.1.2)."""
    return [ExecutionReopened(command.at)] if state.completed else []


def conclude_execution(command: ConcludeExecution, state: Execution) -> Sequence[Event]:
    """Keep that nothing is open any more (CTSD 5.17.1.2)."""
    return [ExecutionConcluded(command.at)] if state.completed and not state.concluded else []
