"""Acknowledgement and initiation meeting (CTSD 5.6.1.2, 5.6.1.3)."""

from datetime import date

import pytest

from kernel.engagement import EngagementUnknown
from kernel.refusal import Refusal
from notification.aggregates import ENGAGEMENT
from notification.domain.acknowledging import Acknowledge
from notification.domain.initiation import RecordInitiationMeeting
from notification.domain.refusals import (
    AlreadyAcknowledged,
    MeetingAlreadyRecorded,
    MeetingBeforeAcknowledgement,
    MeetingInThePast,
    MeetingNotAWorkingDay,
    MeetingNotYetHeld,
    MeetingTooLate,
    NotAcknowledged,
)
from testing.probe import deciding

from .given import DCC_CONTACT, ID, acknowledged, at, due, engagement, notified


def acknowledge(meeting: str, day: str = "2026-12-02") -> Acknowledge:
    return Acknowledge(ID, DCC_CONTACT, date.fromisoformat(meeting), "dcc", "dee", at(day))


def meeting(held_on: str, recorded_on: str) -> RecordInitiationMeeting:
    return RecordInitiationMeeting(ID, date.fromisoformat(held_on), "Read 6.3.", "dcc", "dee", at(recorded_on))


def test_an_acknowledgement_completes_its_step_and_dates_the_initiation_meeting() -> None:
    story = acknowledged()
    assert engagement(story).done["5.6.1.2"].in_time
    assert due(story, "5.6.1.3") == date(2026, 12, 9)


def test_a_meeting_on_the_last_day_allowed_is_accepted() -> None:
    notified().when(acknowledge("2026-12-09")).accepted()


def test_a_meeting_later_than_5_working_days_after_the_acknowledgement_is_refused_with_the_latest_date() -> None:
    refused = MeetingTooLate(date(2026, 12, 10), latest=date(2026, 12, 9))
    notified().when(acknowledge("2026-12-10")).then_refused(refused)


def test_a_meeting_in_the_past_is_refused() -> None:
    refused = MeetingInThePast(date(2026, 12, 1), today=date(2026, 12, 2), latest=date(2026, 12, 9))
    notified().when(acknowledge("2026-12-01")).then_refused(refused)


def test_a_meeting_on_a_day_when_nobody_works_is_refused_with_the_next_working_day() -> None:
    refused = MeetingNotAWorkingDay(date(2026, 12, 5), next=date(2026, 12, 7))
    notified().when(acknowledge("2026-12-05")).then_refused(refused)


def test_an_acknowledgement_after_2_working_days_is_recorded_as_late() -> None:
    story = notified().when(acknowledge("2026-12-10", day="2026-12-04")).accepted()
    assert not engagement(story).done["5.6.1.2"].in_time
    assert ("5.6.1.2", date(2026, 12, 3)) in engagement(story).missed


def test_a_notification_is_acknowledged_once() -> None:
    acknowledged().when(acknowledge("2026-12-08")).then_refused(AlreadyAcknowledged(date(2026, 12, 2)))


def test_the_initiation_meeting_completes_its_step_on_the_day_it_was_held() -> None:
    story = acknowledged().when(meeting("2026-12-09", recorded_on="2026-12-11")).accepted()
    done = engagement(story).done["5.6.1.3"]
    assert (done.done_on, done.in_time) == (date(2026, 12, 9), True)


@pytest.mark.parametrize(
    ("held_on", "recorded_on", "refusal"),
    [
        ("2026-12-12", "2026-12-11", MeetingNotYetHeld),
        ("2026-12-01", "2026-12-11", MeetingBeforeAcknowledgement),
    ],
)
def test_a_meeting_on_an_impossible_day_is_refused(held_on: str, recorded_on: str, refusal: type[Refusal]) -> None:
    acknowledged().when(meeting(held_on, recorded_on)).then_refused(refusal)


def test_a_meeting_before_any_acknowledgement_is_refused() -> None:
    notified().when(meeting("2026-12-08", "2026-12-08")).then_refused(NotAcknowledged)


def test_the_initiation_meeting_is_recorded_once() -> None:
    held = acknowledged().when(meeting("2026-12-08", "2026-12-08")).accepted()
    held.when(meeting("2026-12-08", "2026-12-09")).then_refused(MeetingAlreadyRecorded(date(2026, 12, 8)))


def test_nothing_can_be_asked_of_an_engagement_that_was_not_notified() -> None:
    deciding(ENGAGEMENT).given().when(acknowledge("2026-12-08")).then_refused(EngagementUnknown)
