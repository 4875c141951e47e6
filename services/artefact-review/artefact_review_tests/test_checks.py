"""Each check, by a set of artefacts that breaks it and one that does not."""

import pytest

from artefact_review.domain import events, review, submission
from artefact_review.domain.checks import RULES, failed
from artefact_review.domain.measure import Finding
from artefact_review.domain.party import Party
from artefact_review.files.writing import Row

from . import given


def findings(
    found: dict[str, dict[str, list[Row]]], *proposals: events.Proposal, role: str = "ES"
) -> tuple[Finding, ...]:
    return submission.findings(given.with_artefacts(given.read(found), role, *proposals), Party())


def failing(
    found: dict[str, dict[str, list[Row]]], *proposals: events.Proposal, role: str = "ES"
) -> list[tuple[str, str | None]]:
    return [(each.rule, each.location) for each in failed(findings(found, *proposals, role=role))]


def warned(found: dict[str, dict[str, list[Row]]], *proposals: events.Proposal) -> list[tuple[str, str | None]]:
    """What is only warned of: nothing fails."""
    assert failing(found, *proposals) == []
    return [(each.rule, each.location) for each in findings(found, *proposals) if each.severity == "warning"]


@pytest.mark.parametrize("role", ["IS", "GS", "ES", "ED", "GT", "RSA", "OU"])
def test_completed_templates_of_every_role_pass_every_check(role: str) -> None:
    found = findings(given.tables(role), role=role)
    assert [finding.rule for finding in found] == [rule.id for rule in RULES]
    assert all(finding.passed and finding.severity is None for finding in found), failed(found)


def test_a_test_in_scope_without_a_script_is_found_by_name() -> None:
    finding, _ = failed(submission.findings(given.with_artefacts(given.without_a_script()), Party()))
    assert finding.rule == "tests-have-scripts"
    assert "SSI" in finding.message
    assert finding.location == "Scripts"


def test_a_test_in_scope_that_belongs_to_no_requirement_is_found_by_name() -> None:
    _, finding = failed(submission.findings(given.with_artefacts(given.without_a_script()), Party()))
    assert finding.rule == "tests-have-requirements"
    assert "SSI" in finding.message
    assert finding.location == "Requirements"


def test_requirements_that_are_all_called_not_testable_leave_every_test_without_one() -> None:
    found = given.tables()
    header, *rows = found["requirements-traceability-matrix"]["Requirements"]
    untestable = [(*row[:2], "no", *row[3:]) for row in rows]
    found["requirements-traceability-matrix"]["Requirements"] = [header, *untestable]
    assert failing(found) == [("tests-have-requirements", "Requirements")] * 38


def test_what_is_proposed_to_be_descoped_needs_no_script_until_it_is_refused() -> None:
    proposed = given.with_artefacts(given.artefacts("ES", given.E11), "ES", given.E11)
    refused = review.evolve(proposed, given.decided(given.E11, agreed=False))
    assert isinstance(refused, review.Review)
    assert failed(submission.findings(proposed, Party())) == ()
    messages = [each.message for each in failed(submission.findings(refused, Party()))]
    assert any("RC:E11:S1" in message for message in messages)
    assert any("RC:E11:S2" in message for message in messages)


def test_a_testable_requirement_without_a_script_is_found_in_its_row() -> None:
    found = given.tables()
    rows = found["requirements-traceability-matrix"]["Requirements"]
    rows.append(("REQ-X", "Something more.", "yes", "", ""))
    place = f"Requirements!{len(rows)}"
    assert failing(found) == [("requirements-have-scripts", place), ("requirements-have-tests", place)]


def test_a_testable_requirement_that_names_no_test_is_found_in_its_row() -> None:
    found = given.tables()
    row = found["requirements-traceability-matrix"]["Requirements"][1]
    found["requirements-traceability-matrix"]["Requirements"][1] = (*row[:3], "", row[4])
    assert set(failing(found)) == {
        ("tests-have-requirements", "Requirements"),
        ("requirements-have-tests", "Requirements!2"),
        ("scripts-show-requirements", "Requirements!2"),
    }


def test_requirements_whose_scripts_execute_the_tests_of_each_other_are_found() -> None:
    found = given.tables()
    rows, scripts = found["requirements-traceability-matrix"]["Requirements"], found["test-scripts"]["Scripts"]
    one, other = rows[1], rows[2]
    rows[1], rows[2] = (*one[:4], other[4]), (*other[:4], one[4])
    ids = {str(one[0]): str(other[0]), str(other[0]): str(one[0])}
    scripts[1:] = [(*row[:3], ids.get(str(row[3]), str(row[3])), *row[4:]) for row in scripts[1:]]
    assert set(failing(found)) == {
        ("scripts-show-requirements", "Requirements!2"),
        ("scripts-show-requirements", "Requirements!3"),
    }


