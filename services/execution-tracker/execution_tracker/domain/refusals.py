"""Every reason to say no in this service. The docstring is the message; the fields are the facts.

phase:        EngagementUnknown, ScopeNotAgreed, NotReady, NotStarted, ConnectivityNotConfirmed,
              ExecutionIsComplete, ExecutionIsConcluded
connectivity: WebServiceOutOfReach, ConnectivityAlreadyProved
results:      NoResults, OutOfScope, OutOfOrder, SuccessorOutOfOrder, ExecutedInFuture, ExecutedBeforeStart,
              RetestWithoutIssue, IssueNamedWithoutRetest, RetestOfAnotherTest, RetestBeforeFault, RetestBeforeFix,
              TestGivenTwice, ResultRecordedAlready, ResultsRefused
issues:       IssueUnknown, NoFaultFound, SeverityUnknown, IssueIsClosed, IssueAlreadyFixed, PlanInThePast,
              PlanNotProposed, PlanAlreadyAgreed
dashboard:    TooManyRisks, DashboardDayWrong, DashboardUnknown
completion:   NotAllExecuted, FailuresWithoutIssue
files:        NotAResultsFile, HostileFile, TooManyResults
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from rulebook.refusal import Kind, Refusal


@dataclass(unsafe_hash=True)
class EngagementUnknown(Refusal):
    """No engagement of this id is known here."""

    kind = Kind.UNKNOWN
    remedy = "Give the id of an engagement that was notified."


@dataclass(unsafe_hash=True)
class ScopeNotAgreed(Refusal):
    """Testing can't begin: its scope is not agreed."""

    kind = Kind.CONFLICT
    remedy = "Wait until DCC has accepted the artefacts and nothing proposed for descoping is open."
    clause = "CTSD 5.2.1, 5.2.4"


@dataclass(unsafe_hash=True)
class NotReady(Refusal):
    """Testing can't begin: the entry gate has not found the Party ready."""

    kind = Kind.CONFLICT
    remedy = "Wait until DCC has held the entry gate with the outcome ready."
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
    remedy = "Record a passed connectivity check for each of: {missing}."
    clause = "CTSD 5.10.1.1"
    missing: str


@dataclass(unsafe_hash=True)
class ExecutionIsComplete(Refusal):
    """Execution was completed; nothing can be added to it."""

    kind = Kind.CONFLICT
    remedy = "Wait for the exit gate: when it requires further testing, execution is open again."
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
class NoResults(Refusal):
    """There is no result in what was sent."""

    remedy = "Send at least one result."
    clause = "CTSD 6.7.1(c)"


@dataclass(unsafe_hash=True)
class OutOfScope(Refusal):
    """The test {test} is not in the agreed scope."""

    remedy = "Name a test of the engagement's scope, for example {example}."
    clause = "CTSD 8.1"
    test: str
    example: str


@dataclass(unsafe_hash=True)
class OutOfOrder(Refusal):
    """{test} follows {predecessor}, whose last result up to then is not passed."""

    kind = Kind.CONFLICT
    remedy = "Record first that {predecessor} passed before {test} was executed."
    clause = "CTSD 3.1.1, 8.1.2"
    test: str
    predecessor: str


@dataclass(unsafe_hash=True)
class SuccessorOutOfOrder(Refusal):
    """{test} {outcome} at {executed_at}: {successor}, executed at {followed_at}, would not follow a passed one."""

    kind = Kind.CONFLICT
    remedy = "Record first that {test} passed after that and before {followed_at}, or correct `executed_at`."
    clause = "CTSD 3.1.1, 8.1.2"
    test: str
    outcome: str
    executed_at: datetime
    successor: str
    followed_at: datetime


@dataclass(unsafe_hash=True)
class ExecutedInFuture(Refusal):
    """{test} can't have been executed at {executed_at}: it is {now}."""

    remedy = "Give an instant that is not after {now}."
    clause = "CTSD 6.7.1(c)"
    test: str
    executed_at: datetime
    now: datetime


@dataclass(unsafe_hash=True)
class ExecutedBeforeStart(Refusal):
    """{test} was executed at {executed_at}, before testing started on {start_date}."""

    remedy = "Only results from {start_date} on count; execute the test again."
    clause = "CTSD 5.10.1.2"
    test: str
    executed_at: datetime
    start_date: date


@dataclass(unsafe_hash=True)
class RetestWithoutIssue(Refusal):
    """The retest of {test} names no issue."""

    remedy = "Name the issue that it verifies in `verifies`."
    clause = "CTSD 6.7.1(d)"
    test: str


@dataclass(unsafe_hash=True)
class IssueNamedWithoutRetest(Refusal):
    """The result of {test} verifies issue {issue} but is not a retest."""

    remedy = "Record it with the purpose retest, or leave `verifies` out."
    clause = "CTSD 6.7.1(d)"
    test: str
    issue: int


