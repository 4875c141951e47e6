"""What may happen between the end of execution and the decision of the exit gate."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from certification.domain.completion import (
    Completion,
    Event,
    ExecutionCompleted,
    ExitGateHeld,
    IssueNoted,
    ReceiptConfirmed,
)
from certification.domain.criteria import Findings, verdicts
from certification.domain.decisions import Command
from certification.domain.refusals import (
    EveryCriterionMet,
    ExecutionNotComplete,
    ExitCriteriaNotMet,
    ExitCriterionUnknown,
    GateAlreadyPassed,
    GateNotPassed,
    MeetingBeforeReview,
    MeetingNotDated,
    MeetingNotHeldYet,
    NoServiceRequestTested,
    NotApprovedHere,
    NothingSubmitted,
    OtherBodysTurn,
    ReasonMissing,
    ReceiptNotConfirmed,
)
from certification.domain.report import TestFigures
from certification.domain.reporting import ConfirmReceipt
from kernel.engagement import EngagementUnknown
from kernel.refusal import Refusal
from rulebook.engine.errors import RulebookError
from testing.probe import Spec

from .events import (
    CONFIRMED,
    ENGAGEMENT,
    EXECUTED,
    FURTHER,
    HOLD,
    NOW,
    ONE_FAILED,
    OPENED,
    REPORT_KIND,
    REQUEST,
    SUBMIT,
    SUBMITTED,
    TODAY,
    completion,
    executed,
    reviewed,
)


@pytest.mark.parametrize("command", [SUBMIT, ConfirmReceipt(ENGAGEMENT, "Dana Clerk", NOW), HOLD, REQUEST])
def test_nothing_can_be_done_in_an_engagement_that_was_never_notified(command: Command) -> None:
    completion.given().when(command).then_refused(EngagementUnknown)


@pytest.mark.parametrize("command", [SUBMIT, ConfirmReceipt(ENGAGEMENT, "Dana Clerk", NOW), HOLD, FURTHER])
def test_nothing_can_be_done_before_execution_is_complete(command: Command) -> None:
    completion.given(OPENED).when(command).then_refused(ExecutionNotComplete)


def test_the_gate_waits_for_a_report_whose_receipt_is_confirmed() -> None:
    executed.when(HOLD).then_refused(NothingSubmitted)
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


def test_a_gate_at_a_meeting_needs_the_day_of_the_meeting() -> None:
    reviewed.when(replace(HOLD, meeting_on=None)).then_refused(MeetingNotDated(TODAY, TODAY))


def test_the_gate_finds_the_testing_complete_when_every_criterion_is_met() -> None:
    (held,) = reviewed.when(HOLD).accepted().history[-1:]
    assert isinstance(held, ExitGateHeld)
    assert [verdict.met for verdict in held.criteria] == [True] * 5


def unmet(spec: Spec[Command, Completion, Event], command: Command = HOLD) -> str:
    refusal: Refusal = spec.when(command).then_refused(ExitCriteriaNotMet)
    return str(refusal.facts["criteria"])


def test_tests_without_a_result_keep_the_gate_shut() -> None:
    missing = TestFigures(scheduled=40, passed=38, failed=0, blocked=1, not_run=1)
    spec = completion.given(OPENED, replace(EXECUTED, tests=missing), SUBMITTED, CONFIRMED)
    assert unmet(spec) == "CTSD 5.19.1(a)"


def planned(issue: int, severity: int) -> IssueNoted:
    return IssueNoted(issue, severity, "planned", plan_agreed=True)


def test_an_outstanding_issue_without_an_agreed_plan_keeps_the_gate_shut() -> None:
    spec = completion.given(OPENED, IssueNoted(1, 3, "open", plan_agreed=False), EXECUTED, SUBMITTED, CONFIRMED)
    assert "CTSD 5.19.1(b)" in unmet(spec)
    agreed = spec.given(planned(1, 3))
    agreed.when(HOLD).accepted()
    assert "CTSD 5.19.1(b)" in unmet(agreed.given(IssueNoted(1, 3, "open", plan_agreed=False)))


@pytest.mark.parametrize("severity", [1, 2])
def test_one_outstanding_issue_of_severity_1_or_2_is_over_the_threshold(severity: int) -> None:
    spec = completion.given(OPENED, planned(1, severity), EXECUTED, SUBMITTED, CONFIRMED)
    assert unmet(spec) == "CTSD 5.19.1(c)"
    spec.given(IssueNoted(1, severity, "closed", plan_agreed=True)).when(HOLD).accepted()


@pytest.mark.parametrize(("severity", "threshold"), [(3, 5), (4, 10)])
def test_outstanding_issues_may_reach_the_threshold_and_not_pass_it(severity: int, threshold: int) -> None:
    def issues(count: int) -> list[Event]:
        return [OPENED, *(planned(number, severity) for number in range(1, count + 1)), EXECUTED]

    completion.given(*issues(threshold), SUBMITTED, CONFIRMED).when(HOLD).accepted()
    assert unmet(completion.given(*issues(threshold + 1), SUBMITTED, CONFIRMED)) == "CTSD 5.19.1(c)"


def test_testing_that_qualifies_for_no_service_request_is_not_complete() -> None:
    nothing = completion.given(OPENED, replace(EXECUTED, srvs=()), SUBMITTED, CONFIRMED)
    nothing.when(HOLD).then_refused(NoServiceRequestTested)
    nothing.when(FURTHER).accepted()


def test_a_report_that_dcc_has_not_approved_keeps_the_gate_shut() -> None:
    assert unmet(reviewed, replace(HOLD, findings=Findings())) == "CTSD 5.19.1(d)"


def test_only_what_the_gate_approves_can_be_approved_with_it() -> None:
    other = replace(HOLD, findings=Findings(approved=("risk-log", REPORT_KIND)))
    reviewed.when(other).then_refused(NotApprovedHere("risk-log", REPORT_KIND))


def test_another_body_than_the_gate_names_does_not_decide() -> None:
    reviewed.when(replace(HOLD, body="panel")).then_refused(OtherBodysTurn("panel", "dcc"))


def test_further_testing_is_refused_where_every_criterion_is_met_and_none_is_named() -> None:
    criteria = "5.19.1a, 5.19.1b, 5.19.1c, 5.19.1d, 5.19.1e"
    without_ground = replace(FURTHER, findings=Findings())
    reviewed.when(without_ground).then_refused(EveryCriterionMet(criteria))
    unknown = replace(FURTHER, findings=Findings(not_met={"5.19.9": "It is not there."}))
    reviewed.when(unknown).then_refused(ExitCriterionUnknown("5.19.9", criteria))
    unplanned = reviewed.given(IssueNoted(1, 3, "open", plan_agreed=False))
    unplanned.when(without_ground).accepted()


def test_a_criterion_that_is_named_as_not_met_is_not_met_for_the_reason_that_is_given() -> None:
    (held,) = reviewed.when(FURTHER).accepted().history[-1:]
    assert isinstance(held, ExitGateHeld)
    first = held.criteria[0]
    assert (first.criterion, first.met, first.statement) == ("5.19.1a", False, "The evidence of run 2 is missing.")
    assert (
        unmet(
            reviewed,
            replace(
                FURTHER,
                outcome="complete",
                findings=Findings(approved=(REPORT_KIND,), not_met={"5.19.1a": "The evidence of run 2 is missing."}),
            ),
        )
        == "CTSD 5.19.1(a)"
    )


def test_further_testing_needs_a_reason_and_a_new_execution_and_a_new_report() -> None:
    reviewed.when(replace(FURTHER, reason="  ")).then_refused(ReasonMissing)
    again = reviewed.when(FURTHER).accepted()
    again.when(SUBMIT).then_refused(ExecutionNotComplete)
    again.when(REQUEST).then_refused(GateNotPassed)
    executed_again = again.when(EXECUTED).accepted()
    executed_again.when(HOLD).then_refused(NothingSubmitted)
    executed_again.when(SUBMIT).then(replace(SUBMITTED, number=2))


def test_after_the_gate_found_the_testing_complete_nothing_is_reopened() -> None:
    complete = reviewed.when(HOLD).accepted()
    complete.when(HOLD).then_refused(GateAlreadyPassed)
    complete.when(SUBMIT).then_refused(GateAlreadyPassed)
    complete.when(ExecutionCompleted(ONE_FAILED, ("6.2.4",), (), (), NOW)).then_nothing()


def test_the_criteria_are_those_of_the_edition_under_which_the_engagement_began() -> None:
    assert verdicts(OPENED, executed.state, decided=False)
    with pytest.raises(RulebookError, match=r"no edition 'ctsd-1999\.1'"):
        verdicts(replace(OPENED, rulebook="ctsd-1999.1"), executed.state, decided=False)
