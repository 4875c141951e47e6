"""What can have happened in an execution. These are the stream's own events, not what crosses Kafka."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from execution_tracker.domain.engagement import Engagement
from execution_tracker.domain.figures import Counts, DashboardFigures, RunCount
from kernel.engagement import EngagementWithdrawn
from kernel.stored import stored
from rulebook.engine.gates import Verdict
from rulebook.engine.severities import SeverityLevel

Outcome = Literal["passed", "failed", "blocked", "not-run", "ready"]
Purpose = Literal["test", "retest", "regression"]
Rag = Literal["red", "amber", "green"]


@dataclass(frozen=True)
class ScopedTest:
    """A test that must be executed. `order` counts within its scenario where the order is prescribed (CTSD 3.1.1)."""

    id: str
    kind: str
    srv: str | None = None
    order: int | None = None


@dataclass(frozen=True)
class PlannedDay:
    """A day of the Test Schedule and how many tests are planned for it (CTSD 6.4.3e)."""

    day: date
    tests: int


@stored("execution-begun")
@dataclass(frozen=True)
class ExecutionBegun:
    """The engagement was notified: it will have an execution, planned to start on a date."""

    engagement: Engagement
    start_date: date


@stored("participant-named")
@dataclass(frozen=True)
class ParticipantNamed:
    """An organisation that takes part is called otherwise than before, as its registration says it."""

    organisation: str
    name: str


@stored("start-moved")
@dataclass(frozen=True)
class StartMoved:
    """The planned start was moved (CTSD 5.5.2, 5.8.2b)."""

    start_date: date


@stored("scope-set")
@dataclass(frozen=True)
class ScopeSet:
    """The tests to execute and the web services to connect to were agreed (CTSD 8.1, 5.10.2)."""

    tests: tuple[ScopedTest, ...]
    web_services: tuple[str, ...]


@stored("start-confirmed")
@dataclass(frozen=True)
class StartConfirmed:
    """The entry gate was held ready: testing starts on a date, with its Test Schedule (CTSD 5.8)."""

    start_date: date
    schedule: tuple[PlannedDay, ...]


@stored("connectivity-checked")
@dataclass(frozen=True)
class ConnectivityChecked:
    """A test web service was tried (CTSD 5.10.2)."""

    web_service: str
    passed: bool
    checked_by: str
    checked_at: datetime


@stored("connectivity-confirmed")
@dataclass(frozen=True)
class ConnectivityConfirmed:
    """Every web service in reach was reached, or earlier testing is stated that did so (CTSD 5.10.1.1, 5.10.2d)."""

    web_services: tuple[str, ...]
    earlier_testing: str | None
    confirmed_by: str
    confirmed_at: datetime


@stored("result-recorded")
@dataclass(frozen=True)
class ResultRecorded:
    """A test was executed, or could not be, in a run. `verifies` is the issue that a retest verifies (CTSD 6.7.1d)."""

    result_id: UUID
    test: str
    run: str
    purpose: Purpose
    outcome: Outcome
    verifies: int | None
    script: str | None
    recorded_by: str
    executed_at: datetime


@stored("issue-raised")
@dataclass(frozen=True)
class IssueRaised:
    """A testing issue was raised on the test that found it (CTSD 6.7.1d, Annex G).

    `found_at` is when that test was executed, `provider` whose the issue is, where somebody provides what is tested.
    """

    issue: int
    test: str
    severity: SeverityLevel
    title: str
    description: str
    found_at: datetime
    raised_by: str
    raised_at: datetime
    provider: str | None = None


@stored("remediation-plan-proposed")
@dataclass(frozen=True)
class RemediationPlanProposed:
    """It was planned how an issue is resolved. The plan replaces an earlier one (CTSD 5.19.1b)."""

    issue: int
    steps: str
    resolve_by: date
    workaround: str
    proposed_by: str
    proposed_at: datetime


@stored("remediation-plan-agreed")
@dataclass(frozen=True)
class RemediationPlanAgreed:
    """The work-around and the plan were agreed (CTSD 5.19.1b, Table 7)."""

    issue: int
    agreed_by: str
    agreed_at: datetime


@stored("issue-fixed")
@dataclass(frozen=True)
class IssueFixed:
    """An issue is said to be fixed."""

    issue: int
    fix: str
    fixed_by: str
    fixed_at: datetime


@stored("fix-disproved")
@dataclass(frozen=True)
class FixDisproved:
    """A failed retest showed that the fix did not hold (CTSD 6.7.1d)."""

    issue: int
    retest: UUID
    disproved_by: str
    disproved_at: datetime


@stored("issue-closed")
@dataclass(frozen=True)
class IssueClosed:
    """A passed retest verified the fix (CTSD 5.19.1b)."""

    issue: int
    verified_by: UUID
    closed_by: str
    closed_at: datetime


@stored("dashboard-published")
@dataclass(frozen=True)
class DashboardPublished:
    """The dashboard of a day was published (CTSD 5.10.1.3, 6.5.2)."""

    day: date
    name: str
    location: str
    updated_at: datetime
    figures: DashboardFigures
    risks: tuple[str, ...]
    rag: Rag
    comment: str
    published_by: str


@stored("execution-completed")
@dataclass(frozen=True)
class ExecutionCompleted:
    """Execution was completed: the exit criteria as far as it can speak of them, and the SRVs that were tested.

    `unexecuted_reason` says why tests were not executed, where there are some; `unsuccessful` names the tests of the
    scope whose latest result is not passed, those without one too (CTSD 6.6.3). `runs` counts, for each test run, the
    results of tests in scope, every one and not only the latest; regression results stand apart (6.6.2c).
    """

    criteria: tuple[Verdict, ...]
    scheduled: int
    tests: Counts
    issues_total: int
    issues_by_status: dict[str, int]
    issues_by_severity: dict[str, int]
    srvs: tuple[str, ...]
    completed_by: str
    completed_at: datetime
    unexecuted_reason: str | None
    unsuccessful: tuple[str, ...]
    runs: tuple[RunCount, ...]


@stored("execution-reopened")
@dataclass(frozen=True)
class ExecutionReopened:
    """The exit gate required further testing (CTSD 5.17.1.2)."""

    reopened_at: datetime


@stored("further-testing-begun")
@dataclass(frozen=True)
class FurtherTestingBegun:
    """A test was tried in a further execution, on an earlier day than any before in it (CTSD 5.19.2)."""

    round: int
    begun_on: date
    recorded_by: str
    recorded_at: datetime


@stored("execution-concluded")
@dataclass(frozen=True)
class ExecutionConcluded:
    """The exit gate found the testing complete: nothing can be added to it any more (CTSD 5.17.1.2)."""

    concluded_at: datetime


@stored("dispute-opened")
@dataclass(frozen=True)
class DisputeOpened:
    """Whether an item is tested lies before a body: its tests wait until that has determined it (CTSD 5.2.9)."""

    right: str
    kind: str
    item: str
    body: str
    clause: str
    opened_at: datetime


@stored("dispute-closed")
@dataclass(frozen=True)
class DisputeClosed:
    """Tests that waited for a body's determination wait no longer."""

    right: str
    closed_at: datetime


IssueEvent = IssueRaised | RemediationPlanProposed | RemediationPlanAgreed | IssueFixed | FixDisproved | IssueClosed


@stored("further-start-agreed")
@dataclass(frozen=True)
class FurtherStartAgreed:
    """The day was agreed on which a further execution is to begin (CTSD 5.19.2)."""

    round: int
    start_date: date


Event = (
    ExecutionBegun
    | ParticipantNamed
    | StartMoved
    | ScopeSet
    | StartConfirmed
    | FurtherStartAgreed
    | EngagementWithdrawn
    | ConnectivityChecked
    | ConnectivityConfirmed
    | ResultRecorded
    | IssueEvent
    | DashboardPublished
    | ExecutionCompleted
    | ExecutionReopened
    | FurtherTestingBegun
    | ExecutionConcluded
    | DisputeOpened
    | DisputeClosed
)
