"""The example files in the repository, and those the script builds for another role."""

import json
import runpy
from pathlib import Path

import pytest

from artefact_review.api.schemas import ReadinessReport
from artefact_review.domain import events, reporting, review, submission
from artefact_review.domain.artefacts import Artefact, Documents
from artefact_review.domain.checks import failed
from artefact_review.domain.kinds import kinds_of
from artefact_review.domain.measure import Finding
from artefact_review.domain.party import Party
from artefact_review.files.reading import read_artefact
from rulebook.engine.profile import profile

from . import given

EXAMPLES = Path(__file__).parents[3] / "examples"
WITH_ARTEFACTS = sorted(EXAMPLES.glob("*/artefacts"))
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


def failing(folder: Path, artefacts: tuple[Artefact, ...]) -> tuple[Finding, ...]:
    """What the checks find wrong in artefacts of an example."""
    notice, file = json.loads((folder / "notification.json").read_text()), folder / "descoping.json"
    proposals = [events.Proposal(**each) for each in json.loads(file.read_text())] if file.exists() else []
    srvs = tuple(notice.get("service_requests", ()))
    opened = given.opened("ES", *proposals, procedure=notice["procedure"], srvs=srvs)
    return failed(submission.findings(review.Review(opened, documents=Documents(artefacts)), Party()))


@pytest.mark.parametrize("artefacts", WITH_ARTEFACTS, ids=lambda path: path.parent.name)
def test_the_artefacts_of_an_example_pass_every_check(artefacts: Path) -> None:
    assert failing(artefacts.parent, read(artefacts)) == ()


def test_the_readiness_report_of_the_example_passes_every_check() -> None:
    folder = EXAMPLES / "uept-export-supplier"
    typed = json.loads((folder / "readiness-report.json").read_text())
    report = ReadinessReport.model_validate({**typed, "week": "2027-W03"}).value()
    handed_in = given.with_artefacts(read(folder / "artefacts"), "ES", given.E11)
    found = reporting.report_findings(report, handed_in, given.NOW.date())
    assert found
    assert failed(found) == ()


@pytest.mark.parametrize("artefacts", WITH_ARTEFACTS, ids=lambda path: path.parent.name)
def test_the_draft_scripts_leave_one_test_without_a_script(artefacts: Path) -> None:
    (finding,) = failing(artefacts.parent, read(artefacts, test_scripts="test-scripts-draft.csv"))
    assert finding.rule == "tests-have-scripts"


def test_an_example_has_artefacts_where_its_procedure_asks_for_them() -> None:
    for notice in EXAMPLES.glob("*/notification.json"):
        asked = kinds_of(profile(json.loads(notice.read_text())["procedure"]))
        assert bool(asked) == (notice.parent / "artefacts").exists(), notice


@pytest.mark.parametrize("role", ["IS", "GT"])
def test_the_script_builds_artefacts_of_other_roles(role: str, tmp_path: Path) -> None:
    runpy.run_path(str(EXAMPLES / "build_artefacts.py"))["build"](role, (), tmp_path)
    assert failed(submission.findings(given.with_artefacts(read(tmp_path), role), Party())) == ()
