"""What may happen to an engagement: which decision each command leads to."""

from collections.abc import Sequence
from typing import assert_never

from kernel.engagement import EngagementUnknown, require_going_on
from kernel.refusal import Refusal
from notification.domain.acknowledging import Acknowledge, acknowledge
from notification.domain.contacts import ChangeContact, change_contact
from notification.domain.engagement import Engagement, State
from notification.domain.events import Event, FactRecorded
from notification.domain.inbound import record_fact
from notification.domain.initiation import RecordInitiationMeeting, record_initiation_meeting
from notification.domain.naming import NameParticipant, name_participant
from notification.domain.notifying import GiveNotice, give_notice
from notification.domain.recording import RecordStep, record_step
from notification.domain.rescheduling import RescheduleStart, reschedule_start
from notification.domain.timekeeping import (
    CheckDeadlines,
    FollowCalendar,
    FollowDeclarations,
    check_deadlines,
    follow_calendar,
    follow_declarations,
)
from notification.domain.withdrawing import WithdrawEngagement, withdraw_engagement
from rulebook.engine.refusing import by_its_own_law

Command = (
    GiveNotice
    | NameParticipant
    | Acknowledge
    | RecordInitiationMeeting
    | RescheduleStart
    | RecordStep
    | WithdrawEngagement
    | ChangeContact
    | FactRecorded
    | CheckDeadlines
    | FollowCalendar
    | FollowDeclarations
)


def decide(command: Command, state: State) -> Sequence[Event]:
    """The events that a command leads to, or a refusal with a clause that holds for the engagement's procedure."""
    try:
        return _decide(command, state)
    except Refusal as refusal:
        raise by_its_own_law(refusal, state.profile if isinstance(state, Engagement) else None) from None


def _decide(command: Command, state: State) -> Sequence[Event]:
    match command:
        case GiveNotice():
            return give_notice(command, state)
        case NameParticipant():
            return name_participant(command, _known(state))
        case Acknowledge():
            return acknowledge(command, _going_on(state))
        case RecordInitiationMeeting():
            return record_initiation_meeting(command, _going_on(state))
        case RescheduleStart():
            return reschedule_start(command, _going_on(state))
        case RecordStep():
            return record_step(command, _going_on(state))
        case WithdrawEngagement():
            return withdraw_engagement(command, _going_on(state))
        case ChangeContact():
            return change_contact(command, _going_on(state))
        case FactRecorded():
            return record_fact(command, state)
        case CheckDeadlines():
            return check_deadlines(command, _known(state))
        case FollowCalendar():
            return follow_calendar(_known(state))
        case FollowDeclarations():
            return follow_declarations(command, _known(state))
        case _:
            assert_never(command)


def _known(state: State) -> Engagement:
    if not isinstance(state, Engagement):
        raise EngagementUnknown()
    return state


def _going_on(state: State) -> Engagement:
    known = _known(state)
    require_going_on(known.withdrawal, known.profile.notice.clause)
    return known
