"""Recording results: all that were sent, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from execution_tracker.domain import guards
from execution_tracker.domain.completion import COMPLETED
from execution_tracker.domain.disputes import require_undisputed
from execution_tracker.domain.events import (
    Event,
    FixDisproved,
    FurtherTestingBegun,
    IssueClosed,
    Outcome,
    Purpose,
    ResultRecorded,
)
from execution_tracker.domain.execution import Execution, evolve
from execution_tracker.domain.history import as_of, last_fault
from execution_tracker.domain.issue_state import Issue
from execution_tracker.domain.progress import EXECUTED, TRIED
from execution_tracker.domain.refusals import IssueIsClosed
from execution_tracker.domain.result_refusals import (
    ExecutedBeforeStart,
    ExecutedInFuture,
    IssueNamedWithoutRetest,
    NoResults,
    OutOfOrder,
    RefusedResult,
    ResultRecordedAlready,
    ResultsRefused,
    RetestBeforeFault,
    RetestBeforeFix,
    RetestOfAnotherTest,
    RetestWithoutIssue,
    SuccessorOutOfOrder,
    TestGivenTwice,
)
from execution_tracker.domain.sequence import predecessors, successors
from kernel.refusal import Refusal
from rulebook.engine.dating.working_days import local_day
from rulebook.engine.profile import Profile
from rulebook.engine.refusing import by_its_own_law

LISTED = 100
"""How many refused rows are listed at most."""


@dataclass(frozen=True)
class Result:
    """One result as it was sent. `row` is its line in a file, or its place in a list counted from 1."""

    id: UUID
    test: str
    run: str
    outcome: Outcome
    executed_at: datetime
    purpose: Purpose = "test"
    verifies: int | None = None
    script: str | None = None
    row: int = 1


@dataclass(frozen=True)
class RecordResults:
    """Tests were executed."""

    results: tuple[Result, ...]
    by: str
    now: datetime


def record_results(command: RecordResults, state: Execution) -> Sequence[Event]:
    """Record each result in turn, later ones in the light of earlier ones; name every one that can't be."""
    engagement, start_date = guards.executing(state, command.now)
    if not command.results:
        raise NoResults
    events: list[Event] = []
    refusals: list[tuple[Result, Refusal]] = []
    given: dict[tuple[str, datetime], int] = {}
    for result in command.results:
        try:
            _require_once(result, given)
            following = _record(result, command, start_date, state)
        except Refusal as refusal:
            refusals.append((result, refusal))
            continue
        events += following
        for event in following:
            state = evolve(state, event)
    if refusals:
        raise _refused(refusals, len(command.results), engagement.profile)
    return [*events, *_further_testing(command, state)]


def _record(result: Result, command: RecordResults, start_date: date, state: Execution) -> list[Event]:
    guards.in_scope(result.test, state)
    require_undisputed(result.test, state)
    _require_time(result, command.now, start_date)
    _require_order(result, state)
    _require_followers(result, state)
    _require_link(result, state)
    _require_new(result, state)
    recorded = ResultRecorded(
        result_id=result.id,
        test=result.test,
        run=result.run,
        purpose=result.purpose,
        outcome=result.outcome,
        verifies=result.verifies,
        script=result.script,
        recorded_by=command.by,
        executed_at=result.executed_at,
    )
    return [recorded, *_verdict_on_fix(result, command, state)]


def _require_once(result: Result, given: dict[tuple[str, datetime], int]) -> None:
    """Of two results of one instant nobody could say which is the later, that counts."""
    first = given.setdefault((result.test, result.executed_at), result.row)
    if first != result.row:
        raise TestGivenTwice(test=result.test, first=first)


def _require_new(result: Result, state: Execution) -> None:
    """Likewise when one of them is recorded already, in whatever run and for whatever purpose."""
    for ran in state.history.get(result.test, ()):
        if ran.executed_at == result.executed_at:
            raise ResultRecordedAlready(test=result.test, executed_at=ran.executed_at, run=ran.run, outcome=ran.outcome)


def _require_time(result: Result, now: datetime, start_date: date) -> None:
    if result.executed_at > now:
        raise ExecutedInFuture(test=result.test, executed_at=result.executed_at, now=now)
    if local_day(result.executed_at) < start_date:
        raise ExecutedBeforeStart(test=result.test, executed_at=result.executed_at, start_date=start_date)


