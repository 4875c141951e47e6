"""Every reason to say no in this service. The docstring is the message; the fields are the facts.

phase:        ScopeNotAgreed, NotReady, NotStarted, ConnectivityNotConfirmed, ExecutionIsComplete, ExecutionIsConcluded
connectivity: WebServiceOutOfReach, ConnectivityAlreadyProved, ConnectivityAlreadyConfirmed, ConnectivityNotNeeded,
              EarlierTestingMissing
issues:       IssueUnknown, NoFaultFound, SeverityUnknown, IssueIsClosed, IssueAlreadyFixed, PlanInThePast,
              PlanNotProposed, PlanAlreadyAgreed
dashboard:    TooManyRisks, DashboardDayWrong, DashboardUnknown
completion:   NotAllExecuted, FailuresWithoutIssue

Why results are not recorded stands in result_refusals.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from kernel.refusal import Kind, Refusal


@dataclass(unsafe_hash=True)
class ScopeNotAgreed(Refusal):
    """Testing can't begin: its scope is not agreed."""

    kind = Kind.CONFLICT
    remedy = "Wait until the scope is agreed: the artefacts are accepted and nothing proposed for descoping is open."
    clause = "CTSD 5.2.1, 5.2.4"


@dataclass(unsafe_hash=True)
class NotReady(Refusal):
    """Testing can't begin: the entry gate was not held with the outcome ready."""

    kind = Kind.CONFLICT
    remedy = (
        "Wait until the entry gate is held with the outcome ready; a provisional approval becomes that with the last "
        "outstanding document (CTSD 5.8.2c)."
    )
    clause = "CTSD 5.8.1"


@dataclass(unsafe_hash=True)
class NotStarted(Refusal):
    """Testing starts on {start_date}; today is {today}."""

    kind = Kind.CONFLICT
    remedy = "Come back on {start_date}."
    clause = "CTSD 5.10.1.2"
    start_date: date
    today: date


@dataclass(unsafe_hash=True)
class ConnectivityNotConfirmed(Refusal):
    """Connectivity is not confirmed yet for: {missing}."""

    kind = Kind.CONFLICT
    remedy = "Record a passed check for each of: {missing}; or state the earlier testing that confirmed connectivity."
    clause = "CTSD 5.10.1.1"
    missing: str


@dataclass(unsafe_hash=True)
class ExecutionIsComplete(Refusal):
    """Execution was completed; nothing can be added to it."""

    kind = Kind.CONFLICT
    remedy = "Where an exit gate requires further testing, execution is open again from then on."
    clause = "CTSD 5.10.1.4"


@dataclass(unsafe_hash=True)
class ExecutionIsConcluded(Refusal):
    """The exit gate has found the testing complete; nothing can be added to it."""

    kind = Kind.CONFLICT
    remedy = "Test what is left in another engagement."
    clause = "CTSD 5.17.1.2"


@dataclass(unsafe_hash=True)
class WebServiceOutOfReach(Refusal):
    """The role can't reach the web service {web_service}, so it is not tested."""

    remedy = "Check one of: {reachable}."
    clause = "CTSD 5.10.3"
    web_service: str
    reachable: str


@dataclass(unsafe_hash=True)
class ConnectivityAlreadyProved(Refusal):
    """Connectivity to {web_service} was proved already and is not repeated."""

    kind = Kind.CONFLICT
    remedy = "Go on with: {missing}."
    clause = "CTSD 5.10.2(d)"
    web_service: str
    missing: str


@dataclass(unsafe_hash=True)
class ConnectivityAlreadyConfirmed(Refusal):
    """Connectivity is confirmed already."""

    kind = Kind.CONFLICT
    remedy = "Go on with the tests."
    clause = "CTSD 5.10.2(d)"


@dataclass(unsafe_hash=True)
class ConnectivityNotNeeded(Refusal):
    """The testing of this engagement does not begin with connectivity."""

    kind = Kind.CONFLICT
    remedy = "Record results from the start date on."


@dataclass(unsafe_hash=True)
class EarlierTestingMissing(Refusal):
    """It is not said which earlier testing confirmed connectivity."""

    remedy = "Say in `earlier_testing` when and how it was confirmed, or record a check of each web service."
    clause = "CTSD 5.10.1.1"


@dataclass(unsafe_hash=True)
class IssueUnknown(Refusal):
    """The engagement has no issue {issue}."""

    kind = Kind.UNKNOWN
    remedy = "Name an issue that was raised in this engagement."
    clause = "CTSD 6.7.1(d)"
    issue: int


