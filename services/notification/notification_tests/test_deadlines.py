"""Reminders before a date, a missed deadline after it (CTSD 5.5.2)."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notification.domain.events import DeadlineMissed, DeadlineReminded, ExecutionContinued
from notification.domain.reminders import next_check, reminder_days
from notification.domain.timetabling import next_extension, open_rows, start_of
from rulebook.engine.dating.working_days import calendar

from .given import (
    DASHBOARD,
    ENTRY_GATE,
    Heard,
    Story,
    acknowledged,
    at,
    checking,
    confirmed,
    engagement,
    executing,
    hearing,
    notified,
    notifying,
)

W01 = "5.6.1.4/2027-W01"


def said(heard: Heard) -> list[tuple[str, str]]:
    return [
        (type(event).__name__.removeprefix("Deadline"), event.key)
        for event in heard.events
        if isinstance(event, DeadlineReminded | DeadlineMissed)
    ]


def test_a_step_is_called_to_mind_2_working_days_before_its_date_once() -> None:
    heard = checking(acknowledged(), "2026-12-07")
    assert heard.events == (DeadlineReminded("5.6.1.3", "5.6.1.3", date(2026, 12, 9), "dcc", at("2026-12-07"), 2),)
    checking(heard.accepted(), "2026-12-08").then_nothing()


def test_a_step_that_has_just_opened_is_not_called_to_mind_on_that_day() -> None:
    state = engagement(notified())
    assert reminder_days(state, state.rows["5.6.1.2"]) == [(2, date(2026, 12, 2))]
    checking(notified(), "2026-12-01", hour=23).then_nothing()


def test_a_step_of_one_day_has_no_reminder() -> None:
    story = hearing(
        acknowledged(), "artefact-review.entry-gate-held", "2027-02-19", **confirmed(date(2027, 3, 2))
    ).accepted()
    assert reminder_days(engagement(story), engagement(story).rows["5.10.1.3/2027-03-02"]) == []


def reminders(heard: Heard, key: str = "5.6.1.5") -> list[int]:
    return [each.working_days for each in heard.events if isinstance(each, DeadlineReminded) and each.key == key]


def test_a_step_is_called_to_mind_as_often_as_its_schedule_says_each_once() -> None:
    state = engagement(acknowledged())
    assert state.procedure.step("5.6.1.5").reminders == (10, 2)
    assert reminder_days(state, state.rows["5.6.1.5"]) == [(10, date(2027, 1, 11)), (2, date(2027, 1, 21))]
    story = acknowledged()
    first = checking(story, "2027-01-11")
    assert reminders(first) == [10]
    assert reminders(checking(first.accepted(), "2027-01-20")) == []
    second = checking(first.accepted(), "2027-01-21")
    assert reminders(second) == [2]
    assert reminders(checking(second.accepted(), "2027-01-22")) == []


def test_a_clock_that_is_moved_over_several_reminders_says_the_latest_of_them_alone() -> None:
    jumped = checking(acknowledged(), "2027-01-22")
    assert reminders(jumped) == [2]
    assert reminders(checking(jumped.accepted(), "2027-01-25")) == []
    assert reminders(checking(acknowledged(), "2027-01-26")) == []


def test_what_was_done_between_two_reminders_is_not_called_to_mind_again() -> None:
    first = checking(acknowledged(), "2027-01-11").accepted()
    submitted = hearing(first, "artefact-review.artefacts-submitted", "2027-01-15").accepted()
    assert reminders(checking(submitted, "2027-01-22")) == []


def test_a_deadline_is_missed_only_after_the_end_of_its_day_in_london() -> None:
    assert ("Missed", "5.6.1.2") not in said(checking(notified(), "2026-12-03", hour=23))
    assert said(checking(notified(), "2026-12-04", hour=0)) == [("Missed", "5.6.1.2")]


def test_in_summer_time_a_day_ends_at_23_hours_utc() -> None:
    story = hearing(
        acknowledged(), "artefact-review.entry-gate-held", "2027-02-19", **confirmed(date(2027, 4, 1))
    ).accepted()
    key = "5.10.1.3/2027-04-01"
    assert ("Missed", key) not in said(checking(story, "2027-04-01", hour=22))
    assert ("Missed", key) in said(checking(story, "2027-04-01", hour=23))


def test_a_missed_deadline_is_told_once() -> None:
    story = checking(notified(), "2026-12-04").accepted()
    checking(story, "2026-12-07").then_nothing()


def test_a_jump_over_several_dates_tells_of_all_in_order_of_date() -> None:
    heard = checking(acknowledged(), "2027-01-20")
    assert said(heard) == [
        ("Missed", "5.6.1.3"),
        ("Missed", W01),
        ("Missed", "5.6.1.4/2027-W02"),
        ("Reminded", "5.6.1.4/2027-W03"),
        ("Reminded", "5.6.1.5"),
    ]


def test_a_step_that_was_done_is_never_missed() -> None:
    story = hearing(
        acknowledged(), "artefact-review.readiness-reported", "2027-01-07", identity="2027-W01", period="2027-W01"
    ).accepted()
    assert ("Missed", W01) not in said(checking(story, "2027-01-20"))


def test_a_step_done_late_closes_the_missed_deadline_and_is_not_told_as_missed_again() -> None:
    missed = checking(acknowledged(), "2027-01-11").accepted()
    heard = hearing(missed, "artefact-review.readiness-reported", "2027-01-12", identity="2027-W01", period="2027-W01")
    assert [event.key for event in heard.events if isinstance(event, DeadlineMissed)] == []
    assert not engagement(heard.accepted()).done[W01].in_time


def test_a_fact_that_was_in_time_but_comes_after_the_date_was_called_missed_is_in_time() -> None:
    missed = checking(acknowledged(), "2027-01-11").accepted()
    heard = hearing(missed, "artefact-review.readiness-reported", "2027-01-08", identity="2027-W01", period="2027-W01")
    assert engagement(heard.accepted()).done[W01].in_time


CONNECTED = "execution-tracker.connectivity-confirmed"


def test_connectivity_that_is_not_confirmed_on_the_day_of_the_start_is_missed() -> None:
    assert ("Missed", "5.10.1.1") not in said(checking(acknowledged(), "2027-03-01", hour=23))
    assert ("Missed", "5.10.1.1") in said(checking(acknowledged(), "2027-03-02", hour=0))


def test_connectivity_that_earlier_testing_confirmed_is_not_missed_and_in_time_whenever_that_is_stated() -> None:
    story = executing()
    before = hearing(story, CONNECTED, "2027-02-26", done_earlier=True).accepted()
    assert ("Missed", "5.10.1.1") not in said(checking(before, "2027-03-20"))
    stated = hearing(story, CONNECTED, "2027-03-04", done_earlier=True).accepted()
    assert engagement(stated).done["5.10.1.1"].in_time
    tried = hearing(story, CONNECTED, "2027-03-04").accepted()
    assert not engagement(tried).done["5.10.1.1"].in_time


def test_a_step_that_may_not_have_to_be_taken_is_never_missed() -> None:
    story = hearing(executing(), "certification.certificate-issued", "2027-03-04").accepted()
    assert engagement(story).rows["5.17.1.3"].conditional
    assert ("Missed", "5.17.1.3") not in said(checking(story, "2027-04-20"))


def owed(story: Story) -> list[str]:
    return [key.partition("/")[2] for key in engagement(story).rows if key.startswith("5.10.1.3/")]


def test_a_dashboard_is_owed_for_each_working_day_that_testing_goes_on_beyond_its_planned_end() -> None:
    planned = ["2027-03-01", "2027-03-02", "2027-03-03"]
    story = checking(executing(), "2027-03-03", hour=23).accepted()
    assert owed(story) == planned
    thursday = checking(story, "2027-03-04", hour=0)
    assert thursday.events[0] == ExecutionContinued(date(2027, 3, 4))
    story = checking(thursday.accepted(), "2027-03-06").accepted()
    assert owed(story) == [*planned, "2027-03-04", "2027-03-05"]
    assert "the day up to which testing is known to go on" in engagement(story).rows["5.10.1.3/2027-03-05"].why
    missed = {event.key for event in story.history if isinstance(event, DeadlineMissed)}
    assert {"5.10.1.3/2027-03-04", "5.10.1.3/2027-03-05"} <= missed


def test_after_a_planned_end_on_a_saturday_the_next_dashboard_is_owed_on_monday() -> None:
    saturday = hearing(acknowledged(), ENTRY_GATE, "2027-02-19", **confirmed(date(2027, 3, 6))).accepted()
    assert owed(saturday)[-1] == "2027-03-05"
    assert next_extension(engagement(saturday)) == start_of(date(2027, 3, 8))
    assert owed(checking(saturday, "2027-03-08").accepted())[-1] == "2027-03-08"


def test_a_look_on_a_saturday_leaves_no_monday_out() -> None:
    story = checking(executing(), "2027-03-06").accepted()
    assert owed(story)[-1] == "2027-03-05"
    assert owed(checking(story, "2027-03-08").accepted())[-1] == "2027-03-08"


def test_without_a_test_schedule_a_dashboard_is_owed_from_the_confirmed_start_on_day_by_day() -> None:
    unplanned = hearing(acknowledged(), ENTRY_GATE, "2027-02-19", **confirmed(start=date(2027, 3, 2))).accepted()
    assert owed(unplanned) == ["2027-03-02"]
    assert owed(checking(unplanned, "2027-03-04").accepted()) == ["2027-03-02", "2027-03-03", "2027-03-04"]


def test_a_dashboard_shows_that_testing_goes_on_only_while_it_is_under_way() -> None:
    early = hearing(acknowledged(), DASHBOARD, "2027-03-01", period="2027-03-01").accepted()
    assert owed(early) == []
    moved = hearing(early, ENTRY_GATE, "2027-02-19", **confirmed(start=date(2027, 3, 8))).accepted()
    assert owed(moved) == ["2027-03-08"]


def test_the_timer_looks_each_working_day_whether_testing_goes_on_until_execution_is_complete() -> None:
    assert next_extension(engagement(acknowledged())) is None
    assert next_extension(engagement(executing())) == start_of(date(2027, 3, 4))
    friday = checking(executing(), "2027-03-05").accepted()
    assert next_extension(engagement(friday)) == start_of(date(2027, 3, 8))
    checking(friday, "2027-03-05", hour=11).then_nothing()
    ended = hearing(friday, "execution-tracker.execution-completed", "2027-03-05").accepted()
    assert next_extension(engagement(ended)) is None
    assert not [event for event in checking(ended, "2027-03-20").events if isinstance(event, ExecutionContinued)]


def test_days_that_were_owed_after_testing_had_ended_fall_away_when_that_is_heard() -> None:
    story = checking(executing(), "2027-03-05").accepted()
    ended = hearing(story, "execution-tracker.execution-completed", "2027-03-04").accepted()
    assert owed(ended)[-1] == "2027-03-04"


def test_a_dashboard_in_time_for_a_day_that_the_timer_added_completes_it() -> None:
    story = checking(executing(), "2027-03-04").accepted()
    story = hearing(story, "execution-tracker.dashboard-published", "2027-03-04", period="2027-03-04").accepted()
    assert engagement(story).done["5.10.1.3/2027-03-04"].in_time


@given(pauses=st.lists(st.integers(min_value=1, max_value=40), max_size=12))
def test_however_time_goes_on_each_missed_deadline_is_told_once_and_none_is_left_out(pauses: list[int]) -> None:
    story, day = acknowledged(), date(2026, 12, 2)
    for pause in (*pauses, 200):
        day += timedelta(days=pause)
        story = checking(story, day.isoformat()).accepted()
    missed = [event.key for event in story.history if isinstance(event, DeadlineMissed)]
    dated = [row.key for row in open_rows(engagement(story)) if row.due is not None and not row.conditional]
    assert sorted(missed) == sorted(dated)


def late_story() -> Story:
    """An engagement that starts as late as the calendar allows, and takes longer than it reaches."""
    start = calendar().subtract(calendar().last, 120)
    story = notifying(start_date=start).accepted()
    beyond = calendar().last + timedelta(days=40)
    gate = confirmed(beyond, start=start)
    story = hearing(story, "artefact-review.entry-gate-held", start.isoformat(), **gate).accepted()
    return hearing(story, "execution-tracker.execution-completed", beyond.isoformat()).accepted()


def test_a_step_beyond_the_calendar_has_no_date_and_says_why() -> None:
    rows = engagement(late_story()).rows
    undated = [key for key, row in rows.items() if "bank holidays are known" in row.why]
    assert "5.10.1.3" in undated
    assert all(rows[key].due is None for key in undated)
    assert rows["5.6.1.9"].due is not None


def test_every_fact_after_the_end_of_the_calendar_is_recorded_and_nothing_is_raised() -> None:
    story, day = late_story(), (calendar().last + timedelta(days=50)).isoformat()
    for fact in ("completion-report-submitted", "report-receipt-confirmed", "certificate-issued"):
        story = hearing(story, f"certification.{fact}", day).accepted()
        story = checking(story, day).accepted()
    assert {seen for seen, _ in engagement(story).recorded} >= {"certification.certificate-issued"}
    state = engagement(story)
    undated = [row.key for row in open_rows(state) if row.due is None]
    assert undated == ["5.6.1.3", "5.10.1.3", "5.17.1.2"]
    assert all(next_check(state, state.rows[key]) is None for key in undated)
