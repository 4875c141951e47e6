import pytest

from rulebook.engine.suspension import Suspension, grounds, may_resume, report_items


def test_the_grounds_are_the_five_of_the_source() -> None:
    assert [each.clause for each in grounds()] == [f"CTSD 5.13.1({letter})" for letter in "abcde"]


def test_the_report_tells_the_cause_and_who_does_what_until_when_before_testing_goes_on() -> None:
    assert [each.id for each in report_items()] == ["cause", "criteria", "owner", "date"]
    assert {each.clause for each in report_items()} == {"CTSD 5.14.1"}


def test_the_product_can_see_some_of_the_grounds_and_people_tell_the_rest() -> None:
    assert {each.id: each.advice for each in grounds()} == {
        "a": "none",
        "b": "blocked",
        "c": "failures",
        "d": "blocked",
        "e": "missed",
    }


@pytest.mark.parametrize(
    ("suspension", "resumes", "clause"),
    [
        (Suspension(), False, "CTSD 5.14.2"),
        (Suspension(dcc_satisfied=True), False, "CTSD 5.14.2"),
        (Suspension(participant_satisfied=True), False, "CTSD 5.14.2"),
        (Suspension(dcc_satisfied=True, participant_satisfied=True), True, "CTSD 5.12.2"),
        (Suspension(True, True, disputed=True), False, "CTSD 5.15.1"),
        (Suspension(True, True, disputed=True, criteria_met=True), True, "CTSD 5.12.2"),
    ],
)
def test_testing_goes_on_only_when_both_sides_agree_and_no_dispute_is_heard(
    suspension: Suspension, resumes: bool, clause: str
) -> None:
    assert may_resume(suspension) == (resumes, clause)
