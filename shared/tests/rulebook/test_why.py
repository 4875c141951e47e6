from datetime import date

import pytest

from rulebook.engine import views, why
from rulebook.engine.dating.plan import plan
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.files import CITED, clauses
from rulebook.engine.gates import Case, IssueFigure
from rulebook.engine.glossary import glossary
from rulebook.engine.procedures import procedure, procedure_ids
from rulebook.engine.scope.catalogue import mandatory_tests
from rulebook.engine.scope.scope import ROLES
from testing.present import present

MAY = date(2027, 5, 4)
STATES = ("pending", "open", "due", "missed", "done", "late", "withdrawn", "not-applicable")


def of_step(ref: str, procedure_id: str = "uept") -> why.Reason:
    found = plan(procedure(procedure_id), MAY, calendar())
    return why.of_step(found, present(found.step(ref)))


def test_a_date_names_clause_rule_inputs_and_each_day_that_was_not_counted() -> None:
    reason = of_step("5.6.1.9")
    assert (reason.clause, reason.inputs["the start of testing"]) == ("CTSD 5.6.1.9", "2027-05-04")
    assert [str(each.day) for each in reason.skipped] == ["2027-05-01", "2027-05-02", "2027-05-03"]
    assert reason.rule.startswith("5 Working Days before the start of testing")


def test_a_date_that_a_slip_of_the_source_touches_names_it() -> None:
    [note] = of_step("5.7.2.2", "additional-sr-dust").notes
    assert "5.72.2" in note


def test_a_test_names_its_table_its_column_and_what_descopes_it() -> None:
    reason = present(why.of_test("ES", "SR:4.2:CV1-OD:S1"))
    assert reason.clause == "CTSD 8.1.7"
    assert "SR01" in reason.rule
    assert reason.inputs["descoped by"] == "service-request:4.2, service-request:4.2:CV1-OD"
    assert why.of_test("ES", "SR:1.1.1:CV4-OD:S1") is None


def test_a_test_of_the_minimum_set_says_that_dcc_will_not_agree() -> None:
    assert any("5.2.6" in note for note in present(why.of_test("ES", "SR:8.2:CV8-DCC:S1")).notes)


@pytest.mark.parametrize("role", ROLES)
def test_every_test_of_every_role_says_why(role: str) -> None:
    for test in mandatory_tests(role):
        reason = present(why.of_test(role, test.id))
        assert reason.clause == test.clause
        assert reason.rule


def test_a_gate_verdict_names_the_figures_and_the_thresholds() -> None:
    case = Case(38, 38, issues=(IssueFigure(3, plan_agreed=True),) * 6)
    reason = present(why.of_criterion("uept", "5.19.1c", case))
    assert "not met" in reason.answer
    assert reason.inputs["severity 3"] == "5"
    assert present(why.of_criterion("additional-sr-dust", "5.19.1c")).inputs["severity 3"] == "3"
    assert why.of_criterion("uept", "5.19.9") is None


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_a_step_says_what_it_means(state: str) -> None:
    assert present(why.of_state(state)).clause.startswith("CTSD 5.")
    assert why.of_state("asleep") is None


def test_a_clause_says_what_it_says_and_what_the_data_hold_of_it() -> None:
    reason = present(why.of_clause("CTSD 5.6.1.5"))
    assert reason.answer == "The Party provides the test artefacts 25 Working Days before the start."
    assert reason.rule == "In the data: step 5.6.1.5 of additional-sr-uept, step 5.6.1.5 of uept."
    assert present(why.of_clause("CTSD 5.19.1(c)")).rule.count("thresholds of") == 3
    lettered = present(why.of_clause("CTSD 5.8.2(b)"))
    assert (lettered.subject, lettered.clause) == ("CTSD 5.8.2(b)", "CTSD 5.8.2")


@pytest.mark.parametrize("cited", ["CTSD 5.8.2(q)", "CTSD 99.1", "SEC Z99.9", "5.8.2", "coffee"])
def test_what_is_no_clause_of_the_source_has_no_reason(cited: str) -> None:
    assert why.of_clause(cited) is None


def test_a_word_of_the_source_says_what_it_means_whatever_its_case() -> None:
    assert present(why.of_term("test script")).subject == "Test Script"
    assert present(why.of_term("Test Script")).clause == "CTSD Annex F"
    assert len(glossary()) == 17
    assert why.of_term("Coffee") is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("5.19.1c", "criterion"),
        ("missed", "state"),
        ("CTSD 5.8.2", "clause"),
        ("Relevant Party", "term"),
    ],
)
def test_whatever_has_a_name_of_its_own_is_found_by_it(name: str, kind: str) -> None:
    assert present(why.of_name("uept", name)).kind == kind
    assert why.of_name("uept", "coffee") is None


def test_a_refusal_says_what_would_be_right() -> None:
    reason = present(why.of_refusal("start-on-day-off"))
    assert (reason.subject, reason.clause) == ("StartOnDayOff", "CTSD 5.6.1")
    assert "Start on {next}" in reason.rule
    assert why.of_refusal("no-such-thing") is None


@pytest.mark.parametrize("procedure_id", procedure_ids())
def test_every_step_of_every_procedure_says_why_and_cites_a_clause_that_exists(procedure_id: str) -> None:
    for step in procedure(procedure_id).steps:
        reason = views.reason_view(of_step(step.ref, procedure_id))
        assert present(CITED.fullmatch(reason["clause"]))["clause"] in clauses()
        assert reason["inputs"]["start"] == "2027-05-04"
