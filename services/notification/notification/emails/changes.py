"""What people are told when an engagement itself changes: withdrawn, another contact, other dates, another start."""

from collections.abc import Iterable
from typing import assert_never

from kernel.days import in_words
from kernel.engagement import EngagementWithdrawn
from notification.domain.engagement import Engagement
from notification.domain.events import CalendarChanged, ContactChanged, FurtherTestingScheduled
from notification.domain.occurrence import CALENDAR_CHANGED, CONTACT_CHANGED, FURTHER_TESTING_SCHEDULED, WITHDRAWN
from notification.emails.messages import Message, of_event
from notification.emails.names import contact_named, day_in_words, role_named

Change = EngagementWithdrawn | ContactChanged | CalendarChanged | FurtherTestingScheduled


def of_change(event: Change, state: Engagement) -> Iterable[Message]:
    """A change, to whom the rulebook says; of a calendar that moves no date nobody is told."""
    match event:
        case EngagementWithdrawn():
            return of_event(WITHDRAWN, state, tuple(_withdrawn(event, state)))
        case ContactChanged():
            return of_event(CONTACT_CHANGED, state, tuple(_reached(event, state)))
        case CalendarChanged():
            return of_event(CALENDAR_CHANGED, state, tuple(_dated(event, state))) if event.moves else ()
        case FurtherTestingScheduled():
            headline = f"further testing begins on {in_words(event.start_date)}"
            return of_event(FURTHER_TESTING_SCHEDULED, state, tuple(_scheduled(event)), headline=headline)
        case _:
            assert_never(event)


def _withdrawn(event: EngagementWithdrawn, state: Engagement) -> Iterable[str]:
    yield f"{role_named(event.role, state)} withdrew the engagement ({event.withdrawn_by})."
    yield f"Reason: {event.reason}"
    yield "No step is owed any more, and nothing can be done in it. Certificates that were issued stay."


def _reached(event: ContactChanged, state: Engagement) -> Iterable[str]:
    yield f"{role_named(event.role, state)} is reached through another person from now on."
    yield f"Contact: {contact_named(event.contact)}"
    yield f"Before:  {contact_named(event.was)}"


def _dated(event: CalendarChanged, state: Engagement) -> Iterable[str]:
    what = "a Working Day" if event.working else "no Working Day"
    yield f"{in_words(event.day)} was declared {what}: {event.why}"
    yield ""
    yield "The open dates that move with it; what is done or has passed keeps its dates:"
    for move in event.moves:
        row = state.rows.get(move.key)
        step = f"{move.key} {row.action}, by {role_named(row.sender, state)}" if row else move.key
        yield f"- {step}: {day_in_words(move.was)}, now {day_in_words(move.due)}"


def _scheduled(event: FurtherTestingScheduled) -> Iterable[str]:
    before = f" instead of {in_words(event.was)}" if event.was else ""
    yield f"Further testing begins on {in_words(event.start_date)}{before} ({event.clause})."
    yield f"Reason: {event.reason}"
