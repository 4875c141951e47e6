from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from execution_tracker.aggregates import EXECUTION
from execution_tracker.domain.events import (
    ExecutionBegun,
    Outcome,
    ScopedTest,
    ScopeSet,
)
from execution_tracker.domain.issues import RaiseIssue
from execution_tracker.domain.refusals import IssueIsClosed, IssueUnknown
from execution_tracker.domain.result_refusals import (
    ExecutedBeforeStart,
    ExecutedInFuture,
    IssueNamedWithoutRetest,
    NoResults,
    OutOfOrder,
    OutOfScope,
    ResultRecordedAlready,
    ResultsRefused,
    RetestBeforeFault,
    RetestBeforeFix,
    RetestOfAnotherTest,
    RetestWithoutIssue,
    SuccessorOutOfOrder,
    TestGivenTwice,
)
from execution_tracker.domain.results import Result
from testing.execution_events import (
    BY,
    CONNECTED,
    IC_1,
    IC_2,
    NOW,
    RC,
    SR,
    START,
    agreed,
    closed,
    disproved,
    engagement,
    fixed,
    proposed,
    raised,
    record,
    recorded,
    result,
)
from testing.probe import deciding

connected = deciding(EXECUTION).given(*CONNECTED)
was_fixed = connected.given(recorded(RC, "failed"), raised(), fixed())
MORNING, LATER = NOW - timedelta(hours=4), NOW + timedelta(hours=1)


def retest(outcome: Outcome = "passed", number: int = 1, at: datetime = LATER) -> Result:
    return result(RC, outcome, number, at, purpose="retest", verifies=1)


def test_results_of_tests_in_scope_are_recorded_in_the_order_given() -> None:
    connected.when(record(result(SR, number=1), result(RC, "failed", number=2))).then(
        recorded(SR, number=1), recorded(RC, "failed", number=2)
    )


def test_a_result_of_a_test_out_of_scope_is_refused() -> None:
    connected.when(record(result("SR:1.1.1:CV1-OD:S1"))).then_refused(OutOfScope)


def test_one_bad_result_keeps_all_out_and_is_named_by_its_row() -> None:
    refused = connected.when(record(result(SR, row=2), result("SR:nope", row=3), result(IC_2, row=4))).then_refused(
        ResultsRefused
    )
    assert isinstance(refused, ResultsRefused)
    assert [(row.row, row.clause) for row in refused.rows] == [(3, "CTSD 8.1"), (4, "CTSD 3.1.1, 8.1.2")]
    assert "2 of 3" in refused.message


@pytest.mark.parametrize("more", [{}, {"run": "run 2"}, {"purpose": "regression"}])
def test_two_results_of_a_test_at_one_instant_are_refused(more: dict[str, Any]) -> None:
    twice = record(result(SR, row=2), result(RC, row=3), result(SR, "failed", row=4, number=2, **more))
    refused = connected.when(twice).then_refused(ResultsRefused)
    assert isinstance(refused, ResultsRefused)
    ((row,), sent) = refused.rows, refused.sent
    assert (row.row, sent, row.reason) == (4, 3, TestGivenTwice(test=SR, first=2).message)


@pytest.mark.parametrize("more", [{}, {"run": "run 2"}, {"purpose": "regression"}])
def test_a_result_at_the_instant_of_a_recorded_one_is_refused(more: dict[str, Any]) -> None:
    known = connected.given(recorded(SR), recorded(SR, "failed", at=LATER))
    refused = ResultRecordedAlready(test=SR, executed_at=NOW, run="run 1", outcome="passed")
    known.when(record(result(SR, **more), now=LATER)).then_refused(refused)
    known.when(record(result(SR, at=NOW + timedelta(minutes=5), **more), now=LATER)).accepted()


def test_a_test_may_be_executed_again_later_in_the_same_run() -> None:
    later = result(SR, number=2, row=3, at=NOW)
    connected.when(record(result(SR, "failed", row=2, at=NOW - timedelta(minutes=5)), later)).accepted()


def test_an_empty_list_of_results_is_refused() -> None:
    connected.when(record()).then_refused(NoResults)


def test_a_test_cannot_have_been_executed_in_the_future_or_before_the_start() -> None:
    connected.when(record(result(SR, at=LATER))).then_refused(ExecutedInFuture(test=SR, executed_at=LATER, now=NOW))
    early = NOW - timedelta(days=1)
    connected.when(record(result(SR, at=early))).then_refused(
        ExecutedBeforeStart(test=SR, executed_at=early, start_date=START)
    )


