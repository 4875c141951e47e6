"""DCC moves the start of testing (CTSD 5.5.2, 5.8.2b)."""

from dataclasses import replace
from datetime import date

import pytest

from kernel.engagement import EngagementUnknown
from notification.aggregates import ENGAGEMENT
from notification.domain.events import DeadlineMissed, StartRescheduled, TimetableChanged
from notification.domain.refusals import (
    RescheduleReasonMissing,
    StartConfirmed,
    StartTooLate,
    StartUnmoved,
)
from notification.domain.rescheduling import RescheduleStart
from notification.emails.templates import emails
from rulebook.engine.dating.plan_refusals import NoticeUndercut, StartNotPracticable, StartOnDayOff
from rulebook.engine.dating.working_days import calendar
from testing.probe import deciding

from .given import (
    ID,
    START,
    Heard,
    Story,
    acknowledged,
    at,
    checking,
    confirmed,
    due,
    engagement,
    hearing,
)

NOTICE = engagement(acknowledged()).facts.notified
NOTICED = calendar().add(NOTICE, 60)
"""The first start for which that notice is long enough."""
READINESS = "artefact-review.readiness-reported"
ENTRY_GATE = "artefact-review.entry-gate-held"
LATER = date(2027, 4, 6)
MOVE = RescheduleStart(ID, LATER, "The test environment is not ready", "dee", at("2027-01-12"))


def moving(story: Story, **changes: object) -> Heard:
    return story.when(replace(MOVE, **changes))  # type: ignore[arg-type]


def test_another_start_moves_every_open_step_and_says_why() -> None:
    heard = moving(acknowledged())
    event, dates = heard.events
    assert event == StartRescheduled(START, LATER, NOTICED, MOVE.reason, "dee", MOVE.now)
    assert isinstance(dates, TimetableChanged)
    assert dates.reason == "start moved from Mon 1 March 2027 to Tue 6 April 2027: The test environment is not ready"
    assert due(heard.accepted(), "5.6.1.5") == date(2027, 2, 26)
    assert engagement(heard.accepted()).facts.start == LATER


def test_without_a_date_the_start_moves_to_the_earliest_practicable_one() -> None:
    story = moving(acknowledged(), start_date=None, now=at("2027-02-10")).accepted()
    assert engagement(story).facts.start == calendar().add(date(2027, 2, 10), 25)
    assert due(story, "5.6.1.5") == date(2027, 2, 10)


def test_what_is_done_keeps_its_dates_and_what_was_missed_stays_told() -> None:
    week = {"identity": "2027-W01", "period": "2027-W01"}
    before = hearing(checking(acknowledged(), "2027-01-20").accepted(), READINESS, "2027-01-20", **week).accepted()
    story = moving(before, now=at("2027-01-20")).accepted()
    assert engagement(story).done == engagement(before).done
    assert engagement(story).missed == engagement(before).missed
    assert due(story, "5.6.1.4/2027-W01") == date(2027, 1, 8)
    assert "5.6.1.4/2027-W02" not in engagement(story).rows


def test_a_step_that_was_missed_and_moves_can_be_missed_again() -> None:
    moved = moving(checking(acknowledged(), "2027-02-02").accepted(), now=at("2027-02-02")).accepted()
    again = [e for e in checking(moved, "2027-03-01").events if isinstance(e, DeadlineMissed) and e.key == "5.6.1.5"]
    assert [event.due for event in again] == [date(2027, 2, 26)]


def test_a_report_of_a_week_that_comes_with_the_new_start_completes_it() -> None:
    early = hearing(acknowledged(), READINESS, "2027-03-03", identity="2027-W09", period="2027-W09").accepted()
    assert "5.6.1.4/2027-W09" not in engagement(early).done
    assert engagement(moving(early, now=at("2027-02-01")).accepted()).done["5.6.1.4/2027-W09"].in_time


def test_a_start_can_be_moved_again() -> None:
    again = moving(moving(acknowledged()).accepted(), start_date=date(2027, 4, 7)).accepted()
    assert due(again, "5.6.1.5") == date(2027, 3, 1)


def test_a_prevented_entry_gate_leaves_the_start_to_be_moved() -> None:
    prevented = hearing(acknowledged(), ENTRY_GATE, "2027-02-22", outcome="prevented").accepted()
    moving(prevented, now=at("2027-02-22")).accepted()


