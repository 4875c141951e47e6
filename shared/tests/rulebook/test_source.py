"""The data are those of the source, cell by cell; what it prints stands in `source.toml`."""

import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from rulebook.engine.documents import documents
from rulebook.engine.files import ROOT, read_rows
from rulebook.engine.procedures import procedure
from rulebook.engine.profile import profile
from rulebook.engine.scope.matrix import ROLES, VARIANTS, coded_tests, install_and_commission
from rulebook.engine.severities import severities
from rulebook.engine.suspension import grounds
from testing.present import present

SOURCE = tomllib.loads((Path(__file__).parent / "source.toml").read_text(encoding="utf-8"))
STEPS = [(id, clause, printed) for id, steps in SOURCE["steps"].items() for clause, printed in steps.items()]


@pytest.mark.parametrize(("clause", "printed"), list(SOURCE["matrices"].items()))
def test_a_matrix_is_that_of_its_clause_cell_by_cell(clause: str, printed: list[Any]) -> None:
    file = printed[0]
    cells = [
        ",".join(row[column] for column in ("srv", "name", "critical", *VARIANTS)) for row in read_rows(file, ROOT)
    ]
    digest = sha256("\n".join(cells).encode()).hexdigest()[:16]
    assert [file, len(cells), digest] == printed, f"{file} is not what {clause} prints"


@pytest.mark.parametrize(("clause", "printed"), list(SOURCE["install-and-commission"].items()))
def test_install_and_commission_is_that_of_its_clause_step_by_step(clause: str, printed: list[Any]) -> None:
    steps = [step for role in ("GS", "IS") for step in install_and_commission(role)]
    found = [[s.scenario, s.order, s.srv, s.step, s.name, s.no_later_than, s.critical] for s in steps]
    assert found == printed, clause


@pytest.mark.parametrize(("role", "clause"), list(zip(ROLES, SOURCE["device-alerts"], strict=False)))
def test_the_device_alerts_of_a_role_are_those_of_its_clause(role: str, clause: str) -> None:
    found = [[a.code, a.test, a.critical, a.name, a.note] for a in coded_tests("device-alerts", role)]
    assert found == SOURCE["device-alerts"][clause], f"matrix/device-alerts.csv is not what {clause} prints"


@pytest.mark.parametrize("role", ["RSA", "OU"])
def test_the_source_has_no_device_alerts_for_an_agent_and_another_user(role: str) -> None:
    assert coded_tests("device-alerts", role) == ()


@pytest.mark.parametrize(("role", "clause"), list(zip(ROLES, SOURCE["dcc-alerts"], strict=True)))
def test_the_dcc_alerts_of_a_role_are_those_of_its_clause(role: str, clause: str) -> None:
    found = [[a.code, a.test, a.name, a.note] for a in coded_tests("dcc-alerts", role)]
    assert found == SOURCE["dcc-alerts"][clause], f"matrix/dcc-alerts.csv is not what {clause} prints"


@pytest.mark.parametrize("role", ROLES)
def test_the_response_codes_of_every_role_are_those_of_the_source(role: str) -> None:
    found = [[code.code, code.test, code.name] for code in coded_tests("response-codes", role)]
    assert {"CTSD 8.1.26": found} == SOURCE["response-codes"]


@pytest.mark.parametrize(("procedure_id", "clause", "printed"), STEPS)
def test_a_step_is_owed_sent_and_filled_as_its_row_says(procedure_id: str, clause: str, printed: list[Any]) -> None:
    step = procedure(procedure_id).step(clause.removeprefix("CTSD "))
    assert [step.sender, step.method, *step.information] == printed
    assert (step.clause, {step.sender, step.recipient}) == (clause, {"participant", "dcc"})


def test_no_row_of_tables_1_to_6_is_missing_and_none_was_added() -> None:
    for procedure_id, printed in SOURCE["steps"].items():
        assert [step.clause for step in procedure(procedure_id).steps] == list(printed)


def test_table_8_is_that_of_6_2_1_row_by_row() -> None:
    rows = [
        [d.number, d.kind, d.title, d.phase, ", ".join(d.dcc), ", ".join(d.party), d.entry, d.exit, d.when]
        for d in documents()
    ]
    assert {"CTSD 6.2.1": rows} == SOURCE["table-8"]


def test_each_document_must_tell_what_its_clause_says_point_by_point() -> None:
    found = {document.clause: list(document.contents) for document in documents() if document.contents}
    assert found == SOURCE["contents"]


def test_the_severities_are_those_of_annex_g() -> None:
    rows = [[each.level, each.title, each.text, *each.examples] for each in severities()]
    assert {"CTSD Annex G": rows} == SOURCE["severities"]


def test_the_grounds_of_suspension_say_what_5_13_1_says() -> None:
    assert {each.clause: each.text for each in grounds()} == SOURCE["grounds"]


def test_the_criteria_say_what_5_8_1_and_5_19_1_say() -> None:
    gates = [*profile("uept").gates, present(profile("additional-sr-dust").gate("entry"))]
    every = [criterion for gate in gates for criterion in gate.criteria]
    assert {each.clause: each.text for each in every if each.id != "5.8.1c"} == SOURCE["criteria"]


@pytest.mark.parametrize("procedure_id", ["uept", "additional-sr-uept", "additional-sr-dust"])
def test_a_certificate_has_the_labels_columns_and_closing_lines_of_annex_e(procedure_id: str) -> None:
    for form in profile(procedure_id).certificates:
        found = {"labels": form.labels, "columns": form.headings, "closing": form.closing}
        assert {name: list(texts) for name, texts in found.items()} == SOURCE["certificate"]
