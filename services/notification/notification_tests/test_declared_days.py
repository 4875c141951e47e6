"""A bank holiday is proclaimed, or a day turned into a Working Day, while engagements are under way."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from notification.aggregates import CALENDAR
from notification.api.plan_views import date_reason
from notification.domain.declared_days import DayDeclared, DeclareDay
from notification.domain.events import CalendarChanged, DateMoved, DeadlineReminded, TimetableChanged
from notification.domain.refusals import DayHasPassed, DayIsSoAlready, DeclarationWithoutReason, MeetingNotAWorkingDay
from notification.domain.start_refusals import StartNotAWorkingDay
from notification.domain.step_refusals import StepUnknown
from notification.domain.timekeeping import FollowDeclarations
from rulebook.engine.dating.working_days import DayOutsideCalendar, calendar
from testing.probe import deciding

from .given import (
    ID,
    READINESS,
    Heard,
    Story,
    acknowledged,
    at,
    checking,
    due,
    engagement,
    hearing,
    notifying,
)
from .test_procedures import acknowledge
from .test_rescheduling import moving
from .test_withdrawing import withdrawing

WEDNESDAY = date(2027, 2, 17)
PROCLAIMED = DeclareDay(WEDNESDAY, False, "A day of mourning", "dcc", "dee", at("2027-01-13"))
OFF = DayDeclared(1, WEDNESDAY, False, "A day of mourning", "dcc", "dee", at("2027-01-13"))
BACK = DayDeclared(2, WEDNESDAY, True, "It was taken back", "dcc", "dee", at("2027-01-14"))
declaring = deciding(CALENDAR)


def following(story: Story, *declared: DayDeclared, now: str = "2027-01-13") -> Heard:
    return story.when(FollowDeclarations(ID, declared or (OFF,), at(now)))


def test_a_day_to_come_is_declared_off_and_back_again_each_with_its_number() -> None:
    off = declaring.given().when(PROCLAIMED).then(OFF)
    back = replace(PROCLAIMED, working=True, why="It was taken back", now=at("2027-01-14"))
    off.when(back).then(BACK)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"why": " "}, DeclarationWithoutReason),
        ({"day": date(2027, 1, 13)}, DayHasPassed),
        ({"day": date(2026, 12, 1)}, DayHasPassed),
        ({"day": date(2099, 1, 4)}, DayOutsideCalendar),
        ({"working": True}, DayIsSoAlready),
        ({"day": date(2027, 3, 26)}, DayIsSoAlready),
        ({"day": date(2027, 2, 20)}, DayIsSoAlready),
    ],
)
def test_a_day_that_has_passed_or_is_so_already_is_not_declared(changes: dict[str, Any], refusal: Any) -> None:
    declaring.given().when(replace(PROCLAIMED, **changes)).then_refused(refusal)


def test_every_open_date_that_moves_is_said_with_the_one_it_had_and_why() -> None:
    changed, dates, *_ = following(acknowledged()).events
    assert isinstance(changed, CalendarChanged)
    assert DateMoved("5.6.1.5", date(2027, 1, 25), date(2027, 1, 22)) in changed.moves
    assert (changed.day, changed.working, changed.why) == (WEDNESDAY, False, "A day of mourning")
    assert isinstance(dates, TimetableChanged)
    assert dates.reason == "Wed 17 February 2027 was declared no Working Day: A day of mourning"
    row = next(row for row in dates.deadlines if row.key == "5.6.1.5")
    assert "A day of mourning on Wed 17 Feb 2027" in row.why
    before = engagement(acknowledged()).rows
    moved = {row.key for row in dates.deadlines if row.key not in before or row.due != before[row.key].due}
    assert {move.key for move in changed.moves} == moved | set(dates.withdrawn)


def test_what_was_done_and_what_has_passed_stays_as_it_was() -> None:
    story = checking(acknowledged(), "2027-01-13").accepted()
    assert due(story, "5.6.1.4/2027-W01") == date(2027, 1, 8)
    after = following(story).accepted()
    for key in ("5.6.1.1", "5.6.1.2", "5.6.1.3", "5.6.1.4/2027-W01"):
        assert engagement(after).rows[key] == engagement(story).rows[key]
    later = hearing(after, READINESS, "2027-01-14", identity="2027-W02", period="2027-W02").accepted()
    assert due(later, "5.6.1.3") == date(2026, 12, 9)
    assert engagement(checking(later, "2027-01-14").accepted()).missed == engagement(story).missed


def test_why_a_date_that_stayed_is_what_it_is_tells_of_that_date_and_of_no_step_that_is_not_asked_for() -> None:
    after = following(checking(acknowledged(), "2027-02-01").accepted(), now="2027-02-01").accepted()
    assert date_reason(engagement(after), "5.6.1.5").answer.endswith("due on Mon 25 January 2027.")
    assert date_reason(engagement(after), "5.6.1.5").rule == engagement(after).rows["5.6.1.5"].why
    assert "5.6.1.4/2026-W53" in engagement(after).kept
    with pytest.raises(StepUnknown):
        date_reason(engagement(after), "5.6.1.4/2026-W53")


def test_it_is_followed_once_and_what_was_declared_since_alone() -> None:
    once = following(acknowledged()).accepted()
    following(once).then_nothing()
    both = following(once, OFF, BACK, now="2027-01-14")
    assert [event.number for event in both.events if isinstance(event, CalendarChanged)] == [2]
    assert due(both.accepted(), "5.6.1.5") == date(2027, 1, 25)
    behind = following(acknowledged(), OFF, BACK, now="2027-01-14").accepted()
    assert engagement(behind).rows == engagement(both.accepted()).rows


def test_where_no_date_moves_it_is_said_all_the_same_that_the_engagement_counts_so() -> None:
    far = replace(OFF, day=date(2028, 3, 1))
    [changed] = following(acknowledged(), far).events
    assert isinstance(changed, CalendarChanged)
    assert changed.moves == ()


def test_from_then_on_everything_is_counted_so_also_what_comes_after() -> None:
    story = following(acknowledged()).accepted()
    assert engagement(story).calendar.add(date(2027, 2, 16), 1) == date(2027, 2, 18)
    moved = moving(story, now=at("2027-01-14"), start_date=date(2027, 3, 30)).accepted()
    assert due(moved, "5.6.1.5") == calendar().subtract(date(2027, 3, 30), 25)  # after the day that was declared
    near = moving(story, now=at("2027-01-14"), start_date=date(2027, 3, 10)).accepted()
    assert due(near, "5.6.1.5") == calendar().subtract(date(2027, 3, 10), 26)


def test_a_notice_given_after_it_counts_with_it() -> None:
    days = (OFF.declared,)
    assert due(notifying(declared=days).accepted(), "5.6.1.5") == date(2027, 1, 22)
    notifying(declared=days, start_date=WEDNESDAY, now=at("2026-10-01")).then_refused(StartNotAWorkingDay)
    following(notifying(declared=days).accepted()).then_nothing()


def test_a_meeting_is_not_set_on_a_day_that_was_declared_off() -> None:
    off = replace(OFF, day=date(2026, 12, 8))
    story = following(notifying().accepted(), off, now="2026-12-02").accepted()
    acknowledge(story, date(2026, 12, 8)).then_refused(MeetingNotAWorkingDay)


def test_a_reminder_comes_on_the_day_that_the_declared_one_makes_it() -> None:
    eve = replace(OFF, day=date(2027, 1, 21))
    story = following(acknowledged(), eve).accepted()
    assert due(story, "5.6.1.5") == date(2027, 1, 25)
    said = [event for event in checking(story, "2027-01-20").events if isinstance(event, DeadlineReminded)]
    assert "5.6.1.5" in {event.key for event in said}


def test_an_engagement_that_was_withdrawn_follows_no_calendar() -> None:
    following(withdrawing(acknowledged()).accepted()).then_nothing()
