"""What may happen between the end of execution and the decision of the exit gate."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from certification.domain.completion import (
    Completion,
    Event,
    ExecutionCompleted,
    ExitGateHeld,
    IssueClosed,
    IssueRaised,
    PlanAgreed,
    PlanReplaced,
    ReceiptConfirmed,
)
from certification.domain.criteria import verdicts
from certification.domain.decisions import Command
from certification.domain.inbound import CompleteExecution
from certification.domain.refusals import (
    EngagementUnknown,
    ExecutionNotComplete,
    ExitCriteriaNotMet,
    GateAlreadyPassed,
    GateNotPassed,
    MeetingBeforeReview,
    MeetingNotHeldYet,
    NoServiceRequestTested,
    ReasonMissing,
    ReceiptNotConfirmed,
    ReportMissing,
)
from certification.domain.report import TestFigures
from certification.domain.reporting import ConfirmReceipt
from certification.testing.events import (
    CONFIRMED,
    ENGAGEMENT,
    EXECUTED,
    FURTHER,
    HOLD,
    NOW,
    ONE_FAILED,
    OPENED,
    REQUEST,
    SUBMIT,
    SUBMITTED,
    TODAY,
    completion,
    executed,
    reviewed,
)
from kernel.refusal import Refusal
from rulebook.engine.errors import RulebookError
from testing.probe import Spec


@pytest.mark.parametrize("command", [SUBMIT, ConfirmReceipt(ENGAGEMENT, "Dana Clerk", NOW), HOLD, REQUEST])
def test_nothing_can_be_done_in_an_engagement_that_was_never_notified(command: Command) -> None:
    completion.given().when(command).then_refused(EngagementUnknown(ENGAGEMENT))


@pytest.mark.parametrize("command", [SUBMIT, ConfirmReceipt(ENGAGEMENT, "Dana Clerk", NOW), HOLD, FURTHER])
def test_nothing_can_be_done_before_execution_is_complete(command: Command) -> None:
    completion.given(OPENED).when(command).then_refused(ExecutionNotComplete)


def test_the_gate_waits_for_a_report_whose_receipt_is_confirmed() -> None:
    executed.when(HOLD).then_refused(ReportMissing)
    executed.given(SUBMITTED).when(HOLD).then_refused(ReceiptNotConfirmed(1))


def test_a_meeting_that_lies_ahead_was_not_held() -> None:
    tomorrow = replace(HOLD, meeting_on=date(2027, 5, 8))
    reviewed.when(tomorrow).then_refused(MeetingNotHeldYet(date(2027, 5, 8), TODAY))


def test_the_meeting_was_held_when_the_receipt_was_confirmed_or_later() -> None:
    day, later = date(2027, 5, 7), datetime(2027, 6, 1, 10, 0, tzinfo=UTC)
    long_ago = replace(HOLD, meeting_on=date(2001, 1, 1), now=later)
    reviewed.when(long_ago).then_refused(MeetingBeforeReview(date(2001, 1, 1), day, date(2027, 6, 1)))
    reviewed.when(replace(HOLD, meeting_on=day, now=later)).accepted()
    again = reviewed.given(replace(SUBMITTED, number=2), ReceiptConfirmed(2, "Dana Clerk", later))
    again.when(replace(HOLD, meeting_on=day, now=later)).then_refused(MeetingBeforeReview)


def test_without_a_report_the_meeting_was_held_when_execution_was_complete_or_later() -> None:
    without_report = completion.given(replace(OPENED, procedure="additional-sr-dust", rulebook="ctsd-2026.2"), EXECUTED)
    without_report.when(replace(HOLD, meeting_on=date(2027, 5, 6))).then_refused(
        MeetingBeforeReview(date(2027, 5, 6), TODAY, TODAY)
    )
    without_report.when(HOLD).accepted()


def test_the_gate_finds_the_testing_complete_when_every_criterion_is_met() -> None:
    (held,) = reviewed.when(HOLD).accepted().history[-1:]
    assert isinstance(held, ExitGateHeld)
    assert [verdict.met for verdict in held.criteria] == [True] * 5


def unmet(spec: Spec[Command, Completion, Event], command: Command = HOLD) -> str:
    refusal: Refusal = spec.when(command).then_refused(ExitCriteriaNotMet)
    return str(refusal.facts["criteria"])


def test_tests_without_a_result_keep_the_gate_shut() -> None:
    missing = TestFigures(scheduled=40, passed=38, failed=0, blocked=1, not_run=1)
    spec = completion.given(OPENED, ExecutionCompleted(missing, ("6.2.4",), NOW), SUBMITTED, CONFIRMED)
    assert unmet(spec) == "CTSD 5.19.1(a)"


def test_an_outstanding_issue_without_an_agreed_plan_keeps_the_gate_shut() -> None:
    spec = completion.given(OPENED, IssueRaised(1, 3), EXECUTED, SUBMITTED, CONFIRMED)
    assert "CTSD 5.19.1(b)" in unmet(spec)
    agreed = spec.given(PlanAgreed(1))
    agreed.when(HOLD).accepted()
    assert "CTSD 5.19.1(b)" in unmet(agreed.given(PlanReplaced(1)))


@pytest.mark.parametrize("severity", [1, 2])
def test_one_outstanding_issue_of_severity_1_or_2_is_over_the_threshold(severity: int) -> None:
    spec = completion.given(OPENED, IssueRaised(1, severity), PlanAgreed(1), EXECUTED, SUBMITTED, CONFIRMED)
    assert unmet(spec) == "CTSD 5.19.1(c)"
    spec.given(IssueClosed(1)).when(HOLD).accepted()


@pytest.mark.parametrize(("severity", "threshold"), [(3, 5), (4, 10)])
def test_outstanding_issues_may_reach_the_threshold_and_not_pass_it(severity: int, threshold: int) -> None:
    def issues(count: int) -> list[Event]:
        raised: list[Event] = [IssueRaised(number, severity) for number in range(1, count + 1)]
        return [OPENED, *raised, *(PlanAgreed(number) for number in range(1, count + 1)), EXECUTED]

    completion.given(*issues(threshold), SUBMITTED, CONFIRMED).when(HOLD).accepted()
    assert unmet(completion.given(*issues(threshold + 1), SUBMITTED, CONFIRMED)) == "CTSD 5.19.1(c)"


def test_testing_that_qualifies_for_no_service_request_is_not_complete() -> None:
    nothing = completion.given(OPENED, replace(EXECUTED, srvs=()), SUBMITTED, CONFIRMED)
    nothing.when(HOLD).then_refused(NoServiceRequestTested)
    nothing.when(FURTHER).accepted()


def test_a_report_that_dcc_has_not_approved_keeps_the_gate_shut() -> None:
    assert unmet(reviewed, replace(HOLD, report_approved=False)) == "CTSD 5.19.1(d)"


def test_further_testing_needs_a_reason_and_a_new_execution_and_a_new_report() -> None:
    reviewed.when(replace(FURTHER, reason="  ")).then_refused(ReasonMissing)
    again = reviewed.when(FURTHER).accepted()
    again.when(SUBMIT).then_refused(ExecutionNotComplete)
    again.when(REQUEST).then_refused(GateNotPassed)
    executed_again = again.when(CompleteExecution(**vars(EXECUTED))).accepted()
    executed_again.when(HOLD).then_refused(ReportMissing)
    executed_again.when(SUBMIT).then(replace(SUBMITTED, number=2))


def test_after_the_gate_found_the_testing_complete_nothing_is_reopened() -> None:
    complete = reviewed.when(HOLD).accepted()
    complete.when(HOLD).then_refused(GateAlreadyPassed)
    complete.when(SUBMIT).then_refused(GateAlreadyPassed)
    complete.when(CompleteExecution(ONE_FAILED, ("6.2.4",), NOW)).then_nothing()


def test_the_criteria_are_those_of_the_edition_under_which_the_engagement_began() -> None:
    assert verdicts(OPENED, executed.state, None)
    with pytest.raises(RulebookError, match=r"no edition 'ctsd-1999\.1'"):
        verdicts(replace(OPENED, rulebook="ctsd-1999.1"), executed.state, None)
