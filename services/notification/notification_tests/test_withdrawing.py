"""An engagement that is withdrawn: nothing is owed in it any more, and what was done or issued stays."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kernel.engagement import EngagementIsWithdrawn, EngagementUnknown, EngagementWithdrawn
from notification.aggregates import ENGAGEMENT
from notification.domain.acknowledging import Acknowledge
from notification.domain.events import StepCompleted
from notification.domain.initiation import RecordInitiationMeeting
from notification.domain.recording import RecordStep
from notification.domain.refusals import NothingToWithdraw, WithdrawalReasonMissing
from notification.domain.reminders import next_check
from notification.domain.rescheduling import RescheduleStart
from notification.domain.timekeeping import FollowCalendar
from notification.domain.timetabling import next_extension, open_rows
from notification.domain.withdrawing import WithdrawEngagement
from rulebook.engine.dating import working_days
from rulebook.engine.dating.working_days import Calendar, Override
from testing.made_up import made_up_law
from testing.probe import deciding

from .given import (
    CERTIFICATE,
    CONNECTED,
    DASHBOARD,
    DCC_CONTACT,
    ENTRY_GATE,
    EXECUTED,
    EXIT_GATE,
    ID,
    READINESS,
    RECEIPT,
    REPORT,
    REVIEWED,
    SUBMITTED,
    Heard,
    Story,
    acknowledged,
    at,
    checking,
    engagement,
    executing,
    hearing,
    notified,
    trial,
)

WITHDRAW = WithdrawEngagement(ID, "The system is replaced.", "participant", "mo", at("2027-02-10"))
WITHDRAWN = EngagementWithdrawn("The system is replaced.", "participant", "mo", at("2027-02-10"))
NOTICE_CLAUSE = "CTSD 5.6.1.1"


def withdrawing(story: Story, **changes: Any) -> Heard:
    return story.when(replace(WITHDRAW, **changes))


def prevented() -> Story:
    return hearing(acknowledged(), ENTRY_GATE, "2027-02-19", outcome="prevented").accepted()


def completed() -> Story:
    return hearing(executing(), EXECUTED, "2027-03-03").accepted()


def reported() -> Story:
    return hearing(hearing(completed(), REPORT, "2027-03-03").accepted(), RECEIPT, "2027-03-04").accepted()


def further() -> Story:
    return hearing(reported(), EXIT_GATE, "2027-03-05", outcome="further-testing").accepted()


def passed() -> Story:
    return hearing(reported(), EXIT_GATE, "2027-03-05", outcome="complete").accepted()


@pytest.mark.parametrize(
    "phase",
    [notified, acknowledged, prevented, executing, completed, reported, further, passed],
    ids=lambda it: it.__name__,
)
def test_at_every_phase_nothing_is_owed_or_said_any_more(phase: Callable[[], Story]) -> None:
    story = withdrawing(phase(), now=at("2027-03-08")).then(replace(WITHDRAWN, withdrawn_at=at("2027-03-08")))
    state = engagement(story)
    assert [row.key for row in open_rows(state) if next_check(state, row) is not None] == []
    assert next_extension(state) is None
    checking(story, "2027-09-01").then_nothing()


def test_a_reminder_and_a_missed_deadline_that_nobody_had_looked_for_are_not_said_after_it() -> None:
    checking(withdrawing(notified()).accepted(), "2027-02-11").then_nothing()


def test_without_a_reason_it_is_refused() -> None:
    withdrawing(acknowledged(), reason=" \n").then_refused(WithdrawalReasonMissing)


def test_a_second_withdrawal_is_refused_with_the_first() -> None:
    refused = EngagementIsWithdrawn("mo", "participant", at("2027-02-10"), "The system is replaced.")
    again = withdrawing(withdrawing(acknowledged()).accepted(), reason="Once more")
    assert again.then_refused(refused).clause == NOTICE_CLAUSE


def test_what_was_never_notified_is_not_withdrawn() -> None:
    withdrawing(deciding(ENGAGEMENT)).then_refused(EngagementUnknown)


def test_an_engagement_in_which_all_is_done_is_not_withdrawn() -> None:
    story = passed()
    for fact, day, known in (
        (SUBMITTED, "2027-01-20", {}),
        (REVIEWED, "2027-01-28", {"outcome": "accepted"}),
        *((READINESS, "2027-02-26", {"period": key.split("/")[1]}) for key in weeks(story)),
        *((DASHBOARD, "2027-03-03", {"period": key.split("/")[1]}) for key in days(story)),
        (CONNECTED, "2027-03-01", {}),
        (CERTIFICATE, "2027-03-08", {}),
    ):
        story = hearing(story, fact, day, **{"identity": str(known), **known}).accepted()
    withdrawing(story).accepted()  # the initiation meeting is still to be recorded
    held = story.when(RecordInitiationMeeting(ID, date(2026, 12, 8), "", "dcc", "dee", at("2027-03-08"))).accepted()
    withdrawing(held).then_refused(NothingToWithdraw)


def weeks(story: Story) -> list[str]:
    return [key for key in engagement(story).rows if key.startswith("5.6.1.4/")]


def days(story: Story) -> list[str]:
    return [key for key in engagement(story).rows if key.startswith("5.10.1.3/")]


@pytest.mark.parametrize(
    "command",
    [
        Acknowledge(ID, DCC_CONTACT, date(2026, 12, 8), "dcc", "dee", at("2026-12-02")),
        RecordInitiationMeeting(ID, date(2026, 12, 8), "", "dcc", "dee", at("2027-02-11")),
        RescheduleStart(ID, date(2027, 4, 6), "timescale-missed", "The bench is late", "dee", at("2027-02-11")),
        RecordStep(ID, "5.6.1.5", None, {}, date(2027, 2, 11), "participant", "mo", at("2027-02-11")),
    ],
    ids=lambda command: type(command).__name__,
)
def test_nothing_can_be_done_in_it_any_more(command: Any) -> None:
    withdrawing(notified()).accepted().when(command).then_refused(EngagementIsWithdrawn)


def test_what_was_done_before_and_is_heard_after_is_done_all_the_same() -> None:
    story = withdrawing(acknowledged()).accepted()
    done = hearing(story, READINESS, "2027-02-05", identity="2027-W05", period="2027-W05")
    assert [event.key for event in done.events if isinstance(event, StepCompleted)] == ["5.6.1.4/2027-W05"]
    assert engagement(done.accepted()).done["5.6.1.4/2027-W05"].in_time


def test_what_comes_after_it_completes_nothing_and_moves_no_date() -> None:
    story = withdrawing(acknowledged()).accepted()
    gate = hearing(story, ENTRY_GATE, "2027-02-19", outcome="ready", gate="entry")
    assert len(gate.events) == 1
    assert engagement(gate.accepted()).rows == engagement(story).rows


def test_a_calendar_that_changes_moves_no_date_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    story = withdrawing(acknowledged()).accepted()
    off = Calendar(overrides={date(2027, 2, 17): Override(working=False, why="A proclaimed holiday")})
    monkeypatch.setattr(working_days, "calendar", lambda: off)
    story.when(FollowCalendar(ID)).then_nothing()


def test_another_document_names_who_withdraws_and_its_own_clause() -> None:
    with made_up_law():
        story = withdrawing(trial(), role="requester", reason="")
        assert story.then_refused(WithdrawalReasonMissing).clause == engagement(trial()).profile.notice.clause
        assert engagement(trial()).profile.audience({}).holders("withdraw") == ("requester",)
