"""The examples that the pages of the checks show: each passes as it stands, and fails as the page says."""

import csv
import json
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from artefact_review.api.schemas import ReadinessReport
from artefact_review.domain import events, reporting, review, submission
from artefact_review.domain.artefacts import Documents
from artefact_review.domain.measure import Finding
from artefact_review.domain.party import Party

from . import given

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "examples" / "uept-export-supplier"
SHOWN = tomllib.loads((ROOT / "docs" / "checks" / "ctsd.toml").read_text(encoding="utf-8"))["check"]
OF_FILES = [each for each in SHOWN if each.get("file") != "readiness-report.json"]
OF_REPORTS = [each for each in SHOWN if each.get("file") == "readiness-report.json"]
PROPOSALS = [events.Proposal(**each) for each in json.loads((FOLDER / "descoping.json").read_text(encoding="utf-8"))]


def tables() -> given.Tables:
    """The rows of the files of the example, as they stand there."""
    found: given.Tables = {"test-scripts": {"Scripts": rows_of(FOLDER / "artefacts" / "test-scripts.csv")}}
    for kind in ("test-plan", "requirements-traceability-matrix", "test-data-plan"):
        workbook = load_workbook(FOLDER / "artefacts" / f"{kind}.xlsx")
        found[kind] = {sheet.title: [tuple(map(written, row)) for row in sheet.values] for sheet in workbook}
    return found


def written(cell: object) -> str | int:
    return cell if isinstance(cell, int) else str(cell or "")


def rows_of(file: Path) -> list[Any]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        return [tuple(row) for row in csv.reader(text)]


def spoilt(shown: Mapping[str, Any], found: given.Tables) -> given.Tables:
    """The files with the row as it would fail; what the page says of the row must stand in it."""
    kind = Path(shown.get("file", "test-scripts")).stem
    sheet, _, number = shown["row"].partition("!")
    rows = found[kind][sheet]
    row = dict(zip(rows[0], rows[int(number) - 1], strict=True))
    assert {name: row[name] for name in shown["passes"]} == shown["passes"]
    rows[int(number) - 1] = tuple({**row, **shown["fails"]}.values())
    return found


def found_in(shown: Mapping[str, Any], tables: given.Tables) -> list[Finding]:
    role, proposals = shown.get("role", "ES"), [] if "role" in shown else PROPOSALS
    handed_in = given.with_artefacts(given.read(tables), role, *proposals)
    return [each for each in submission.findings(handed_in, Party()) if each.rule == shown["id"]]


@pytest.mark.parametrize("shown", OF_FILES, ids=lambda shown: shown["id"])
def test_an_example_of_a_check_passes_as_it_stands_and_fails_as_its_page_says(shown: Mapping[str, Any]) -> None:
    found = given.tables(shown["role"]) if "role" in shown else tables()
    (good,) = found_in(shown, found)
    assert (good.passed, good.severity) == (True, None)
    bad = next(each for each in found_in(shown, spoilt(shown, found)) if each.severity)
    assert (bad.message, bad.location, bad.severity) == (shown["finding"], shown["place"], verdict(shown))


@pytest.mark.parametrize("shown", OF_REPORTS, ids=lambda shown: shown["id"])
def test_an_example_of_a_check_of_a_report_passes_as_it_stands_and_fails_as_its_page_says(
    shown: Mapping[str, Any],
) -> None:
    typed = json.loads((FOLDER / "readiness-report.json").read_text(encoding="utf-8"))
    (good,) = found_in_report(shown, typed)
    assert (good.passed, good.severity) == (True, None)
    for path, right in shown["passes"].items():
        inside, last = at(typed, path)
        assert inside[last] == right
    for path, wrong in shown["fails"].items():
        inside, last = at(typed, path)
        inside[last] = wrong
    bad = next(each for each in found_in_report(shown, typed) if each.severity)
    assert (bad.message, bad.location, bad.severity) == (shown["finding"], shown["place"], verdict(shown))


def found_in_report(shown: Mapping[str, Any], typed: Any) -> list[Finding]:
    report = ReadinessReport.model_validate({**typed, "week": "2027-W03"}).value()
    handed_in = review.Review(given.opened("ES", *PROPOSALS), documents=Documents(given.read(tables())))
    today = datetime(2027, 1, 22, 10, tzinfo=UTC).date()
    return [each for each in reporting.report_findings(report, handed_in, today) if each.rule == shown["id"]]


def at(typed: Any, path: str) -> tuple[Any, Any]:
    """Where a field stands in a report, and its last name: `key_items.0.owner`."""
    *parts, last = path.split(".")
    for part in parts:
        typed = typed[int(part)] if part.isdecimal() else typed[part]
    return typed, last


def verdict(shown: Mapping[str, Any]) -> str:
    return "warning" if shown.get("warns") else "failure"
