import pytest

from rulebook import VERSION
from rulebook.engine.documents import documents, documents_of
from rulebook.engine.errata import errata
from rulebook.engine.procedures import procedure, procedure_ids
from rulebook.engine.profile import profile
from rulebook.engine.scope.scope import ROLES
from rulebook.engine.severities import severities
from testing.present import present

DUST = "additional-sr-dust"
DOCUMENTS = {each.kind: each for each in documents()}


def test_table_8_has_nine_rows_and_says_which_gate_asks_for_which() -> None:
    assert [each.number for each in documents()] == list(range(1, 10))
    assert [each.number for each in documents() if each.entry] == [1, 2, 3, 4, 5, 6]
    assert [each.number for each in documents() if each.exit] == [1, 2, 3, 7, 8, 9]


@pytest.mark.parametrize(
    ("kind", "letters"),
    [("test-plan", 6), ("test-readiness-report", 10), ("test-execution-dashboard", 10), ("test-completion-report", 3)],
)
def test_a_document_has_one_content_for_each_letter_of_its_clause(kind: str, letters: int) -> None:
    assert len(DOCUMENTS[kind].contents) == letters


def test_the_certificate_has_the_columns_of_annex_e() -> None:
    assert present(profile("uept").certificate("test-completion-certificate")).headings == (
        "Service Request Variant",
        "Tested as part of UEPT or Additional SR Testing",
        "Date Test Completion Certificate issued",
    )


def test_there_are_five_severities_the_worst_first() -> None:
    assert [each.level for each in severities()] == [1, 2, 3, 4, 5]


def test_every_slip_has_an_id_of_its_own_and_touches_what_exists() -> None:
    assert len({each.id for each in errata()}) == len(errata())
    refs = {step.ref for id in procedure_ids() for step in procedure(id).steps}
    assert all(set(each.steps) <= refs and set(each.roles) <= set(ROLES) for each in errata())


def test_the_version_names_document_year_and_change() -> None:
    assert VERSION.startswith("ctsd-")


def test_the_dust_route_has_no_plan_matrix_readiness_or_completion_report_and_shows_no_script_at_a_gate() -> None:
    assert [(each.kind, each.at_entry(DUST), each.at_exit(DUST)) for each in documents_of(DUST)] == [
        ("test-scripts", False, False),
        ("test-data-plan", False, False),
        ("test-execution-dashboard", False, True),
        ("exit-criteria", False, True),
    ]
    assert DOCUMENTS["test-scripts"].at_entry("uept")
    assert documents_of("additional-sr-uept") == documents_of("uept") == documents()


def test_every_document_is_produced_by_the_party_reviewed_and_signed_off_by_dcc_for_a_gate() -> None:
    for each in documents():
        assert "produce" in each.party
        assert "review" in each.dcc
        assert each.signed_off_by == "DCC"
        assert each.entry or each.exit


def test_the_draft_of_the_completion_report_is_due_ten_working_days_before_the_end() -> None:
    timing = present(DOCUMENTS["test-completion-report"].timing)
    assert (timing.rule, timing.anchor, timing.working_days) == ("before", "planned-last-day", 10)


@pytest.mark.parametrize(
    ("procedure_id", "form", "route"),
    [
        ("uept", "test-completion-certificate", "UEPT"),
        ("additional-sr-uept", "test-completion-certificate", "Additional SR Testing"),
        ("additional-sr-dust", "authority-to-proceed", "Additional SR Testing"),
    ],
)
def test_each_procedure_ends_with_its_own_certificate(procedure_id: str, form: str, route: str) -> None:
    found = profile(procedure_id).certificates[0]
    assert (found.id, found.route) == (form, route)


def test_after_a_review_of_evidence_the_completion_certificate_is_re_issued_beside_the_authority_to_proceed() -> None:
    authority, again = profile(DUST).certificates
    assert (again.id, again.route) == ("test-completion-certificate", "Additional SR Testing")
    assert (again.effect, again.reissues, again.number_prefix) == ("eligibility", True, "TCC")
    assert (authority.effect, authority.reissues, authority.number_prefix) == ("none", False, "ATP")
    assert [form.reissues for form in profile("additional-sr-uept").certificates] == [True]
