"""The execution of one engagement: what is known of it after its events."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never

from execution_tracker.domain.events import (
    ConnectivityChecked,
    ConnectivityConfirmed,
    DashboardPublished,
    Engagement,
    Event,
    ExecutionBegun,
    ExecutionCompleted,
    ExecutionConcluded,
    ExecutionReopened,
    IssueClosed,
    IssueFixed,
    IssueRaised,
    PlannedDay,
    RemediationPlanAgreed,
    RemediationPlanProposed,
    ResultRecorded,
    ScopedTest,
    ScopeSet,
    StartConfirmed,
)
from execution_tracker.domain.history import History, with_result
from execution_tracker.domain.progress import Progress, advance
from rulebook.engine.dating.working_days import local_day


@dataclass(frozen=True)
class Execution:
    """What the rules need.

    The notice comes from one service, scope and gate from another: they may arrive in any order, so each part is
    empty until it is known.
    """

    engagement: Engagement | None = None
    tests: Mapping[str, ScopedTest] = field(default_factory=dict)
    web_services: tuple[str, ...] = ()
    start_date: date | None = None
    schedule: tuple[PlannedDay, ...] = ()
    reached: frozenset[str] = frozenset()
    connected: bool = False
    progress: Progress = field(default_factory=Progress)
    history: History = field(default_factory=dict)
    completed_on: date | None = None
    concluded: bool = False

    @property
    def party(self) -> str | None:
        """Whose execution it is."""
        return self.engagement.party if self.engagement else None

    @property
    def completed(self) -> bool:
        """Whether the Party has completed it and the exit gate has not required further testing."""
        return self.completed_on is not None

    @property
    def phase(self) -> str:
        """Where the execution stands, in one word."""
        if self.completed:
            return "completed"
        if not self.tests or self.start_date is None:
            return "preparing"
        return "executing" if self.connected else "connecting"


def evolve(state: Execution, event: Event) -> Execution:
    """The execution after an event."""
    match event:
        case ExecutionBegun():
            return replace(state, engagement=event.engagement)
        case ScopeSet():
            return replace(state, tests={test.id: test for test in event.tests}, web_services=event.web_services)
        case StartConfirmed():
            return replace(state, start_date=event.start_date, schedule=event.schedule)
        case ConnectivityChecked():
            return replace(state, reached=state.reached | {event.web_service}) if event.passed else state
        case ConnectivityConfirmed():
            return replace(state, connected=True)
        case ResultRecorded():
            return replace(state, progress=advance(state.progress, event), history=with_result(state.history, event))
        case IssueRaised() | RemediationPlanProposed() | RemediationPlanAgreed() | IssueFixed() | IssueClosed():
            return replace(state, progress=advance(state.progress, event))
        case ExecutionCompleted():
            return replace(state, completed_on=local_day(event.completed_at))
        case ExecutionReopened():
            return replace(state, completed_on=None)
        case ExecutionConcluded():
            return replace(state, concluded=True)
        case DashboardPublished():
            return state
        case _:
            assert_never(event)
