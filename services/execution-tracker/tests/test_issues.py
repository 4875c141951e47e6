from datetime import date
from uuid import UUID

from execution_tracker.aggregates import EXECUTION
from execution_tracker.domain.events import ExecutionCompleted, ExecutionConcluded, IssueClosed, Severity
from execution_tracker.domain.figures import Counts
from execution_tracker.domain.inbound import ConcludeExecution
from execution_tracker.domain.issues import AgreeRemediationPlan, FixIssue, ProposeRemediationPlan, RaiseIssue
from execution_tracker.domain.refusals import (
    ExecutionIsComplete,
    ExecutionIsConcluded,
    IssueAlreadyFixed,
    IssueIsClosed,
    IssueUnknown,
    NoFaultFound,
    PlanAlreadyAgreed,
    PlanInThePast,
    PlanNotProposed,
    SeverityUnknown,
)
from execution_tracker.domain.result_refusals import OutOfScope
from execution_tracker.testing.events import BY, CONNECTED, NOW, RC, SR, agreed, fixed, proposed, raised, recorded
from testing.probe import deciding

failed = deciding(EXECUTION).given(*CONNECTED, recorded(RC, "failed"))
with_issue = failed.given(raised())
closed = with_issue.given(fixed(), IssueClosed(1, UUID(int=1), NOW))


def raise_on(test: str, severity: Severity = 3) -> RaiseIssue:
    return RaiseIssue(test, severity, "No answer", "The response never came.", BY, NOW)


def propose(resolve_by: date = date(2027, 4, 1), issue: int = 1) -> ProposeRemediationPlan:
    return ProposeRemediationPlan(issue, "Patch the adaptor.", resolve_by, "Read it by hand.", NOW)


def test_issues_are_numbered_within_the_engagement() -> None:
    failed.when(raise_on(RC)).then(raised(1)).when(raise_on(RC)).then(raised(2))


def test_a_blocked_test_may_have_an_issue_too() -> None:
    failed.given(recorded(SR, "blocked")).when(raise_on(SR)).then(raised(1, SR))


def test_an_issue_needs_a_test_in_scope_that_showed_a_fault() -> None:
    failed.when(raise_on("SR:nope")).then_refused(OutOfScope)
    failed.given(recorded(SR)).when(raise_on(SR)).then_refused(NoFaultFound(test=SR))


def test_a_severity_is_one_of_annex_g() -> None:
    failed.when(raise_on(RC, severity=6)).then_refused(SeverityUnknown(severity=6))  # type: ignore[arg-type]


def test_an_issue_is_planned_once_dcc_agreed_its_plan() -> None:
    after = with_issue.when(propose()).then(proposed())
    assert after.state.progress.issues[1].status == "open"
    after = after.when(AgreeRemediationPlan(1, "dcc", NOW)).then(agreed())
    assert after.state.progress.issues[1].status == "planned"


def test_another_plan_must_be_agreed_again() -> None:
    after = with_issue.given(proposed(), agreed()).when(propose()).accepted()
    assert after.state.progress.issues[1].status == "open"
    after.when(AgreeRemediationPlan(1, "dcc", NOW)).accepted()


def test_a_plan_promises_no_day_in_the_past() -> None:
    with_issue.when(propose(date(2027, 2, 28))).then_refused(PlanInThePast)


def test_there_must_be_a_plan_to_agree_and_it_is_agreed_once() -> None:
    with_issue.when(AgreeRemediationPlan(1, "dcc", NOW)).then_refused(PlanNotProposed(issue=1))
    with_issue.given(proposed(), agreed()).when(AgreeRemediationPlan(1, "dcc", NOW)).then_refused(
        PlanAlreadyAgreed(issue=1)
    )


def test_an_issue_is_fixed_once_until_a_retest_disproves_it() -> None:
    after = with_issue.when(FixIssue(1, "Patched.", NOW)).then(fixed())
    after.when(FixIssue(1, "Patched.", NOW)).then_refused(IssueAlreadyFixed(issue=1))
    again = after.given(recorded(RC, "failed", purpose="retest", verifies=1))
    again.when(FixIssue(1, "Patched.", NOW)).then(fixed())


def test_nothing_more_is_done_about_a_closed_issue() -> None:
    for command in (propose(), AgreeRemediationPlan(1, "dcc", NOW), FixIssue(1, "Patched.", NOW)):
        closed.when(command).then_refused(IssueIsClosed(issue=1))


def test_a_plan_is_proposed_and_agreed_until_the_exit_gate_decides() -> None:
    completed = with_issue.given(ExecutionCompleted((), 5, Counts(), 1, {}, {}, (), BY, NOW))
    after = completed.when(propose()).then(proposed())
    after.when(AgreeRemediationPlan(1, "dcc", NOW)).then(agreed())
    after.when(FixIssue(1, "Patched.", NOW)).then_refused(ExecutionIsComplete)
    concluded = after.when(ConcludeExecution(NOW)).then(ExecutionConcluded(NOW))
    for command in (propose(), AgreeRemediationPlan(1, "dcc", NOW), FixIssue(1, "Patched.", NOW)):
        concluded.when(command).then_refused(ExecutionIsConcluded)


def test_an_issue_that_was_never_raised_is_unknown() -> None:
    for command in (propose(issue=9), AgreeRemediationPlan(9, "dcc", NOW), FixIssue(9, "Patched.", NOW)):
        with_issue.when(command).then_refused(IssueUnknown(issue=9))