def test_a_script_that_names_a_requirement_which_does_not_name_it_is_found() -> None:
    found = given.tables()
    row = found["test-scripts"]["Scripts"][1]
    other = found["requirements-traceability-matrix"]["Requirements"][2][0]
    found["test-scripts"]["Scripts"][1] = (*row[:3], f"{row[3]}; {other}", *row[4:])
    assert failing(found) == [("columns-agree", "Scripts!2")]


def test_a_requirement_that_names_a_script_which_does_not_name_it_is_found() -> None:
    found = given.tables()
    row = found["test-scripts"]["Scripts"][1]
    found["test-scripts"]["Scripts"][1] = (*row[:3], "", *row[4:])
    assert failing(found) == [("columns-agree", "Requirements!2")]


def test_a_requirement_that_is_not_testable_needs_no_script() -> None:
    found = given.tables()
    found["requirements-traceability-matrix"]["Requirements"].append(("REQ-X", "Staff are trained.", "no", "", ""))
    assert failing(found) == []


def test_a_script_that_no_requirement_names_is_found() -> None:
    found = given.tables()
    rows = found["test-scripts"]["Scripts"]
    rows.append(("TS-EXTRA", "More", "SSI", "", "Do.", "Done."))
    assert failing(found) == [("scripts-serve-requirements", f"Scripts!{len(rows)}")]


def test_a_script_for_a_requirement_that_the_matrix_lacks_is_found() -> None:
    found = given.tables()
    row = found["test-scripts"]["Scripts"][1]
    found["test-scripts"]["Scripts"][1] = (*row[:3], f"{row[3]}; REQ-NOWHERE", *row[4:])
    assert failing(found) == [("scripts-serve-requirements", "Scripts!2")]


def test_a_script_that_stands_twice_is_found() -> None:
    found = given.tables()
    rows = found["test-scripts"]["Scripts"]
    rows.append(rows[1])
    assert failing(found) == [("nothing-twice", f"Scripts!{len(rows)}")]


def test_a_test_of_another_role_is_unknown() -> None:
    found = given.tables()
    row = found["test-scripts"]["Scripts"][1]
    found["test-scripts"]["Scripts"][1] = (*row[:2], f"{row[2]}; IC:IC02:1", *row[3:])
    assert failing(found) == [("nothing-unknown", "Scripts!2")]


def test_a_script_without_steps_is_found() -> None:
    found = given.tables()
    row = found["test-scripts"]["Scripts"][1]
    found["test-scripts"]["Scripts"][1] = (*row[:4], "", row[5])
    assert failing(found) == [("scripts-say-how", "Scripts!2")]


def test_install_and_commission_scripts_out_of_order_are_found() -> None:
    found = given.tables("IS")
    rows = found["test-scripts"]["Scripts"]
    rows[1], rows[2] = rows[2], rows[1]
    assert failing(found, role="IS") == [("installation-in-order", "Scripts!3")]


@pytest.mark.parametrize("letter", list("abcdef"))
def test_a_test_plan_without_one_of_its_parts_is_found(letter: str) -> None:
    found = given.tables()
    found["test-plan"]["Plan"] = [row for row in found["test-plan"]["Plan"] if row[0] != letter]
    assert failing(found) == [("plan-is-whole", "Plan")]


def test_an_empty_part_of_the_test_plan_is_found() -> None:
    found = given.tables()
    found["test-plan"]["Plan"][4] = ("d", "Approach to testing", "")
    assert failing(found) == [("plan-is-whole", "Plan!5")]


def test_a_schedule_that_plans_too_few_tests_is_found() -> None:
    found = given.tables()
    found["test-plan"]["Schedule"] = [("day", "tests"), ("D1", 20), ("D2", 17), ("Total", 37)]
    assert failing(found) == [("schedule-adds-up", "Schedule")]


def test_a_schedule_whose_total_is_not_the_sum_of_its_days_is_found() -> None:
    found = given.tables()
    found["test-plan"]["Schedule"] = [("day", "tests"), ("D1", 20), ("D2", 18), ("Total", 40)]
    assert failing(found) == [("schedule-adds-up", "Schedule")]


def test_a_schedule_without_a_day_is_found() -> None:
    found = given.tables()
    found["test-plan"]["Schedule"] = [("day", "tests")]
    assert failing(found) == [("schedule-adds-up", "Schedule")]


def test_a_schedule_that_plans_more_executions_than_tests_is_only_warned_of() -> None:
    found = given.tables()
    found["test-plan"]["Schedule"] = [("day", "tests"), ("D1", 20), ("D2", 20), ("Total", 40)]
    assert warned(found) == [("schedule-adds-up", "Schedule")]


