"""The example files in the repository, and those the script builds for another role."""

import json
import runpy
from pathlib import Path

import pytest

from artefact_review.domain import review, submission
from artefact_review.domain.checks import failed
from artefact_review.domain.documents import Artefact
from artefact_review.files.reading import read_artefact

from . import given

EXAMPLES = Path(__file__).parents[3] / "examples"
FOLDER = EXAMPLES / "uept-export-supplier"
FILES = {
    "test-plan": "test-plan.xlsx",
    "requirements-traceability-matrix": "requirements-traceability-matrix.xlsx",
    "test-scripts": "test-scripts.csv",
    "test-data-plan": "test-data-plan.xlsx",
}


def read(folder: Path, **other: str) -> tuple[Artefact, ...]:
    names = {**FILES, **{kind.replace("_", "-"): name for kind, name in other.items()}}
    return tuple(read_artefact(kind, names[kind], (folder / names[kind]).read_bytes()) for kind in given.KINDS)


def export_supplier() -> review.Review:
    proposals = json.loads((FOLDER / "descoping.json").read_text())
    return review.Review(given.opened("ES", *(review.Proposal(**proposal) for proposal in proposals)))


def test_the_export_suppliers_artefacts_pass_every_check() -> None:
    assert failed(submission.findings(read(FOLDER / "artefacts"), export_supplier())) == ()


def test_the_draft_scripts_leave_one_test_without_a_script() -> None:
    draft = read(FOLDER / "artefacts", test_scripts="test-scripts-draft.csv")
    (finding,) = failed(submission.findings(draft, export_supplier()))
    assert finding.rule == "tests-have-scripts"


@pytest.mark.parametrize("role", ["IS", "GT"])
def test_the_script_builds_artefacts_of_other_roles(role: str, tmp_path: Path) -> None:
    runpy.run_path(str(EXAMPLES / "build_artefacts.py"))["build"](role, (), tmp_path)
    assert failed(submission.findings(read(tmp_path), review.Review(given.opened(role)))) == ()
