"""Every reason not to record results, or not to read them from a file.

results:      NoResults, OutOfScope, NothingInScope, OutOfOrder, SuccessorOutOfOrder, ExecutedInFuture,
              ExecutedBeforeStart, RetestWithoutIssue, IssueNamedWithoutRetest, RetestOfAnotherTest, RetestBeforeFault,
              RetestBeforeFix, TestGivenTwice, ResultRecordedAlready, DisputedTestWaits, DisputedTestsOpen,
              ResultsRefused
files:        NotAResultsFile, HostileFile, TooManyResults
"""

from dataclasses import dataclass
from datetime import date, datetime

from kernel.refusal import Kind, Refusal


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
class NothingInScope(Refusal):
    """{test} can't be in scope: this engagement has no tests to execute."""

    kind = Kind.CONFLICT
    remedy = "Complete the execution; it asks for no results."
    test: str


@dataclass(unsafe_hash=True)
class DisputedTestWaits(Refusal):
    """{test} waits: whether {item} is descoped lies before the {body}."""

    kind = Kind.CONFLICT
    remedy = "Record it once that is determined; the tests that are not disputed go on."
    clause = "CTSD 5.2.9"
    test: str
    item: str
    body: str


@dataclass(unsafe_hash=True)
class DisputedTestsOpen(Refusal):
    """{count} tests in scope wait: whether {item} is descoped lies before the {body}."""

    kind = Kind.CONFLICT
    remedy = "Complete the execution once that is determined, or the referral is withdrawn."
    clause = "CTSD 5.2.9"
    count: int
    item: str
    body: str


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
    """{test} showed the fault at {shown_at}; what ran at {executed_at} doesn't verify that it is fixed."""

    remedy = "Retest {test} after {shown_at}, or record what ran before with the purpose test."
    clause = "CTSD 6.7.1(d), 5.19.1(b)"
    test: str
    executed_at: datetime
    shown_at: datetime


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