def test_install_and_commission_follows_its_order_also_within_one_request() -> None:
    connected.when(record(result(IC_2))).then_refused(OutOfOrder(test=IC_2, predecessor=IC_1))
    connected.when(record(result(IC_1), result(IC_2))).then(recorded(IC_1), recorded(IC_2))
    connected.given(recorded(IC_1, "failed")).when(record(result(IC_2))).then_refused(OutOfOrder)


def test_a_step_executed_before_its_predecessor_passed_is_out_of_order() -> None:
    connected.given(recorded(IC_1, at=NOW)).when(record(result(IC_2, at=NOW - timedelta(minutes=1)))).then_refused(
        OutOfOrder
    )


def test_a_step_is_judged_by_what_its_predecessor_had_come_to_when_it_was_executed() -> None:
    failed_later = connected.given(recorded(IC_1, at=MORNING), recorded(IC_1, "failed", at=LATER))
    failed_later.when(record(result(IC_2, at=NOW), now=LATER)).accepted()
    last = LATER + timedelta(minutes=1)
    failed_later.when(record(result(IC_2, at=last), now=last)).then_refused(OutOfOrder)
    regression = recorded(IC_1, "failed", at=MORNING + timedelta(minutes=1), purpose="regression")
    connected.given(recorded(IC_1, at=MORNING), regression).when(record(result(IC_2))).accepted()


@pytest.mark.parametrize("outcome", ["failed", "blocked", "not-run"])
def test_a_late_result_that_leaves_a_recorded_step_without_its_predecessor_is_refused(outcome: Outcome) -> None:
    both = connected.given(recorded(IC_1, at=MORNING), recorded(IC_2, at=NOW))
    between = MORNING + timedelta(hours=1)
    late = result(IC_1, outcome, at=between)
    refused = SuccessorOutOfOrder(test=IC_1, outcome=outcome, executed_at=between, successor=IC_2, followed_at=NOW)
    both.when(record(late)).then_refused(refused)
    again = result(IC_1, at=between + timedelta(minutes=1))
    both.when(record(again, late)).accepted()
    both.when(record(replace(late, executed_at=LATER), now=LATER)).accepted()
    both.when(record(replace(late, purpose="regression"))).accepted()


def test_a_late_result_of_a_predecessor_concerns_no_step_that_did_not_run_or_left_the_scope() -> None:
    late = record(result(IC_1, "failed", at=MORNING + timedelta(hours=1)))
    connected.given(recorded(IC_1, at=MORNING), recorded(IC_2, "blocked", at=NOW)).when(late).accepted()
    alone = ScopeSet((ScopedTest(IC_1, "install-and-commission", order=1),), ("dcc-only",))
    connected.given(recorded(IC_1, at=MORNING), recorded(IC_2, at=NOW), alone).when(late).accepted()


@pytest.mark.parametrize("outcome", ["blocked", "not-run", "ready"])
def test_a_step_that_did_not_run_breaks_no_order(outcome: str) -> None:
    connected.when(record(result(IC_2, outcome))).accepted()  # type: ignore[arg-type]


def test_a_retest_must_name_the_issue_it_verifies() -> None:
    failed = connected.given(recorded(RC, "failed"), raised())
    failed.when(record(result(RC, purpose="retest"))).then_refused(RetestWithoutIssue(test=RC))
    failed.when(record(result(RC, purpose="retest", verifies=7))).then_refused(IssueUnknown(issue=7))
    failed.when(record(result(SR, purpose="retest", verifies=1))).then_refused(
        RetestOfAnotherTest(issue=1, test=SR, found_by=RC)
    )


def test_only_a_retest_names_an_issue() -> None:
    failed = connected.given(recorded(RC, "failed"), raised())
    failed.when(record(result(RC, purpose="regression", verifies=1))).then_refused(
        IssueNamedWithoutRetest(test=RC, issue=1)
    )


def test_a_passed_retest_of_a_fixed_issue_closes_it() -> None:
    after = was_fixed.when(record(retest(number=2), now=LATER)).then(
        recorded(RC, number=2, at=LATER, purpose="retest", verifies=1), closed(retest=2, at=LATER)
    )
    assert after.state.issues[1].status == "closed"
    after.when(record(retest(), now=LATER)).then_refused(IssueIsClosed(issue=1))


def test_a_passed_retest_of_an_issue_that_is_not_fixed_leaves_it_outstanding() -> None:
    planned = connected.given(recorded(RC, "failed"), raised(), proposed(), agreed())
    after = planned.when(record(retest(), now=LATER)).then(recorded(RC, at=LATER, purpose="retest", verifies=1))
    assert after.state.issues[1].status == "planned"


