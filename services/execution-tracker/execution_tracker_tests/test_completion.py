from dataclasses import replace
from datetime import timedelta

import pytest

from execution_tracker.aggregates import EXECUTION
from execution_tracker.domain.completion import CompleteExecution, criteria
from execution_tracker.domain.decisions import Command
from execution_tracker.domain.events import (
    Event,
    ExecutionBegun,
    ExecutionCompleted,
    ExecutionConcluded,
    ExecutionReopened,
    Outcome,
    ScopedTest,
    ScopeSet,
)
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.figures import RunCount
from execution_tracker.domain.issues import FixIssue
from execution_tracker.domain.refusals import (
    ConnectivityNotConfirmed,
    ExecutionIsComplete,
    ExecutionIsConcluded,
    FailuresWithoutIssue,
    NotAllExecuted,
)
from kernel.engagement import EngagementUnknown
from rulebook.engine.errors import RulebookError
from testing.execution_events import (
    BY,
    CONNECTED,
    IC_1,
    IC_2,
    NOW,
    RC,
    READY,
    SR,
    SR_TOO,
    START,
    agreed,
    check,
    engagement,
    fixed,
    proposed,
    raised,
    record,
    recorded,
    result,
)
from testing.probe import Spec, deciding

LATER = NOW + timedelta(hours=1)
complete = CompleteExecution(BY, NOW)
spec = deciding(EXECUTION)
ALL = (SR, SR_TOO, RC, IC_1, IC_2)
all_passed = spec.given(*CONNECTED, *(recorded(test) for test in ALL))
rc_failed = all_passed.given(recorded(RC, "failed"), raised(severity=3))


def completed(from_: Spec[Command, Execution, Event]) -> ExecutionCompleted:
    (event,) = from_.when(complete).events
    assert isinstance(event, ExecutionCompleted)
    return event


def met(event: ExecutionCompleted) -> dict[str, bool]:
    return {verdict.criterion: verdict.met for verdict in event.criteria}


def test_when_every_test_passed_all_criteria_of_execution_are_met() -> None:
    event = completed(all_passed)
    assert met(event) == {"5.19.1a": True, "5.19.1b": True, "5.19.1c": True}
    assert (event.scheduled, event.tests.passed, event.srvs) == (5, 5, ("4.2",))


@pytest.mark.parametrize("outcome", [None, "not-run", "ready", "blocked"])
def test_completing_with_tests_not_executed_takes_a_reason_and_leaves_criterion_a_not_met(outcome: Outcome) -> None:
    some = spec.given(*CONNECTED, *(recorded(test) for test in ALL[1:]))
    if outcome:
        some = some.given(recorded(SR, outcome), raised(test=SR), proposed(), agreed())
    some.when(complete).then_refused(NotAllExecuted(count=1, examples=SR))
    (event,) = some.when(replace(complete, unexecuted_reason="The device was withdrawn.")).events
    assert isinstance(event, ExecutionCompleted)
    assert met(event) == {"5.19.1a": False, "5.19.1b": True, "5.19.1c": True}
    assert event.criteria[0].statement.startswith("4 of 5 tests")
    assert event.criteria[0].statement.endswith(f"Not executed: {SR}.")
    assert (event.unexecuted_reason, event.srvs) == ("The device was withdrawn.", ())


def test_the_statement_of_criterion_a_names_a_few_of_many_tests() -> None:
    many = ScopeSet(tuple(ScopedTest(f"RC:{number}", "response-code") for number in range(9)), ("dcc-only",))
    event = spec.given(*CONNECTED, many).when(replace(complete, unexecuted_reason="No device.")).events[0]
    assert isinstance(event, ExecutionCompleted)
    assert event.criteria[0].statement.endswith("Not executed: RC:0, RC:1, RC:2, RC:3, RC:4, ….")


def test_a_reason_for_tests_not_executed_is_kept_only_where_there_are_some() -> None:
    (event,) = all_passed.when(replace(complete, unexecuted_reason="None.")).events
    assert isinstance(event, ExecutionCompleted)
    assert event.unexecuted_reason is None


@pytest.mark.parametrize("outcome", ["failed", "blocked"])
def test_a_failed_or_blocked_test_needs_an_outstanding_issue(outcome: Outcome) -> None:
    bare = all_passed.given(recorded(RC, outcome))
    for command in (complete, replace(complete, unexecuted_reason="The device was withdrawn.")):
        bare.when(command).then_refused(FailuresWithoutIssue(count=1, examples=RC))


def test_an_outstanding_issue_with_an_agreed_plan_meets_the_criteria() -> None:
    event = completed(rc_failed.given(proposed(), agreed()))
    assert met(event) == {"5.19.1a": True, "5.19.1b": True, "5.19.1c": True}
    assert event.issues_by_status == {"open": 0, "planned": 1, "fixed": 0, "closed": 0}
    assert event.issues_by_severity == {"1": 0, "2": 0, "3": 1, "4": 0, "5": 0}


def test_completing_with_a_criterion_not_met_is_allowed_and_said() -> None:
    assert met(completed(rc_failed))["5.19.1b"] is False
    severe = all_passed.given(recorded(RC, "failed"), raised(severity=2), proposed(), agreed())
    assert met(completed(severe)) == {"5.19.1a": True, "5.19.1b": True, "5.19.1c": False}


def test_a_service_request_counts_only_when_every_test_of_it_passed() -> None:
    failed = all_passed.given(recorded(SR_TOO, "failed"), raised(test=SR_TOO), proposed(), agreed())
    assert completed(failed).srvs == ()
    assert completed(failed.given(recorded(SR_TOO, run="with work-around"))).srvs == ("4.2",)


