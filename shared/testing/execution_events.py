"""An execution as its own events tell it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from execution_tracker.domain.connectivity import CheckConnectivity
from execution_tracker.domain.engagement import Engagement
from execution_tracker.domain.events import (
    ConnectivityChecked,
    ConnectivityConfirmed,
    Event,
    ExecutionBegun,
    ExecutionCompleted,
    FixDisproved,
    IssueClosed,
    IssueFixed,
    IssueRaised,
    Outcome,
    PlannedDay,
    RemediationPlanAgreed,
    RemediationPlanProposed,
    ResultRecorded,
    ScopedTest,
    ScopeSet,
    StartConfirmed,
)
from execution_tracker.domain.figures import Counts
from execution_tracker.domain.results import RecordResults, Result
from kernel.engagement import Participant, Subject
from rulebook.engine.severities import SeverityLevel

START = date(2027, 3, 1)
NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
BY = "ada"
SR, SR_TOO, RC = "SR:4.2:CV1-OD:S1", "SR:4.2:CV1-OD:S2", "RC:E13:S1"
IC_1, IC_2 = "IC:IC02:1", "IC:IC02:2"


def engagement(role: str = "IS", procedure: str = "uept") -> Engagement:
    """A Party's engagement in a User Role."""
    subject = Subject("role", f"ACME/{role}", f"ACME in the User Role {role}", {"party": "ACME", "role": role})
    return Engagement(procedure, None, subject, (Participant("participant", "ACME", "Acme Export Ltd"),))


begun = ExecutionBegun(engagement(), START)
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
    ConnectivityConfirmed(("non-critical", "dcc-only"), None, BY, NOW),
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


def raised(issue: int = 1, test: str = RC, severity: SeverityLevel = 3, at: datetime = NOW) -> IssueRaised:
    """An issue that was raised on a test executed at noon."""
    return IssueRaised(issue, test, severity, "No answer", "The response never came.", NOW, BY, at)


def proposed(issue: int = 1) -> RemediationPlanProposed:
    """A plan that was proposed."""
    return RemediationPlanProposed(issue, "Patch the adaptor.", date(2027, 4, 1), "Read it by hand.", BY, NOW)


def agreed(issue: int = 1, at: datetime = NOW) -> RemediationPlanAgreed:
    """A plan that was agreed."""
    return RemediationPlanAgreed(issue, "dcc", at)


def fixed(issue: int = 1, at: datetime = NOW) -> IssueFixed:
    """An issue that was fixed."""
    return IssueFixed(issue, "Patched.", BY, at)


def disproved(issue: int = 1, retest: int = 1, at: datetime = NOW) -> FixDisproved:
    """A fix that a failed retest disproved."""
    return FixDisproved(issue, UUID(int=retest), BY, at)


def closed(issue: int = 1, retest: int = 1, at: datetime = NOW) -> IssueClosed:
    """An issue that a passed retest closed."""
    return IssueClosed(issue, UUID(int=retest), BY, at)


def completed(at: datetime = NOW) -> ExecutionCompleted:
    """An execution that was completed."""
    return ExecutionCompleted((), 5, Counts(passed=5), 0, {}, {}, (), BY, at, None, (), ())
