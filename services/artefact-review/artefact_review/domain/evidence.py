"""Evidence that is given for a criterion of the entry gate (CTSD 5.8.1 d to f)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from artefact_review.domain import gate_refusals as refusals
from artefact_review.domain.events import EntryEvidenceGiven, Event
from artefact_review.domain.guards import open_gate
from artefact_review.domain.review import Review


@dataclass(frozen=True)
class GiveEntryEvidence:
    """Give evidence for an entry criterion, in a role."""

    engagement: str
    criterion: str
    statement: str
    reference: str | None
    role: str
    by: str
    now: datetime


def give_entry_evidence(command: GiveEntryEvidence, review: Review) -> Sequence[Event]:
    """Evidence for a criterion that asks this role for it, until the gate is passed."""
    asked = [each.id for each in open_gate(review).criteria if each.evidence_by == command.role]
    if command.criterion not in asked:
        raise refusals.EvidenceNotWanted(command.criterion, command.role, ", ".join(asked) or "none")
    return [EntryEvidenceGiven(command.criterion, command.statement, command.reference, command.by, command.now)]
