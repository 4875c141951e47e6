"""The checks of a Test Readiness Report: its figures against the files, and its RAID items (CTSD 6.3.3)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from artefact_review.domain import readiness, refusals, report_checks, reporting, review
from artefact_review.domain.measure import Finding

from . import given
from .acting import ARTEFACTS, OPENED

TODAY = given.NOW.date()
HANDED_IN = given.with_artefacts(ARTEFACTS, "ES", given.E11)
ITEM = replace(given.report().key_items[0], owner="Mo Manager", rag="amber")
TRUE = replace(
    given.report(),
    key_items=(ITEM,),
    requirements=readiness.RequirementProgress(23, 0, 0, 0, 100),
    scripts=readiness.ScriptProgress(36, 36, 0, 0, 100),
    test_data_percent=100,
)


def found(report: readiness.ReadinessReport, of: review.Review = HANDED_IN) -> dict[str, list[Finding]]:
    every: dict[str, list[Finding]] = {}
    for finding in reporting.report_findings(report, of, TODAY):
        every.setdefault(finding.rule, []).append(finding)
    return every


def failing(report: readiness.ReadinessReport, of: review.Review = HANDED_IN) -> dict[str, list[str | None]]:
    return {
        rule: [each.location for each in each_rule if not each.passed]
        for rule, each_rule in found(report, of).items()
        if not all(each.passed for each in each_rule)
    }


def test_a_report_that_says_what_the_files_show_passes_every_check_each_with_its_clause() -> None:
    every = found(TRUE)
    assert all([each.passed for each in findings] == [True] for findings in every.values())
    assert {rule: findings[0].clause for rule, findings in every.items()} == {
        "report-tool-is-available": "CTSD 6.3.3(b)",
        "report-environment-is-approved": "CTSD 6.3.3(j)",
        "report-requirements-agree": "CTSD 6.3.3(f)",
        "report-scripts-agree": "CTSD 6.3.3(g)",
        "report-data-agrees": "CTSD 6.3.3(h)",
        "report-documents-agree": "CTSD 6.3.3",
        "raid-items-are-whole": "CTSD 6.3.3(c)",
    }


@pytest.mark.parametrize(
    ("change", "rule", "field"),
    [
        ({"requirements": readiness.RequirementProgress(20, 0, 0, 0, 100)}, "requirements", "requirements.identified"),
        (
            {"requirements": readiness.RequirementProgress(23, 0, 0, 2, 100)},
            "requirements",
            "requirements.not_testable",
        ),
        (
            {"requirements": readiness.RequirementProgress(23, 5, 5, 0, 90)},
            "requirements",
            "requirements.percent_complete",
        ),
        ({"scripts": readiness.ScriptProgress(36, 30, 6, 0, 83)}, "scripts", "scripts.produced"),
        ({"scripts": readiness.ScriptProgress(40, 36, 4, 0, 50)}, "scripts", "scripts.percent_complete"),
        ({"test_data_percent": 60}, "data", "test_data_percent"),
        ({"test_plan_produced": False}, "documents", "test_plan_produced"),
        ({"test_schedule_produced": False}, "documents", "test_schedule_produced"),
    ],
)
def test_a_figure_that_the_files_do_not_show_is_found_in_its_field(change: Any, rule: str, field: str) -> None:
    suffix = "agrees" if rule == "data" else "agree"
    assert failing(replace(TRUE, **change)) == {f"report-{rule}-{suffix}": [field]}


def test_a_share_that_is_rounded_either_way_is_no_difference() -> None:
    for percent in (38, 39):
        assert not failing(replace(TRUE, scripts=readiness.ScriptProgress(93, 36, 0, 0, percent)))


def test_a_share_of_requirements_lies_between_what_is_done_and_what_is_begun() -> None:
    for percent, right in ((55, False), (56, True), (79, True), (80, False)):
        told = replace(TRUE, requirements=readiness.RequirementProgress(23, 5, 5, 0, percent))
        assert (not failing(told)) == right, percent


@pytest.mark.parametrize(
    ("change", "rule", "field"),
    [
        ({"test_tool_available": False}, "report-tool-is-available", "test_tool_available"),
        (
            {"environment": replace(TRUE.environment, configuration_approved=False)},
            "report-environment-is-approved",
            "environment.configuration_approved",
        ),
    ],
)
def test_a_tool_or_an_environment_that_is_still_to_come_is_only_warned_of(change: Any, rule: str, field: str) -> None:
    told = replace(TRUE, **change)
    assert failing(told) == {}
    warned = [each for findings in found(told).values() for each in findings if each.severity]
    assert [(each.rule, each.location, each.severity) for each in warned] == [(rule, field, "warning")]


def test_what_is_not_handed_in_yet_is_taken_as_it_was_typed() -> None:
    none = review.Review(OPENED)
    typed = replace(TRUE, requirements=readiness.RequirementProgress(20, 0, 0, 0, 100), test_data_percent=60)
    assert not failing(typed, none)


def test_what_is_kept_counts_as_handed_in() -> None:
    kept = replace(review.Review(OPENED), kept=ARTEFACTS)
    assert "report-data-agrees" in failing(replace(TRUE, test_data_percent=60), kept)


@pytest.mark.parametrize("change", [{"owner": ""}, {"rag": None}, {"target_close": TODAY - timedelta(days=1)}])
def test_every_raid_item_has_an_owner_a_status_and_a_target_that_has_not_passed(change: Any) -> None:
    second = replace(ITEM, **change)
    assert failing(replace(TRUE, key_items=(ITEM, second))) == {"raid-items-are-whole": ["key_items 2"]}


def test_a_dry_run_refuses_what_would_be_refused_when_it_is_given() -> None:
    with pytest.raises(refusals.ReportDisagrees, match="10 Test Scripts are planned and 11 accounted for"):
        found(replace(TRUE, scripts=readiness.ScriptProgress(10, 6, 3, 2, 60)))
    without_reports = review.Review(given.opened(procedure="additional-sr-dust", srvs=("4.2",)))
    with pytest.raises(refusals.ReadinessReportsNotAskedFor):
        found(TRUE, without_reports)


def test_of_a_check_that_is_not_made_here_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(report_checks.RULES, "raid-items-are-whole")
    assert "raid-items-are-whole" not in found(TRUE)
