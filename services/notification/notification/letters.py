"""The e-mails that events lead to: who is told, and in which words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from notification.domain.anchors import Occurrence
from notification.domain.deadlines import start_is_confirmed, steps_of
from notification.domain.engagement import (
    DeadlineMissed,
    DeadlineReminded,
    Engagement,
    EngagementNotified,
    Event,
    FactRecorded,
    NotificationAcknowledged,
    Row,
    Side,
    StartRescheduled,
    StepCompleted,
)
from notification.domain.rescheduling import moved
from rulebook.scope import role_name

SIDES: tuple[Side, ...] = ("participant", "dcc")
CALLED = {"participant": "the participant", "dcc": "DCC"}
MOVED = {"moved": "{0}, now {1}", "added": "new, {1}", "dropped": "{0}, falls away"}


@dataclass(frozen=True)
class Letter:
    """One e-mail. Without an address it goes to DCC's mailbox."""

    side: Side
    address: str | None
    subject: str
    body: str


def letters(event: Event, state: Engagement) -> Iterable[Letter]:
    """What people are told of an event. `state` is the engagement after everything that happened with it."""
    match event:
        case EngagementNotified():
            return _to(SIDES, state, "5.6.1.1", "notification received", _notified(event, state))
        case NotificationAcknowledged():
            return _to(SIDES, state, "5.6.1.2", "notification acknowledged", _acknowledged(event))
        case StartRescheduled():
            ref = steps_of(state).reschedule_clause.removeprefix("CTSD ")
            return _to(SIDES, state, ref, f"start moved to {event.start_date}", _rescheduled(event, state))
        case FactRecorded():
            return _told(event.occurrence, state)
        case DeadlineReminded():
            row = state.rows[event.key]
            return _to((event.sender,), state, event.key, f"due on {event.due}", _reminded(row, event.due))
        case DeadlineMissed():
            return _to(SIDES, state, event.key, "deadline missed", _missed(state, event))
        case StepCompleted(in_time=False):
            return _to(SIDES, state, event.key, "done late", _late(state.rows[event.key], event))
        case _:
            return ()


def _to(sides: Iterable[Side], state: Engagement, key: str, what: str, lines: Iterable[str]) -> tuple[Letter, ...]:
    party, start = f"{state.intention.party_name} ({state.intention.party})", state.facts.start_date
    role = f"{state.intention.role} {role_name(state.intention.role)}"
    # A subject is one line, whatever a name holds.
    subject = " ".join(f"{party}, {role}, CTSD {key}: {what}".split())
    head = f"Testing of {party} in the User Role {role}, start {start}."
    body = "\n".join((head, "", *lines, "", "Assay, for DCC test assurance"))
    return tuple(Letter(side, _address(side, state), subject, body) for side in sides)


def _address(side: Side, state: Engagement) -> str | None:
    if side == "participant":
        return state.intention.test_manager.email
    return state.acknowledgement.contact.email if state.acknowledgement else None


def _notified(event: EngagementNotified, state: Engagement) -> Iterable[str]:
    manager = event.test_manager
    yield f"DCC has the notification of intention to test, received at {event.notified_at:%Y-%m-%d %H:%M} UTC."
    yield f"Test manager: {manager.name}, {manager.email}{_telephone(manager.telephone)}"
    yield "The Code Administrator has been notified."
    for proposal in event.descoping:
        yield f"Proposed descoping: {proposal.kind} {proposal.item}, reason ({proposal.reason}): {proposal.rationale}"
    if row := state.rows.get("5.6.1.2"):
        yield from ("", *_owed(row, row.due))


def _acknowledged(event: NotificationAcknowledged) -> Iterable[str]:
    contact = event.contact
    yield "DCC acknowledges the notification (CTSD 5.6.1.2)."
    yield f"DCC's contact: {contact.name}, {contact.email}{_telephone(contact.telephone)}"
    yield f"Initiation meeting: {event.initiation_meeting_on} (CTSD 5.6.1.3)"


def _told(seen: Occurrence, state: Engagement) -> tuple[Letter, ...]:
    if seen.fact == "artefact-review.artefacts-reviewed":
        ref = "5.6.1.6" if len(state.facts.reviews) <= 1 else "5.6.1.8"
        return _to(("participant",), state, ref, f"artefacts {seen.outcome}", _reviewed(seen))
    if seen.fact == "certification.certificate-issued":
        return _to(SIDES, state, "5.17.1.3", "certificate issued", _certified(seen))
    return ()


def _reviewed(seen: Occurrence) -> Iterable[str]:
    yield f"DCC reviewed submission {seen.identity} of the test artefacts on {seen.day}."
    if seen.outcome == "accepted":
        yield "They are accepted. Next is the entry quality gate (CTSD 5.6.1.9)."
        return
    yield "They are returned with these deficiencies:"
    yield from (f"- {deficiency}" for deficiency in seen.details)
    yield "What to do: provide revised documents (CTSD 5.6.1.7)."


def _certified(seen: Occurrence) -> Iterable[str]:
    yield f"DCC issued the Test Completion Certificate on {seen.day} (CTSD 5.17.1.3)."
    yield from seen.details


def _reminded(row: Row, due: date) -> Iterable[str]:
    yield f"A step of the timetable is due on {due}."
    yield from ("", *_owed(row, due))


def _rescheduled(event: StartRescheduled, state: Engagement) -> Iterable[str]:
    yield f"DCC moved the start of testing from {event.was} to {event.start_date} (CTSD 5.5.2, 5.8.2)."
    yield f"Reason: {event.reason}"
    yield f"The earliest practicable start was {event.earliest}."
    yield ""
    yield "What moves with it; what is done keeps its dates:"
    for move in moved(state, event):
        yield f"- {move.key} {move.action}, by {CALLED[move.sender]}: {MOVED[move.change].format(move.was, move.now)}"


def _missed(state: Engagement, event: DeadlineMissed) -> Iterable[str]:
    row = state.rows[event.key]
    yield f"A step of the timetable was not done by {event.due}."
    yield from ("", *_owed(row, event.due))
    yield ""
    yield f"What to do: {CALLED[row.sender]} does it now; it will be recorded as late."
    if not start_is_confirmed(state):
        yield "DCC may reschedule what follows by moving the start (CTSD 5.5.2), until the entry gate has confirmed it:"
        yield "GET /engagements/{id}/what-if shows the earliest practicable start and what it would move,"
        yield "POST /engagements/{id}/start moves it and tells both sides."


def _late(row: Row, done: StepCompleted) -> Iterable[str]:
    yield f"A step of the timetable that was due on {done.due} was done on {done.done_on} by {done.done_by}."
    yield f"{row.action} ({row.clause}) is closed as late."
    yield "What to do: nothing for this step. DCC may have rescheduled what follows (CTSD 5.5.2)."


def _owed(row: Row, due: date | None) -> Iterable[str]:
    yield f"Step:   {row.key} {row.action}"
    yield f"By:     {CALLED[row.sender]}, to {CALLED[row.recipient]}, {row.method.replace('-', ' ')}"
    yield f"Due:    {due}, to the end of the day in Europe/London"
    yield f"Clause: {row.clause}"
    yield f"Why:    {row.why}"


def _telephone(number: str | None) -> str:
    return f", {number}" if number else ""
