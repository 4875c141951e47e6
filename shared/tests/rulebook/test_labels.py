"""A step in one line, as API, e-mail, calendar feed and webhook show it."""

from datetime import date, time

import pytest

from rulebook.engine.dating.labels import label, whose_turn
from rulebook.engine.dating.states import StepState

DUE = date(2027, 8, 3)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("pending", "3 deficiencies open, with you, due Tue 3 August 2027, end of day"),
        ("due", "3 deficiencies open, with you, due Tue 3 August 2027, end of day"),
        ("missed", "3 deficiencies open, with you, missed: it was due Tue 3 August 2027, end of day"),
        ("withdrawn", "Provide revised documents, not owed any more"),
        ("not-applicable", "Provide revised documents, not called for"),
    ],
)
def test_a_line_says_what_is_to_be_done_whose_turn_it_is_and_by_when(state: StepState, expected: str) -> None:
    assert label("Provide revised documents", "you", state, due=DUE, about="3 deficiencies open") == expected


def test_without_anything_to_be_dealt_with_the_step_itself_is_named() -> None:
    assert (
        label("Hold the gate", "DCC", "open", due=DUE) == "Hold the gate, with DCC, due Tue 3 August 2027, end of day"
    )


def test_a_step_that_is_due_at_an_hour_says_so() -> None:
    assert label("Report", "DCC", "due", due=DUE, at=time(17)).endswith("due Tue 3 August 2027, by 17:00")


def test_a_step_without_a_date_says_so() -> None:
    assert label("Hold the gate", "DCC", "pending", due=None) == "Hold the gate, with DCC, no date yet"


def test_what_is_done_says_when_and_whether_it_was_late() -> None:
    assert label("Report", "you", "done", due=DUE, done_on=DUE) == "Report, done on Tue 3 August 2027"
    late = label("Report", "you", "late", due=DUE, about="1 deficiency open", done_on=date(2027, 8, 4))
    assert late == "Report, done late on Wed 4 August 2027"


def test_it_is_your_turn_when_you_hold_the_role_that_owes_the_step() -> None:
    assert whose_turn("participant", "participant", "Supplier plc") == "you"
    assert whose_turn("participant", "dcc", "Supplier plc") == "Supplier plc"
    assert whose_turn("participant", None, "Supplier plc") == "Supplier plc"