@dataclass(unsafe_hash=True)
class NoFaultFound(Refusal):
    """{test} has no result that an issue of severity {severity} could stand for."""

    kind = Kind.CONFLICT
    remedy = "Record the failed or blocked result first; a test that passed can have an issue of severity 5 only."
    clause = "CTSD 6.7.1(d)"
    test: str
    severity: int


@dataclass(unsafe_hash=True)
class SeverityUnknown(Refusal):
    """There is no severity {severity}."""

    remedy = "Give a severity from 1 (critical) to 5 (minimal)."
    clause = "CTSD Annex G"
    severity: int


@dataclass(unsafe_hash=True)
class ProviderMissing(Refusal):
    """The issue names no provider, and {procedure} counts the issues of each provider by themselves."""

    remedy = "Give the provider whose the issue is."
    clause = "CTSD 5.19.1(c)"
    procedure: str


@dataclass(unsafe_hash=True)
class ProviderOfAnother(Refusal):
    """The issue names the provider {stated}, and what is tested is that of {provider}."""

    remedy = "Leave the provider out, or name {provider}."
    clause = "CTSD 5.19.1(c)"
    stated: str
    provider: str


@dataclass(unsafe_hash=True)
class IssueIsClosed(Refusal):
    """Issue {issue} is closed: its fix was verified."""

    kind = Kind.CONFLICT
    remedy = "Raise another issue if the fault is back."
    clause = "CTSD 5.19.1(b)"
    issue: int


@dataclass(unsafe_hash=True)
class IssueAlreadyFixed(Refusal):
    """Issue {issue} is said to be fixed already and waits for its retest."""

    kind = Kind.CONFLICT
    remedy = "Record the retest that verifies issue {issue}."
    clause = "CTSD 5.19.1(b)"
    issue: int


@dataclass(unsafe_hash=True)
class PlanInThePast(Refusal):
    """A plan made on {today} can't promise to resolve the issue by {resolve_by}."""

    remedy = "Give {today} or a later date."
    clause = "CTSD 5.19.1(b)"
    resolve_by: date
    today: date


@dataclass(unsafe_hash=True)
class PlanNotProposed(Refusal):
    """There is no remediation plan for issue {issue} to agree."""

    kind = Kind.CONFLICT
    remedy = "Wait until one is proposed."
    clause = "CTSD 5.19.1(b)"
    issue: int


@dataclass(unsafe_hash=True)
class PlanAlreadyAgreed(Refusal):
    """The remediation plan for issue {issue} is agreed already."""

    kind = Kind.CONFLICT
    remedy = "Nothing is left to agree until another plan is proposed."
    clause = "CTSD 5.19.1(b)"
    issue: int


@dataclass(unsafe_hash=True)
class TooManyRisks(Refusal):
    """The dashboard names {risks} risks and issues; it takes the top five."""

    remedy = "Name at most five."
    clause = "CTSD 6.5.2(i)"
    risks: int


@dataclass(unsafe_hash=True)
class DashboardDayWrong(Refusal):
    """{day} is not a day of execution, which began on {start_date} and so far goes to {last_day}."""

    remedy = "Publish the dashboard of a day from {start_date} to {last_day}."
    clause = "CTSD 5.10.1.3"
    day: date
    start_date: date
    last_day: date


@dataclass(unsafe_hash=True)
class DashboardUnknown(Refusal):
    """No dashboard of {day} was published."""

    kind = Kind.UNKNOWN
    remedy = "Ask for one of the days that the list of dashboards names."
    clause = "CTSD 5.10.1.3"
    day: date


@dataclass(unsafe_hash=True)
class NotAllExecuted(Refusal):
    """{count} tests of the scope have no executed result, among them {examples}."""

    kind = Kind.CONFLICT
    remedy = "Execute them, or say in `unexecuted_reason` why not: the exit criterion is then stated as not met."
    clause = "CTSD 5.19.1(a)"
    count: int
    examples: str


@dataclass(unsafe_hash=True)
class FailuresWithoutIssue(Refusal):
    """{count} failed or blocked tests have no outstanding issue, among them {examples}."""

    kind = Kind.CONFLICT
    remedy = "Raise an issue on each of them, or repeat them until they pass."
    clause = "CTSD 6.7.1(d), 6.6.3"
    count: int
    examples: str


def named(tests: Any, most: int = 5) -> str:
    """The first few of some tests, for a message."""
    chosen = sorted(tests)
    return ", ".join(chosen[:most]) + (", …" if len(chosen) > most else "")
