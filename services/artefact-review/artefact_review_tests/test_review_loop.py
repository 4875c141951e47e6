"""The review loop: who reviews, what is kept before it is submitted, deficiencies and their conversation, overrides."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from artefact_review.domain import (
    conversing,
    events,
    gate_refusals,
    refusals,
    review_events,
    review_refusals,
    reviewing,
    submission,
)
from artefact_review.domain.judging import Grounds, verdicts
from artefact_review.domain.reviewing import awaited

from . import given
from .acting import ACCEPTED, ARTEFACTS, OPENED, SPEC, descope, gate, verdict, with_everything
from .acting import reviewed as state_of

REMARK = reviewing.Remark("test-scripts", "SSI has no script.", "Scripts!36")
CONDITION = reviewing.Remark("test-data-plan", "Two dates are of last year.", "Test Data!4", "minor", date(2027, 2, 1))
WAITING: Any = SPEC.given(OPENED, given.submitted(ARTEFACTS), given.decided(given.E11, agreed=True))
DRAFT = given.without_a_script("ES", given.E11)
FAILING: Any = SPEC.given(OPENED, given.submitted(DRAFT), given.decided(given.E11, agreed=True))
FILE = review_events.Attachment("bench.pdf", "0" * 64, 20)


def keep(*sent: Any) -> submission.KeepArtefacts:
    return submission.KeepArtefacts(given.ENGAGEMENT, sent, "pat", given.NOW)


def assign(*reviewers: str, role: str = "dcc") -> reviewing.AssignReviewers:
    return reviewing.AssignReviewers(given.ENGAGEMENT, reviewers, role, "dana", given.NOW)


def say(turn: Any, text: str = "As said.", role: str = "participant", id: str = "1.1", **more: Any) -> Any:
    said = conversing.DiscussDeficiency(given.ENGAGEMENT, id, turn, text, (), role, "pat", given.NOW)
    return replace(said, **more)


def standing(spec: Any, id: str = "1.1") -> str:
    return state_of(spec).deficiencies[id].standing


def test_what_is_kept_waits_until_it_is_submitted_for_review() -> None:
    kept: Any = SPEC.given(OPENED).when(keep(*ARTEFACTS[:2])).accepted().when(keep(*ARTEFACTS[2:])).accepted()
    kept.when(verdict("accepted")).then_refused(review_refusals.NothingToReview)
    submitted = kept.when(given.submit(())).accepted()
    assert submitted.history[-1].artefacts == ARTEFACTS
    assert state_of(submitted).kept == ()


def test_nothing_can_not_be_kept() -> None:
    SPEC.given(OPENED).when(keep()).then_refused(refusals.NothingRevised)


def test_of_what_is_kept_the_latest_of_a_kind_counts() -> None:
    kept: Any = SPEC.given(OPENED).when(keep(*DRAFT)).accepted().when(keep(ARTEFACTS[2])).accepted()
    assert [each.sha256 for each in state_of(kept).kept if each.kind == "test-scripts"] == [ARTEFACTS[2].sha256]


def test_what_is_not_all_there_is_not_submitted() -> None:
    SPEC.given(OPENED).when(keep(*ARTEFACTS[:2])).accepted().when(given.submit(())).then_refused(
        refusals.ArtefactsMissing
    )


def test_nothing_is_kept_while_a_submission_waits_for_its_review() -> None:
    WAITING.when(keep(*ARTEFACTS)).then_refused(refusals.AwaitsReview)


def test_who_is_assigned_reviews_and_nobody_else() -> None:
    assigned = WAITING.when(assign("dana", "dilip")).accepted()
    other = replace(verdict("accepted"), by="dora")
    assigned.when(other).then_refused(review_refusals.ReviewerNotAssigned("dora", "dana, dilip"))
    assigned.when(replace(other, by="dilip")).accepted()
    assigned.when(assign()).accepted().when(other).accepted()


def test_the_same_reviewers_again_are_no_news() -> None:
    WAITING.when(assign("dana")).accepted().when(assign("dana")).then_nothing()
    WAITING.when(assign("dana", "dana")).then_refused(review_refusals.ReviewerNamedTwice)


def test_a_role_that_reviews_nothing_neither_assigns_nor_decides() -> None:
    stranger = review_refusals.NotAReviewingRole("participant", "dcc")
    WAITING.when(assign("pat", role="participant")).then_refused(stranger)
    WAITING.when(verdict("accepted", role="participant")).then_refused(stranger)


def test_a_review_of_a_submission_that_was_superseded_is_a_conflict() -> None:
    second = WAITING.given(given.reviewed("returned"), given.submitted(ARTEFACTS, 2))
    stale = replace(verdict("accepted"), submission=1)
    second.when(stale).then_refused(review_refusals.SubmissionSuperseded(1, 2))
    second.when(replace(stale, submission=2)).accepted()


def test_the_second_of_two_reviewers_learns_who_decided() -> None:
    after = WAITING.when(verdict("returned", REMARK)).accepted()
    after.when(replace(verdict("accepted"), by="dilip")).then_refused(
        review_refusals.ReviewedBefore(1, "returned", "dana")
    )


def test_a_check_that_fails_is_overridden_with_a_reason_that_everybody_sees() -> None:
    reasons = tuple(review_events.Override(rule, "SSI is demonstrated on site.") for rule in rules_of(FAILING))
    accepted = FAILING.when(replace(verdict("accepted"), overrides=reasons)).accepted()
    reviewed = next(each for each in accepted.history if isinstance(each, events.ArtefactsReviewed))
    assert reviewed.overrides == reasons
    judged = verdicts(state_of(gate_ready(accepted)), GROUNDS)
    (said,) = (each.statement for each in judged if each.criterion == "5.8.1c")
    assert "with an override of checks (tests-have-scripts: SSI is demonstrated on site." in said


def test_each_check_that_fails_needs_its_own_override() -> None:
    one = (review_events.Override(rules_of(FAILING)[0], "On site."),)
    FAILING.when(replace(verdict("accepted"), overrides=one)).then_refused(review_refusals.ChecksFail)


def test_an_override_needs_a_reason_and_a_check_that_fails() -> None:
    mute = (review_events.Override(rules_of(FAILING)[0], " "),)
    FAILING.when(replace(verdict("accepted"), overrides=mute)).then_refused(review_refusals.OverrideReasonMissing)
    idle = (review_events.Override("plan-is-whole", "It is."),)
    FAILING.when(replace(verdict("accepted"), overrides=idle)).then_refused(review_refusals.OverrideNotWanted)
    returned = replace(verdict("returned", REMARK), overrides=idle)
    FAILING.when(returned).then_refused(review_refusals.OverrideNotWanted)


def rules_of(spec: Any) -> list[str]:
    found = submission.findings(state_of(spec), given.ACCEDED)
    return list(dict.fromkeys(each.rule for each in found if not each.passed))


GROUNDS = Grounds(given.ACCEDED, given.NOW.date(), approved=frozenset({"test-readiness-report"}))


def gate_ready(spec: Any) -> Any:
    """With everything that the entry gate asks for beside the artefacts."""
    others = [each for each in with_everything().history if each not in ACCEPTED]
    return spec.given(events.NotificationAcknowledged(given.NOW), *others)


def test_minor_deficiencies_with_a_day_are_conditions_of_an_acceptance() -> None:
    accepted = WAITING.when(verdict("accepted", CONDITION)).accepted()
    (condition,) = (each.deficiency for each in state_of(accepted).deficiencies.values())
    assert (condition.id, condition.severity, condition.due) == ("1.1", "minor", date(2027, 2, 1))
    assert condition.sha256 == ARTEFACTS[3].sha256
    assert state_of(accepted).agreed is not None


@pytest.mark.parametrize("change", [{"severity": "major"}, {"due": None}])
def test_a_major_deficiency_or_one_without_a_day_is_none(change: Any) -> None:
    unfit = replace(CONDITION, **change)
    WAITING.when(verdict("accepted", unfit)).then_refused(review_refusals.DeficiencyNotWanted(1))


@pytest.mark.parametrize("due", [date(2027, 1, 21), given.START])
def test_a_condition_is_due_from_today_on_and_before_the_start(due: date) -> None:
    unfit = replace(CONDITION, due=due)
    WAITING.when(verdict("accepted", unfit)).then_refused(review_refusals.ConditionNotUsable)


def test_the_gate_is_not_ready_while_a_condition_is_open() -> None:
    spec = gate_ready(WAITING.when(verdict("accepted", CONDITION)).accepted())
    refusal = spec.when(gate()).then_refused(gate_refusals.EntryCriteriaNotMet)
    assert "the resolution of the conditions of the acceptance: 1.1 (test-data-plan)" in refusal.message
    proposed = spec.when(say("resolution-proposed", "The dates are this year's.")).accepted()
    resolved = proposed.when(say("resolution-accepted", role="dcc")).accepted()
    assert standing(resolved) == "resolved"
    resolved.when(gate()).accepted()


def test_a_condition_may_be_met_by_a_revision_which_is_reviewed() -> None:
    accepted = WAITING.when(verdict("accepted", CONDITION)).accepted()
    again = accepted.when(given.submit((replace(ARTEFACTS[3], sha256="1" * 64),))).accepted()
    assert awaited(state_of(again)) == ("dcc",)


def test_a_return_with_a_start_that_can_not_be_kept_says_so() -> None:
    returned = WAITING.when(replace(verdict("returned", REMARK), reschedule=True)).accepted()
    assert returned.history[-1].reschedule
    WAITING.when(replace(verdict("accepted"), reschedule=True)).then_refused(review_refusals.RescheduleNotWanted)


def test_a_prevented_start_may_move_to_the_earliest_practicable_one_and_no_other() -> None:
    held: Any = SPEC.given(OPENED).when(gate("prevented", reason="No bench.", reschedule=True)).accepted()
    assert held.history[-1].reschedule
    with_everything().when(gate(reschedule=True)).then_refused(gate_refusals.RescheduleIsForPrevented("ready"))


def test_an_acceptance_closes_the_deficiencies_of_the_rounds_before() -> None:
    first = SPEC.given(OPENED, given.submitted(DRAFT)).when(verdict("returned", REMARK)).accepted()
    second = first.when(given.submit((ARTEFACTS[1], ARTEFACTS[2]))).accepted()
    assert standing(second) == "open"
    accepted = second.when(descope(agreed=True)).accepted().when(verdict("accepted")).accepted()
    assert standing(accepted) == "closed"
    accepted.when(say("comment")).then_refused(review_refusals.DeficiencySettled("1.1", "closed"))


RETURNED = WAITING.when(verdict("returned", REMARK)).accepted()


def test_both_sides_comment_and_files_come_along() -> None:
    spec = RETURNED.when(say("comment", attachments=(FILE,))).accepted()
    spec = spec.when(say("comment", role="dcc")).accepted()
    said = state_of(spec).deficiencies["1.1"].conversation
    assert [(each.role, each.attachments) for each in said] == [("participant", (FILE,)), ("dcc", ())]
    assert standing(spec) == "open"


def test_who_provides_proposes_and_who_reviews_answers() -> None:
    proposed = RETURNED.when(say("resolution-proposed")).accepted()
    assert standing(proposed) == "proposed"
    refused = proposed.when(say("resolution-refused", "Not enough.", "dcc")).accepted()
    assert standing(refused) == "open"
    again = refused.when(say("resolution-proposed")).accepted()
    assert standing(again.when(say("resolution-accepted", "", "dcc")).accepted()) == "resolved"


@pytest.mark.parametrize(
    ("turn", "role"),
    [
        ("comment", "panel"),
        ("resolution-proposed", "dcc"),
        ("resolution-accepted", "participant"),
        ("resolution-refused", "participant"),
    ],
)
def test_the_wrong_side_has_no_turn(turn: Any, role: str) -> None:
    proposed = RETURNED.when(say("resolution-proposed")).accepted()
    proposed.when(say(turn, role=role)).then_refused(review_refusals.NotTheirTurn)


@pytest.mark.parametrize("turn", ["resolution-accepted", "resolution-refused"])
def test_nothing_is_answered_that_was_not_proposed(turn: Any) -> None:
    RETURNED.when(say(turn, role="dcc")).then_refused(review_refusals.ResolutionNotProposed("1.1"))


def test_words_are_needed_but_to_accept() -> None:
    RETURNED.when(say("comment", " ")).then_refused(review_refusals.NothingSaid)


def test_a_deficiency_that_is_not_there_is_refused_with_those_that_are() -> None:
    RETURNED.when(say("comment", id="2.7")).then_refused(review_refusals.DeficiencyUnknown("2.7", "1.1"))
