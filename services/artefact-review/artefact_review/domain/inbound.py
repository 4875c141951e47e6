"""What other services' facts mean here. They come in any order, and the notice perhaps last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from artefact_review.domain.events import Event, NotificationAcknowledged, Proposal, ReviewOpened, StartRescheduled
from artefact_review.domain.review import NotNotified, Review, State
from artefact_review.domain.scoping import agree_by_notice
from kernel.engagement import Participant, Subject


@dataclass(frozen=True)
class OpenReview:
    """An engagement was notified."""

    procedure: str
    rulebook: str
    subject: Subject
    participants: tuple[Participant, ...]
    start_date: date
    service_requests: tuple[str, ...]
    descoping: tuple[Proposal, ...]
    notified_at: datetime


@dataclass(frozen=True)
class NoteAcknowledgement:
    """The notice was acknowledged."""

    at: datetime


@dataclass(frozen=True)
class RescheduleStart:
    """The start of testing was moved."""

    was: date
    start_date: date
    reason: str
    at: datetime


def open_review(command: OpenReview, state: State) -> Sequence[Event]:
    """The first notice opens the review, and agrees the scope where it may; the same notice again changes nothing.

    The notice of a procedure or an edition that is not known here is parked until it is.
    """
    if isinstance(state, Review):
        return []
    opened = ReviewOpened(**vars(command))
    return [opened, *agree_by_notice(Review(opened), command.notified_at)]


def note_acknowledgement(command: NoteAcknowledgement, state: State) -> Sequence[Event]:
    """The entry criteria ask for it (CTSD 5.8.1c)."""
    return [] if state.acknowledged_at else [NotificationAcknowledged(command.at)]


def reschedule_start(command: RescheduleStart, state: State) -> Sequence[Event]:
    """From now on everything counts from the new start; the old one stays in the history (CTSD 5.5.2, 5.8.2b)."""
    if command.start_date == _start_of(state):
        return []
    return [StartRescheduled(command.was, command.start_date, command.reason, command.at)]


def _start_of(state: State) -> date | None:
    if isinstance(state, NotNotified):
        return state.rescheduled.start_date if state.rescheduled else None
    return state.start_date
