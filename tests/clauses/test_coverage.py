"""Every clause of a source document has a rule and tests that ran, or says why it binds people only."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from assay_cli.clauses import FOLDER, Clause, Coverage, coverage, documents, pages
from assay_lab.clause_proof import ClauseProof
from assay_stack.home import CHECKOUT
from rulebook.engine.errors import RulebookError
from rulebook.engine.files import clauses

CLAUSES = [clause for name in documents() for clause in coverage(name).clauses]

SAMPLE = """
document = "ETAD"
title = "Sample"

[[clause]]
clause = "ETAD 9.7"
"""


def missing(found: Coverage) -> list[str]:
    """The clauses of the source that the file does not have."""
    written = {clause.id for clause in found.clauses}
    return sorted(each for each in clauses() if each.startswith(f"{found.document} ") and each not in written)


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


def test_a_clause_has_rule_and_tests_or_says_what_is_open_or_why_it_binds_people_only() -> None:
    offenders = {clause.id: found for clause in CLAUSES if (found := list(_contradictions(clause)))}
    assert offenders == {}


def _contradictions(clause: Clause) -> Iterator[str]:
    if clause.status == "open" and not clause.open:
        yield "name rules and tests, or write in `open` what is still to come"
    if bool(clause.rules) != bool(clause.tests):
        yield "rules and tests belong together"
    if clause.data_only and not clause.rules:
        yield "a rule that is data only is named"
    if clause.status == "covered" and not any(map(_acts, (*clause.rules, *clause.tests))):
        yield "no service acts on it: write `data_only`, or name the rule or the test of a service"
    if bool(clause.rules or clause.open) + bool(clause.people) + clause.heading != 1:
        yield "it is one of these: ruled, for people only, a heading"


def _acts(place: str) -> bool:
    """Whether a rule or a test is one of a service or a journey, and not of the rulebook alone."""
    return place.startswith(("services/", "tests/"))


def test_every_rule_that_a_clause_names_lies_there() -> None:
    offenders = [f"{clause.id}: {rule}" for clause in CLAUSES for rule in clause.rules if not _lies_there(rule)]
    assert offenders == []


def _lies_there(rule: str) -> bool:
    file, _, place = rule.partition(" ")
    if not (CHECKOUT / file).is_file():
        return False
    text = (CHECKOUT / file).read_text(encoding="utf-8")
    return all(ref in text for ref in place.split(" to ")[0].split(" and ")[0].split())


def test_every_test_that_a_clause_names_exists() -> None:
    offenders = [f"{clause.id}: {test}" for clause in CLAUSES for test in clause.tests if not _exists(test)]
    assert offenders == []


def _exists(test: str) -> bool:
    file, _, name = test.partition("::")
    return (CHECKOUT / file).is_file() and name in _tests_of(file)


@cache
def _tests_of(file: str) -> frozenset[str]:
    tree = ast.parse((CHECKOUT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


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


def test_a_rule_on_which_no_service_acts_is_data_only_and_never_covered(folder: Path) -> None:
    more = 'rules = ["README.md"]\ntests = ["test_sample.py::test_good"]\ndata_only = "no service asks"\n'
    (folder / "etad.toml").write_text(f"{SAMPLE}{more}", encoding="utf-8")
    assert coverage("etad", folder).figures() == {"Annexes": {"data only": 1}}
    assert "`good`<br>*data only:* no service asks |" in pages(folder)[folder / "etad.md"]


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


def test_a_named_test_that_does_not_exist_fails_or_is_skipped_proves_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_sample="""
        import pytest
        def test_good(): pass
        def test_bad(): assert False
        @pytest.mark.parametrize("n", [1, 2])
        def test_half(n): n == 1 or pytest.skip("no")
        """
    )
    proof = ClauseProof({f"test_sample.py::test_{name}": name for name in ("good", "bad", "half", "gone")})
    pytester.inline_run("-p", "no:cacheprovider", "-p", "no:asyncio", plugins=[proof])
    assert proof.silent == {f"test_sample.py::test_{name}": name for name in ("bad", "half", "gone")}


def test_what_several_workers_ran_is_gathered(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_sample="""
        import pytest
        def test_free(): pass
        @pytest.mark.parametrize("n", [1, 2])
        def test_of_two_cases(n): pass
        def test_bad(): assert False
        """
    )
    proof = ClauseProof({f"test_sample.py::test_{name}": name for name in ("free", "of_two_cases", "bad")})
    pytester.inline_run("-p", "no:cacheprovider", "-p", "no:asyncio", "-n", "2", plugins=[proof])
    assert proof.silent == {"test_sample.py::test_bad": "bad"}


def test_a_run_that_leaves_a_clause_without_its_proof_fails(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_sample="def test_good(): pass")
    whole = pytester.inline_run(
        "-p", "no:cacheprovider", "-p", "no:asyncio", plugins=[ClauseProof({"test_sample.py::test_good": "a"})]
    )
    lacking = pytester.inline_run(
        "-p", "no:cacheprovider", "-p", "no:asyncio", plugins=[ClauseProof({"test_sample.py::test_gone": "b"})]
    )
    assert (whole.ret, lacking.ret) == (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)


def test_the_folder_is_the_one_that_people_read() -> None:
    assert (FOLDER / "ctsd.md").is_file()