def test_a_failed_retest_shows_that_the_fix_did_not_hold() -> None:
    after = was_fixed.when(record(retest("failed", number=2), now=LATER)).then(
        recorded(RC, "failed", number=2, at=LATER, purpose="retest", verifies=1), disproved(retest=2, at=LATER)
    )
    assert after.state.issues[1].status == "open"


@pytest.mark.parametrize("outcome", ["blocked", "not-run", "ready"])
def test_a_retest_that_did_not_run_says_nothing_about_the_fix(outcome: Outcome) -> None:
    after = was_fixed.when(record(retest(outcome), now=LATER)).accepted()
    assert after.state.issues[1].status == "fixed"


def test_a_failed_retest_of_an_issue_that_is_not_fixed_disproves_nothing() -> None:
    failed = connected.given(recorded(RC, "failed"), raised())
    failed.when(record(retest("failed"), now=LATER)).then(
        recorded(RC, "failed", at=LATER, purpose="retest", verifies=1)
    )


def test_a_retest_executed_before_the_fault_was_last_seen_verifies_nothing() -> None:
    early = NOW - timedelta(hours=3)
    refused = RetestBeforeFault(test=RC, executed_at=early, shown_at=NOW)
    was_fixed.when(record(retest(at=early), now=LATER)).then_refused(refused)
    failed_again = was_fixed.given(recorded(RC, "failed", at=LATER))
    failed_again.when(record(retest(at=NOW + timedelta(minutes=1)), now=LATER)).then_refused(RetestBeforeFault)


def test_a_retest_executed_before_the_day_of_the_fix_verifies_nothing() -> None:
    next_day = NOW + timedelta(days=1)
    fixed_later = connected.given(recorded(RC, "failed"), raised(), fixed(at=next_day))
    refused = RetestBeforeFix(issue=1, test=RC, executed_at=LATER, fixed_on=next_day.date())
    fixed_later.when(record(retest(at=LATER), now=next_day)).then_refused(refused)


def test_a_retest_on_the_day_of_the_fix_may_have_been_executed_before_the_fix_was_recorded() -> None:
    fixed_later = connected.given(recorded(RC, "failed"), raised(), fixed(at=LATER))
    after = fixed_later.when(record(retest(at=NOW + timedelta(minutes=30)), now=LATER)).accepted()
    assert after.state.issues[1].closed


def test_the_latest_result_is_the_one_executed_last_not_the_one_recorded_last() -> None:
    late = connected.given(recorded(SR, "passed", at=NOW))
    after = late.when(record(result(SR, "failed", at=NOW - timedelta(hours=1)))).accepted()
    assert after.state.progress.passed(SR)


def test_a_regression_result_stands_apart_from_the_test_itself() -> None:
    regression = result(SR, "failed", at=LATER, purpose="regression")
    after = connected.given(recorded(SR)).when(record(regression, now=LATER)).accepted()
    assert after.state.progress.passed(SR)
    after.when(RaiseIssue(SR, 3, "No answer", "The response never came.", BY, NOW)).accepted()


def test_results_of_a_test_that_left_the_scope_are_refused_from_then_on() -> None:
    smaller = connected.given(ScopeSet((ScopedTest(RC, "response-code"),), ("dcc-only",)))
    smaller.when(record(result(SR))).then_refused(OutOfScope(test=SR, example=RC))


def test_in_the_gas_scenario_the_first_two_steps_may_wait_for_the_fifth() -> None:
    """CTSD 8.1.2: what was not sent in the first steps can be sent in step 5; a commissioning waits for neither."""
    gas = [f"IC:IC01:{number}" for number in range(1, 7)]
    steps = ScopeSet(
        tuple(ScopedTest(id, "install-and-commission", order=n) for n, id in enumerate(gas, 1)), ("dcc-only",)
    )
    begun = ExecutionBegun(engagement("GS"), START)
    ready = connected.given(begun, steps)
    ready.when(record(result(gas[2]), result(gas[3]))).accepted()
    ready.when(record(result(gas[3]))).then_refused(OutOfOrder(test=gas[3], predecessor=gas[2]))
    late = [result(gas[n], at=NOW + timedelta(minutes=n)) for n in (2, 3, 4)]
    refused = ready.when(record(*late, now=NOW + timedelta(hours=1))).then_refused(ResultsRefused)
    assert f"{gas[4]} follows {gas[0]}" in refused.message
