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
class GroundsMissing(Refusal):
    """A matter was referred without grounds."""

    remedy = "Say in `grounds` why the decision should be another."
    clause = "CTSD 5.19.3"
