"""What other services' facts mean here, in whatever order they arrive. A fact can't be refused: what is known already
changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from certification.domain.completion import (
    Completion,
    CompletionOpened,
    Event,
    ExecutionCompleted,
    IssueNoted,
    IssueStatus,
    ScopedTest,
    ScopeNoted,
)
from certification.domain.report import RunFigures, TestFigures
from kernel.engagement import Participant, Subject


@dataclass(frozen=True)
class OpenCompletion:
    """Notice of an engagement was given."""

    procedure: str
    rulebook: str
    subject: Subject
    participants: tuple[Participant, ...]


@dataclass(frozen=True)
class NoteScope:
    """The tests that must be executed were agreed, perhaps anew."""

    tests: tuple[ScopedTest, ...]


@dataclass(frozen=True)
class NoteIssue:
    """A testing issue was raised, or stands differently than before."""

    issue: int
    severity: int
    status: IssueStatus
    plan_agreed: bool


@dataclass(frozen=True)
class CompleteExecution:
    """The execution of the tests was completed."""

    tests: TestFigures
    srvs: tuple[str, ...]
    unsuccessful: tuple[str, ...]
    runs: tuple[RunFigures, ...]
    completed_at: datetime


def open_completion(command: OpenCompletion, state: Completion) -> Sequence[Event]:
    """The first notice opens the completion."""
    return [] if state.opened else [CompletionOpened(**vars(command))]


def note_scope(command: NoteScope, state: Completion) -> Sequence[Event]:
    """Every scope is noted that is not the one known."""
    return [] if state.scope == command.tests else [ScopeNoted(command.tests)]


def note_issue(command: NoteIssue, state: Completion) -> Sequence[Event]:
    """Every change of an issue is noted once."""
    noted = IssueNoted(**vars(command))
    return [] if state.issues.get(command.issue) == noted else [noted]


def complete_execution(command: CompleteExecution, state: Completion) -> Sequence[Event]:
    """Opens the way for a report; after the decision that all is complete, it changes nothing any more."""
    completed = ExecutionCompleted(**vars(command))
    return [] if state.complete or state.execution == completed else [completed]
