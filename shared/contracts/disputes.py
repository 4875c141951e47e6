"""What the disputes service publishes. The subject is the engagement's id."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from contracts.base import Contract, Instant, Part


class ReferralRightArose(Contract, name="disputes.referral-right-arose"):
    """A refusal gave a side the right to refer the matter: to whom, by which clause, and what stops meanwhile."""

    right: str
    route: str
    subject: str
    clause: str
    referred_by: tuple[str, ...]
    body: str
    meanwhile: str
    arose_at: Instant


class ReferralRightLapsed(Contract, name="disputes.referral-right-lapsed"):
    """The matter was settled, or decided anew."""

    right: str
    route: str
    because: str
    lapsed_at: Instant


class MatterReferred(Contract, name="disputes.matter-referred"):
    """A role put the matter of a right to the body that decides on it, and said why and what it asks for (`relief`)."""

    right: str
    route: str
    clause: str
    body: str
    grounds: str
    role: str
    referred_by: str
    referred_at: Instant
    relief: str = ""


class ReferralAcknowledged(Contract, name="disputes.referral-acknowledged"):
    """The body that decides has the referral before it."""

    right: str
    body: str
    acknowledged_by: str
    acknowledged_at: Instant


class InformationRequested(Contract, name="disputes.information-requested"):
    """The body asked a role for more, to be given by a day where it named one."""

    right: str
    question: str
    role: str
    wanted_by: date | None
    body: str
    requested_by: str
    requested_at: Instant


class InformationGiven(Contract, name="disputes.information-given"):
    """A role answered what the body had asked of it."""

    right: str
    answer: str
    role: str
    given_by: str
    given_at: Instant


class EvidenceFile(Part):
    """A file that was given as evidence; `sha256` names its bytes in the object store."""

    file_name: str
    sha256: str
    size: int


class EvidenceGiven(Contract, name="disputes.evidence-given"):
    """A role gave files that show what its referral or its answer says."""

    right: str
    files: tuple[EvidenceFile, ...]
    role: str
    given_by: str
    given_at: Instant


class ReferralWithdrawn(Contract, name="disputes.referral-withdrawn"):
    """Whoever referred the matter does not ask for a determination any more: what was decided stands."""

    right: str
    reason: str
    role: str
    withdrawn_by: str
    withdrawn_at: Instant


class SettlementProposed(Contract, name="disputes.settlement-proposed"):
    """One side proposed terms on which it would settle the matter; one of the roles `asked` agrees, or declines."""

    right: str
    terms: str
    role: str
    asked: tuple[str, ...]
    proposed_by: str
    proposed_at: Instant


class SettlementDeclined(Contract, name="disputes.settlement-declined"):
    """The other side did not agree to the terms that were proposed: the matter stays before its body."""

    right: str
    reason: str
    role: str
    declined_by: str
    declined_at: Instant


class ReferralSettled(Contract, name="disputes.referral-settled"):
    """Both sides agreed on terms: the role `agreed` to what the role `proposed`. No body determines the matter."""

    right: str
    terms: str
    proposed: str
    agreed: str
    settled_by: str
    settled_at: Instant


class MatterDetermined(Contract, name="disputes.matter-determined"):
    """A body determined the matter: for who referred it where `upheld`, with its reasons.

    `decision` is the public event that was referred, `values` its fields by which its owner finds it again (one with
    parts is spread: `item.kind`, `item.item`), and `decided_at` when it was decided. `final`: nothing can be brought
    against it.
    """

    right: str
    route: str
    clause: str
    body: str
    upheld: bool
    reasons: str
    final: bool
    decision: str
    values: Mapping[str, str | bool]
    determined_by: str
    determined_at: Instant
    decided_at: Instant | None = None


class DeterminationAppealed(Contract, name="disputes.determination-appealed"):
    """Whoever referred the matter took its determination to the body that decides for good."""

    right: str
    body: str
    grounds: str
    role: str
    appealed_by: str
    appealed_at: Instant


class DeterminationCorrected(Contract, name="disputes.determination-corrected"):
    """The body corrected a slip in the reasons of its determination, and says why; its outcome stands."""

    right: str
    body: str
    reasons: str
    because: str
    corrected_by: str
    corrected_at: Instant


class HoldBegan(Contract, name="disputes.hold-began"):
    """A matter came before a body, and until that has determined it something waits, by the clause.

    `holds` is what waits: `disputed-tests`, `start`, `execution`, `completion`. `decision` and `values` tell of
    what was referred.
    """

    right: str
    route: str
    clause: str
    body: str
    holds: tuple[str, ...]
    decision: str
    values: Mapping[str, str | bool]
    began_at: Instant


class HoldEnded(Contract, name="disputes.hold-ended"):
    """What waited since `began_at` goes on: the body determined the matter, or it has nothing to determine any more."""

    right: str
    route: str
    clause: str
    holds: tuple[str, ...]
    because: Literal["determined", "withdrawn", "settled"]
    decision: str
    values: Mapping[str, str | bool]
    began_at: Instant
    ended_at: Instant
