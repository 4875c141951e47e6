"""What may be asked of the review of one engagement's artefacts, and the one place that dispatches it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, assert_never

from artefact_review.domain.conversing import DiscussDeficiency, discuss_deficiency
from artefact_review.domain.descoping import (
    REVIEWED,
    DecideDescoping,
    ProposeDescoping,
    WithdrawProposal,
    decide_descoping,
    propose_descoping,
    withdraw_proposal,
)
from artefact_review.domain.entry_gate import DecideGate, decide_gate
from artefact_review.domain.events import Event, NotificationAcknowledged
from artefact_review.domain.evidence import GiveEntryEvidence, give_entry_evidence
from artefact_review.domain.guards import known
from artefact_review.domain.inbound import Inbound, take
from artefact_review.domain.provisional import LapseApproval, lapse, redeem
from artefact_review.domain.reporting import SubmitReadinessReport, submit_readiness_report
from artefact_review.domain.review import Review, State, folded
from artefact_review.domain.reviewing import AssignReviewers, ReviewArtefacts, assign_reviewers, review_artefacts
from artefact_review.domain.submission import KeepArtefacts, SubmitArtefacts, keep_artefacts, submit_artefacts
from artefact_review.domain.updating import UpdateArtefacts, update_artefacts
from kernel.engagement import require_going_on
from kernel.refusal import Refusal
from rulebook.engine.refusing import by_its_own_law

Request = (
    SubmitReadinessReport
    | KeepArtefacts
    | SubmitArtefacts
    | AssignReviewers
    | ReviewArtefacts
    | UpdateArtefacts
    | DiscussDeficiency
    | ProposeDescoping
    | WithdrawProposal
    | DecideDescoping
    | GiveEntryEvidence
    | DecideGate
)
Command = Inbound | Request | LapseApproval

SUBMITTED: Final = "artefact-review.artefacts-submitted"
HELD: Final = "artefact-review.entry-gate-held"


def decide(command: Command, state: State) -> Sequence[Event]:
    """What follows from the command, or a refusal with a clause that holds for the procedure.

    Other services' facts are taken in any order. What was outstanding at the gate may come with any of them, and it may
    be too late before the timer says so.
    """
    if isinstance(command, LapseApproval):
        return lapse(state, command.now) if isinstance(state, Review) else ()
    if isinstance(command, Inbound):
        taken = take(command, state)
        return [*taken, *(_acknowledged(taken, folded(state, *taken)) if isinstance(state, Review) else ())]
    return _decide(command, state)


def _acknowledged(taken: Sequence[Event], after: Review) -> Sequence[Event]:
    """The one fact of another service that a gate may wait for."""
    for event in taken:
        if isinstance(event, NotificationAcknowledged) and after.provisional:
            return redeem(after, after.provisional.approval.approved_by, event.acknowledged_at)
    return ()


STEPS: Final[Mapping[type, str]] = MappingProxyType(
    {
        SubmitReadinessReport: "artefact-review.readiness-reported",
        KeepArtefacts: SUBMITTED,
        SubmitArtefacts: SUBMITTED,
        AssignReviewers: REVIEWED,
        ReviewArtefacts: REVIEWED,
        UpdateArtefacts: SUBMITTED,
        DiscussDeficiency: REVIEWED,
        ProposeDescoping: REVIEWED,
        WithdrawProposal: REVIEWED,
        DecideDescoping: REVIEWED,
        GiveEntryEvidence: HELD,
        DecideGate: HELD,
    }
)
"""The fact with which a command completes its step, or comes to it, whose clause a refusal may cite."""


def _decide(command: Request, state: State) -> Sequence[Event]:
    review = known(state, command.engagement)
    lapsed = lapse(review, command.now)
    current = folded(review, *lapsed)
    try:
        require_going_on(review.withdrawal, review.profile.notice.clause)
        followed = _decide_known(command, current)
    except Refusal as refusal:
        raise by_its_own_law(refusal, review.profile, STEPS[type(command)]) from None
    return [*lapsed, *followed, *redeem(folded(current, *followed), command.by, command.now)]


def _decide_known(command: Request, review: Review) -> Sequence[Event]:
    match command:
        case SubmitReadinessReport():
            return submit_readiness_report(command, review)
        case KeepArtefacts():
            return keep_artefacts(command, review)
        case SubmitArtefacts():
            return submit_artefacts(command, review)
        case AssignReviewers():
            return assign_reviewers(command, review)
        case ReviewArtefacts():
            return review_artefacts(command, review)
        case UpdateArtefacts():
            return update_artefacts(command, review)
        case DiscussDeficiency():
            return discuss_deficiency(command, review)
        case ProposeDescoping():
            return propose_descoping(command, review)
        case WithdrawProposal():
            return withdraw_proposal(command, review)
        case DecideDescoping():
            return decide_descoping(command, review)
        case GiveEntryEvidence():
            return give_entry_evidence(command, review)
        case DecideGate():
            return decide_gate(command, review)
        case _:
            assert_never(command)
