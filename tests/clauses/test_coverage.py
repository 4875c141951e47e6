"""Every clause of a source document has a rule and tests that ran, or says why it binds people only."""

import ast
from pathlib import Path

import pytest

from assay_cli.clauses import FOLDER, Clause, coverage, documents, missing, pages
from assay_lab.clause_tests import Outcome, run
from assay_stack.home import CHECKOUT
from rulebook.engine.errors import RulebookError

CLAUSES = [pytest.param(clause, id=clause.id) for name in documents() for clause in coverage(name).clauses]

SAMPLE = """
document = "ETAD"
title = "Sample"

[[clause]]
clause = "ETAD 9.7"
"""


@pytest.fixture(scope="session")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """How every named test ended."""
    named = {test for name in documents() for clause in coverage(name).clauses for test in clause.tests}
    return run(named, tmp_path_factory.mktemp("clauses") / "report.xml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the clauses of a document of one clause."""
    (tmp_path / "etad.toml").write_text(SAMPLE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("document", documents())
def test_every_clause_of_the_source_is_there_once_and_in_its_order(document: str) -> None:
    found = coverage(document)
    ids = [clause.id for clause in found.clauses]
    assert missing(found) == []
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_clause_has_rule_and_tests_or_says_what_is_open_or_why_it_binds_people_only(clause: Clause) -> None:
    assert clause.status != "open" or clause.open, "name rules and tests, or write in `open` what is still to come"
    assert bool(clause.rules) == bool(clause.tests)
    assert bool(clause.rules or clause.open) + bool(clause.people) + clause.heading == 1


@pytest.mark.parametrize("clause", CLAUSES)
def test_every_rule_that_a_clause_names_lies_there(clause: Clause) -> None:
    for rule in clause.rules:
        file, _, place = rule.partition(" ")
        assert (CHECKOUT / file).is_file(), rule
        text = (CHECKOUT / file).read_text(encoding="utf-8")
        for ref in place.split(" to ")[0].split(" and ")[0].split():
            assert ref in text, rule


@pytest.mark.parametrize("clause", CLAUSES)
def test_every_test_that_a_clause_names_exists(clause: Clause) -> None:
    for test in clause.tests:
        file, _, name = test.partition("::")
        tree = ast.parse((CHECKOUT / file).read_text(encoding="utf-8"))
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert name in names, test


@pytest.mark.timeout(600)
def test_every_test_that_a_clause_names_ran_and_passed(outcomes: dict[str, Outcome]) -> None:
    named = {test: clause.id for name in documents() for clause in coverage(name).clauses for test in clause.tests}
    silent = {test: clause for test, clause in named.items() if not outcomes.get(test, Outcome()).proves}
    assert silent == {}


def test_the_page_is_as_it_would_be_generated_now() -> None:
    for path, text in pages().items():
        assert path.read_text(encoding="utf-8") == text, "run ./assay rulebook pages"


def test_a_clause_with_neither_rule_nor_reason_is_open(folder: Path) -> None:
    [clause] = coverage("etad", folder).clauses
    assert clause.status == "open"
    assert coverage("etad", folder).figures() == {"Annexes": {"open": 1}}


def test_what_is_still_to_come_of_a_clause_makes_it_covered_in_part_and_is_told(folder: Path) -> None:
    more = 'rules = ["README.md"]\ntests = ["test_sample.py::test_good"]\nopen = "the other half"\n'
    (folder / "etad.toml").write_text(f"{SAMPLE}{more}", encoding="utf-8")
    assert coverage("etad", folder).figures() == {"Annexes": {"part": 1}}
    assert "`good`<br>*open:* the other half |" in pages(folder)[folder / "etad.md"]


def test_the_other_documents_can_be_written_down_alike(folder: Path) -> None:
    found = coverage("etad", folder)
    assert "ETAD 9.6" in missing(found)
    assert "| ETAD 9.7 | Where DCC asks for tests " in pages(folder)[folder / "etad.md"]


def test_a_clause_that_is_not_summarised_is_refused_with_its_line(folder: Path) -> None:
    (folder / "etad.toml").write_text(SAMPLE.replace("9.7", "9.6"), encoding="utf-8")
    with pytest.raises(RulebookError, match=r"etad\.toml, line 6, .*ETAD 9\.6 has no summary\. Write it in"):
        coverage("etad", folder)


def test_a_clause_that_does_not_exist_is_refused_with_its_line(folder: Path) -> None:
    (folder / "etad.toml").write_text(SAMPLE.replace("9.7", "99.7"), encoding="utf-8")
    with pytest.raises(RulebookError, match=r"etad\.toml, line 6, .*ETAD 99\.7 is an unknown clause"):
        coverage("etad", folder)


def test_a_named_test_that_does_not_exist_fails_or_is_skipped_proves_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_sample.py").write_text(
        "import pytest\n"
        "def test_good(): pass\n"
        "def test_bad(): assert False\n"
        "@pytest.mark.parametrize('n', [1, 2])\n"
        "def test_half(n): n == 1 or pytest.skip('no')\n",
        encoding="utf-8",
    )
    names = [f"test_sample.py::test_{name}" for name in ("good", "bad", "half")]
    found = run(names, tmp_path / "report.xml", tmp_path)
    assert [found[name].proves for name in names] == [True, False, False]
    assert run(["test_sample.py::test_gone"], tmp_path / "none.xml", tmp_path) == {}


def test_the_folder_is_the_one_that_people_read() -> None:
    assert (FOLDER / "ctsd.md").is_file()
