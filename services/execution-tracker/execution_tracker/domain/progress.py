"""How far testing is: the latest result of each test and every testing issue.

The execution's own state and the dashboard's figures both fold with `advance`, so that they can't disagree.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from execution_tracker.domain.events import (
    Event,
    IssueClosed,
    IssueFixed,
    IssueRaised,
    Outcome,
    RemediationPlanAgreed,
    RemediationPlanProposed,
    ResultRecorded,
    Severity,
)
from execution_tracker.domain.figures import Counts

IssueStatus = Literal["open", "planned", "fixed", "closed"]
EXECUTED = ("passed", "failed")


@dataclass(frozen=True)
class Latest:
    """The outcome of a test's latest result and when it was executed."""

    outcome: Outcome
    executed_at: datetime


@dataclass(frozen=True)
class Issue:
    """A testing issue: `fixed` until a retest verifies or disproves it, `closed` once one did verify it."""

    test: str
    severity: Severity
    plan_proposed: bool = False
    plan_agreed: bool = False
    fixed_at: datetime | None = None
    """When the Party last said so."""
    closed: bool = False

    @property
    def fixed(self) -> bool:
        """Whether the issue waits for its retest, or has had it."""
        return self.fixed_at is not None

    @property
    def status(self) -> IssueStatus:
        """Closed, fixed, planned (DCC agreed a remediation plan) or open."""
        if self.closed:
            return "closed"
        if self.fixed:
            return "fixed"
        return "planned" if self.plan_agreed else "open"


@dataclass(frozen=True)
class Progress:
    """The latest result of each test (regression runs apart) and the issues."""

    latest: Mapping[str, Latest] = field(default_factory=dict)
    issues: Mapping[int, Issue] = field(default_factory=dict)

    def passed(self, test: str) -> bool:
        """Whether the latest result of a test is a pass."""
        return test in self.latest and self.latest[test].outcome == "passed"

    def counts(self, tests: Iterable[str]) -> Counts:
        """Tests by their latest outcome."""
        return Counts.of(self.latest[test].outcome if test in self.latest else "not-run" for test in tests)

    def by_status(self) -> dict[str, int]:
        """How many issues have each status."""
        counts = Counter(issue.status for issue in self.issues.values())
        return {status: counts[status] for status in ("open", "planned", "fixed", "closed")}

    def by_severity(self) -> dict[str, int]:
        """How many issues were raised with each severity, closed ones too."""
        counts = Counter(issue.severity for issue in self.issues.values())
        return {str(severity): counts[severity] for severity in (1, 2, 3, 4, 5)}

    def outstanding(self, test: str) -> bool:
        """Whether a test has an issue that is not closed."""
        return any(issue.test == test and not issue.closed for issue in self.issues.values())


def advance(progress: Progress, event: Event) -> Progress:
    """The progress after an event; most events don't move it."""
    match event:
        case ResultRecorded():
            return _after_result(progress, event)
        case IssueRaised():
            return _with_issue(progress, event.issue, Issue(event.test, event.severity))
        case RemediationPlanProposed():
            return _changed(progress, event.issue, plan_proposed=True, plan_agreed=False)
        case RemediationPlanAgreed():
            return _changed(progress, event.issue, plan_agreed=True)
        case IssueFixed():
            return _changed(progress, event.issue, fixed_at=event.fixed_at)
        case IssueClosed():
            return _changed(progress, event.issue, closed=True)
        case _:
            return progress


def is_later(executed_at: datetime, latest: Mapping[str, Latest], test: str) -> bool:
    """Whether a result supersedes what is known of its test: results may be recorded after the event."""
    return test not in latest or executed_at >= latest[test].executed_at


def with_latest(latest: Mapping[str, Latest], event: ResultRecorded) -> Mapping[str, Latest]:
    """The latest results after one more."""
    if not is_later(event.executed_at, latest, event.test):
        return latest
    return {**latest, event.test: Latest(event.outcome, event.executed_at)}


def _after_result(progress: Progress, event: ResultRecorded) -> Progress:
    if event.purpose == "regression":
        return progress
    progress = replace(progress, latest=with_latest(progress.latest, event))
    if event.verifies is None or event.verifies not in progress.issues or event.outcome != "failed":
        return progress
    return _changed(progress, event.verifies, fixed_at=None)  # the fix did not hold


def _changed(progress: Progress, number: int, **changes: Any) -> Progress:
    return _with_issue(progress, number, replace(progress.issues[number], **changes))


def _with_issue(progress: Progress, number: int, issue: Issue) -> Progress:
    return replace(progress, issues={**progress.issues, number: issue})