def _require_order(result: Result, state: Execution) -> None:
    """The steps of an install and commission scenario build on one another; one that did not run breaks no order."""
    if result.outcome not in EXECUTED:
        return
    for predecessor in predecessors(result.test, state):
        before = as_of(state.history, predecessor, result.executed_at)
        if before is None or before.outcome != "passed":
            raise OutOfOrder(test=result.test, predecessor=predecessor)


def _require_followers(result: Result, state: Execution) -> None:
    """A result that is recorded late takes nothing away on which a later step, recorded already, was built."""
    if result.outcome == "passed" or result.purpose == "regression":
        return
    for successor in successors(result.test, state):
        _require_unbuilt(result, successor, state)


def _require_unbuilt(result: Result, successor: str, state: Execution) -> None:
    steps = (ran for ran in state.history.get(successor, ()) if ran.outcome in EXECUTED)
    following = next((ran for ran in steps if ran.executed_at >= result.executed_at), None)
    if following is None:
        return
    before = as_of(state.history, result.test, following.executed_at)
    if before and before.outcome == "passed" and before.executed_at <= result.executed_at:
        raise SuccessorOutOfOrder(
            test=result.test,
            outcome=result.outcome,
            executed_at=result.executed_at,
            successor=successor,
            followed_at=following.executed_at,
        )


def _require_link(result: Result, state: Execution) -> None:
    """A retest names the issue it verifies, and nothing else does (CTSD 6.7.1d)."""
    if result.verifies is None:
        if result.purpose == "retest":
            raise RetestWithoutIssue(test=result.test)
        return
    if result.purpose != "retest":
        raise IssueNamedWithoutRetest(test=result.test, issue=result.verifies)
    issue = guards.issue(state, result.verifies)
    if issue.closed:
        raise IssueIsClosed(issue=result.verifies)
    if issue.test != result.test:
        raise RetestOfAnotherTest(issue=result.verifies, test=result.test, found_by=issue.test)
    _require_retest_after(result, issue, state)


def _require_retest_after(result: Result, issue: Issue, state: Execution) -> None:
    """A retest comes after the fault was last seen, and not before the day on which the issue was last said fixed.

    When a test was executed is stated; of a fix only the instant is known at which it was stated. A fix is often
    recorded after the retest that it made possible, so the two are compared by their day. Two results are both
    stated with their instants, and are compared by them.
    """
    fault = last_fault(state.history, result.test)
    shown_at = max(issue.found_at, fault.executed_at) if fault else issue.found_at
    if result.executed_at <= shown_at:
        raise RetestBeforeFault(test=result.test, executed_at=result.executed_at, shown_at=shown_at)
    if issue.fixed_at and local_day(result.executed_at) < local_day(issue.fixed_at):
        raise RetestBeforeFix(
            issue=issue.issue,
            test=result.test,
            executed_at=result.executed_at,
            fixed_on=local_day(issue.fixed_at),
        )


def _verdict_on_fix(result: Result, command: RecordResults, state: Execution) -> list[Event]:
    """A passed retest of a fixed issue closes it, a failed one shows that the fix did not hold.

    An issue that only has a plan stays outstanding.
    """
    if result.verifies is None or not state.issues[result.verifies].fixed:
        return []
    match result.outcome:
        case "passed":
            return [IssueClosed(result.verifies, result.id, command.by, command.now)]
        case "failed":
            return [FixDisproved(result.verifies, result.id, command.by, command.now)]
        case _:
            return []


def _further_testing(command: RecordResults, state: Execution) -> list[Event]:
    """That a further execution began, with the first test tried since the gate asked for it (CTSD 5.19.2).

    Told again where an earlier day is recorded later.
    """
    if state.reopened_on is None:
        return []
    tried = (local_day(result.executed_at) for result in command.results if result.outcome in TRIED)
    first = min((day for day in tried if day >= state.reopened_on), default=None)
    if first is None or (state.testing_since and state.testing_since <= first):
        return []
    return [FurtherTestingBegun(state.round, first, command.by, command.now)]


def _refused(refusals: list[tuple[Result, Refusal]], sent: int, profile: Profile) -> Refusal:
    if sent == 1:
        return refusals[0][1]
    listed = [(result, by_its_own_law(refusal, profile, COMPLETED)) for result, refusal in refusals[:LISTED]]
    rows = tuple(
        RefusedResult(result.row, result.test, refusal.message, refusal.remedy_text, refusal.clause)
        for result, refusal in listed
    )
    return ResultsRefused(len(refusals), sent, f"{rows[0].row}: {rows[0].reason}", rows)