@pytest.mark.parametrize("day", ["2027-02-26", "D0", "2099-01-01", "D9999", "someday", "²"])
def test_a_day_of_the_schedule_that_is_before_the_start_or_can_not_be_read_is_found(day: str) -> None:
    found = given.tables()
    found["test-plan"]["Schedule"] = [("day", "tests"), ("D1", 20), (day, 18)]
    assert failing(found) == [("schedule-on-working-days", "Schedule!3")]


@pytest.mark.parametrize("day", ["2027-03-06", "2027-03-26"])
def test_a_day_of_the_schedule_that_is_no_working_day_is_only_warned_of(day: str) -> None:
    found = given.tables()
    found["test-plan"]["Schedule"] = [("day", "tests"), ("D1", 20), (day, 18)]
    assert warned(found) == [("schedule-on-working-days", "Schedule!3")]


def test_personal_data_is_found() -> None:
    found = given.tables()
    row = found["test-data-plan"]["Test Data"][1]
    found["test-data-plan"]["Test Data"][1] = (*row[:4], "yes")
    assert failing(found) == [("data-not-personal", "Test Data!2")]


@pytest.mark.parametrize("column", [1, 2])
def test_test_data_that_does_not_say_what_it_is_or_where_it_comes_from_is_found(column: int) -> None:
    found = given.tables()
    row = list(found["test-data-plan"]["Test Data"][1])
    row[column] = ""
    found["test-data-plan"]["Test Data"][1] = tuple(row)
    assert failing(found) == [("data-is-defined", "Test Data!2")]


def test_a_service_request_without_test_data_is_found() -> None:
    found = given.tables()
    found["test-data-plan"]["Test Data"].pop()
    assert failing(found) == [("data-covers-services", "Test Data")]


def test_test_data_for_a_service_that_no_test_of_the_role_has_is_unknown() -> None:
    found = given.tables()
    row = found["test-data-plan"]["Test Data"][1]
    found["test-data-plan"]["Test Data"][1] = (*row[:3], f"{row[3]}; 99.99", row[4])
    assert failing(found) == [("nothing-unknown", "Test Data!2")]


def test_data_for_all_services_covers_them() -> None:
    found = given.tables()
    found["test-data-plan"]["Test Data"] = [
        found["test-data-plan"]["Test Data"][0],
        ("TD", "All", "made up", "all", "no"),
    ]
    assert failing(found) == []


def test_descoping_in_the_plan_that_was_not_notified_is_found() -> None:
    found = given.tables()
    found["test-plan"]["Descoping"].append(("response-code", "E13", "b", "We can't."))
    assert failing(found) == [("descoping-agrees", "Descoping!2")]


def test_what_was_proposed_and_the_plan_covers_all_the_same_is_only_warned_of() -> None:
    assert warned(given.tables("ES"), given.E11) == [("descoping-agrees", "Descoping")]


def test_what_the_plan_does_not_descope_needs_a_script_although_it_was_proposed() -> None:
    found = given.tables("ES", given.E11)
    found["test-plan"]["Descoping"].pop()
    rules = {rule for rule, _ in failing(found, given.E11)}
    assert rules == {"tests-have-scripts", "tests-have-requirements", "schedule-adds-up"}


@pytest.mark.parametrize("reason", ["zzz", "", "ab"])
def test_a_reason_for_descoping_that_the_code_does_not_know_is_found(reason: str) -> None:
    found = given.tables("ES", given.E11)
    found["test-plan"]["Descoping"][1] = ("response-code", "E11", reason, "We can't.")
    assert failing(found, given.E11) == [("descoping-has-reasons", "Descoping!2")]


def test_another_reason_for_descoping_than_the_notification_gave_is_found() -> None:
    found = given.tables("ES", given.E11)
    found["test-plan"]["Descoping"][1] = ("response-code", "E11", "A", "We won't.")
    assert failing(found, given.E11) == [("descoping-agrees", "Descoping!2")]


def test_what_can_not_be_produced_is_a_reason_for_response_codes_only() -> None:
    proposal = events.Proposal("service-request", "5.1", "b", "We can't.")
    found = given.tables("ES", proposal)
    assert failing(found, proposal) == [("descoping-has-reasons", "Descoping!2")]
    found["test-plan"]["Descoping"][1] = ("service-request", "5.1", "a", "We won't.")
    assert failing(found, proposal) == []


def test_many_offences_against_one_rule_are_listed_up_to_a_limit_and_counted_from_there() -> None:
    found = given.tables("IS")
    found["test-scripts"]["Scripts"] = found["test-scripts"]["Scripts"][:2]
    rules = failing(found, role="IS")
    assert len([rule for rule, _ in rules if rule == "tests-have-scripts"]) == 51
