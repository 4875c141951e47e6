"""What people are told of a step that was taken: one e-mail for each whose method is e-mail, and for each decision.

The row of the table says it all: who gets it, what it is about, what must be in it, and whether documents go with it.
"""

from collections.abc import Iterable, Mapping

from kernel.days import in_words
from notification.domain.engagement import Engagement
from notification.domain.events import EngagementNotified, NotificationAcknowledged, StepRecorded
from notification.domain.occurrence import (
    ACKNOWLEDGED,
    MEETING_HELD,
    NOTIFIED,
    STEP_RECORDED,
    NamedFile,
    Occurrence,
)
from notification.emails.messages import Message, of_event
from notification.emails.names import contact_named, owed, role_named
from rulebook.engine.dating.working_days import LONDON
from rulebook.engine.procedures import Step
from rulebook.engine.routes import Route, arising

ATTACHED = "email-attachment"
BY_EMAIL = frozenset({"email", ATTACHED})


def of_notice(event: EngagementNotified, state: Engagement) -> Iterable[Message]:
    """The notice, with the date of its acknowledgement: whoever gave it is told that it was received."""
    for step in state.procedure.completed_by(NOTIFIED)[:1]:
        lines = tuple(_noticed(event, step, state))
        yield Message(step.recipient, step.clause, "notification received", lines, copies=(step.sender,))


def _noticed(event: EngagementNotified, step: Step, state: Engagement) -> Iterable[str]:
    received = event.notified_at.astimezone(LONDON)
    yield f"{role_named(step.recipient, state)} has the notice, received on {in_words(received)} at {received:%H:%M}."
    yield f"Test manager: {contact_named(event.test_manager)}"
    for confirmation in event.confirmations:
        yield f"Confirmed: {confirmation.replace('-', ' ')}."
    if event.service_requests:
        yield f"Service Requests to be tested: {', '.join(event.service_requests)}"
    for proposal in event.descoping:
        yield f"Proposed descoping: {proposal.kind} {proposal.item}, reason ({proposal.reason}): {proposal.rationale}"
    for following in state.procedure.completed_by(ACKNOWLEDGED)[:1]:
        if row := state.rows.get(following.ref):
            yield from ("", *owed(row, row.due, state))


def of_acknowledgement(event: NotificationAcknowledged, state: Engagement) -> Iterable[Message]:
    """The acknowledgement, with the contact and the initiation meeting."""
    for step in state.procedure.completed_by(ACKNOWLEDGED)[:1]:
        lines = tuple(_acknowledged(event, step, state))
        yield Message(step.recipient, step.clause, "notification acknowledged", lines, copies=(step.sender,))


def _acknowledged(event: NotificationAcknowledged, step: Step, state: Engagement) -> Iterable[str]:
    by = role_named(event.role, state)
    yield f"{by} acknowledges the notice ({step.clause})."
    yield f"The contact of {by}: {contact_named(event.contact)}"
    if (day := event.initiation_meeting_on) is not None:
        meetings = state.procedure.completed_by(MEETING_HELD)
        yield from (f"Initiation meeting: {in_words(day)} ({meeting.clause})" for meeting in meetings)


def of_record(event: StepRecorded, state: Engagement) -> Iterable[Message]:
    """A step that was recorded, with its information: both are told, its sender because it has nothing else to show."""
    step = state.procedure.step(event.ref)
    if step.method not in BY_EMAIL and event.outcome is None:
        return
    done = f"Done on {in_words(event.done_on)} by {event.recorded_by}{f': {event.outcome}' if event.outcome else ''}."
    information = (f"- {name}: {value}" for name, value in event.information.items())
    lines = (
        *_headed(step, (done, *information)),
        *_what_follows(step, STEP_RECORDED, {"outcome": event.outcome}, state),
    )
    headline = event.outcome or _done(step)
    yield Message(step.recipient, _place(step, event.key), headline, lines, copies=(step.sender,))


