"""What may be asked of the review of one engagement's artefacts, and the one place that dispatches it."""

from collections.abc import Sequence
from typing import assert_never

from artefact_review.domain import refusals
from artefact_review.domain.descoping import DecideDescoping, decide_descoping
from artefact_review.domain.entry_gate import (
    GiveEntryEvidence,
    HoldEntryGate,
    give_entry_evidence,
    hold_entry_gate,
)
from artefact_review.domain.inbound import (
    NoteAcknowledgement,
    OpenReview,
    RescheduleStart,
    note_acknowledgement,
    open_review,
    reschedule_start,
)
from artefact_review.domain.reporting import SubmitReadinessReport, submit_readiness_report
from artefact_review.domain.review import Event, NotNotified, Review, State
from artefact_review.domain.reviewing import ReviewArtefacts, review_artefacts
from artefact_review.domain.submission import SubmitArtefacts, submit_artefacts

Command = (
    OpenReview
    | NoteAcknowledgement
    | RescheduleStart
    | SubmitReadinessReport
    | SubmitArtefacts
    | ReviewArtefacts
    | DecideDescoping
    | GiveEntryEvidence
    | HoldEntryGate
)


def decide(command: Command, state: State) -> Sequence[Event]:
    """What follows from the command, or a refusal."""
    if isinstance(command, OpenReview):
        return open_review(command, state)
    review = known(state, command.engagement)
    match command:
        case NoteAcknowledgement():
            return note_acknowledgement(command, review)
        case RescheduleStart():
            return reschedule_start(command, review)
        case SubmitReadinessReport():
            return submit_readiness_report(command, review)
        case SubmitArtefacts():
            return submit_artefacts(command, review)
        case ReviewArtefacts():
            return review_artefacts(command, review)
        case DecideDescoping():
            return decide_descoping(command, review)
        case GiveEntryEvidence():
            return give_entry_evidence(command, review)
        case HoldEntryGate():
            return hold_entry_gate(command, review)
        case _:
            assert_never(command)


def known(state: State, engagement: str) -> Review:
    """The review of an engagement that was notified."""
    if isinstance(state, NotNotified):
        raise refusals.EngagementUnknown(engagement)
    return state
