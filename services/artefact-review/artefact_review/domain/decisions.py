"""What may be asked of the review of one engagement's artefacts, and the one place that dispatches it."""

from collections.abc import Sequence
from typing import assert_never

from artefact_review.domain.descoping import DecideDescoping, WithdrawProposal, decide_descoping, withdraw_proposal
from artefact_review.domain.entry_gate import DecideGate, decide_gate
from artefact_review.domain.events import Event
from artefact_review.domain.evidence import GiveEntryEvidence, give_entry_evidence
from artefact_review.domain.guards import known
from artefact_review.domain.inbound import Inbound, take
from artefact_review.domain.reporting import SubmitReadinessReport, submit_readiness_report
from artefact_review.domain.review import State
from artefact_review.domain.reviewing import ReviewArtefacts, review_artefacts
from artefact_review.domain.submission import SubmitArtefacts, submit_artefacts

Request = (
    SubmitReadinessReport
    | SubmitArtefacts
    | ReviewArtefacts
    | WithdrawProposal
    | DecideDescoping
    | GiveEntryEvidence
    | DecideGate
)
Command = Inbound | Request


def decide(command: Command, state: State) -> Sequence[Event]:
    """What follows from the command, or a refusal. Other services' facts are taken in any order."""
    return take(command, state) if isinstance(command, Inbound) else _decide(command, state)


def _decide(command: Request, state: State) -> Sequence[Event]:
    review = known(state, command.engagement)
    match command:
        case SubmitReadinessReport():
            return submit_readiness_report(command, review)
        case SubmitArtefacts():
            return submit_artefacts(command, review)
        case ReviewArtefacts():
            return review_artefacts(command, review)
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
