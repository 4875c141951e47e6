"""What the execution-tracker service publishes. The subject is the engagement's id."""

from typing import Literal
from uuid import UUID

from contracts.base import Contract, Day, Instant, Part
from contracts.common import CriterionVerdict

Outcome = Literal["passed", "failed", "blocked", "not-run", "ready"]
Purpose = Literal["test", "retest", "regression"]
IssueStatus = Literal["open", "planned", "fixed", "closed"]
Rag = Literal["red", "amber", "green"]


class ConnectivityChecked(Contract, name="execution-tracker.connectivity-checked"):
    """One connectivity scenario was tried against a test web service (CTSD 5.10.2)."""

    web_service: str
    passed: bool
    checked_by: str
    checked_at: Instant


class ConnectivityConfirmed(Contract, name="execution-tracker.connectivity-confirmed"):
    """Every web service that the role can reach was reached, or earlier testing is stated (CTSD 5.10.1.1, 5.10.2d).

    `earlier_testing` says which; None where it was tried now.
    """

    web_services: tuple[str, ...]
    earlier_testing: str | None
    confirmed_by: str
    confirmed_at: Instant


class ResultRecorded(Contract, name="execution-tracker.result-recorded"):
    """One test was executed in one run. `verifies` is the issue that a retest verifies (CTSD 6.7.1d)."""

    result_id: UUID
    test: str
    run: str
    purpose: Purpose
    outcome: Outcome
    verifies: int | None
    script: str | None
    recorded_by: str
    executed_at: Instant


class IssueChanged(Contract, name="execution-tracker.issue-changed"):
    """A testing issue as it stands after a change, numbered within its engagement (CTSD 6.7.1d, 5.19.1b, Annex G).

    `change` is what happened; everything else is the state after it. `verified_by` is the retest that closed it,
    `provider` whose the issue is, where somebody provides what is tested: thresholds may count each provider's.
    """

    issue: int
    change: Literal["raised", "plan-proposed", "plan-agreed", "fixed", "fix-disproved", "closed"]
    test: str
    severity: Literal[1, 2, 3, 4, 5]
    title: str
    status: IssueStatus
    plan_agreed: bool
    verified_by: UUID | None
    raised_by: str
    provider: str | None
    changed_by: str
    changed_at: Instant


class TestCounts(Part):
    """Tests of the scope by the outcome of their latest result; `not_run` have none yet."""

    passed: int
    failed: int
    blocked: int
    not_run: int
    ready: int


class GlideDay(Part):
    """A day of the glide path: tests planned and executed up to and including it."""

    day: Day
    planned: int
    executed: int | None


class DailyCount(Part):
    """Results recorded on one day, by outcome, for one test run."""

    day: Day
    run: str
    passed: int
    failed: int
    blocked: int
    not_run: int
    ready: int


class DashboardFigures(Part):
    """The computed part of the Test Execution Dashboard (CTSD 6.5.2 d to h)."""

    scheduled: int
    executed: int
    tests: TestCounts
    glide_path: tuple[GlideDay, ...]
    daily: tuple[DailyCount, ...]
    issues_total: int
    issues_by_status: dict[IssueStatus, int]
    issues_by_severity: dict[str, int]
    regression: TestCounts
    criteria: tuple[CriterionVerdict, ...]


class DashboardPublished(Contract, name="execution-tracker.dashboard-published"):
    """The Test Execution Dashboard of one day (CTSD 6.5.2 a to j)."""

    day: Day
    name: str
    location: str
    updated_at: Instant
    figures: DashboardFigures
    risks: tuple[str, ...]
    rag: Rag
    comment: str
    published_by: str


class FurtherTestingBegun(Contract, name="execution-tracker.further-testing-begun"):
    """Testing began in a further execution, on the first day on which a test was tried in it (CTSD 5.19.2).

    `round` counts the further executions from 1. Told again where an earlier day is recorded later.
    """

    round: int
    begun_on: Day
    recorded_by: str
    recorded_at: Instant


class RunCount(Part):
    """Results of one test run that count for the scope, by outcome (CTSD 6.6.2c)."""

    run: str
    passed: int
    failed: int
    blocked: int
    not_run: int
    ready: int


class ExecutionCompleted(Contract, name="execution-tracker.execution-completed"):
    """Execution is complete: the exit criteria that execution can speak of, and what was tested (CTSD 5.19.1, 5.21.1).

    `srvs` are the Service Requests whose tests all passed, `unsuccessful` each test of the scope whose latest result is
    not passed; `runs` counts every test run.
    """

    criteria: tuple[CriterionVerdict, ...]
    scheduled: int
    tests: TestCounts
    issues_total: int
    issues_by_status: dict[IssueStatus, int]
    issues_by_severity: dict[str, int]
    srvs: tuple[str, ...]
    completed_by: str
    completed_at: Instant
    unsuccessful: tuple[str, ...]
    runs: tuple[RunCount, ...]