@dataclass(unsafe_hash=True)
class RetestOfAnotherTest(Refusal):
    """Issue {issue} was found by {found_by}; a retest of {test} can't verify it."""

    remedy = "Retest {found_by}."
    clause = "CTSD 6.7.1(d)"
    issue: int
    test: str
    found_by: str


@dataclass(unsafe_hash=True)
class RetestBeforeFault(Refusal):
    """{test} failed or was blocked at {failed_at}; what ran at {executed_at} doesn't verify that it is fixed."""

    remedy = "Retest {test} after {failed_at}, or record what ran before with the purpose test."
    clause = "CTSD 6.7.1(d), 5.19.1(b)"
    test: str
    executed_at: datetime
    failed_at: datetime


@dataclass(unsafe_hash=True)
class RetestBeforeFix(Refusal):
    """Issue {issue} was said to be fixed on {fixed_on}; what ran at {executed_at} doesn't verify that."""

    remedy = "Retest {test} on {fixed_on} or later, or record what ran before with the purpose test."
    clause = "CTSD 6.7.1(d), 5.19.1(b)"
    issue: int
    test: str
    executed_at: datetime
    fixed_on: date


@dataclass(unsafe_hash=True)
class TestGivenTwice(Refusal):
    """{test} is given for the same instant in row {first} already: which of the two counts?"""

    __test__ = False
    remedy = "Keep one of the two, or say of each in `executed_at` when it was executed."
    clause = "CTSD 6.5.2(e)"
    test: str
    first: int


@dataclass(unsafe_hash=True)
class ResultRecordedAlready(Refusal):
    """{test} was recorded as {outcome} at {executed_at} already, in run {run}: which of the two counts?"""

    kind = Kind.CONFLICT
    remedy = "Leave it out where it is the same result, or say in `executed_at` when {test} was executed again."
    clause = "CTSD 6.5.2(e)"
    test: str
    executed_at: datetime
    run: str
    outcome: str


@dataclass(frozen=True)
class RefusedResult:
    """One result that can't be recorded: `row` is its line in a file, or its place in a list counted from 1."""

    row: int
    test: str
    reason: str
    remedy: str
    clause: str | None = None


@dataclass(unsafe_hash=True)
class ResultsRefused(Refusal):
    """{refused} of {sent} results can't be recorded, so none was. Row {first}"""

    remedy = "Correct the rows listed in `rows` and send all of them again."
    clause = "CTSD 6.7.1(c)"
    refused: int
    sent: int
    first: str
    rows: tuple[RefusedResult, ...]


@dataclass(unsafe_hash=True)
class IssueUnknown(Refusal):
    """The engagement has no issue {issue}."""

    kind = Kind.UNKNOWN
    remedy = "Name an issue that was raised in this engagement."
    clause = "CTSD 6.7.1(d)"
    issue: int


@dataclass(unsafe_hash=True)
class NoFaultFound(Refusal):
    """{test} has no failed or blocked result that an issue could stand for."""

    kind = Kind.CONFLICT
    remedy = "Record the failed or blocked result first, then raise the issue on that test."
    clause = "CTSD 6.7.1(d)"
    test: str


@dataclass(unsafe_hash=True)
class SeverityUnknown(Refusal):
    """There is no severity {severity}."""

    remedy = "Give a severity from 1 (critical) to 5 (minimal)."
    clause = "CTSD Annex G"
    severity: int


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
    remedy = "Wait until the Party has proposed one."
    clause = "CTSD 5.19.1(b)"
    issue: int


@dataclass(unsafe_hash=True)
class PlanAlreadyAgreed(Refusal):
    """The remediation plan for issue {issue} is agreed already."""

    kind = Kind.CONFLICT
    remedy = "Nothing is left to agree until the Party proposes another plan."
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
    remedy = "Execute them, or say in `unexecuted_reason` why not: criterion (a) is then stated as not met."
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


@dataclass(unsafe_hash=True)
class NotAResultsFile(Refusal):
    """The file can't be read as test results: {problem}."""

    remedy = "Send a JUnit XML report, or a CSV file in UTF-8 whose header has at least the columns test and outcome."
    clause = "CTSD 6.7.1(c)"
    problem: str


@dataclass(unsafe_hash=True)
class HostileFile(Refusal):
    """The XML declares a document type or entities, which results have no need of; it was not read."""

    remedy = "Send the report without a DOCTYPE."


@dataclass(unsafe_hash=True)
class TooManyResults(Refusal):
    """There are more than {limit} results in one request."""

    remedy = "Send them in parts of at most {limit}."
    limit: int


def named(tests: Any, most: int = 5) -> str:
    """The first few of some tests, for a message."""
    chosen = sorted(tests)
    return ", ".join(chosen[:most]) + (", …" if len(chosen) > most else "")
