"""Where steps stand, and how far an engagement has come."""

from datetime import date
from typing import Any, get_args

import pytest

from gateway.read_side.facts import phase
from gateway.read_side.timeline import StepState, next_due, state, timeline
from rulebook.engine.procedures import procedure
from rulebook.engine.why import states

DAY = date(2027, 2, 1)
ROW: dict[str, Any] = {
    "key": "5.6.1.5",
    "ref": "5.6.1.5",
    "action": "Provide the test artefacts",
    "sender": "participant",
    "recipient": "dcc",
    "method": "email-attachment",
    "clause": "CTSD 5.6.1.5",
    "opens": date(2026, 12, 1),
    "due": date(2027, 1, 25),
    "why": "25 Working Days before the start",
    "withdrawn": False,
    "missed_due": None,
    "done_on": None,
    "done_by": None,
    "in_time": None,
}
ACKNOWLEDGED: dict[str, dict[str, str]] = {"notification.notification-acknowledged": {}}
READY = {"artefact-review.entry-gate-held": {"outcome": "ready"}}
PREVENTED = {"artefact-review.entry-gate-held": {"outcome": "prevented"}}
CONNECTED: dict[str, dict[str, str]] = {"execution-tracker.connectivity-checked": {}}
EXECUTED = {"execution-tracker.execution-completed": {"completed_at": "2027-03-10T10:00:00Z"}}
FURTHER = {"certification.exit-gate-held": {"outcome": "further-testing", "held_at": "2027-03-20T10:00:00Z"}}
COMPLETE = {"certification.exit-gate-held": {"outcome": "complete", "held_at": "2027-03-20T10:00:00Z"}}
CERTIFIED: dict[str, Any] = {"certification.certificate-issued": {}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "due"),
        ({"due": DAY}, "due"),
        ({"due": date(2027, 2, 2)}, "open"),
        ({"opens": None, "due": date(2027, 2, 2)}, "open"),
        ({"due": None}, "open"),
        ({"opens": date(2027, 2, 2), "due": date(2027, 2, 5)}, "pending"),
        ({"opens": None, "due": None}, "pending"),
        ({"missed_due": date(2027, 1, 25)}, "missed"),
        ({"missed_due": date(2027, 1, 20)}, "due"),
        ({"done_on": date(2027, 1, 20), "in_time": True}, "done"),
        ({"done_on": date(2027, 1, 30), "in_time": False, "missed_due": date(2027, 1, 25)}, "late"),
        ({"withdrawn": True}, "withdrawn"),
    ],
)
def test_a_step_stands_where_its_facts_put_it(changes: dict[str, Any], expected: str) -> None:
    assert state({**ROW, **changes}, DAY) == expected


def test_the_words_for_states_are_those_that_the_rulebook_explains() -> None:
    assert set(get_args(StepState)) == set(states())


def test_steps_stand_in_the_order_of_the_procedure_and_rounds_in_their_order() -> None:
    rounds = [{**ROW, "ref": "5.6.1.7", "key": f"5.6.1.7#{n}"} for n in (10, 2, 1)]
    steps = timeline(procedure("uept"), [*rounds, ROW], DAY)
    keys = [step.key for step in steps]
    assert keys[:4] == ["5.6.1.1", "5.6.1.2", "5.6.1.3", "5.6.1.4"]
    assert keys[4:9] == ["5.6.1.5", "5.6.1.6", "5.6.1.7#1", "5.6.1.7#2", "5.6.1.7#10"]


def test_what_was_missed_is_still_owed_and_comes_first() -> None:
    missed = {**ROW, "missed_due": ROW["due"]}
    later = {**ROW, "key": "5.6.1.9", "ref": "5.6.1.9", "due": date(2027, 2, 22)}
    done = {**ROW, "key": "5.6.1.1", "ref": "5.6.1.1", "done_on": DAY, "in_time": True}
    steps = timeline(procedure("uept"), [later, missed, done], DAY)
    assert [step.key for step in next_due(steps, 5)] == ["5.6.1.5", "5.6.1.9"]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "notified"),
        (ACKNOWLEDGED, "preparation"),
        (ACKNOWLEDGED | PREVENTED, "preparation"),
        (ACKNOWLEDGED | READY, "ready"),
        (READY | CONNECTED, "execution"),
        (READY | CONNECTED | EXECUTED, "completion"),
        (READY | EXECUTED | FURTHER, "execution"),
        (READY | EXECUTED | COMPLETE, "certification"),
        (READY | COMPLETE | CERTIFIED, "certified"),
    ],
)
def test_an_engagement_is_as_far_as_its_facts_say(facts: dict[str, Any], expected: str) -> None:
    assert phase(facts) == expected


def test_the_first_result_begins_the_execution() -> None:
    assert phase(ACKNOWLEDGED | READY, began=True) == "execution"
