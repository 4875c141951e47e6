"""The execution of one engagement: what is known of it after its events."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never

from execution_tracker.domain.engagement import Engagement
from execution_tracker.domain.events import (
    ConnectivityChecked,
    ConnectivityConfirmed,
    DashboardPublished,
    DisputeClosed,
    DisputeOpened,
    Event,
    ExecutionBegun,
    ExecutionCompleted,
    ExecutionConcluded,
    ExecutionReopened,
    FixDisproved,
    FurtherStartAgreed,
    FurtherTestingBegun,
    IssueClosed,
    IssueFixed,
    IssueRaised,
    ParticipantNamed,
    PlannedDay,
    RemediationPlanAgreed,
    RemediationPlanProposed,
    ResultRecorded,
    ScopedTest,
    ScopeSet,
    StartConfirmed,
    StartMoved,
)
from execution_tracker.domain.history import History, with_result
from execution_tracker.domain.issue_state import Issues, with_change
from execution_tracker.domain.progress import LatestResults, Progress, with_latest
from kernel.audience import Audience
from kernel.engagement import EngagementWithdrawn, named
from rulebook.engine.dating.working_days import local_day


@dataclass(frozen=True)
class Execution:
    """What the rules need. Facts of other services are folded in any order: a part is empty until it is known.

    `round` counts the further executions that the exit gate asked for, the last of them on `reopened_on`;
    `testing_since` is the first day on which a test was tried in it, `further_starts` the day agreed for each by its
    number. `disputes` are the open ones, by right.
    """

    engagement: Engagement | None = None
    scoped: bool = False
    tests: Mapping[str, ScopedTest] = field(default_factory=dict)
    web_services: tuple[str, ...] = ()
    planned_start: date | None = None
    confirmed_start: date | None = None
    schedule: tuple[PlannedDay, ...] = ()
    reached: frozenset[str] = frozenset()
    connected: bool = False
    latest: LatestResults = field(default_factory=dict)
    history: History = field(default_factory=dict)
    issues: Issues = field(default_factory=dict)
    completed_on: date | None = None
    round: int = 0
    reopened_on: date | None = None
    testing_since: date | None = None
    further_starts: Mapping[int, date] = field(default_factory=dict)
    concluded: bool = False
    disputes: Mapping[str, DisputeOpened] = field(default_factory=dict)
    withdrawal: EngagementWithdrawn | None = None

    @property
    def audience(self) -> Audience | None:
        """Who may do what; None while the engagement is unknown."""
        return self.engagement.audience if self.engagement else None

    @property
    def start_date(self) -> date | None:
        """The first day of testing: as planned, and where the procedure has an entry gate, as that confirmed it too.

        One that was moved after it was confirmed waits for another gate, in whatever order the two are heard.
        """
        if self.engagement is None:
            return None
        confirmed = self.confirmed_start == self.planned_start or self.engagement.profile.gate("entry") is None
        return self.planned_start if confirmed else None

    @property
    def scope_known(self) -> bool:
        """Whether it is settled what is tested: the scope was agreed, or the procedure has none."""
        return self.scoped or (self.engagement is not None and self.engagement.profile.scope.source == "none")

    @property
    def waits_for_connectivity(self) -> bool:
        """Whether testing begins with connectivity, and it is not confirmed yet (CTSD 5.10.1.1)."""
        return self.needs_connectivity and not self.connected

    @property
    def needs_connectivity(self) -> bool:
        """Whether testing begins with connectivity at all."""
        return self.engagement is not None and self.engagement.profile.execution.begins_with == "connectivity"

    @property
    def completed(self) -> bool:
        """Whether it was completed, and no exit gate has required further testing since."""
        return self.completed_on is not None

    @property
    def phase(self) -> str:
        """Where the execution stands, in one word."""
        if self.completed:
            return "completed"
        if self.withdrawal is not None:
            return "withdrawn"
        if not self.scope_known or self.start_date is None:
            return "preparing"
        return "connecting" if self.waits_for_connectivity else "executing"

    @property
    def progress(self) -> Progress:
        """How far testing is."""
        return Progress(self.latest, {number: issue.summary for number, issue in self.issues.items()})


def evolve(state: Execution, event: Event) -> Execution:
    """The execution after an event."""
    match event:
        case (
            ExecutionBegun() | ParticipantNamed() | StartMoved() | ScopeSet() | StartConfirmed() | FurtherStartAgreed()
        ):
            return _prepared(state, event)
        case EngagementWithdrawn():
            return replace(state, withdrawal=event)
        case ConnectivityChecked():
            return replace(state, reached=state.reached | {event.web_service}) if event.passed else state
        case ConnectivityConfirmed():
            return replace(state, reached=state.reached.union(event.web_services), connected=True)
        case ResultRecorded():
            return _with_result(state, event)
        case (
            IssueRaised()
            | RemediationPlanProposed()
            | RemediationPlanAgreed()
            | IssueFixed()
            | FixDisproved()
            | IssueClosed()
        ):
            return replace(state, issues=with_change(state.issues, event))
        case ExecutionCompleted():
            return replace(state, completed_on=local_day(event.completed_at))
        case ExecutionReopened():
            opened = local_day(event.reopened_at)
            return replace(state, completed_on=None, round=state.round + 1, reopened_on=opened, testing_since=None)
        case FurtherTestingBegun():
            return replace(state, testing_since=event.begun_on)
        case ExecutionConcluded():
            # Further testing ends here too, where its criteria were determined to be met (CTSD 5.19.5).
            return replace(state, concluded=True, completed_on=state.completed_on or local_day(event.concluded_at))
        case DisputeOpened() | DisputeClosed():
            return _disputed(state, event)
        case DashboardPublished():
            return state
        case _:
            assert_never(event)


def _disputed(state: Execution, event: DisputeOpened | DisputeClosed) -> Execution:
    others = {right: each for right, each in state.disputes.items() if right != event.right}
    return replace(state, disputes={**others, event.right: event} if isinstance(event, DisputeOpened) else others)


def _prepared(
    state: Execution,
    event: ExecutionBegun | ParticipantNamed | StartMoved | ScopeSet | StartConfirmed | FurtherStartAgreed,
) -> Execution:
    """What is tested, by whom, and from when."""
    match event:
        case ExecutionBegun():
            return replace(state, engagement=event.engagement, planned_start=event.start_date)
        case ParticipantNamed():
            return _called(state, event)
        case StartMoved():
            return replace(state, planned_start=event.start_date)
        case ScopeSet():
            tests = {test.id: test for test in event.tests}
            return replace(state, scoped=True, tests=tests, web_services=event.web_services)
        case StartConfirmed():
            return replace(state, confirmed_start=event.start_date, schedule=event.schedule)
        case FurtherStartAgreed():
            return replace(state, further_starts={**state.further_starts, event.round: event.start_date})
        case _:
            assert_never(event)


def _called(state: Execution, event: ParticipantNamed) -> Execution:
    if state.engagement is None:
        return state
    participants = named(state.engagement.participants, event.organisation, event.name)
    return replace(state, engagement=replace(state.engagement, participants=participants))


def _with_result(state: Execution, event: ResultRecorded) -> Execution:
    state = replace(state, history=with_result(state.history, event))
    if event.purpose == "regression":
        return state
    return replace(state, latest=with_latest(state.latest, event))
