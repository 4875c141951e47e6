"""What can have happened in the matters of one engagement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from kernel.engagement import EngagementWithdrawn, Participant, Subject
from kernel.stored import stored
from rulebook.engine.dating.working_days import DeclaredDay


@dataclass(frozen=True)
class Fact:
    """What another service said: the name that the rulebook uses, and the values that rights depend on.

    A value that has parts is spread: `item.kind`, `item.item`. `matter` says in words what it is about, `reason` why it
    was decided so.
    """

    name: str
    values: Mapping[str, str | bool]
    matter: str
    reason: str
    at: datetime

    @property
    def spread(self) -> Mapping[str, str | bool]:
        """The values; an item that an earlier release kept as one text, kind first, is spread too."""
        item, others = self.values.get("item"), {key: each for key, each in self.values.items() if key != "item"}
        if not isinstance(item, str):
            return self.values
        kind, _, named = item.partition(" ")
        return {"item.kind": kind, "item.item": named, **others}

    def part(self, name: str) -> Mapping[str, str | bool]:
        """The value of a field of the public event, by its parts where it has some."""
        return {key: value for key, value in self.spread.items() if key == name or key.startswith(f"{name}.")}


@stored("engagement-noted")
@dataclass(frozen=True)
class EngagementNoted:
    """The engagement was notified: its procedure, the edition that it keeps, its subject, and who takes part.

    `declared` are the days that had been declared otherwise than the release's calendar has them.
    """

    procedure: str
    rulebook: str
    subject: Subject
    participants: tuple[Participant, ...]
    declared: tuple[DeclaredDay, ...] = ()


@stored("day-declared")
@dataclass(frozen=True)
class DayDeclared:
    """A day was declared a Working Day, or a day off, and the engagement counts so from now on."""

    number: int
    day: date
    working: bool
    why: str


@stored("fact-taken-before-engagement")
@dataclass(frozen=True)
class FactTakenBeforeEngagement:
    """A fact came before the notice of its engagement; what follows from it is decided as the notice comes."""

    fact: Fact


@stored("referral-right-arose")
@dataclass(frozen=True)
class ReferralRightArose:
    """A refusal gave roles the right to refer the matter. `fact` is what it arose from.

    `within` says how long each of them has, where a term is stated.
    """

    right: str
    route: str
    subject: str
    clause: str
    referred_by: tuple[str, ...]
    within: Mapping[str, str]
    body: str
    meanwhile: str
    effect: str
    appeal: str
    final: str
    arose_at: datetime
    fact: Fact


@stored("referral-right-lapsed")
@dataclass(frozen=True)
class ReferralRightLapsed:
    """The matter was settled, or decided anew."""

    right: str
    route: str
    because: str
    lapsed_at: datetime


@stored("matter-referred")
@dataclass(frozen=True)
class MatterReferred:
    """A role put the matter of a right to the body that decides on it: why, and what it asks for (`relief`)."""

    right: str
    route: str
    clause: str
    body: str
    grounds: str
    role: str
    referred_by: str
    referred_at: datetime
    relief: str = ""


@stored("referral-acknowledged")
@dataclass(frozen=True)
class ReferralAcknowledged:
    """The body that decides has the referral before it."""

    right: str
    body: str
    acknowledged_by: str
    acknowledged_at: datetime


@stored("information-requested")
@dataclass(frozen=True)
class InformationRequested:
    """The body asked a role for more, to be given by a day where it named one."""

    right: str
    question: str
    role: str
    wanted_by: date | None
    body: str
    requested_by: str
    requested_at: datetime


@stored("information-given")
@dataclass(frozen=True)
class InformationGiven:
    """A role answered what the body had asked of it."""

    right: str
    answer: str
    role: str
    given_by: str
    given_at: datetime


@dataclass(frozen=True)
class EvidenceFile:
    """A file that was given as evidence, `sha256` of its bytes and their number."""

    file_name: str
    sha256: str
    size: int


@stored("evidence-given")
@dataclass(frozen=True)
class EvidenceGiven:
    """A role gave files that show what its referral or its answer says."""

    right: str
    files: tuple[EvidenceFile, ...]
    role: str
    given_by: str
    given_at: datetime


@stored("referral-withdrawn")
@dataclass(frozen=True)
class ReferralWithdrawn:
    """Whoever referred the matter does not ask for a determination any more: what was decided stands."""

    right: str
    reason: str
    role: str
    withdrawn_by: str
    withdrawn_at: datetime


@stored("settlement-proposed")
@dataclass(frozen=True)
class SettlementProposed:
    """One side proposed terms on which it would settle the matter; one of the roles `asked` agrees, or declines."""

    right: str
    terms: str
    role: str
    asked: tuple[str, ...]
    proposed_by: str
    proposed_at: datetime


@stored("settlement-declined")
@dataclass(frozen=True)
class SettlementDeclined:
    """The other side did not agree to the terms that were proposed: the matter stays before its body."""

    right: str
    reason: str
    role: str
    declined_by: str
    declined_at: datetime


@stored("referral-settled")
@dataclass(frozen=True)
class ReferralSettled:
    """Both sides agreed on terms: the role `agreed` to what the role `proposed`. No body determines the matter."""

    right: str
    terms: str
    proposed: str
    agreed: str
    settled_by: str
    settled_at: datetime


@stored("matter-determined")
@dataclass(frozen=True)
class MatterDetermined:
    """A body determined the matter: for who referred it where `upheld`, with its reasons.

    `decision` is the public event that was referred, `values` its fields by which its owner finds it again, and
    `decided_at` when it was decided. `final`: nothing can be brought against it.
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
    determined_at: datetime
    decided_at: datetime | None = None


@stored("determination-appealed")
@dataclass(frozen=True)
class DeterminationAppealed:
    """Whoever referred the matter took its determination to the body that decides for good."""

    right: str
    body: str
    grounds: str
    role: str
    appealed_by: str
    appealed_at: datetime


@stored("determination-corrected")
@dataclass(frozen=True)
class DeterminationCorrected:
    """The body corrected a slip in the reasons of its determination, and says why; its outcome stands."""

    right: str
    body: str
    reasons: str
    because: str
    corrected_by: str
    corrected_at: datetime


OfReferral = (
    ReferralAcknowledged
    | InformationRequested
    | InformationGiven
    | EvidenceGiven
    | ReferralWithdrawn
    | SettlementProposed
    | SettlementDeclined
    | ReferralSettled
    | MatterDetermined
    | DeterminationAppealed
    | DeterminationCorrected
)
"""What happens to a referral once it is there."""
Event = (
    EngagementNoted
    | EngagementWithdrawn
    | DayDeclared
    | FactTakenBeforeEngagement
    | ReferralRightArose
    | ReferralRightLapsed
    | MatterReferred
    | OfReferral
)
