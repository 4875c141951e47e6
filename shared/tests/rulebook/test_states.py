"""Where a step stands on a day."""

from datetime import date
from typing import Any, get_args

import pytest

from rulebook.engine.dating.states import OWED, StepState, step_state
from rulebook.engine.why import states

DAY = date(2027, 2, 1)
STEP: dict[str, Any] = {"opens": date(2026, 12, 1), "due": date(2027, 1, 25)}


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
        ({"missed": True}, "missed"),
        ({"done_on": date(2027, 1, 20), "in_time": True}, "done"),
        ({"done_on": date(2027, 1, 30), "in_time": False, "missed": True}, "late"),
        ({"withdrawn": True}, "withdrawn"),
        ({"withdrawn": True, "done_on": date(2027, 1, 20), "in_time": True}, "done"),
    ],
)
def test_a_step_stands_where_its_facts_put_it(changes: dict[str, Any], expected: StepState) -> None:
    assert step_state(DAY, **{**STEP, **changes}) == expected


def test_the_words_for_states_are_those_that_the_law_explains() -> None:
    assert set(get_args(StepState)) == set(states())
    assert set(OWED) < set(states())
