"""The steps of an engagement as they stand, and those that are owed next."""

from datetime import date
from typing import Any

import pytest

from gateway.read_side.timeline import Reader, next_due, timeline
from rulebook.engine.profile import profile

UEPT = profile("uept")
DAY = date(2027, 2, 1)
READER = Reader(DAY, "participant", {"dcc": "DCC"})
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
    "at": None,
    "about": "",
    "withdrawn": False,
    "missed_due": None,
    "done_on": None,
    "done_by": None,
    "in_time": None,
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"missed_due": date(2027, 1, 25)}, "missed"),
        ({"missed_due": date(2027, 1, 20)}, "due"),
        ({"done_on": date(2027, 1, 30), "in_time": False, "missed_due": date(2027, 1, 25)}, "late"),
    ],
)
def test_a_step_has_missed_the_date_that_it_has_now(changes: dict[str, Any], expected: str) -> None:
    states = {step.key: step.state for step in timeline(UEPT.procedure, [{**ROW, **changes}], READER)}
    assert states["5.6.1.5"] == expected


def test_steps_stand_in_the_order_of_the_procedure_and_rounds_in_their_order() -> None:
    rounds = [{**ROW, "ref": "5.6.1.7", "key": f"5.6.1.7#{n}"} for n in (10, 2, 1)]
    steps = timeline(UEPT.procedure, [*rounds, ROW], READER)
    keys = [step.key for step in steps]
    assert keys[:4] == ["5.6.1.1", "5.6.1.2", "5.6.1.3", "5.6.1.4"]
    assert keys[4:9] == ["5.6.1.5", "5.6.1.6", "5.6.1.7#1", "5.6.1.7#2", "5.6.1.7#10"]


def test_what_was_missed_is_still_owed_and_comes_first() -> None:
    missed = {**ROW, "missed_due": ROW["due"]}
    later = {**ROW, "key": "5.6.1.9", "ref": "5.6.1.9", "due": date(2027, 2, 22)}
    done = {**ROW, "key": "5.6.1.1", "ref": "5.6.1.1", "done_on": DAY, "in_time": True}
    steps = timeline(UEPT.procedure, [later, missed, done], READER)
    assert [step.key for step in next_due(steps, 5)] == ["5.6.1.5", "5.6.1.9"]


def test_each_step_says_in_a_line_whose_turn_it_is_to_who_reads_it() -> None:
    returned = {**ROW, "key": "5.6.1.7#1", "ref": "5.6.1.7", "due": date(2027, 2, 12), "about": "3 deficiencies open"}
    review = {**ROW, "key": "5.6.1.8#1", "ref": "5.6.1.8", "sender": "dcc", "action": "Review", "due": None}
    labels = {step.key: step.label for step in timeline(UEPT.procedure, [returned, review], READER)}
    assert labels["5.6.1.7#1"] == "3 deficiencies open, with you, due Fri 12 February 2027, end of day"
    assert labels["5.6.1.8#1"] == "Review, with DCC, no date yet"
    assert labels["5.6.1.9"].endswith(", not called for")
