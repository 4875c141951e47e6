"""What may happen to an engagement: commands, one function for each, and `decide`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never

from notification.domain.anchors import ACKNOWLEDGED, MEETING_HELD, NOTIFIED, Occurrence
from notification.domain.deadlines import completed, completed_again, fallen_due, projected, redated, steps_of
from notification.domain.engagement import (
    Contact,
    Engagement,
    EngagementNotified,
    Event,
    FactRecorded,
    InitiationMeetingHeld,
    NotificationAcknowledged,
    NotNotified,
    Proposal,
    Row,
    StartRescheduled,
    State,
    evolve,
)
from notification.domain.intention import Applicant, check_intention, edition_on
from notification.domain.refusals import (
    AlreadyAcknowledged,
    AlreadyNotified,
    EngagementUnknown,
    MeetingAlreadyRecorded,
    MeetingBeforeAcknowledgement,
    MeetingInThePast,
    MeetingNotAWorkingDay,
    MeetingNotYetHeld,
    MeetingTooLate,
    NotAcknowledged,
)
from notification.domain.rescheduling import check_rescheduling
from rulebook.engine.dating.working_days import calendar


@dataclass(frozen=True)
class NotifyIntention:
    """A Party gives notice of its intention to test (CTSD 5.6.1.1). `applicant` is what is known of the Party."""

    engagement: str
    procedure: str
    role: str
    start_date: date
    test_manager: Contact
    code_administrator_notified: bool
    descoping: tuple[Proposal, ...]
    applicant: Applicant
    by: str
    now: datetime


@dataclass(frozen=True)
class Acknowledge:
    """DCC confirms the notice, names its contact and sets the initiation meeting (CTSD 5.6.1.2)."""

    engagement: str
    contact: Contact
    initiation_meeting_on: date
    by: str
    now: datetime


@dataclass(frozen=True)
class RecordInitiationMeeting:
    """DCC records that the initiation meeting was held (CTSD 5.6.1.3)."""

    engagement: str
    held_on: date
    guidance: str
    by: str
    now: datetime


@dataclass(frozen=True)
class RescheduleStart:
    """DCC moves the start, to a day or to the earliest practicable one (CTSD 5.5.2, 5.8.2b)."""

    engagement: str
    start_date: date | None
    reason: str
    by: str
    now: datetime


@dataclass(frozen=True)
class RecordFact:
    """Another service published something that moves or completes steps."""

    engagement: str
    occurrence: Occurrence


@dataclass(frozen=True)
class CheckDeadlines:
    """Time has gone on to `now`."""

    engagement: str
    now: datetime


@dataclass(frozen=True)
class FollowCalendar:
    """The calendar is another one than before: a bank holiday was proclaimed, a day declared otherwise."""

    engagement: str


Command = (
    NotifyIntention
    | Acknowledge
    | RecordInitiationMeeting
    | RescheduleStart
    | RecordFact
    | CheckDeadlines
    | FollowCalendar
)


def decide(command: Command, state: State) -> Sequence[Event]:
    """The events that a command leads to, or a refusal."""
    match command:
        case NotifyIntention():
            return notify(command, state)
        case Acknowledge():
            return acknowledge(command, _known(command.engagement, state))
        case RecordInitiationMeeting():
            return record_initiation_meeting(command, _known(command.engagement, state))
        case RescheduleStart():
            return reschedule_start(command, _known(command.engagement, state))
        case RecordFact():
            return record_fact(command, _known(command.engagement, state))
        case CheckDeadlines():
            return fallen_due(_known(command.engagement, state), command.now)
        case FollowCalendar():
            return follow_calendar(_known(command.engagement, state))
        case _:
            assert_never(command)


def _known(engagement: str, state: State) -> Engagement:
    if isinstance(state, NotNotified):
        raise EngagementUnknown(engagement)
    return state


def notify(command: NotifyIntention, state: State) -> Sequence[Event]:
    """An intention that keeps the rules starts the engagement and gives every step its dates."""
    if isinstance(state, Engagement):
        raise AlreadyNotified
    today = calendar().day_of(command.now)
    party = check_intention(
        command.procedure,
        command.role,
        command.start_date,
        today,
        command.code_administrator_notified,
        command.descoping,
        command.applicant,
    )
    notified = EngagementNotified(
        procedure=command.procedure,
        rulebook=edition_on(today).version,
        party=party.signifier,
        party_name=party.name,
        role=command.role,
        start_date=command.start_date,
        test_manager=command.test_manager,
        code_administrator_notified=command.code_administrator_notified,
        descoping=command.descoping,
        notified_at=command.now,
    )
    dates = redated(_after(state, notified), f"notified on {today}")
    seen = Occurrence(NOTIFIED, "", command.now, command.by)
    return (notified, *dates, *completed(_after(state, notified, *dates), seen))


def acknowledge(command: Acknowledge, state: Engagement) -> Sequence[Event]:
    """An acknowledgement sets the initiation meeting, within the days that follow its receipt."""
    if state.facts.acknowledged_on is not None:
        raise AlreadyAcknowledged(state.facts.acknowledged_on)
    today = calendar().day_of(command.now)
    _check_meeting(command.initiation_meeting_on, today, state)
    event = NotificationAcknowledged(command.contact, command.initiation_meeting_on, command.now, command.by)
    done = completed(state, Occurrence(ACKNOWLEDGED, "", command.now, command.by))
    return (event, *done, *redated(_after(state, event, *done), f"acknowledged on {today}"))


def _check_meeting(meeting: date, today: date, state: Engagement) -> None:
    rows = projected(state, replace(state.facts, acknowledged_on=today))
    for step in steps_of(state).completed_by(MEETING_HELD):
        latest = rows[step.ref].due
        if latest is None:
            continue
        if meeting < today:
            raise MeetingInThePast(meeting, today=today, latest=latest)
        if meeting > latest:
            raise MeetingTooLate(meeting, latest=latest)
        if not calendar().is_working_day(meeting):
            raise MeetingNotAWorkingDay(meeting, next=calendar().received(meeting))


def record_initiation_meeting(command: RecordInitiationMeeting, state: Engagement) -> Sequence[Event]:
    """The meeting is recorded once, on its day or after, and counts from the day it was held."""
    today, acknowledged_on = calendar().day_of(command.now), state.facts.acknowledged_on
    if acknowledged_on is None:
        raise NotAcknowledged
    if state.meeting is not None:
        raise MeetingAlreadyRecorded(state.meeting.held_on)
    if command.held_on > today:
        raise MeetingNotYetHeld(command.held_on, today=today)
    if command.held_on < acknowledged_on:
        raise MeetingBeforeAcknowledgement(command.held_on, acknowledged_on=acknowledged_on)
    event = InitiationMeetingHeld(command.held_on, command.guidance, command.now, command.by)
    seen = Occurrence(MEETING_HELD, "", command.now, command.by, on=command.held_on)
    done = completed(state, seen)
    return (event, *done, *redated(_after(state, event, *done), f"initiation meeting held on {command.held_on}"))


def reschedule_start(command: RescheduleStart, state: Engagement) -> Sequence[Event]:
    """Another start moves every open step that is counted from it; what is done keeps its dates."""
    found = check_rescheduling(state, command.start_date, command.reason, calendar().day_of(command.now))
    was = state.facts.start_date
    excused = tuple(sorted(found.facts.excused - state.facts.excused))
    event = StartRescheduled(was, found.start, found.earliest, command.reason, command.by, command.now, excused)
    dates = redated(_after(state, event), f"start moved from {was} to {found.start}: {command.reason}")
    return (event, *dates, *_overtaken(_after(state, event, *dates)))


def record_fact(command: RecordFact, state: Engagement) -> Sequence[Event]:
    """A fact completes its step and moves what depends on it; a fact that is known changes nothing."""
    seen = command.occurrence
    if (seen.fact, seen.identity) in state.recorded:
        return ()
    event = FactRecorded(seen)
    done = completed(state, seen)
    after = _after(state, event, *done)
    dates = redated(after, f"{seen.fact} on {seen.day}") if after.facts != state.facts else ()
    return (event, *done, *dates, *_overtaken(_after(after, *dates)))


def _overtaken(state: Engagement) -> Iterator[Event]:
    """What is completed by facts that were heard before: their steps had no dates then."""
    for earlier in sorted(state.waiting, key=lambda each: each.occurrence.happened_at):
        done = completed_again(state, earlier)
        state = _after(state, *done)
        yield from done


def follow_calendar(state: Engagement) -> Sequence[Event]:
    """Every open date that the calendar moves is given anew; where none moves, nothing is said."""
    now = projected(state, state.facts)
    moved = [row for key, row in now.items() if key not in state.done and _days(row) != _days(state.rows.get(key))]
    dates = redated(state, "the calendar changed") if moved else ()
    return (*dates, *_overtaken(_after(state, *dates)))


def _days(row: Row | None) -> tuple[date | None, date | None] | None:
    return (row.opens, row.due) if row else None


def _after(state: State, *events: Event) -> Engagement:
    for event in events:
        state = evolve(state, event)
    assert isinstance(state, Engagement)  # noqa: S101 - every event leads to one
    return state
