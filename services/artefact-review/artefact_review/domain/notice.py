"""What notification's facts mean here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from artefact_review.domain.review import Event, Proposal, Review, ReviewOpened, State
from rulebook.editions import root_of


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
