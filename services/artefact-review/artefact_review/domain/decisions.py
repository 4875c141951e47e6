"""What may be asked of the review of one engagement's artefacts, and the one place that dispatches it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, assert_never

from artefact_review.domain.descoping import DecideDescoping, WithdrawProposal, decide_descoping, withdraw_proposal
from artefact_review.domain.entry_gate import DecideGate, decide_gate
from artefact_review.domain.events import Event
from artefact_review.domain.evidence import GiveEntryEvidence, give_entry_evidence
from artefact_review.domain.guards import known
from artefact_review.domain.inbound import Inbound, take
from artefact_review.domain.reporting import SubmitReadinessReport, submit_readiness_report
from artefact_review.domain.review import Review, State
from artefact_review.domain.reviewing import ReviewArtefacts, review_artefacts
from artefact_review.domain.submission import SubmitArtefacts, submit_artefacts
from artefact_review.domain.updating import UpdateArtefacts, update_artefacts
from kernel.engagement import require_going_on
from kernel.refusal import Refusal
from rulebook.engine.refusing import by_its_own_law

Request = (
    SubmitReadinessReport
    | SubmitArtefacts
    | ReviewArtefacts
    | UpdateArtefacts
    | WithdrawProposal
    | DecideDescoping
    | GiveEntryEvidence
    | DecideGate
)
Command = Inbound | Request

REVIEWED: Final = "artefact-review.artefacts-reviewed"
HELD: Final = "artefact-review.entry-gate-held"


def decide(command: Command, state: State) -> Sequence[Event]:
    """What follows from the command, or a refusal with a clause that holds for the procedure.

    Other services' facts are taken in any order.
    """
    return take(command, state) if isinstance(command, Inbound) else _decide(command, state)


STEPS: Final[Mapping[type, str]] = MappingProxyType(
    {
        SubmitReadinessReport: "artefact-review.readiness-reported",
        SubmitArtefacts: "artefact-review.artefacts-submitted",
        ReviewArtefacts: REVIEWED,
        UpdateArtefacts: "artefact-review.artefacts-submitted",
        WithdrawProposal: REVIEWED,
        DecideDescoping: REVIEWED,
        GiveEntryEvidence: HELD,
        DecideGate: HELD,
    }
)
"""The fact with which a command completes its step, or comes to it, whose clause a refusal may cite."""


def _decide(command: Request, state: State) -> Sequence[Event]:
    review = known(state, command.engagement)
    try:
        require_going_on(review.withdrawal, review.profile.notice.clause)
        return _decide_known(command, review)
    except Refusal as refusal:
        raise by_its_own_law(refusal, review.profile, STEPS[type(command)]) from None


def _decide_known(command: Request, review: Review) -> Sequence[Event]:
    match command:
        case SubmitReadinessReport():
            return submit_readiness_report(command, review)
        case SubmitArtefacts():
            return submit_artefacts(command, review)
        case ReviewArtefacts():
            return review_artefacts(command, review)
        case UpdateArtefacts():
            return update_artefacts(command, review)
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