def test_a_start_that_the_entry_gate_confirmed_is_not_moved_any_more() -> None:
    ready = hearing(acknowledged(), ENTRY_GATE, "2027-02-22", **confirmed(date(2027, 3, 3))).accepted()
    moving(ready, now=at("2027-02-22")).then_refused(StartConfirmed(START))


@pytest.mark.parametrize("reason", ["", " \n"])
def test_a_start_is_not_moved_without_a_reason(reason: str) -> None:
    moving(acknowledged(), reason=reason).then_refused(RescheduleReasonMissing)


def test_a_start_on_a_day_off_is_refused_with_the_next_working_day() -> None:
    refused = StartOnDayOff(date(2027, 3, 26), "Good Friday", next=date(2027, 3, 30))
    moving(acknowledged(), start_date=date(2027, 3, 26)).then_refused(refused)


def test_a_start_that_is_too_early_for_the_open_steps_is_refused_with_the_earliest_practicable_one() -> None:
    early, earliest = date(2027, 3, 8), date(2027, 3, 9)
    refused = StartNotPracticable(early, earliest, "5.6.1.5", "25 Working Days")
    moving(acknowledged(), start_date=early, now=at("2027-02-02")).then_refused(refused)


def test_a_start_for_which_the_notice_would_have_been_too_short_is_refused() -> None:
    early = calendar().subtract(NOTICED, 1)
    refused = NoticeUndercut(NOTICE, early, 60, NOTICED)
    moving(acknowledged(), start_date=early).then_refused(refused)


def test_an_earlier_start_asks_for_no_report_of_a_week_gone_by() -> None:
    later = moving(acknowledged(), start_date=date(2027, 8, 16)).accepted()
    heard = moving(later, start_date=date(2027, 6, 21), now=at("2027-05-12"))
    event = heard.events[0]
    assert isinstance(event, StartRescheduled)
    assert "5.6.1.4/2027-W18" in event.excused
    story = heard.accepted()
    assert "5.6.1.4/2027-W18" not in engagement(story).rows
    assert due(story, "5.6.1.4/2027-W19") == date(2027, 5, 14)
    missed = [e.due for e in checking(story, "2027-05-12").events if isinstance(e, DeadlineMissed)]
    assert all(day >= date(2027, 5, 12) for day in missed if day > date(2027, 3, 1))


def test_the_start_that_it_is_already_is_refused() -> None:
    moving(acknowledged(), start_date=START).then_refused(StartUnmoved(START, earliest=NOTICED))


def test_a_start_after_which_the_calendar_ends_too_soon_is_refused() -> None:
    latest = calendar().subtract(calendar().last, 120)
    start = calendar().add(latest, 1)
    refused = StartTooLate(start, needed=120, last=calendar().last, latest=latest)
    assert moving(acknowledged(), start_date=start).then_refused(refused).clause == "CTSD 5.5.2"
    moving(acknowledged(), start_date=latest).accepted()


def test_the_start_of_an_engagement_that_was_not_notified_is_not_moved() -> None:
    moving(deciding(ENGAGEMENT)).then_refused(EngagementUnknown)


def test_everybody_with_a_step_is_told_of_the_old_and_the_new_start_the_reason_and_what_moves() -> None:
    heard = moving(acknowledged())
    event = heard.events[0]
    state = engagement(acknowledged().given(event))
    mails = {email.role: email for email in emails(event, state, ID)}
    assert set(mails) == {"participant", "dcc"}
    assert mails["dcc"].subject.endswith("CTSD 5.5.2: start moved to Tue 6 April 2027")
    for said in (
        "from Mon 1 March 2027 to Tue 6 April 2027",
        "Reason: The test environment is not ready",
        "- 5.6.1.5 Provide the test artefacts, by Supplier plc: Mon 25 January 2027, now Fri 26 February 2027",
        "- 5.6.1.4/2027-W01 Provide the Test Readiness Report of the week, by Supplier plc: "
        "Fri 8 January 2027, falls away",
        "- 5.6.1.4/2027-W14 Provide the Test Readiness Report of the week, by Supplier plc: new, Mon 5 April 2027",
    ):
        assert said in mails["participant"].body
    assert "5.6.1.2" not in mails["participant"].body
