from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulebook.engine import views
from rulebook.engine.dating.plan import Plan, plan
from rulebook.engine.dating.plan_refusals import LastDayBeforeStart, NoticeTooShort, StartOnDayOff
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.files import ROOT
from rulebook.engine.procedures import procedure, procedure_ids
from testing.edits import edited
from testing.present import present

ENGLAND = calendar()
MAY = date(2027, 5, 4)
STARTS = st.dates(date(2014, 1, 1), date(2027, 12, 1)).map(ENGLAND.received)
PROCEDURES = st.sampled_from(procedure_ids())


def dates(found: Plan) -> dict[str, date | tuple[date | None, date | None] | None]:
    return {each.step.ref: (each.first, each.last) if each.is_period else each.due for each in found.steps}


def test_a_plan_has_every_step_of_the_procedure_in_its_order() -> None:
    for procedure_id in procedure_ids():
        found = plan(procedure(procedure_id), MAY, ENGLAND)
        assert [each.step for each in found.steps] == list(procedure(procedure_id).steps)


def test_a_start_in_may_2027_is_planned_over_easter_and_the_early_may_holiday() -> None:
    found = dates(plan(procedure("uept"), MAY, ENGLAND, last_day=date(2027, 5, 28)))
    assert found == {
        "5.6.1.1": date(2027, 2, 4),
        "5.6.1.2": date(2027, 2, 8),
        "5.6.1.3": date(2027, 2, 15),
        "5.6.1.4": (date(2027, 3, 4), date(2027, 4, 30)),
        "5.6.1.5": date(2027, 3, 25),
        "5.6.1.6": date(2027, 4, 5),
        "5.6.1.7": date(2027, 4, 19),
        "5.6.1.8": date(2027, 4, 22),
        "5.6.1.9": date(2027, 4, 26),
        "5.10.1.1": MAY,
        "5.10.1.2": (MAY, date(2027, 5, 28)),
        "5.10.1.3": (MAY, date(2027, 5, 28)),
        "5.10.1.4": date(2027, 5, 28),
        "5.17.1.1": date(2027, 6, 2),
        "5.17.1.2": date(2027, 6, 9),
        "5.17.1.3": date(2027, 6, 11),
    }


def test_the_dust_route_needs_fifteen_working_days() -> None:
    found = dates(plan(procedure("additional-sr-dust"), MAY, ENGLAND, last_day=date(2027, 5, 7)))
    assert found["5.7.2.1"] == date(2027, 4, 12)
    assert found["5.7.2.2"] == date(2027, 4, 14)
    assert found["5.11.2.4"] == date(2027, 5, 7)
    assert found["5.18.1.3"] == date(2027, 5, 20)


def test_a_weekly_step_has_a_part_for_each_week() -> None:
    weekly = present(plan(procedure("uept"), MAY, ENGLAND).step("5.6.1.4"))
    assert weekly.parts[0].key == "5.6.1.4/2027-W09"
    assert len(weekly.parts) == 9
    assert weekly.why.startswith("9 times")


def test_without_a_last_day_what_hangs_on_it_is_marked_and_says_so() -> None:
    found = plan(procedure("uept"), MAY, ENGLAND)
    open_ended = [each.step.ref for each in found.steps if each.provisional]
    assert open_ended == ["5.10.1.2", "5.10.1.3", "5.10.1.4", "5.17.1.1", "5.17.1.2", "5.17.1.3"]
    assert all("No last day of testing was given" in present(found.step(ref)).why for ref in open_ended)


def test_with_a_last_day_nothing_is_provisional() -> None:
    assert not [each for each in plan(procedure("uept"), MAY, ENGLAND, last_day=MAY).steps if each.provisional]


def test_dashboards_may_follow_a_schedule_agreed_with_dcc() -> None:
    mondays = (date(2027, 5, 10), date(2027, 5, 17))
    found = plan(procedure("uept"), MAY, ENGLAND, last_day=date(2027, 5, 21), agreed_days=mondays)
    dashboards = present(found.step("5.10.1.3"))
    assert [part.due for part in dashboards.parts] == list(mondays)
    assert "schedule agreed with DCC" in dashboards.why


def test_an_agreed_schedule_without_a_day_leaves_no_dashboard() -> None:
    dashboards = present(plan(procedure("uept"), MAY, ENGLAND, last_day=MAY, agreed_days=()).step("5.10.1.3"))
    assert (dashboards.first, dashboards.why) == (None, "No day.")


