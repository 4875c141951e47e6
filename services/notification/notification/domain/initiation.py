"""Recording that the initiation meeting was held (CTSD 5.6.1.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kernel.days import in_words
from kernel.refusal import citing
from notification.domain.completion import completed
from notification.domain.engagement import Engagement, folded
from notification.domain.events import Event, InitiationMeetingHeld
from notification.domain.occurrence import MEETING_HELD, Occurrence
from notification.domain.refusals import (
    MeetingAlreadyRecorded,
    MeetingBeforeAcknowledgement,
    MeetingNotYetHeld,
    NotAcknowledged,
)
from notification.domain.steps import own_step
from notification.domain.timetabling import redated
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.refusing import require_sender


@dataclass(frozen=True)
class RecordInitiationMeeting:
    """That the initiation meeting was held, and which guidance was given (CTSD 5.6.1.3)."""

    engagement: str
    held_on: date
    guidance: str
    role: str
    by: str
    now: datetime


def record_initiation_meeting(command: RecordInitiationMeeting, state: Engagement) -> Sequence[Event]:
    """The meeting is recorded by who owes it, once, on its day or after, and counts from the day it was held."""
    step = own_step(state, MEETING_HELD)
    require_sender(step, command.role)
    clause, today = step.clause, calendar().day_of(command.now)
    if state.acknowledgement is None:
        raise citing(NotAcknowledged(), clause)
    if state.meeting is not None:
        raise citing(MeetingAlreadyRecorded(state.meeting.held_on), clause)
    if command.held_on > today:
        raise citing(MeetingNotYetHeld(command.held_on, today=today), clause)
    acknowledged_on = calendar().day_of(state.acknowledgement.acknowledged_at)
    if command.held_on < acknowledged_on:
        raise citing(MeetingBeforeAcknowledgement(command.held_on, acknowledged_on=acknowledged_on), clause)
    event = InitiationMeetingHeld(command.held_on, command.guidance, command.now, command.by)
    done = completed(state, Occurrence(MEETING_HELD, "", command.now, command.by, on=command.held_on))
    return (
        event,
        *done,
        *redated(folded(state, event, *done), f"initiation meeting held on {in_words(command.held_on)}"),
    )