def test_each_test_whose_latest_result_is_not_passed_is_told_in_the_order_of_the_scope() -> None:
    some = spec.given(*CONNECTED, recorded(RC, "failed"), raised(), recorded(SR_TOO), recorded(IC_1))
    (event,) = some.when(replace(complete, unexecuted_reason="The device was withdrawn.")).events
    assert isinstance(event, ExecutionCompleted)
    assert event.unsuccessful == (SR, RC, IC_2)
    assert completed(all_passed).unsuccessful == ()


def test_every_run_counts_the_results_of_its_tests_and_retests() -> None:
    told = all_passed.given(
        recorded(RC, "failed", at=LATER, run="run 2"),
        raised(),
        fixed(),
        recorded(RC, at=LATER + timedelta(hours=1), run="run 2", purpose="retest", verifies=1),
        recorded(SR, "failed", at=LATER, run="run 1", purpose="regression"),
        recorded(SR, "blocked", at=NOW - timedelta(hours=1), run="rehearsal"),
        recorded("RC:of-an-earlier-scope"),
    )
    assert completed(told).runs == (
        RunCount("rehearsal", 0, 0, 1, 0, 0),
        RunCount("run 1", 5, 0, 0, 0, 0),
        RunCount("run 2", 1, 1, 0, 0, 0),
    )


def test_execution_is_not_completed_before_it_began() -> None:
    spec.given(*READY).when(complete).then_refused(ConnectivityNotConfirmed)


def test_nothing_is_added_to_a_completed_execution() -> None:
    after = rc_failed.given(completed(rc_failed))
    for command in (record(result(SR)), check("dcc-only"), FixIssue(1, "Patched.", BY, NOW), complete):
        after.when(command).then_refused(ExecutionIsComplete)


def test_further_testing_opens_a_completed_execution_again() -> None:
    after = rc_failed.given(completed(rc_failed)).when(ExecutionReopened(NOW)).then(ExecutionReopened(NOW))
    retest = result(RC, purpose="retest", verifies=1, at=LATER)
    after.given(fixed()).when(record(retest, now=LATER)).accepted().when(complete).accepted()


def test_what_the_exit_gate_found_complete_is_not_opened_or_concluded_again() -> None:
    concluded = all_passed.given(completed(all_passed)).when(ExecutionConcluded(NOW)).then(ExecutionConcluded(NOW))
    concluded.when(record(result(SR))).then_refused(ExecutionIsConcluded)
    concluded.when(ExecutionConcluded(NOW)).then_nothing()
    all_passed.when(ExecutionConcluded(NOW)).then_nothing()


def test_what_is_determined_to_be_complete_ends_further_testing_too() -> None:
    """A determination on the first execution overtakes the second (CTSD 5.19.5)."""
    again = all_passed.given(completed(all_passed)).when(ExecutionReopened(NOW)).accepted()
    concluded = again.when(ExecutionConcluded(LATER)).then(ExecutionConcluded(LATER))
    assert (concluded.state.completed, concluded.state.phase) == (True, "completed")
    concluded.when(record(result(SR, at=LATER), now=LATER)).then_refused(ExecutionIsConcluded)
    concluded.when(ExecutionReopened(LATER)).then_nothing()
    concluded.when(ExecutionConcluded(LATER)).then_nothing()


def test_further_testing_changes_nothing_while_execution_is_open() -> None:
    all_passed.when(ExecutionReopened(NOW)).then_nothing()


def test_the_criteria_are_those_of_the_edition_under_which_the_engagement_began() -> None:
    state = all_passed.state
    assert state.engagement
    other = replace(state, engagement=replace(state.engagement, rulebook="ctsd-1999.1"))
    assert criteria(state, state.progress)
    with pytest.raises(RulebookError, match=r"no edition 'ctsd-1999\.1'"):
        criteria(other, other.progress)


def test_the_criteria_are_those_of_the_engagements_procedure_and_no_other_is_assumed() -> None:
    begun = ExecutionBegun(engagement("ES", "additional-sr-uept"), START)
    severe = tuple(raised(number, RC) for number in range(1, 5))
    state = spec.given(begun, *CONNECTED[1:], recorded(RC, "failed"), *severe).state
    assert "severity 3: 4 (at most 3)" in criteria(state, state.progress)[2].statement
    nobody = replace(state, engagement=None)
    with pytest.raises(EngagementUnknown):
        criteria(nobody, nobody.progress)


def test_a_passed_test_with_an_issue_of_minimal_severity_counts_as_passed_and_its_issue_as_outstanding() -> None:
    cosmetic = all_passed.given(raised(test=SR, severity=5))
    event = completed(cosmetic)
    assert (event.tests.passed, event.srvs, event.issues_by_severity["5"]) == (5, ("4.2",), 1)
    assert met(event) == {"5.19.1a": True, "5.19.1b": False, "5.19.1c": False}
    assert met(completed(cosmetic.given(proposed(), agreed())))["5.19.1b"] is True


def test_tests_without_a_service_request_leave_none_that_was_tested() -> None:
    pack = ScopeSet((ScopedTest("PACK:1", "planned-test"), ScopedTest("PACK:2", "planned-test")), ())
    event = completed(spec.given(*CONNECTED, pack, recorded("PACK:1"), recorded("PACK:2")))
    assert (event.srvs, event.tests.passed, event.unsuccessful) == ((), 2, ())
