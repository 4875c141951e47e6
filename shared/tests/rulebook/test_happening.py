"""What an event does to the facts follows from the steps of its procedure alone."""

from datetime import date

import pytest

from rulebook.engine.dating.facts import Facts, Review
from rulebook.engine.dating.happening import after, round_of, set_by
from rulebook.engine.procedures import Procedure, procedure

UEPT, DUST = procedure("uept"), procedure("additional-sr-dust")
DAY, LATER = date(2027, 3, 24), date(2027, 4, 12)
FACTS = Facts({"notified": date(2026, 11, 24), "start": date(2027, 3, 1)})
EXECUTED, HELD = "execution-tracker.execution-completed", "certification.exit-gate-held"
SUBMITTED = "certification.completion-report-submitted"


@pytest.mark.parametrize("steps", [UEPT, DUST])
@pytest.mark.parametrize(
    ("fact", "outcome", "anchor"),
    [
        ("notification.notification-acknowledged", None, "acknowledged"),
        (EXECUTED, None, "execution-completed"),
        (SUBMITTED, None, "report-received"),
        ("certification.report-receipt-confirmed", None, "receipt-confirmed"),
        (HELD, "complete", "gate-held"),
    ],
)
def test_an_event_sets_the_anchor_that_its_step_sets(
    steps: Procedure, fact: str, outcome: str | None, anchor: str
) -> None:
    assert after(steps, FACTS, fact, DAY, outcome).of(anchor) == DAY
    assert set_by(steps, anchor) == (fact,)


def test_an_event_that_completes_no_step_or_sets_nothing_changes_nothing() -> None:
    assert after(UEPT, FACTS, "execution-tracker.result-recorded", DAY) == FACTS
    assert after(UEPT, FACTS, "artefact-review.artefacts-submitted", DAY) == FACTS
    assert set_by(UEPT, "start") == ()


def test_a_review_is_accepted_or_returned() -> None:
    reviewed = "artefact-review.artefacts-reviewed"
    found = after(UEPT, after(UEPT, FACTS, reviewed, DAY, "returned"), reviewed, LATER, "accepted")
    assert found.reviews == (Review(DAY, False), Review(LATER, True))


@pytest.mark.parametrize("steps", [UEPT, DUST])
def test_a_gate_that_asks_for_further_testing_opens_a_round_with_anchors_of_its_own(steps: Procedure) -> None:
    first = after(steps, after(steps, FACTS, EXECUTED, DAY), HELD, LATER, "further-testing")
    again = after(steps, first, SUBMITTED, LATER)
    assert again.opened() == (1,)
    assert (again.of("report-received"), again.of("execution-completed")) == (None, DAY)
    inside = again.in_round(1, steps.renewed)
    assert (inside.of("report-received"), inside.of("execution-completed")) == (LATER, None)
    assert inside.start == FACTS.start


def test_a_second_completion_belongs_to_the_next_round_also_before_the_gate_is_heard() -> None:
    once = after(UEPT, FACTS, EXECUTED, DAY)
    twice = after(UEPT, once, EXECUTED, LATER)
    assert (twice.of("execution-completed"), twice.opened()) == (DAY, ())
    assert twice.in_round(1, UEPT.renewed).of("execution-completed") == LATER
    assert (round_of(UEPT, once, EXECUTED), round_of(UEPT, once, SUBMITTED)) == (1, 0)


def test_a_day_can_be_taken_back() -> None:
    assert FACTS.having("acknowledged", DAY).having("acknowledged", None) == FACTS
