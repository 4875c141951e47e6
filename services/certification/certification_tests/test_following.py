"""What others' facts change, in whatever order they come."""

from certification.domain.completion import Completion, IssueNoted, IssueStatus, ScopedTest, ScopeNoted
from certification.domain.inbound import CompleteExecution, NoteIssue, NoteScope, OpenCompletion

from .events import CONFIRMED, EXECUTED, HOLD, OPENED, PLANNED_ISSUE, SUBMITTED, completion, reviewed

OPEN = OpenCompletion(**vars(OPENED))
COMPLETE = CompleteExecution(**vars(EXECUTED))
NOTE = NoteIssue(**vars(PLANNED_ISSUE))


def test_a_notice_opens_the_completion_once() -> None:
    completion.given().when(OPEN).then(OPENED).when(OPEN).then_nothing()


def test_each_change_of_an_issue_is_noted_once() -> None:
    raised = completion.given(OPENED).when(NoteIssue(1, 2, "open", False)).then(IssueNoted(1, 2, "open", False))
    raised.when(NoteIssue(1, 2, "open", False)).then_nothing()
    changes: tuple[tuple[IssueStatus, bool], ...] = (
        *(("planned", True), ("fixed", True), ("planned", True), ("closed", True)),
    )
    for status, agreed in changes:
        noted = raised.when(NoteIssue(1, 2, status, agreed)).then(IssueNoted(1, 2, status, agreed))
        noted.when(NoteIssue(1, 2, status, agreed)).then_nothing()


def test_each_scope_is_noted_once_and_the_latest_counts() -> None:
    tests = (ScopedTest("SR:8.9:CV1-OD:S1", "Read a meter"),)
    noted = completion.given(OPENED).when(NoteScope(tests)).then(ScopeNoted(tests))
    noted.when(NoteScope(tests)).then_nothing()
    assert noted.when(NoteScope(())).then(ScopeNoted(())).state.scope == ()


def test_an_agreed_plan_that_is_replaced_must_be_agreed_anew() -> None:
    agreed = completion.given(OPENED, IssueNoted(1, 3, "planned", True))
    replaced = agreed.when(NoteIssue(1, 3, "open", False)).then(IssueNoted(1, 3, "open", False))
    replaced.when(NoteIssue(1, 3, "planned", True)).then(IssueNoted(1, 3, "planned", True))


def test_an_issue_of_which_nothing_was_known_is_known_as_it_stands_now() -> None:
    closed = completion.given(OPENED).when(NoteIssue(4, 1, "closed", True)).accepted()
    assert closed.state.issues == {4: IssueNoted(4, 1, "closed", True)}


def test_facts_that_come_before_the_notice_lead_to_the_same_state() -> None:
    def after(*commands: OpenCompletion | NoteIssue | CompleteExecution) -> Completion:
        spec = completion.given()
        for command in commands:
            spec = spec.when(command).accepted()
        return spec.state

    assert after(NOTE, COMPLETE, OPEN) == after(COMPLETE, OPEN, NOTE) == after(OPEN, NOTE, COMPLETE)
    assert after(NOTE, COMPLETE).audience is None
    completion.given(PLANNED_ISSUE, EXECUTED, OPENED, SUBMITTED, CONFIRMED).when(HOLD).accepted()


def test_the_same_execution_told_twice_changes_nothing() -> None:
    reviewed.when(COMPLETE).then_nothing()
