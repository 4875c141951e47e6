"""The weekly Test Readiness Reports: which weeks owe one, and when it is taken."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from artefact_review import templates
from artefact_review.api import schemas
from artefact_review.domain import events, readiness, refusals, reporting, review
from artefact_review.domain.decisions import decide
from artefact_review.domain.reporting import next_due
from rulebook.engine.dating.working_days import Calendar

from . import given
from .acting import OPENED, SPEC, report


def test_a_readiness_report_of_the_current_week_is_taken() -> None:
    taken = SPEC.given(OPENED).when(report("2027-W03")).accepted().history[-1]
    assert isinstance(taken, events.ReadinessReported)
    assert (taken.week, taken.report, taken.reported_by) == ("2027-W03", given.report(), "pat")
    assert {each.rule for each in taken.findings} >= {"raid-items-are-whole"}


def test_a_late_readiness_report_is_taken() -> None:
    SPEC.given(OPENED).when(report("2027-W01")).accepted()


@pytest.mark.parametrize("week", ["2027-W01", "2027-W08"])
def test_the_weeks_that_owe_a_report_run_from_40_working_days_before_the_start_to_the_day_before_it(week: str) -> None:
    SPEC.given(OPENED).when(report(week, datetime(2027, 2, 28, 12, tzinfo=UTC))).accepted()


@pytest.mark.parametrize("week", ["2026-W53", "2027-W09", "2027-W53", "0000-W01"])
def test_a_week_that_owes_no_report_is_refused(week: str) -> None:
    SPEC.given(OPENED).when(report(week)).then_refused(refusals.WeekOutside(week, "2027-W01", "2027-W08"))


def test_a_report_of_a_week_that_has_not_begun_is_refused() -> None:
    SPEC.given(OPENED).when(report("2027-W04")).then_refused(refusals.WeekInFuture("2027-W04", date(2027, 1, 22)))


def test_the_week_is_the_one_in_london() -> None:
    nearly_monday = datetime(2027, 1, 24, 23, 59, tzinfo=UTC)
    SPEC.given(OPENED).when(report("2027-W04", nearly_monday)).then_refused(refusals.WeekInFuture)
    SPEC.given(OPENED).when(report("2027-W04", datetime(2027, 1, 25, tzinfo=UTC))).accepted()


@pytest.mark.parametrize(
    ("reported", "today", "week"),
    [
        ((), date(2026, 12, 1), "2027-W01"),
        ((), date(2027, 1, 22), "2027-W03"),
        (("2027-W03",), date(2027, 1, 22), "2027-W04"),
        (("2027-W08",), date(2027, 3, 2), "2027-W07"),
        (tuple(f"2027-W0{n}" for n in range(1, 9)), date(2027, 3, 2), "2027-W08"),
    ],
)
def test_the_week_to_report_next_is_the_first_due_that_is_owed_or_else_the_latest_owed(
    reported: tuple[str, ...], today: date, week: str
) -> None:
    found, due = next_due(review.Review(OPENED, weeks=frozenset(reported)), today)
    assert (found, due.isocalendar().week) == (week, int(week[-2:]))


def test_a_day_that_ends_early_ends_for_reports_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "calendar", lambda: Calendar(end_of_day=time(17)))
    sunday = datetime(2027, 1, 24, 17, 0, 1, tzinfo=UTC)
    SPEC.given(OPENED).when(report("2027-W04", sunday)).accepted()
    SPEC.given(OPENED).when(report("2027-W04", sunday.replace(second=0))).then_refused(refusals.WeekInFuture)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"requirements": readiness.RequirementProgress(1, 300, 200, 0, 10)}, "1 requirements are identified and 500"),
        ({"scripts": readiness.ScriptProgress(10, 6, 3, 2, 60)}, "10 Test Scripts are planned and 11 accounted for"),
        ({"environment": readiness.Environment(("ES", "XX"), True, "One.")}, "there is no User Role XX among IS, GS,"),
        (
            {"environment": readiness.Environment(("IS",), True, "One.")},
            "the environment is not for ES,",
        ),
    ],
)
def test_a_report_that_contradicts_itself_or_the_engagement_is_refused(changed: dict[str, Any], told: str) -> None:
    command = replace(report("2027-W03"), report=replace(given.report(), **changed))
    with pytest.raises(refusals.ReportDisagrees, match=told):
        decide(command, review.Review(OPENED))


def test_a_week_is_reported_once() -> None:
    SPEC.given(OPENED).when(report("2027-W03")).accepted().when(report("2027-W03")).then_refused(
        refusals.WeekReported("2027-W03")
    )


def test_the_template_of_a_report_has_every_field_that_a_report_has() -> None:
    template = templates.readiness_report("2027-W03", date(2027, 1, 22))
    assert set(template) == set(schemas.ReadinessReport.model_fields)
    assert set(template["key_items"][0]) == set(schemas.KeyItem.model_fields)
