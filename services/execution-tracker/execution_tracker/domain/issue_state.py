"""The states of a testing issue: the one place that says what follows from what happened to it (CTSD 5.19.1b)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, assert_never
from uuid import UUID

from execution_tracker.domain.events import (
    FixDisproved,
    IssueClosed,
    IssueEvent,
    IssueFixed,
    IssueRaised,
    RemediationPlanAgreed,
    RemediationPlanProposed,
)
from rulebook.engine.severities import SeverityLevel

IssueStatus = Literal["open", "planned", "fixed", "closed"]
STATUSES: tuple[IssueStatus, ...] = ("open", "planned", "fixed", "closed")


@dataclass(frozen=True)
class IssueSummary:
    """An issue as figures and criteria see it."""

    issue: int
    severity: SeverityLevel
    status: IssueStatus
    plan_agreed: bool
    provider: str | None = None


@dataclass(frozen=True)
class Issue:
    """A testing issue after what happened to it.

    `found_at` is when the test was executed that showed it, `fixed_at` when it was last said to be fixed; it is None
    again once a retest has shown that the fix did not hold.
    """

    issue: int
    test: str
    severity: SeverityLevel
    title: str
    found_at: datetime
    raised_by: str
    provider: str | None = None
    plan_proposed: bool = False
    plan_agreed: bool = False
    fixed_at: datetime | None = None
    verified_by: UUID | None = None

    @property
    def fixed(self) -> bool:
        """Whether the issue waits for its retest, or has had it."""
        return self.fixed_at is not None

    @property
    def closed(self) -> bool:
        """Whether a retest verified the fix."""
        return self.verified_by is not None

    @property
    def status(self) -> IssueStatus:
        """Closed, fixed, planned (a remediation plan is agreed) or open."""
        if self.closed:
            return "closed"
        if self.fixed:
            return "fixed"
        return "planned" if self.plan_agreed else "open"

    @property
    def summary(self) -> IssueSummary:
        """The issue as figures and criteria see it."""
        return IssueSummary(self.issue, self.severity, self.status, self.plan_agreed, self.provider)


Issues = Mapping[int, Issue]


def with_change(issues: Issues, event: IssueEvent) -> Issues:
    """The issues after something happened to one of them."""
    match event:
        case IssueRaised():
            told = (event.test, event.severity, event.title, event.found_at, event.raised_by, event.provider)
            return {**issues, event.issue: Issue(event.issue, *told)}
        case RemediationPlanProposed():
            return _changed(issues, event, plan_proposed=True, plan_agreed=False)
        case RemediationPlanAgreed():
            return _changed(issues, event, plan_agreed=True)
        case IssueFixed():
            return _changed(issues, event, fixed_at=event.fixed_at)
        case FixDisproved():
            return _changed(issues, event, fixed_at=None)
        case IssueClosed():
            return _changed(issues, event, verified_by=event.verified_by)
        case _:
            assert_never(event)


def _changed(issues: Issues, event: IssueEvent, **changes: Any) -> Issues:
    return {**issues, event.issue: replace(issues[event.issue], **changes)}
