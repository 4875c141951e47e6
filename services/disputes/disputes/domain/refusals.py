"""Every reason to say no. The clause is that of the right of referral at hand."""

from dataclasses import dataclass
from datetime import date, datetime

from kernel.refusal import Kind, Refusal


@dataclass(unsafe_hash=True)
class RightUnknown(Refusal):
    """No right of referral {right} has arisen in this engagement."""

    kind = Kind.UNKNOWN
    remedy = "Use the id of a right that is open: {known}."
    right: str
    known: str


@dataclass(unsafe_hash=True)
class RightLapsed(Refusal):
    """The right {right} has lapsed: the matter was settled, or decided anew."""

    kind = Kind.CONFLICT
    remedy = "Use a right that is open, where a newer decision gave one."
    clause = "CTSD 5.19.3"
    right: str


@dataclass(unsafe_hash=True)
class NoReferrer(Refusal):
    """The role {role} may not refer this matter."""

    kind = Kind.FORBIDDEN
    remedy = "It is for these roles to refer it: {allowed}."
    clause = "CTSD 5.19.3"
    role: str
    allowed: str


@dataclass(unsafe_hash=True)
class ReferredTooLate(Refusal):
    """The role {role} had {term} to refer the matter of {right}, to {last}; today is {today}."""

    kind = Kind.CONFLICT
    remedy = "Refer a matter within the term; a newer decision gives a new right, and a new term."
    clause = "CTSD 5.19.3"
    right: str
    role: str
    term: str
    last: date
    today: date


@dataclass(unsafe_hash=True)
class MatterReferredAlready(Refusal):
    """The matter of {right} was referred by the role {role} at {at}."""

    kind = Kind.CONFLICT
    remedy = "Nothing is left to refer: the body decides on it for everybody."
    clause = "CTSD 5.19.3"
    right: str
    role: str
    at: datetime


@dataclass(unsafe_hash=True)
class WordsMissing(Refusal):
    """No {what} is given."""

    remedy = "Say it in words: the other side and the body read it."
    clause = "CTSD 5.19.3"
    what: str


@dataclass(unsafe_hash=True)
class NotReferred(Refusal):
    """The matter of {right} was not referred."""

    kind = Kind.CONFLICT
    remedy = "Whoever may refer it does so first."
    clause = "CTSD 5.19.3"
    right: str


@dataclass(unsafe_hash=True)
class ReferralEnded(Refusal):
    """The referral of {right} was withdrawn."""

    kind = Kind.CONFLICT
    remedy = "What was decided stands; a newer decision gives a new right of referral."
    clause = "CTSD 5.19.3"
    right: str


@dataclass(unsafe_hash=True)
class NotTheBody(Refusal):
    """The role {role} does not decide on {right}."""

    kind = Kind.FORBIDDEN
    remedy = "It lies before this body: {body}."
    clause = "CTSD 5.19.3"
    role: str
    right: str
    body: str


@dataclass(unsafe_hash=True)
class AcknowledgedAlready(Refusal):
    """The body {role} has acknowledged the referral of {right}."""

    kind = Kind.CONFLICT
    remedy = "Go on: ask for more, or determine the matter."
    clause = "CTSD 5.19.3"
    right: str
    role: str


@dataclass(unsafe_hash=True)
class AskedOfNobody(Refusal):
    """Nothing can be asked of {of} here."""

    remedy = "Ask one of these roles: {known}."
    clause = "CTSD 5.19.3"
    of: str
    known: str


@dataclass(unsafe_hash=True)
class DayPassed(Refusal):
    """The answer is wanted by {day}; today is {today}."""

    remedy = "Name today or a later day, or none."
    clause = "CTSD 5.19.3"
    day: date
    today: date


@dataclass(unsafe_hash=True)
class NothingAsked(Refusal):
    """Nothing that the role {role} was asked waits for an answer."""

    kind = Kind.CONFLICT
    remedy = "An answer is awaited from: {waiting}."
    clause = "CTSD 5.19.3"
    role: str
    waiting: str


@dataclass(unsafe_hash=True)
class DeterminedAlready(Refusal):
    """The body {body} determined the matter of {right} at {at}."""

    kind = Kind.CONFLICT
    remedy = "A determination stands; where its route has an appeal, whoever referred the matter may bring one."
    clause = "CTSD 5.19.3"
    right: str
    body: str
    at: datetime


@dataclass(unsafe_hash=True)
class NotDetermined(Refusal):
    """The matter of {right} lies before {body} and is not determined."""

    kind = Kind.CONFLICT
    remedy = "An appeal is brought against a determination."
    clause = "CTSD 5.19.3"
    right: str
    body: str


@dataclass(unsafe_hash=True)
class NothingCorrected(Refusal):
    """The determination on {right} has these reasons already."""

    remedy = "Give the reasons as they should read; what was determined can't be changed."
    clause = "CTSD 5.19.3"
    right: str


@dataclass(unsafe_hash=True)
class DeterminationFinal(Refusal):
    """What the body {body} determined on {right} at {at} is final."""

    kind = Kind.CONFLICT
    remedy = "Nothing can be brought against it: what it says is done."
    clause = "CTSD 5.19.3"
    right: str
    body: str
    at: datetime


@dataclass(unsafe_hash=True)
class AppealedAlready(Refusal):
    """The determination on {right} was taken to {body}."""

    kind = Kind.CONFLICT
    remedy = "It lies before this body; its determination is final."
    clause = "CTSD 5.19.3"
    right: str
    body: str


@dataclass(unsafe_hash=True)
class NoSide(Refusal):
    """The role {role} is on neither side of this matter."""

    kind = Kind.FORBIDDEN
    remedy = "Who referred it and who decided it may settle it: {sides}."
    clause = "CTSD 5.19.3"
    role: str
    sides: str


@dataclass(unsafe_hash=True)
class SettlementProposedAlready(Refusal):
    """The role {role} proposed a settlement of {right} at {at}, and it is not answered."""

    kind = Kind.CONFLICT
    remedy = "The other side agrees to it, or declines it; then another can be proposed."
    clause = "CTSD 5.19.3"
    right: str
    role: str
    at: datetime


@dataclass(unsafe_hash=True)
class SettlementWaitsForOther(Refusal):
    """The settlement of {right} was proposed by the side of the role {role}."""

    kind = Kind.FORBIDDEN
    remedy = "The other side answers it: {asked}."
    clause = "CTSD 5.19.3"
    right: str
    role: str
    asked: str


@dataclass(unsafe_hash=True)
class NothingProposed(Refusal):
    """No settlement of {right} waits for an answer."""

    kind = Kind.CONFLICT
    remedy = "One side proposes its terms first."
    clause = "CTSD 5.19.3"
    right: str


@dataclass(unsafe_hash=True)
class SettledAlready(Refusal):
    """Both sides settled the matter of {right} at {at}."""

    kind = Kind.CONFLICT
    remedy = "What they agreed on is carried out by who decided; a newer decision gives a new right of referral."
    clause = "CTSD 5.19.3"
    right: str
    at: datetime


@dataclass(unsafe_hash=True)
class EvidenceEmpty(Refusal):
    """There is nothing in the file {file}."""

    remedy = "Send the file with its content; none of those sent with it was kept."
    clause = "CTSD 5.19.3"
    file: str


@dataclass(unsafe_hash=True)
class EvidenceUnknown(Refusal):
    """No file of SHA-256 {sha256} was given as evidence of {right}."""

    kind = Kind.UNKNOWN
    remedy = "Use the sha256 of a file that the referral lists."
    clause = "CTSD 5.19.3"
    right: str
    sha256: str
