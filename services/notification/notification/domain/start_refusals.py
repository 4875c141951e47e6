"""Every reason for which a start is not taken, or not moved."""

from dataclasses import dataclass
from datetime import date

from kernel.refusal import Kind, Refusal


@dataclass(unsafe_hash=True)
class StartInThePast(Refusal):
    """The start on {start} has passed."""

    remedy = "Choose {earliest} or a later date."
    clause = "CTSD 5.6.1.1"
    start: date
    earliest: date


@dataclass(unsafe_hash=True)
class StartTooEarly(Refusal):
    """A start on {start} leaves {given} Working Days of notice; {needed} are required."""

    remedy = "Choose {earliest} or a later date."
    clause = "CTSD 5.6.1.1"
    start: date
    given: int
    needed: int
    earliest: date


@dataclass(unsafe_hash=True)
class StartNotAWorkingDay(Refusal):
    """{start} is not a Working Day."""

    remedy = "Choose {next} or another Working Day after it."
    clause = "CTSD 5.6.1.1"
    start: date
    next: date


@dataclass(unsafe_hash=True)
class StartTooLate(Refusal):
    """After a start on {start} fewer than {needed} Working Days are known: the bank holidays end on {last}."""

    remedy = "Choose {latest} or an earlier date, or add the bank holidays of later years to the rulebook."
    clause = "CTSD 5.6.1.1"
    start: date
    needed: int
    last: date
    latest: date


@dataclass(unsafe_hash=True)
class RescheduleReasonMissing(Refusal):
    """The start can't be moved without a reason."""

    remedy = "Say why it is moved; both sides are told."
    clause = "CTSD 5.5.2"


@dataclass(unsafe_hash=True)
class RescheduleGroundMissing(Refusal):
    """The start is moved on a ground of the law, and none is named."""

    remedy = "Name in `ground` the one that holds: {known}."
    clause = "CTSD 5.5.2"
    known: str


@dataclass(unsafe_hash=True)
class RescheduleGroundUnknown(Refusal):
    """{ground} is no ground on which the start may be moved in this procedure."""

    remedy = "Name in `ground` the one that holds: {known}."
    clause = "CTSD 5.5.2"
    ground: str
    known: str


@dataclass(unsafe_hash=True)
class GroundDoesNotHold(Refusal):
    """The start can't be moved on the ground {ground}: it is not so that {words}."""

    kind = Kind.CONFLICT
    remedy = "Move it on a ground that holds ({holding}), or leave it where it is."
    clause = "CTSD 5.5.2"
    ground: str
    words: str
    holding: str


@dataclass(unsafe_hash=True)
class AlreadyTesting(Refusal):
    """Testing began, on its start of {start}."""

    kind = Kind.CONFLICT
    remedy = "Go on with it. Testing that can't go on is suspended, by either side (CTSD 5.12.1)."
    clause = "CTSD 5.10.1"
    start: date


@dataclass(unsafe_hash=True)
class StartUnmoved(Refusal):
    """The start is {start} already."""

    remedy = "Choose another Working Day; the earliest practicable one is {earliest}."
    clause = "CTSD 5.5.2"
    start: date
    earliest: date