def test_execution_that_ends_on_a_saturday_is_reported_on_monday() -> None:
    report = present(plan(procedure("uept"), MAY, ENGLAND, last_day=date(2027, 5, 8)).step("5.10.1.4"))
    assert report.due == date(2027, 5, 10)
    assert "no Working Day: on the next one" in report.why


def test_a_start_on_a_day_off_is_refused_with_the_next_working_day() -> None:
    with pytest.raises(StartOnDayOff, match="Mon 3 May 2027 is no Working Day") as refused:
        plan(procedure("uept"), date(2027, 5, 3), ENGLAND)
    assert refused.value.next == MAY


def test_notice_that_is_too_short_is_refused_with_both_ways_out() -> None:
    with pytest.raises(NoticeTooShort) as refused:
        plan(procedure("additional-sr-dust"), MAY, ENGLAND, notified_on=date(2027, 4, 13))
    assert (refused.value.given, refused.value.needed) == (14, 15)
    assert (refused.value.earliest, refused.value.latest) == (date(2027, 5, 5), date(2027, 4, 12))


def test_a_last_day_before_the_start_is_refused() -> None:
    with pytest.raises(LastDayBeforeStart):
        plan(procedure("uept"), MAY, ENGLAND, last_day=date(2027, 5, 3))


def test_what_is_told_of_a_step_is_its_day_or_its_period_and_why() -> None:
    steps = views.plan_view(plan(procedure("uept"), MAY, ENGLAND), "IS")["steps"]
    assert all(step["why"] and step["ref"] for step in steps)
    assert all(("due" in step) != ("from" in step and "to" in step) for step in steps)
    assert all(step.get("due") or (step["from"] and step["to"]) for step in steps)


def test_a_plan_dates_the_draft_of_the_completion_report_once_the_last_day_is_known() -> None:
    drafts = [
        each.due
        for last in (None, date(2027, 5, 28))
        for each in plan(procedure("uept"), MAY, ENGLAND, last_day=last).documents
        if each.document.kind == "test-completion-report"
    ]
    assert drafts == [None, date(2027, 5, 14)]
    assert len(plan(procedure("additional-sr-dust"), MAY, ENGLAND).documents) == 4


@given(PROCEDURES, STARTS, st.integers(min_value=0, max_value=120))
def test_a_plan_keeps_the_order_of_its_table(procedure_id: str, start: date, length: int) -> None:
    last = start + timedelta(days=length)
    found = plan(procedure(procedure_id), start, ENGLAND, last_day=last)
    in_order = [each for each in found.steps if each.step.ref not in ("5.6.1.4", "5.10.1.3", "5.11.2.3")]
    days = [present(each.last or each.due) for each in in_order]
    assert days == sorted(days)


@given(PROCEDURES, STARTS, st.integers(min_value=0, max_value=120))
def test_no_step_of_a_plan_but_the_last_day_of_testing_falls_on_a_day_off(
    procedure_id: str, start: date, length: int
) -> None:
    found = plan(procedure(procedure_id), start, ENGLAND, last_day=start + timedelta(days=length))
    once = [each.due for each in found.steps if not each.is_period]
    each_time = [
        part.due for each in found.steps if each.step.timing.rule in ("each-week", "daily") for part in each.parts
    ]
    assert all(ENGLAND.is_working_day(present(day)) for day in (*once, *each_time))


@given(PROCEDURES, STARTS)
def test_a_plan_begins_with_exactly_the_notice_that_is_needed(procedure_id: str, start: date) -> None:
    found = plan(procedure(procedure_id), start, ENGLAND)
    assert ENGLAND.between(found.notified_on, start) == found.procedure.notice_working_days


def test_a_document_whose_date_is_counted_in_days_has_it(tmp_path: Path) -> None:
    in_days = ("artefacts.toml", "working_days = 10 }", 'days = 14, day_off = "previous" }')
    root = edited(ROOT, tmp_path / "law", in_days)
    found = plan(procedure("uept", root), MAY, ENGLAND, last_day=date(2027, 6, 14))
    [report] = [each.due for each in found.documents if each.document.kind == "test-completion-report"]
    assert report == date(2027, 5, 28), "31 May is the spring bank holiday"
