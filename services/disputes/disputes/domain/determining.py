"""What the body does to which a matter was put: acknowledge it, ask for more, determine it (CTSD 5.2.7, 5.19.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from disputes.domain.events import (
    DeterminationCorrected,
    Event,
    InformationRequested,
    MatterDetermined,
    ReferralAcknowledged,
)
from disputes.domain.matters import Matters
from disputes.domain.referral import Referral
from disputes.domain.referring import known_referral, pending, require_text, right_of
from disputes.domain.refusals import (
    AcknowledgedAlready,
    AskedOfNobody,
    DayPassed,
    NotDetermined,
    NothingCorrected,
    NotTheBody,
)
from kernel.refusal import citing
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.routes import NOBODY


@dataclass(frozen=True)
class AcknowledgeReferral:
    """The body says that it has the referral before it."""

    right: str
    role: str
    by: str
    now: datetime


@dataclass(frozen=True)
class RequestInformation:
    """The body asks a role of the engagement for more, by a day where it names one."""

    right: str
    question: str
    of: str
    wanted_by: date | None
    role: str
    by: str
    now: datetime


@dataclass(frozen=True)
class DetermineMatter:
    """The body determines the matter, for who referred it (`upheld`) or not, and says why."""

    right: str
    upheld: bool
    reasons: str
    role: str
    by: str
    now: datetime


@dataclass(frozen=True)
class CorrectDetermination:
    """The body corrects a slip in the reasons that it gave, and says why; what it determined is final all the same."""

    right: str
    reasons: str
    because: str
    role: str
    by: str
    now: datetime


def acknowledge_referral(command: AcknowledgeReferral, state: Matters) -> Sequence[Event]:
    """Once by each body that decides."""
    referral = _before_body(command.right, command.role, state)
    if referral.acknowledged:
        raise citing(AcknowledgedAlready(command.right, command.role), referral.referred.clause)
    return [ReferralAcknowledged(command.right, command.role, command.by, command.now)]


def request_information(command: RequestInformation, state: Matters) -> Sequence[Event]:
    """Of a role that answers in the engagement, by a day that is not over."""
    referral = _before_body(command.right, command.role, state)
    clause = referral.referred.clause
    answering = state.audience.holders("answer") if state.audience else ()
    if command.of not in answering:
        raise citing(AskedOfNobody(command.of, ", ".join(answering)), clause)
    today = calendar().day_of(command.now)
    if command.wanted_by is not None and command.wanted_by < today:
        raise citing(DayPassed(command.wanted_by, today), clause)
    require_text(command.question, "question", clause)
    return [
        InformationRequested(
            right=command.right,
            question=command.question,
            role=command.of,
            wanted_by=command.wanted_by,
            body=command.role,
            requested_by=command.by,
            requested_at=command.now,
        )
    ]


def determine_matter(command: DetermineMatter, state: Matters) -> Sequence[Event]:
    """Once by each body. For good, where nobody can bring an appeal: only who referred it and did not get it may."""
    referral, right = _before_body(command.right, command.role, state), right_of(command.right, state)
    require_text(command.reasons, "reasons", right.clause)
    appealable = not command.upheld and right.appeal not in (*NOBODY, referral.body)
    return [
        MatterDetermined(
            right=command.right,
            route=right.route,
            clause=right.clause,
            body=referral.body,
            upheld=command.upheld,
            reasons=command.reasons,
            final=not appealable,
            decision=right.fact.name,
            values=right.fact.spread,
            determined_by=command.by,
            determined_at=command.now,
            decided_at=right.fact.at,
        )
    ]


def correct_determination(command: CorrectDetermination, state: Matters) -> Sequence[Event]:
    """By the body whose determination it is, the latest one; in other words than before."""
    referral = known_referral(command.right, state)
    determined, clause = referral.determination, referral.referred.clause
    if determined is None:
        raise citing(NotDetermined(command.right, referral.body), clause)
    if command.role != determined.body:
        raise citing(NotTheBody(command.role, command.right, determined.body), clause)
    require_text(command.reasons, "reasons", clause)
    require_text(command.because, "because", clause)
    if command.reasons == referral.reasons:
        raise citing(NothingCorrected(command.right), clause)
    return [
        DeterminationCorrected(command.right, command.role, command.reasons, command.because, command.by, command.now)
    ]


def _before_body(right: str, role: str, state: Matters) -> Referral:
    """A referral that is before this body; another may not decide on it."""
    referral = pending(right, state)
    if role != referral.body:
        raise citing(NotTheBody(role, right, referral.body), referral.referred.clause)
    return referral
