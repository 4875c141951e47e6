"""What notification's facts mean here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from artefact_review.domain.review import (
    Event,
    NotificationAcknowledged,
    Proposal,
    Review,
    ReviewOpened,
    StartRescheduled,
    State,
)
from rulebook.engine.editions import root_of


@dataclass(frozen=True)
class OpenReview:
    """An engagement was notified."""

    procedure: str
    party: str
    party_name: str
    role: str
    start_date: date
    descoping: tuple[Proposal, ...]
    notified_at: datetime
    rulebook: str | None = None


@dataclass(frozen=True)
class NoteAcknowledgement:
    """DCC acknowledged the notification."""

    engagement: str
    at: datetime


@dataclass(frozen=True)
class RescheduleStart:
    """DCC moved the start of testing."""

    engagement: str
    start_date: date
    reason: str
    at: datetime


def open_review(command: OpenReview, state: State) -> Sequence[Event]:
    """The first notice opens the review; the same notice again changes nothing."""
    if isinstance(state, Review):
        return []
    root_of(command.rulebook)  # the notice of an edition that is not known here is parked until it is
    return [
        ReviewOpened(
            command.procedure,
            command.party,
            command.party_name,
            command.role,
            command.start_date,
            command.descoping,
            command.notified_at,
            command.rulebook,
        )
    ]


def note_acknowledgement(command: NoteAcknowledgement, review: Review) -> Sequence[Event]:
    """The entry criteria ask for it (CTSD 5.8.1c)."""
    return [] if review.acknowledged_at else [NotificationAcknowledged(command.at)]


def reschedule_start(command: RescheduleStart, review: Review) -> Sequence[Event]:
    """From now on everything counts from the new start; the old one stays in the history (CTSD 5.5.2, 5.8.2b)."""
    if command.start_date == review.start_date:
        return []
    return [StartRescheduled(review.start_date, command.start_date, command.reason, command.at)]
