from datetime import date, timedelta

from execution_tracker.aggregates import EXECUTION
from execution_tracker.domain.events import ExecutionConcluded, IssueRaised
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
from execution_tracker.domain.result_refusals import OutOfScope, RetestBeforeFault
from rulebook.engine.severities import SeverityLevel
from testing.execution_events import (
    BY,
    CONNECTED,
    NOW,
    RC,
    SR,
    agreed,
    closed,
    completed,
    disproved,
    fixed,
    proposed,
    raised,
    record,
    recorded,
    result,
)
from testing.probe import deciding

failed = deciding(EXECUTION).given(*CONNECTED, recorded(RC, "failed"))
with_issue = failed.given(raised())
was_closed = with_issue.given(fixed(), closed())


def raise_on(test: str, severity: SeverityLevel = 3) -> RaiseIssue:
    return RaiseIssue(test, severity, "No answer", "The response never came.", BY, NOW)


def propose(resolve_by: date = date(2027, 4, 1), issue: int = 1) -> ProposeRemediationPlan:
    return ProposeRemediationPlan(issue, "Patch the adaptor.", resolve_by, "Read it by hand.", BY, NOW)


def test_issues_are_numbered_within_the_engagement() -> None:
    failed.when(raise_on(RC)).then(raised(1)).when(raise_on(RC)).then(raised(2))


def test_a_blocked_test_may_have_an_issue_too() -> None:
    failed.given(recorded(SR, "blocked")).when(raise_on(SR)).then(raised(1, SR))


def test_an_issue_needs_a_test_in_scope_that_showed_a_fault() -> None:
    failed.when(raise_on("SR:nope")).then_refused(OutOfScope)
    for severity in (1, 2, 3, 4):
        refused = NoFaultFound(test=SR, severity=severity)
        failed.given(recorded(SR)).when(raise_on(SR, severity)).then_refused(refused)


def test_a_test_can_pass_with_an_issue_of_minimal_severity() -> None:
    """CTSD Annex G, 6.7.1(d): a cosmetic issue of a test that passed is traced like any other."""
    after = failed.given(recorded(SR)).when(raise_on(SR, 5)).then(raised(1, SR, 5))
    assert after.state.progress.passed(SR)
    for outcome in ("not-run", "ready"):
        none = failed.given(recorded(SR, outcome))
        none.when(raise_on(SR, 5)).then_refused(NoFaultFound(test=SR, severity=5))
    failed.when(raise_on(SR, 5)).then_refused(NoFaultFound(test=SR, severity=5))


def test_an_issue_of_a_passed_test_is_closed_by_a_later_retest_as_any_other() -> None:
    """CTSD 5.19.1(b): it takes a fix and a retest after the result that showed it."""
    cosmetic = failed.given(recorded(SR), raised(1, SR, 5), fixed())
    at_once = result(SR, number=2, at=NOW - timedelta(minutes=1), purpose="retest", verifies=1)
    cosmetic.when(record(at_once)).then_refused(RetestBeforeFault(SR, at_once.executed_at, shown_at=NOW))
    later = NOW + timedelta(hours=1)
    retest = record(result(SR, number=2, at=later, purpose="retest", verifies=1), now=later)
    assert cosmetic.when(retest).accepted().state.issues[1].status == "closed"


def test_an_issue_remembers_when_the_test_that_showed_it_was_executed() -> None:
    early = NOW - timedelta(hours=2)
    (event,) = failed.given(recorded(SR, at=early)).when(raise_on(SR, 5)).events
    assert isinstance(event, IssueRaised)
    assert (event.found_at, event.raised_at) == (early, NOW)


def test_a_severity_is_one_of_annex_g() -> None:
    failed.when(raise_on(RC, severity=6)).then_refused(SeverityUnknown(severity=6))  # type: ignore[arg-type]


def test_an_issue_is_planned_once_dcc_agreed_its_plan() -> None:
    after = with_issue.when(propose()).then(proposed())
    assert after.state.issues[1].status == "open"
    after = after.when(AgreeRemediationPlan(1, "dcc", NOW)).then(agreed())
    assert after.state.issues[1].status == "planned"


def test_another_plan_must_be_agreed_again() -> None:
    after = with_issue.given(proposed(), agreed()).when(propose()).accepted()
    assert after.state.issues[1].status == "open"
    after.when(AgreeRemediationPlan(1, "dcc", NOW)).accepted()


def test_a_plan_promises_no_day_in_the_past() -> None:
    with_issue.when(propose(date(2027, 2, 28))).then_refused(PlanInThePast)


def test_there_must_be_a_plan_to_agree_and_it_is_agreed_once() -> None:
    with_issue.when(AgreeRemediationPlan(1, "dcc", NOW)).then_refused(PlanNotProposed(issue=1))
    with_issue.given(proposed(), agreed()).when(AgreeRemediationPlan(1, "dcc", NOW)).then_refused(
        PlanAlreadyAgreed(issue=1)
    )


def test_an_issue_is_fixed_once_until_a_retest_disproves_it() -> None:
    after = with_issue.when(FixIssue(1, "Patched.", BY, NOW)).then(fixed())
    after.when(FixIssue(1, "Patched.", BY, NOW)).then_refused(IssueAlreadyFixed(issue=1))
    again = after.given(recorded(RC, "failed", purpose="retest", verifies=1), disproved())
    again.when(FixIssue(1, "Patched.", BY, NOW)).then(fixed())


def test_nothing_more_is_done_about_a_closed_issue() -> None:
    for command in (propose(), AgreeRemediationPlan(1, "dcc", NOW), FixIssue(1, "Patched.", BY, NOW)):
        was_closed.when(command).then_refused(IssueIsClosed(issue=1))


def test_a_plan_is_proposed_and_agreed_until_the_exit_gate_decides() -> None:
    done = with_issue.given(completed())
    after = done.when(propose()).then(proposed())
    after.when(AgreeRemediationPlan(1, "dcc", NOW)).then(agreed())
    after.when(FixIssue(1, "Patched.", BY, NOW)).then_refused(ExecutionIsComplete)
    concluded = after.when(ExecutionConcluded(NOW)).then(ExecutionConcluded(NOW))
    for command in (propose(), AgreeRemediationPlan(1, "dcc", NOW), FixIssue(1, "Patched.", BY, NOW)):
        concluded.when(command).then_refused(ExecutionIsConcluded)


def test_an_issue_that_was_never_raised_is_unknown() -> None:
    for command in (propose(issue=9), AgreeRemediationPlan(9, "dcc", NOW), FixIssue(9, "Patched.", BY, NOW)):
        with_issue.when(command).then_refused(IssueUnknown(issue=9))
