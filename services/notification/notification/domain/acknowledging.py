"""Acknowledging the notice (CTSD 5.6.1.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kernel.days import in_words
from kernel.refusal import citing
from notification.domain.completion import completed
from notification.domain.engagement import Engagement, folded
from notification.domain.events import Contact, Event, NotificationAcknowledged
from notification.domain.occurrence import ACKNOWLEDGED, MEETING_HELD, Occurrence
from notification.domain.refusals import (
    AlreadyAcknowledged,
    MeetingDayMissing,
    MeetingInThePast,
    MeetingNotAWorkingDay,
    MeetingNotInProcedure,
    MeetingTooLate,
)
from notification.domain.steps import own_step
from notification.domain.timetabling import projected, redated
from rulebook.engine.dating import happening
from rulebook.engine.dating.working_days import Calendar, calendar
from rulebook.engine.refusing import require_sender


@dataclass(frozen=True)
class Acknowledge:
    """The notice is confirmed, with a contact and, where the procedure has one, the day of the initiation meeting."""

    engagement: str
    contact: Contact
    initiation_meeting_on: date | None
    role: str
    by: str
    now: datetime


def acknowledge(command: Acknowledge, state: Engagement) -> Sequence[Event]:
    """An acknowledgement, by who owes it, sets the initiation meeting, within the days that follow its receipt."""
    step = own_step(state, ACKNOWLEDGED)
    require_sender(step, command.role)
    if (earlier := state.acknowledgement) is not None:
        raise citing(AlreadyAcknowledged(calendar().day_of(earlier.acknowledged_at)), step.clause)
    today = calendar().day_of(command.now)
    _check_meeting(command.initiation_meeting_on, today, state)
    event = NotificationAcknowledged(
        command.contact, command.initiation_meeting_on, command.now, command.by, command.role
    )
    done = completed(state, Occurrence(ACKNOWLEDGED, "", command.now, command.by))
    return (event, *done, *redated(folded(state, event, *done), f"acknowledged on {in_words(today)}"))


def _check_meeting(meeting: date | None, today: date, state: Engagement) -> None:
    steps = state.procedure.completed_by(MEETING_HELD)
    if meeting is None:
        for step in steps:
            raise citing(MeetingDayMissing(), step.clause)
        return
    if not steps:
        raise citing(MeetingNotInProcedure(state.procedure.title), own_step(state, ACKNOWLEDGED).clause)
    rows = projected(state, happening.after(state.procedure, state.facts, ACKNOWLEDGED, today))
    for step in steps:
        latest = rows[step.ref].due
        if latest is not None:
            _check_day(meeting, today, latest, step.clause, state.calendar)


def _check_day(meeting: date, today: date, latest: date, clause: str, calendar: Calendar) -> None:
    if meeting < today:
        raise citing(MeetingInThePast(meeting, today=today, latest=latest), clause)
    if meeting > latest:
        raise citing(MeetingTooLate(meeting, latest=latest), clause)
    if not calendar.is_working_day(meeting):
        raise citing(MeetingNotAWorkingDay(meeting, next=calendar.received(meeting)), clause)
