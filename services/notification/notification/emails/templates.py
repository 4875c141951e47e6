"""The e-mails that events lead to: who is told, and in which words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from notification.domain.anchors import ACKNOWLEDGED, MEETING_HELD, NOTIFIED, Occurrence
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
from rulebook.engine.editions import root_of
from rulebook.engine.procedures import Step
from rulebook.engine.routes import arising
from rulebook.engine.scope.scope import role_name

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
            return _to(SIDES, state, _step(NOTIFIED, state).ref, "notification received", _notified(event, state))
        case NotificationAcknowledged():
            step = _step(ACKNOWLEDGED, state)
            return _to(SIDES, state, step.ref, "notification acknowledged", _acknowledged(event, step, state))
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
    if row := state.rows.get(_step(ACKNOWLEDGED, state).ref):
        yield from ("", *_owed(row, row.due))


def _acknowledged(event: NotificationAcknowledged, step: Step, state: Engagement) -> Iterable[str]:
    contact = event.contact
    yield f"DCC acknowledges the notification ({step.clause})."
    yield f"DCC's contact: {contact.name}, {contact.email}{_telephone(contact.telephone)}"
    yield f"Initiation meeting: {event.initiation_meeting_on} ({_step(MEETING_HELD, state).clause})"


def _told(seen: Occurrence, state: Engagement) -> tuple[Letter, ...]:
    match seen.fact, seen.outcome:
        case "artefact-review.artefacts-reviewed", outcome:
            return _of_step(("participant",), seen, state, f"artefacts {outcome}", _reviewed(seen))
        case "artefact-review.entry-gate-held", "ready":
            return _of_step(("participant",), seen, state, "ready to start", _ready(seen))
        case "artefact-review.entry-gate-held", "prevented":
            return _of_step(("participant",), seen, state, "start prevented", _prevented(seen))
        case "certification.report-receipt-confirmed", _:
            return _of_step(("participant",), seen, state, "report received", _received(seen))
        case "certification.exit-gate-held", "complete":
            return _of_step(("participant",), seen, state, "testing complete", _complete(seen))
        case "certification.exit-gate-held", "further-testing":
            return _of_step(("participant",), seen, state, "further testing required", _further(seen))
        case "certification.certificate-issued", _:
            return _of_step(SIDES, seen, state, "certificate issued", _certified(seen))
        case _:
            return ()


def _of_step(
    sides: Iterable[Side], seen: Occurrence, state: Engagement, what: str, lines: Iterable[str]
) -> tuple[Letter, ...]:
    """What people are told of a fact: the step that it is about, what follows by the rules, and who may refer it."""
    steps, step = steps_of(state), _step(seen.fact, state)
    following = step.then.get(seen.outcome or "")
    told = [*lines, *_next(steps.step(following) if following else None), *_rights(seen, state)]
    return _to(sides, state, step.ref, what, (f"{step.action} ({step.clause}).", "", *told))


def _step(fact: str, state: Engagement) -> Step:
    """The step that a fact is about; where the first and later ones differ, by the reviews there were."""
    steps = steps_of(state).completed_by(fact)
    return steps[-1] if len(state.facts.reviews) > 1 else steps[0]


def _next(step: Step | None) -> Iterable[str]:
    if step:
        yield f"Next: {step.action} ({step.clause}), by {CALLED[step.sender]}."


def _rights(seen: Occurrence, state: Engagement) -> Iterable[str]:
    root = root_of(state.intention.rulebook)
    for route in arising(state.intention.procedure, seen.fact, {"outcome": seen.outcome}, root):
        yield f"{route.subject}: this may be referred to the {route.body.title()} ({route.clause}). {route.meanwhile}."


def _reviewed(seen: Occurrence) -> Iterable[str]:
    yield f"DCC reviewed submission {seen.identity} of the test artefacts on {seen.day}."
    if seen.outcome == "accepted":
        yield "They are accepted."
        return
    yield "They are returned with these deficiencies:"
    yield from _listed(seen)


def _ready(seen: Occurrence) -> Iterable[str]:
    yield f"DCC held the entry quality gate on {seen.day} and confirmed that testing starts on {seen.start_date}."
    yield "The Test Schedule:"
    yield from _listed(seen)


def _prevented(seen: Occurrence) -> Iterable[str]:
    yield f"DCC held the entry quality gate on {seen.day}. Testing can't start until it is satisfied (CTSD 5.8.2)."
    yield from _listed(seen)


def _received(seen: Occurrence) -> Iterable[str]:
    yield f"DCC has received report {seen.identity}; receipt was confirmed on {seen.day}."


def _complete(seen: Occurrence) -> Iterable[str]:
    yield f"DCC decided on {seen.day}, after the meeting of {seen.anchor}, that testing is complete."


def _further(seen: Occurrence) -> Iterable[str]:
    yield f"DCC decided on {seen.day}, after the meeting of {seen.anchor}, that further testing is required."
    yield from _listed(seen)
    yield "Testing is to be rescheduled with DCC (CTSD 5.19.2)."


def _certified(seen: Occurrence) -> Iterable[str]:
    yield f"DCC issued the certificate on {seen.day}."
    yield from seen.details


def _listed(seen: Occurrence) -> Iterable[str]:
    yield from (f"- {detail}" for detail in seen.details)


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
