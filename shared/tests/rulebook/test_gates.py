from collections.abc import Collection
from dataclasses import replace
from types import MappingProxyType

import pytest

from rulebook.engine.gates import EVERYTHING, JUDGES, Case, IssueFigure, Need, judged
from rulebook.engine.profile import Criterion, Judge, Phase, Profile, profile
from testing.present import present

UEPT = profile("uept")
EXPORT = {"party": "EXSU", "role": "ES"}
FINAL: dict[str, str | None] = dict.fromkeys(
    ("test-plan", "requirements-traceability-matrix", "test-scripts", "test-data-plan", "test-readiness-report")
)
READY = Case(
    documents=FINAL,
    summary="All is approved.",
    evidence={f"5.8.1{letter}": "It is so." for letter in "def"},
    registered="Example Energy acceded on 2026-01-05 (reference ACC-1).",
    starter="Example Energy",
    fields=EXPORT,
)
DONE = Case(scheduled=38, executed=38, approved=frozenset({"test-completion-report"}), decided=True)


def said(
    phase: Phase, case: Case, procedure: Profile = UEPT, knowing: Collection[Need] = EVERYTHING
) -> dict[str, tuple[bool, str]]:
    found = judged(present(procedure.gate(phase)), case, procedure, knowing)
    return {verdict.criterion: (verdict.met, verdict.statement) for verdict in found}


def by(name: str, case: Case, procedure: Profile = UEPT, **parameters: int) -> tuple[bool, str]:
    gate = present(procedure.gate("exit"))
    criterion = Criterion("x", "CTSD 5.19.1", "It is so", Judge(name, MappingProxyType(parameters)))
    [verdict] = judged(replace(gate, criteria=(criterion,)), case, procedure)
    return verdict.met, verdict.statement


def test_a_gate_is_passed_when_every_criterion_is_met() -> None:
    assert all(met for met, _ in said("entry", READY).values())
    assert all(met for met, _ in said("exit", DONE).values())


def test_evidence_is_the_word_of_the_role_that_owes_it() -> None:
    assert said("entry", READY)["5.8.1d"] == (True, "It is so.")
    assert said("entry", replace(READY, evidence={}))["5.8.1d"] == (False, "No evidence was given.")


def test_documents_that_are_not_final_are_named_once_each() -> None:
    case = replace(READY, documents={**FINAL, "test-plan": "the test artefacts", "test-scripts": "the test artefacts"})
    assert said("entry", case)["5.8.1c"] == (False, "Missing: the test artefacts.")
    absent = {kind: None for kind in FINAL if kind != "test-data-plan"}
    assert said("entry", replace(READY, documents=absent))["5.8.1c"] == (False, "Missing: the Test Data Plan.")
    assert said("entry", READY)["5.8.1c"] == (True, "All is approved.")
    assert by("documents-final", Case()) == (False, "Missing: every document.")


def test_an_accession_that_is_not_confirmed_names_who_it_is_of() -> None:
    unconfirmed = said("entry", replace(READY, registered=None))["5.8.1a"]
    assert unconfirmed == (False, "The Code Administrator has not confirmed that Example Energy acceded to the Code.")


def test_the_subject_is_told_by_the_name_of_its_user_role() -> None:
    assert said("entry", READY)["5.8.1b"] == (True, "Testing is notified for the User Role Export Supplier.")
    assert by("subject-identified", Case(subject="the meter")) == (True, "Testing is notified for the meter.")
    assert by("subject-identified", Case()) == (False, "Testing is notified for no subject.")


def test_a_gate_without_a_meeting_speaks_of_none() -> None:
    assert said("exit", DONE)["5.19.1e"][1] == "The quality gate review meeting was held and DCC approved the progress."
    dust = profile("additional-sr-dust")
    assert by("decision", Case(decided=True), dust) == (True, "DCC has approved the progress.")
    assert by("decision", Case(), dust) == (False, "DCC has not approved the progress.")


@pytest.mark.parametrize(("passed", "met"), [(74, False), (75, True)])
def test_a_pass_rate_counts_the_tests_that_passed_in_a_hundred(passed: int, met: bool) -> None:
    case = Case(scheduled=100, executed=100, passed=passed)
    statement = f"{passed} of 100 tests in scope passed (at least 75 in a hundred)."
    assert by("pass-rate", case, at_least=75) == (met, statement)
    assert by("pass-rate", Case(), at_least=0)[0] is False


def test_a_certificate_of_the_form_must_be_held_for_the_subject() -> None:
    dust = profile("additional-sr-dust")
    held = Case(certificates={"test-completion-certificate": "TCC-2027-0001"}, subject="EXSU as ES")
    title = "UEPT and Additional SR Test Completion Certificate"
    assert said("entry", held, dust)["5.4.1"] == (True, f"{title} TCC-2027-0001 is held.")
    assert said("entry", replace(held, certificates={}), dust)["5.4.1"] == (
        False,
        f"No {title} is held for EXSU as ES.",
    )


def test_issues_are_counted_for_each_provider_where_the_row_says_so() -> None:
    limits = replace(UEPT.thresholds[0], count="provider", plan_needed=frozenset())
    counted = replace(UEPT, thresholds=(limits,))
    five = tuple(IssueFigure(3, provider="one") for _ in range(5))
    another = tuple(IssueFigure(3, provider="two") for _ in range(5))
    assert by("issues-within-thresholds", Case(issues=(*five, *another)), counted)[0]
    assert not by("issues-within-thresholds", Case(issues=(*five, *another)))[0]
    met, statement = by("issues-within-thresholds", Case(issues=(*five, *five[:1])), counted)
    assert (met, statement.startswith("Outstanding issues of one: ")) == (False, True)
    assert by("issues-within-thresholds", Case(), counted)[0]


def test_a_service_gets_the_verdicts_for_which_it_knows_enough_and_no_others() -> None:
    assert list(said("exit", DONE, knowing={"tests", "issues"})) == ["5.19.1a", "5.19.1b", "5.19.1c"]
    assert list(said("entry", READY, knowing={"tests", "issues"})) == []


def test_there_are_eleven_judges_and_each_says_what_it_must_know() -> None:
    assert len(JUDGES) == 11
    assert all(judge.needs for judge in JUDGES.values())
