"""Evidence on a referred matter: files that its sides give, and that the body which decides reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from disputes.domain.events import Event, EvidenceFile, EvidenceGiven
from disputes.domain.matters import Matters
from disputes.domain.referral import Referral
from disputes.domain.referring import known_referral, pending
from disputes.domain.refusals import EvidenceEmpty, EvidenceUnknown
from kernel.refusal import citing


@dataclass(frozen=True)
class GiveEvidence:
    """A role that answers in the engagement gives files, with its referral or with an answer."""

    right: str
    files: tuple[EvidenceFile, ...]
    role: str
    by: str
    now: datetime


def give_evidence(command: GiveEvidence, state: Matters) -> Sequence[Event]:
    """While a body has still to determine the matter; a file has something in it."""
    referral = pending(command.right, state)
    if empty := next((each.file_name for each in command.files if not each.size), None):
        raise citing(EvidenceEmpty(empty), referral.referred.clause)
    return [EvidenceGiven(command.right, command.files, command.role, command.by, command.now)]


def evidence_file(right: str, sha256: str, state: Matters) -> EvidenceFile:
    """A file that was given of a referral, or EvidenceUnknown."""
    referral: Referral = known_referral(right, state)
    for given in referral.evidence:
        for each in given.files:
            if each.sha256 == sha256:
                return each
    raise citing(EvidenceUnknown(right, sha256), referral.referred.clause)
