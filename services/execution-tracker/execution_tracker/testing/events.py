"""An execution as its own events tell it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from execution_tracker.domain.connectivity import CheckConnectivity
from execution_tracker.domain.events import (
    ConnectivityChecked,
    ConnectivityConfirmed,
    Engagement,
    Event,
    ExecutionBegun,
    IssueFixed,
    IssueRaised,
    Outcome,
    PlannedDay,
    RemediationPlanAgreed,
    RemediationPlanProposed,
    ResultRecorded,
    ScopedTest,
    ScopeSet,
    Severity,
    StartConfirmed,
)
from execution_tracker.domain.results import RecordResults, Result

START = date(2027, 3, 1)
NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
BY = "ada"
SR, SR_TOO, RC = "SR:4.2:CV1-OD:S1", "SR:4.2:CV1-OD:S2", "RC:E13:S1"
IC_1, IC_2 = "IC:IC02:1", "IC:IC02:2"

begun = ExecutionBegun(Engagement("ACME", "Acme Export Ltd", "IS", "uept"))
scoped = ScopeSet(
    (
        ScopedTest(SR, "service-request", srv="4.2"),
        ScopedTest(SR_TOO, "service-request", srv="4.2"),
        ScopedTest(RC, "response-code"),
        ScopedTest(IC_1, "install-and-commission", order=1),
        ScopedTest(IC_2, "install-and-commission", order=2),
    ),
    ("non-critical", "dcc-only"),
)
confirmed = StartConfirmed(START, (PlannedDay(START, 3), PlannedDay(START + timedelta(days=1), 2)))
READY: tuple[Event, ...] = (begun, scoped, confirmed)
CONNECTED: tuple[Event, ...] = (
    *READY,
    ConnectivityChecked("dcc-only", True, BY, NOW),
    ConnectivityChecked("non-critical", True, BY, NOW),
    ConnectivityConfirmed(("non-critical", "dcc-only"), BY, NOW),
)


def check(web_service: str, passed: bool = True, now: datetime = NOW) -> CheckConnectivity:
    """A web service was tried."""
    return CheckConnectivity(web_service, passed, BY, now)


def result(test: str, outcome: Outcome = "passed", number: int = 1, at: datetime = NOW, **more: Any) -> Result:
    """A result to record."""
    return Result(UUID(int=number), test, more.pop("run", "run 1"), outcome, at, **more)


def record(*results: Result, now: datetime = NOW) -> RecordResults:
    """Results to record at once."""
    return RecordResults(results, BY, now)


def recorded(
    test: str, outcome: Outcome = "passed", number: int = 1, at: datetime = NOW, **more: Any
) -> ResultRecorded:
    """A result that was recorded."""
    more = {"run": "run 1", "purpose": "test", "verifies": None, "script": None, **more}
    return ResultRecorded(
        result_id=UUID(int=number), test=test, outcome=outcome, recorded_by=BY, executed_at=at, **more
    )


def raised(issue: int = 1, test: str = RC, severity: Severity = 3) -> IssueRaised:
    """An issue that was raised."""
    return IssueRaised(issue, test, severity, "No answer", "The response never came.", BY, NOW)


def proposed(issue: int = 1) -> RemediationPlanProposed:
    """A plan that was proposed."""
    return RemediationPlanProposed(issue, "Patch the adaptor.", date(2027, 4, 1), "Read it by hand.", NOW)


def agreed(issue: int = 1) -> RemediationPlanAgreed:
    """A plan that was agreed."""
    return RemediationPlanAgreed(issue, "dcc", NOW)


def fixed(issue: int = 1) -> IssueFixed:
    """An issue that was fixed."""
    return IssueFixed(issue, "Patched.", NOW)
