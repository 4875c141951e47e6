"""The example files in the repository, and those the script builds for another role."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from artefact_review.domain import events, submission
from artefact_review.domain.artefacts import Artefact
from artefact_review.domain.checks import failed
from artefact_review.domain.party import Party
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
    return tuple(
        read_artefact(kind, reader, names[kind], (folder / names[kind]).read_bytes())
        for kind, reader in given.READERS.items()
    )


def export_supplier(artefacts: tuple[Artefact, ...]) -> tuple[Any, ...]:
    """What the checks find wrong in the Export Supplier's artefacts."""
    proposals = [events.Proposal(**each) for each in json.loads((FOLDER / "descoping.json").read_text())]
    return failed(submission.findings(given.with_artefacts(artefacts, "ES", *proposals), Party()))


def test_the_export_suppliers_artefacts_pass_every_check() -> None:
    assert export_supplier(read(FOLDER / "artefacts")) == ()


def test_the_draft_scripts_leave_one_test_without_a_script() -> None:
    (finding,) = export_supplier(read(FOLDER / "artefacts", test_scripts="test-scripts-draft.csv"))
    assert finding.rule == "tests-have-scripts"


@pytest.mark.parametrize("role", ["IS", "GT"])
def test_the_script_builds_artefacts_of_other_roles(role: str, tmp_path: Path) -> None:
    runpy.run_path(str(EXAMPLES / "build_artefacts.py"))["build"](role, (), tmp_path)
    assert failed(submission.findings(given.with_artefacts(read(tmp_path), role), Party())) == ()
