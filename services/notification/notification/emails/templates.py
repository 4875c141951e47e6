"""The e-mails that events lead to: who is told, and in which words."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from kernel.days import in_words
from kernel.engagement import EngagementWithdrawn
from notification.domain.engagement import Engagement
from notification.domain.events import (
    CalendarChanged,
    ContactChanged,
    DeadlineMissed,
    DeadlineReminded,
    EngagementNotified,
    Event,
    FactRecorded,
    FurtherTestingScheduled,
    NotificationAcknowledged,
    Row,
    StartRescheduled,
    StepCompleted,
    StepRecorded,
)
from notification.domain.occurrence import COMPLETED, MISSED, REMINDED, START_RESCHEDULED, NamedFile
from notification.domain.rescheduling import moved
from notification.emails.changes import of_change
from notification.emails.messages import Message, of_event
from notification.emails.names import address_of, day_in_words, decider_named, engagement_named, owed, role_named
from notification.emails.rendering import one_line, readable
from notification.emails.steps import of_acknowledgement, of_fact, of_notice, of_record

MOVED = {"moved": "{0}, now {1}", "added": "new, {1}", "dropped": "{0}, falls away"}


@dataclass(frozen=True)
class Email:
    """One e-mail. Without an address it goes to the mailbox of the role."""

    role: str
    address: str | None
    subject: str
    body: str
    files: tuple[NamedFile, ...]
    mandatory: bool
    reminds: tuple[str, date] | tuple[None, None]


def emails(event: Event, state: Engagement, id: str) -> tuple[Email, ...]:
    """What people are told of an event. `state` is the engagement of the id after everything that happened with it."""
    return tuple(email for message in _messages(event, state, id) for email in _written(message, state))


def _messages(event: Event, state: Engagement, id: str) -> Iterable[Message]:
    match event:
        case EngagementNotified():
            return of_notice(event, state)
        case NotificationAcknowledged():
            return of_acknowledgement(event, state)
        case StepRecorded():
            return of_record(event, state)
        case FactRecorded():
            return of_fact(event.occurrence, state)
        case StartRescheduled():
            headline, clause = f"start moved to {in_words(event.start_date)}", state.procedure.reschedule_clause
            lines = tuple(_rescheduled(event, state))
            return of_event(START_RESCHEDULED, state, lines, headline=headline, clause=clause)
        case EngagementWithdrawn() | ContactChanged() | CalendarChanged() | FurtherTestingScheduled():
            return of_change(event, state)
        case DeadlineReminded():
            row, due = state.rows[event.key], in_words(event.due)
            lines = (f"A step of the timetable is due on {due}.", "", *owed(row, event.due, state))
            told = of_event(REMINDED, state, lines, row, headline=f"due on {due}")
            return (replace(message, reminds=(event.key, event.due)) for message in told)
        case DeadlineMissed():
            row = state.rows[event.key]
            return of_event(MISSED, state, tuple(_missed(row, event, state, id)), row)
        case StepCompleted(in_time=False):
            row = state.rows[event.key]
            return of_event(COMPLETED, state, tuple(_late(row, event, state)), row)
        case _:
            return ()


def _written(message: Message, state: Engagement) -> Iterable[Email]:
    named = engagement_named(state)
    subject = one_line(f"{named}, {message.place}: {message.headline}")
    head = f"{state.profile.title} of {named}, start {in_words(state.facts.start)}."
    body = readable("\n".join((head, "", *message.lines, "", "Assay, for DCC test assurance")))
    for role, mandatory in message.roles:
        yield Email(role, address_of(role, state), subject, body, message.files, mandatory, message.reminds)


def _rescheduled(event: StartRescheduled, state: Engagement) -> Iterable[str]:
    clause, was, now = state.procedure.reschedule_clause, in_words(event.was), in_words(event.start_date)
    yield f"{decider_named(state)} moved the start of testing from {was} to {now} ({clause})."
    yield f"Reason: {event.reason}"
    yield f"The earliest practicable start was {in_words(event.earliest)}."
    yield ""
    yield "What moves with it; what is done keeps its dates:"
    for move in moved(state):
        by, days = role_named(move.sender, state), (day_in_words(move.was), day_in_words(move.now))
        yield f"- {move.key} {move.action}, by {by}: {MOVED[move.change].format(*days)}"


def _missed(row: Row, event: DeadlineMissed, state: Engagement, id: str) -> Iterable[str]:
    clause = state.procedure.reschedule_clause
    yield f"A step of the timetable was not done by {in_words(event.due)}."
    yield from ("", *owed(row, event.due, state))
    yield ""
    yield f"What to do: {role_named(row.sender, state)} does it now; it will be recorded as late."
    grounds = [ground.id for ground in state.procedure.reschedules if ground.fact == MISSED]
    if grounds and not state.testing_has_begun:
        decider, ground = decider_named(state), grounds[0]
        yield f"{decider} may reschedule what follows by moving the start ({clause}), on the ground {ground}:"
        yield f"GET /engagements/{id}/what-if shows the earliest practicable start and what it would move,"
        yield f"POST /engagements/{id}/start moves it and tells everybody who has a step."


def _late(row: Row, done: StepCompleted, state: Engagement) -> Iterable[str]:
    decider, clause = decider_named(state), state.procedure.reschedule_clause
    due, done_on = day_in_words(done.due), in_words(done.done_on)
    yield f"A step of the timetable that was due on {due} was done on {done_on} by {done.done_by}."
    yield f"{row.action} ({row.clause}) is closed as late."
    yield f"What to do: nothing for this step. {decider} may have rescheduled what follows ({clause})."
