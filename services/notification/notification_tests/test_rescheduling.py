"""DCC moves the start of testing (CTSD 5.5.2, 5.8.2b)."""

from dataclasses import replace
from datetime import date

import pytest

from kernel.engagement import EngagementUnknown
from notification.aggregates import ENGAGEMENT
from notification.domain.events import DeadlineMissed, FurtherTestingScheduled, StartRescheduled, TimetableChanged
from notification.domain.initiation import RecordInitiationMeeting
from notification.domain.rescheduling import RescheduleStart, moved, replanned
from notification.domain.start_refusals import (
    AlreadyTesting,
    GroundDoesNotHold,
    RescheduleGroundMissing,
    RescheduleGroundUnknown,
    RescheduleReasonMissing,
    StartTooLate,
    StartUnmoved,
)
from notification.emails.templates import emails
from rulebook.engine.dating.plan_refusals import NoticeUndercut, StartNotPracticable, StartOnDayOff
from rulebook.engine.dating.working_days import calendar
from testing.probe import deciding

from .given import (
    CONNECTED,
    EXECUTED,
    EXIT_GATE,
    FURTHER_TESTING,
    ID,
    RECEIPT,
    REPORT,
    REVIEWED,
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
LAPSED = "artefact-review.provisional-approval-lapsed"
LATER = date(2027, 4, 6)
MISSED, RETURNED, ENTRY, EXIT = (
    "timescale-missed",
    "artefacts-returned",
    "entry-criteria-not-met",
    "exit-criteria-not-met",
)
MOVE = RescheduleStart(ID, LATER, MISSED, "The test environment is not ready", "dee", at("2027-01-12"))


def moving(story: Story, **changes: object) -> Heard:
    return story.when(replace(MOVE, **changes))  # type: ignore[arg-type]


def test_another_start_moves_every_open_step_and_says_why() -> None:
    heard = moving(acknowledged())
    event, dates = heard.events
    assert event == StartRescheduled(
        START, LATER, NOTICED, MOVE.reason, "dee", MOVE.now, ground=MISSED, clause="CTSD 5.5.2"
    )
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


def met() -> Story:
    """The initiation meeting was recorded in time, so that nothing was missed by 10 December."""
    held = RecordInitiationMeeting(ID, date(2026, 12, 8), "", "dcc", "dee", at("2026-12-08"))
    return acknowledged().when(held).accepted()


KNOWN = (
    "timescale-missed (CTSD 5.5.2), artefacts-returned (CTSD 5.6.1.6), entry-criteria-not-met (CTSD 5.8.2), "
    "provisional-approval-lapsed (CTSD 5.8.2), exit-criteria-not-met (CTSD 5.19.2)"
)


def test_a_start_is_moved_on_a_ground_of_the_law_and_on_no_other() -> None:
    assert moving(met(), ground=" ").then_refused(RescheduleGroundMissing(KNOWN)).clause == "CTSD 5.5.2"
    moving(met(), ground="convenience").then_refused(RescheduleGroundUnknown("convenience", KNOWN))


@pytest.mark.parametrize(
    ("ground", "clause"),
    [(MISSED, "CTSD 5.5.2"), (RETURNED, "CTSD 5.6.1.6"), (ENTRY, "CTSD 5.8.2"), (EXIT, "CTSD 5.19.2")],
)
def test_a_ground_that_does_not_hold_is_refused_with_its_clause(ground: str, clause: str) -> None:
    refused = moving(met(), ground=ground, now=at("2026-12-10")).then_refused(GroundDoesNotHold)
    assert refused.clause == clause
    assert "(none does now)" in refused.remedy_text


def test_a_missed_date_is_a_ground_whether_or_not_it_was_said_and_one_move_uses_it_up() -> None:
    week = {"identity": "2027-W01", "period": "2027-W01"}
    late = hearing(met(), READINESS, "2027-01-11", **week).accepted()
    moved = moving(late, now=at("2027-01-12")).accepted()
    moving(moved, now=at("2027-01-12"), start_date=date(2027, 4, 12)).then_refused(GroundDoesNotHold)
    moving(checking(met(), "2027-01-12").accepted()).accepted()
    moving(met(), now=at("2027-01-08")).then_refused(GroundDoesNotHold)
    moving(met(), now=at("2027-01-09")).accepted()


def test_artefacts_that_were_returned_are_a_ground_until_they_are_accepted() -> None:
    returned = hearing(met(), REVIEWED, "2026-12-10", outcome="returned").accepted()
    moving(returned, ground=RETURNED, now=at("2026-12-10")).accepted()
    accepted = hearing(returned, REVIEWED, "2026-12-11", outcome="accepted").accepted()
    moving(accepted, ground=RETURNED, now=at("2026-12-11")).then_refused(GroundDoesNotHold)


def test_entry_criteria_that_are_not_met_are_a_ground_for_one_start_after_another() -> None:
    prevented = hearing(acknowledged(), ENTRY_GATE, "2027-02-22", outcome="prevented").accepted()
    first = moving(prevented, ground=ENTRY, now=at("2027-02-22")).accepted()
    moving(first, ground=ENTRY, now=at("2027-03-22"), start_date=date(2027, 5, 10)).accepted()
    ready = hearing(first, ENTRY_GATE, "2027-03-24", **confirmed(start=LATER)).accepted()
    moving(ready, ground=ENTRY, now=at("2027-03-24")).then_refused(GroundDoesNotHold)


def test_a_provisional_approval_that_lapsed_is_a_ground_until_the_gate_is_passed() -> None:
    lapsed = hearing(met(), LAPSED, "2026-12-10", gate="entry").accepted()
    moved = moving(lapsed, ground="provisional-approval-lapsed", now=at("2026-12-10")).accepted()
    passed = hearing(moved, ENTRY_GATE, "2026-12-11", **confirmed(start=LATER)).accepted()
    again = moving(passed, ground="provisional-approval-lapsed", now=at("2026-12-11"), start_date=date(2027, 5, 10))
    again.then_refused(GroundDoesNotHold)


def ready() -> Story:
    return hearing(acknowledged(), ENTRY_GATE, "2027-02-22", **confirmed(date(2027, 3, 3))).accepted()


def test_a_start_that_the_entry_gate_confirmed_is_moved_and_the_gate_is_held_anew_in_time_for_it() -> None:
    heard = moving(ready(), now=at("2027-02-22"), start_date=None)
    event = heard.events[0]
    assert isinstance(event, StartRescheduled)
    assert event.reopened == ("5.6.1.9",)
    story = heard.accepted()
    assert event.start_date == calendar().add(date(2027, 2, 22), 25)  # the artefacts are still to come (5.6.1.5)
    assert due(story, "5.6.1.9") == calendar().subtract(event.start_date, 5)
    assert not engagement(story).start_is_confirmed
    assert not [key for key in engagement(story).rows if key.startswith("5.10.1.3/")]
    again = hearing(story, ENTRY_GATE, "2027-03-19", **confirmed(start=event.start_date)).accepted()
    assert engagement(again).done["5.6.1.9"].in_time
    assert engagement(again).start_is_confirmed


def test_what_moved_with_a_confirmed_start_is_told_as_what_if_told_it_before() -> None:
    story, today = ready(), at("2027-02-22")
    told = replanned(engagement(story), LATER, today.date()).moves
    heard = moving(story, now=today, start_date=LATER)
    [event] = [event for event in heard.events if isinstance(event, StartRescheduled)]
    assert "5.10.1.3/2027-03-02" in {move.key for move in told if move.change == "dropped"}
    assert moved(engagement(story.given(event))) == told
    assert moved(engagement(heard.accepted())) == told


def test_once_testing_has_begun_its_start_is_not_moved_but_testing_suspended() -> None:
    begun = hearing(ready(), CONNECTED, "2027-03-01").accepted()
    refused = moving(begun, now=at("2027-03-01")).then_refused(AlreadyTesting(START))
    assert "CTSD 5.12.1" in refused.remedy_text


def further() -> Story:
    """On 8 March the exit gate asked for further testing."""
    story = ready()
    for fact, day in ((EXECUTED, "2027-03-03"), (REPORT, "2027-03-03"), (RECEIPT, "2027-03-05")):
        story = hearing(story, fact, day).accepted()
    return hearing(story, EXIT_GATE, "2027-03-08", outcome="further-testing").accepted()


def test_criteria_not_met_at_exit_let_further_testing_be_scheduled_and_leave_the_first_start() -> None:
    heard = moving(further(), ground=EXIT, now=at("2027-03-09"), start_date=date(2027, 3, 15))
    event, dates = heard.events
    assert event == FurtherTestingScheduled(
        1, None, date(2027, 3, 15), EXIT, "CTSD 5.19.2", MOVE.reason, "dee", at("2027-03-09")
    )
    assert isinstance(dates, TimetableChanged)
    [row] = dates.deadlines
    assert (row.key, row.opens, row.due) == ("5.10.1.2#1", date(2027, 3, 15), None)
    assert "It is rescheduled to begin on Mon 15 March 2027" in row.why
    story = heard.accepted()
    assert engagement(story).facts.start == START
    later = moving(story, ground=EXIT, now=at("2027-03-10"), start_date=None).events[0]
    assert isinstance(later, FurtherTestingScheduled)
    assert (later.was, later.start_date) == (date(2027, 3, 15), date(2027, 3, 10))


def test_further_testing_is_scheduled_on_a_working_day_to_come_and_before_it_begins() -> None:
    at_noon = {"ground": EXIT, "now": at("2027-03-09")}
    moving(further(), **at_noon, start_date=date(2027, 3, 8)).then_refused(StartNotPracticable)
    moving(further(), **at_noon, start_date=date(2027, 3, 13)).then_refused(StartOnDayOff)
    agreed = moving(further(), **at_noon, start_date=date(2027, 3, 15)).accepted()
    moving(agreed, **at_noon, start_date=date(2027, 3, 15)).then_refused(StartUnmoved)
    begun = hearing(further(), FURTHER_TESTING, "2027-03-10", round=1).accepted()
    moving(begun, ground=EXIT, now=at("2027-03-10")).then_refused(AlreadyTesting(date(2027, 3, 10)))


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
