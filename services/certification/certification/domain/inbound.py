"""What other services' facts mean here. A fact can't be refused: what is known already changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from certification.domain.completion import (
    Completion,
    CompletionOpened,
    Event,
    ExecutionCompleted,
    FixDisproved,
    IssueClosed,
    IssueFixed,
    IssueRaised,
    PlanAgreed,
    PlanReplaced,
)
from certification.domain.report import RunFigures, TestFigures


@dataclass(frozen=True)
class OpenCompletion:
    """Notice of an engagement was given."""

    party: str
    party_name: str
    role: str
    procedure: str
    rulebook: str


@dataclass(frozen=True)
class NoteIssue:
    """A testing issue was raised."""

    issue: int
    severity: int


@dataclass(frozen=True)
class NotePlan:
    """DCC agreed the remediation plan of an issue."""

    issue: int


@dataclass(frozen=True)
class NoteProposal:
    """The Party proposed a remediation plan for an issue, the first or one that replaces another."""

    issue: int


@dataclass(frozen=True)
class NoteFix:
    """The Party says that an issue is fixed."""

    issue: int


@dataclass(frozen=True)
class NoteFailedRetest:
    """A retest showed that the fix of an issue did not hold."""

    issue: int


@dataclass(frozen=True)
class NoteClosure:
    """A retest verified the fix of an issue."""

    issue: int


@dataclass(frozen=True)
class CompleteExecution:
    """The execution of the tests was completed."""

    tests: TestFigures
    srvs: tuple[str, ...]
    completed_at: datetime
    unsuccessful: tuple[str, ...] | None = None
    runs: tuple[RunFigures, ...] | None = None


def open_completion(command: OpenCompletion, state: Completion) -> Sequence[Event]:
    """The first notice opens the completion."""
    if state.opened:
        return []
    return [
        CompletionOpened(command.party, command.party_name, command.role, command.procedure, command.rulebook),
    ]


def note_issue(command: NoteIssue, state: Completion) -> Sequence[Event]:
    """Every issue is noted once."""
    return [] if command.issue in state.issues else [IssueRaised(command.issue, command.severity)]


def note_plan(command: NotePlan, state: Completion) -> Sequence[Event]:
    """The agreement is noted once, for an issue that is known."""
    issue = state.issues.get(command.issue)
    return [PlanAgreed(command.issue)] if issue and not issue.plan_agreed else []


def note_proposal(command: NoteProposal, state: Completion) -> Sequence[Event]:
    """A plan that replaces an agreed one is not agreed (CTSD 5.19.1b)."""
    issue = state.issues.get(command.issue)
    return [PlanReplaced(command.issue)] if issue and issue.plan_agreed else []


def note_fix(command: NoteFix, state: Completion) -> Sequence[Event]:
    """The fix is noted once, for an issue that is known."""
    issue = state.issues.get(command.issue)
    return [IssueFixed(command.issue)] if issue and not issue.fixed else []


def note_failed_retest(command: NoteFailedRetest, state: Completion) -> Sequence[Event]:
    """An issue that was said to be fixed is not; whether its plan is agreed stays as it was."""
    issue = state.issues.get(command.issue)
    return [FixDisproved(command.issue)] if issue and issue.fixed else []


def note_closure(command: NoteClosure, state: Completion) -> Sequence[Event]:
    """The closure is noted once, for an issue that is known."""
    issue = state.issues.get(command.issue)
    return [IssueClosed(command.issue)] if issue and not issue.closed else []


def complete_execution(command: CompleteExecution, state: Completion) -> Sequence[Event]:
    """Opens the way for a report; after the decision that all is complete, it changes nothing any more."""
    completed = ExecutionCompleted(**vars(command))
    return [] if state.complete or state.execution == completed else [completed]
