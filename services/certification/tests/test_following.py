"""What others' facts change."""

from certification.domain.completion import FixDisproved, IssueClosed, IssueFixed, IssueRaised, PlanAgreed, PlanReplaced
from certification.domain.inbound import (
    CompleteExecution,
    NoteClosure,
    NoteFailedRetest,
    NoteFix,
    NoteIssue,
    NotePlan,
    NoteProposal,
    OpenCompletion,
)
from certification.testing.events import EXECUTED, OPENED, completion, reviewed


def test_a_notice_opens_the_completion_once() -> None:
    command = OpenCompletion("ESUP", "Export Supplies Ltd", "ES", "uept", "ctsd-2026.1")
    completion.given().when(command).then(OPENED).when(command).then_nothing()


def test_an_issue_its_plan_its_fix_and_its_closure_are_each_noted_once() -> None:
    raised = completion.given(OPENED).when(NoteIssue(1, 2)).then(IssueRaised(1, 2))
    raised.when(NoteIssue(1, 2)).then_nothing()
    raised.when(NoteFailedRetest(1)).then_nothing()
    planned = raised.when(NotePlan(1)).then(PlanAgreed(1))
    planned.when(NotePlan(1)).then_nothing()
    fixed = planned.when(NoteFix(1)).then(IssueFixed(1))
    fixed.when(NoteFix(1)).then_nothing()
    fixed.when(NoteFailedRetest(1)).then(FixDisproved(1)).when(NoteFix(1)).then(IssueFixed(1))
    planned.when(NoteClosure(1)).then(IssueClosed(1)).when(NoteClosure(1)).then_nothing()


def test_an_agreed_plan_that_is_replaced_must_be_agreed_anew() -> None:
    raised = completion.given(OPENED, IssueRaised(1, 3))
    raised.when(NoteProposal(1)).then_nothing()
    replaced = raised.given(PlanAgreed(1)).when(NoteProposal(1)).then(PlanReplaced(1))
    replaced.when(NoteProposal(1)).then_nothing()
    replaced.when(NotePlan(1)).then(PlanAgreed(1))


def test_what_is_said_of_an_unknown_issue_changes_nothing() -> None:
    completion.given(OPENED).when(NoteProposal(4)).then_nothing()
    completion.given(OPENED).when(NotePlan(4)).then_nothing()
    completion.given(OPENED).when(NoteFix(4)).then_nothing()
    completion.given(OPENED).when(NoteFailedRetest(4)).then_nothing()
    completion.given(OPENED).when(NoteClosure(4)).then_nothing()


def test_the_same_execution_told_twice_changes_nothing() -> None:
    reviewed.when(CompleteExecution(**vars(EXECUTED))).then_nothing()
