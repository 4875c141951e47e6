"""While whether a test is done lies before a body, that test waits and all others go on (CTSD 5.2.9)."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from contracts.disputes import HoldBegan, HoldEnded
from execution_tracker import translation
from execution_tracker.aggregates import EXECUTION
from execution_tracker.domain.completion import CompleteExecution
from execution_tracker.domain.events import DisputeClosed, DisputeOpened
from execution_tracker.domain.result_refusals import DisputedTestsOpen, DisputedTestWaits, ResultsRefused
from testing.execution_events import BY, CONNECTED, NOW, RC, SR, record, recorded, result
from testing.probe import deciding

CODE = RC.split(":")[1]
OPENED = DisputeOpened("descoping#1", "response-code", CODE, "panel", "CTSD 5.2.9", NOW)
CLOSED = DisputeClosed("descoping#1", NOW + timedelta(days=3))
connected = deciding(EXECUTION).given(*CONNECTED)
disputed = connected.when(OPENED).then(OPENED)


def test_a_result_of_a_disputed_test_is_refused_with_the_clause_and_another_one_taken() -> None:
    refused = disputed.when(record(result(RC))).then_refused(DisputedTestWaits(RC, f"response-code {CODE}", "panel"))
    assert refused.clause == "CTSD 5.2.9"
    disputed.when(record(result(SR))).then(recorded(SR))


def test_of_several_results_the_disputed_one_is_named() -> None:
    refused = disputed.when(record(result(SR, row=1), result(RC, row=2, number=2))).then_refused(ResultsRefused)
    assert isinstance(refused, ResultsRefused)
    assert [(row.row, row.test, row.clause) for row in refused.rows] == [(2, RC, "CTSD 5.2.9")]


def test_once_the_matter_is_closed_the_test_is_done_like_any_other() -> None:
    disputed.when(CLOSED).then(CLOSED).when(record(result(RC))).then(recorded(RC))


def test_the_execution_is_not_completed_while_a_test_in_scope_is_disputed() -> None:
    complete = CompleteExecution(BY, NOW, "The others are not there.")
    refused = disputed.when(complete).then_refused(DisputedTestsOpen(1, f"response-code {CODE}", "panel"))
    assert refused.clause == "CTSD 5.2.9"
    disputed.when(CLOSED).accepted().when(complete).accepted()


def test_a_dispute_about_no_test_in_scope_keeps_nothing_waiting() -> None:
    other = connected.when(replace(OPENED, item="E60")).accepted()
    other.when(record(result(RC))).then(recorded(RC))
    other.when(CompleteExecution(BY, NOW, "The others are not there.")).accepted()


@pytest.mark.parametrize("order", sorted({*permutations("oocc")}))
def test_one_that_comes_again_changes_nothing(order: tuple[str, ...]) -> None:
    """`o` opens it, `c` closes it. One source tells both, in its order: what is told last holds."""
    story = connected
    for each in order:
        story = story.given(*story.when(OPENED if each == "o" else CLOSED).events)
    assert bool(story.state.disputes) is (order[-1] == "o")


def test_only_a_hold_of_disputed_tests_is_taken() -> None:
    began = HoldBegan(
        right="descoping#1",
        route="descoping",
        clause="CTSD 5.2.9",
        body="panel",
        holds=("disputed-tests",),
        decision="artefact-review.descoping-decided",
        values={"item.kind": "response-code", "item.item": CODE, "agreed": False},
        began_at=NOW,
    )
    assert translation.dispute_opened(began) == OPENED
    assert translation.dispute_opened(began.model_copy(update={"holds": ("start",)})) is None
    told = {name: value for name, value in began.model_dump().items() if name != "body"}
    ended = HoldEnded(**told, because="determined", ended_at=CLOSED.closed_at)
    assert translation.dispute_closed(ended) == CLOSED
    assert translation.dispute_closed(ended.model_copy(update={"holds": ("completion",)})) is None
