"""Completing execution: how far the exit criteria are met is stated, not decided.

The exit gate decides on the criteria (CTSD 5.19.1, 5.20): completing with a criterion that is not met is allowed. A
test that can't be executed would otherwise keep the Party from the gate, and so from its right of referral (5.19.3).

A Service Request counts as successfully executed (CTSD 5.21.1) when the latest result of every test of it in scope is
passed. A failed test that stays outstanding therefore keeps its Service Request off the certificate, also when its
remediation plan is agreed; repeated with the work-around and passed, it counts.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from operator import attrgetter

from execution_tracker.domain import guards
from execution_tracker.domain.events import Event, ExecutionCompleted
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.figures import Counts, RunCount
from execution_tracker.domain.history import FAULTS
from execution_tracker.domain.progress import EXECUTED, Progress
from execution_tracker.domain.refusals import FailuresWithoutIssue, NotAllExecuted, named
from rulebook.engine.criteria import Completion, IssueFigure, Verdict, exit_criteria
from rulebook.engine.editions import root_of

ALL_EXECUTED = "5.19.1a"
STATED = (ALL_EXECUTED, "5.19.1b", "5.19.1c")
"""The exit criteria that execution can speak of; the report and the gate come after it."""


@dataclass(frozen=True)
class CompleteExecution:
    """The Party has executed everything, or says why it has not (CTSD 6.6.3)."""

    by: str
    now: datetime
    unexecuted_reason: str | None = None


def complete_execution(command: CompleteExecution, state: Execution) -> Sequence[Event]:
    """Close execution and state criteria (a) to (c) with their figures."""
    guards.executing(state, command.now)
    progress = state.progress
    missing = _unexecuted(state, progress)
    _require_issues(state)
    if missing and command.unexecuted_reason is None:
        raise NotAllExecuted(count=len(missing), examples=named(missing))
    return [
        ExecutionCompleted(
            criteria=criteria(state, progress),
            scheduled=len(state.tests),
            tests=progress.counts(state.tests),
            issues_total=len(progress.issues),
            issues_by_status=progress.by_status(),
            issues_by_severity=progress.by_severity(),
            srvs=tested_srvs(state),
            completed_by=command.by,
            completed_at=command.now,
            unexecuted_reason=command.unexecuted_reason if missing else None,
            unsuccessful=tuple(test for test in state.tests if not progress.passed(test)),
            runs=_runs(state),
        )
    ]


def tested_srvs(state: Execution) -> tuple[str, ...]:
    """The Service Requests whose tests all passed, in their natural order (CTSD 5.21.1)."""
    in_scope = {test.srv for test in state.tests.values() if test.srv}
    failing = {test.srv for test in state.tests.values() if test.srv and not state.progress.passed(test.id)}
    return tuple(sorted(in_scope - failing, key=_natural))


def _runs(state: Execution) -> tuple[RunCount, ...]:
    """What each test run came to, in the order in which the first test of each was executed (CTSD 6.6.2c).

    Every result of a test in scope counts, not only the latest; regression results stand apart.
    """
    counted = [ran for test in state.tests for ran in state.history.get(test, ()) if ran.purpose != "regression"]
    outcomes: dict[str, list[str]] = {}
    for ran in sorted(counted, key=attrgetter("executed_at")):
        outcomes.setdefault(ran.run, []).append(ran.outcome)
    return tuple(RunCount(run, *astuple(Counts.of(each))) for run, each in outcomes.items())


def _natural(srv: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in srv.split(".")]


def _require_issues(state: Execution) -> None:
    """Each test that ended in failure, or is blocked, has an issue that says why (CTSD 6.7.1d, 6.6.3)."""
    progress = state.progress
    bare = [test for test in state.tests if _faulty(progress, test) and not progress.outstanding(test)]
    if bare:
        raise FailuresWithoutIssue(count=len(bare), examples=named(bare))


def _faulty(progress: Progress, test: str) -> bool:
    return test in progress.latest and progress.latest[test].outcome in FAULTS


def _unexecuted(state: Execution, progress: Progress) -> list[str]:
    """The tests whose latest result is neither passed nor failed, or that have none."""
    return [
        test for test in state.tests if test not in progress.latest or progress.latest[test].outcome not in EXECUTED
    ]


def criteria(state: Execution, progress: Progress) -> tuple[Verdict, ...]:
    """Exit criteria (a) to (c) as they stand, with figures against thresholds (CTSD 5.19.1, Table 7)."""
    engagement = guards.engagement(state)
    completion = Completion(
        scheduled=len(state.tests),
        executed=progress.counts(state.tests).executed,
        issues=tuple(IssueFigure(each.severity, each.closed, each.plan_agreed) for each in progress.issues.values()),
    )
    verdicts = exit_criteria(engagement.procedure, completion, root_of(engagement.rulebook))
    missing = _unexecuted(state, progress)
    return tuple(_naming(missing, verdict) for verdict in verdicts if verdict.criterion in STATED)


def _naming(missing: list[str], verdict: Verdict) -> Verdict:
    """Criterion (a) names the first few of the tests that were not executed."""
    if verdict.criterion != ALL_EXECUTED or not missing:
        return verdict
    return replace(verdict, statement=f"{verdict.statement} Not executed: {named(missing)}.")