def of_fact(seen: Occurrence, state: Engagement) -> Iterable[Message]:
    """What another service said, to the recipient of the step that it is about, or to whom the rulebook says."""
    step = _step(seen, state)
    if step is None:
        yield from of_event(seen.fact, state, _told(seen, state), seen=seen)
        yield from _of_gate(seen, state)
    elif step.method in BY_EMAIL or seen.outcome is not None:
        key = f"{step.ref}/{seen.period}" if seen.period else step.ref
        by = seen.by or role_named(step.sender, state)
        told = seen.details or (f"Done on {in_words(seen.day)} by {by}.",)
        files = seen.files if step.method == ATTACHED else ()
        lines = (*_headed(step, (*told, *_listed(files))), *_what_follows(step, seen.fact, _values(seen), state))
        copies = (step.sender,) if seen.copied else ()
        headline = seen.headline or _done(step)
        yield Message(step.recipient, _place(step, key), headline, lines, copies=copies, files=files)


def _told(seen: Occurrence, state: Engagement) -> tuple[str, ...]:
    return (*seen.details, *_rights(seen.fact, _values(seen), state))


def _of_gate(seen: Occurrence, state: Engagement) -> Iterable[Message]:
    """A gate that no step of the timetable is about, to who started the engagement; what others determined of it, or
    what it is to be held again for, also to who decides at it.
    """
    profile = state.profile
    for gate in (each for each in profile.gates if each.id == seen.gate):
        lines = (f"{gate.title} ({gate.clause}).", "", *seen.details, *_rights(seen.fact, _values(seen), state))
        roles = (profile.starter().id, *((gate.decider,) if seen.determined or seen.copied else ()))
        yield Message(roles, gate.clause, seen.headline, lines)


def _values(seen: Occurrence) -> Mapping[str, str | bool | None]:
    return {**seen.values, "outcome": seen.outcome}


def _step(seen: Occurrence, state: Engagement) -> Step | None:
    """The step that a fact is about; where the first and later ones differ, by how often it was heard."""
    steps = state.procedure.completed_by(seen.fact, seen.ref)
    if not steps:
        return None
    again = sum(fact == seen.fact for fact, _ in state.recorded) > 1
    return steps[-1] if again else steps[0]


def _place(step: Step, key: str) -> str:
    return f"{step.clause.partition(' ')[0]} {key}"


def _done(step: Step) -> str:
    return f"{step.action}: done"


def _listed(files: tuple[NamedFile, ...]) -> Iterable[str]:
    """The documents with their hashes, by which whoever gets them can tell whether they are the right ones."""
    if files:
        yield from ("", "Documents:", *(f"- {each.file_name}, SHA-256 {each.sha256}" for each in files))


def _headed(step: Step, lines: Iterable[str]) -> Iterable[str]:
    return (f"{step.action} ({step.clause}).", "", *lines)


def _what_follows(step: Step, fact: str, values: Mapping[str, str | bool | None], state: Engagement) -> Iterable[str]:
    if following := step.then.get(str(values["outcome"] or "")):
        after = state.procedure.step(following)
        yield f"Next: {after.action} ({after.clause}), by {role_named(after.sender, state)}."
    yield from _rights(fact, values, state)


def _rights(fact: str, values: Mapping[str, str | bool | None], state: Engagement) -> Iterable[str]:
    for route in arising(state.profile, fact, values):
        body, terms = role_named(route.body, state), ", ".join(_terms(route, state))
        yield f"{route.subject}: this may be referred to the {body} ({route.clause}). {route.meanwhile}."
        if terms:
            yield f"It may be referred {terms}."


def _terms(route: Route, state: Engagement) -> Iterable[str]:
    """Who may refer a matter within which term, where terms are stated."""
    for role in route.referred_by:
        if (term := route.term(role)) is not None:
            yield f"by {role_named(role, state)} within {term}"
