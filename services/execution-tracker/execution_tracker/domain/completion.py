"""Completing execution: how far the exit criteria are met is stated, not decided.

The exit gate, where the procedure has one, decides on the criteria (CTSD 5.19.1, 5.20): completing with a criterion
that is not met is allowed. A test that can't be executed would otherwise keep the gate, and the right of referral that
comes with it (5.19.3), out of reach.

A Service Request counts as successfully executed (CTSD 5.21.1) when the latest result of every test of it in scope is
passed. A failed test that stays outstanding therefore keeps its Service Request off the certificate, also when its
remediation plan is agreed; repeated with the work-around and passed, it counts. Tests without a Service Request leave
none to count.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import Final

from execution_tracker.domain import guards
from execution_tracker.domain.disputes import require_none_waiting
from execution_tracker.domain.events import Event, ExecutionCompleted
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.figures import Counts, RunCount
from execution_tracker.domain.history import FAULTS
from execution_tracker.domain.progress import EXECUTED, Progress
from execution_tracker.domain.refusals import FailuresWithoutIssue, NotAllExecuted, named
from rulebook.engine.gates import Case, IssueFigure, Need, Verdict, judged

KNOWN: Final[tuple[Need, ...]] = ("tests", "issues")
"""What execution can speak of; the exit gate knows the rest."""
COMPLETED: Final = "execution-tracker.execution-completed"
"""The fact that completes the step in which the tests are executed."""
ALL_EXECUTED: Final = "all-executed"
"""The judge whose statement names the tests that were not executed."""


@dataclass(frozen=True)
class CompleteExecution:
    """Everything was executed, or it is said why not (CTSD 6.6.3)."""

    by: str
    now: datetime
    unexecuted_reason: str | None = None


def complete_execution(command: CompleteExecution, state: Execution) -> Sequence[Event]:
    """Close execution and state the exit criteria that it can speak of, with their figures."""
    guards.executing(state, command.now)
    require_none_waiting(state)
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
            issues_total=len(state.issues),
            issues_by_status=progress.by_status(),
            issues_by_severity=progress.by_severity(),
            srvs=tested_srvs(state, progress),
            completed_by=command.by,
            completed_at=command.now,
            unexecuted_reason=command.unexecuted_reason if missing else None,
            unsuccessful=tuple(test for test in state.tests if not progress.passed(test)),
            runs=_runs(state),
        )
    ]


def tested_srvs(state: Execution, progress: Progress) -> tuple[str, ...]:
    """The Service Requests whose tests all passed, in their natural order (CTSD 5.21.1)."""
    in_scope = {test.srv for test in state.tests.values() if test.srv}
    failing = {test.srv for test in state.tests.values() if test.srv and not progress.passed(test.id)}
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
    outstanding = {issue.test for issue in state.issues.values() if not issue.closed}
    faulty = (test for test in state.tests if test in state.latest and state.latest[test].outcome in FAULTS)
    bare = [test for test in faulty if test not in outstanding]
    if bare:
        raise FailuresWithoutIssue(count=len(bare), examples=named(bare))


def _unexecuted(state: Execution, progress: Progress) -> list[str]:
    """The tests whose latest result is neither passed nor failed, or that have none."""
    return [
        test for test in state.tests if test not in progress.latest or progress.latest[test].outcome not in EXECUTED
    ]


def criteria(state: Execution, progress: Progress) -> tuple[Verdict, ...]:
    """The exit criteria that tests and issues show, as they stand; none where the procedure has no exit gate."""
    profile = guards.engagement(state).profile
    gate = profile.gate("exit")
    if gate is None:
        return ()
    by_judge = {criterion.id: criterion.judge.name for criterion in gate.criteria}
    missing = _unexecuted(state, progress)
    return tuple(
        _naming(missing, verdict) if by_judge[verdict.criterion] == ALL_EXECUTED else verdict
        for verdict in judged(gate, _case(state, progress), profile, KNOWN)
    )


def _case(state: Execution, progress: Progress) -> Case:
    tests = progress.counts(state.tests)
    return Case(
        scheduled=len(state.tests),
        executed=tests.executed,
        passed=tests.passed,
        issues=tuple(
            IssueFigure(each.severity, each.status == "closed", each.plan_agreed, each.provider or "")
            for each in progress.issues.values()
        ),
    )


def _naming(missing: list[str], verdict: Verdict) -> Verdict:
    """The statement with the first few of the tests that were not executed."""
    return replace(verdict, statement=f"{verdict.statement} Not executed: {named(missing)}.") if missing else verdict
