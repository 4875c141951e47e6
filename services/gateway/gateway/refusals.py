"""Every reason of the gateway's own to say no."""

from dataclasses import dataclass
from datetime import datetime

from kernel.refusal import Kind, Refusal


@dataclass(unsafe_hash=True)
class ClockNotMovable(Refusal):
    """This stack runs in real time: its clock can't be moved."""

    kind = Kind.CONFLICT
    remedy = "Move the clock of a rehearsal stack."


@dataclass(unsafe_hash=True)
class ClockGoesBack(Refusal):
    """It is {now} already, and time never goes back."""

    kind = Kind.CONFLICT
    remedy = "Choose a later instant."
    now: datetime


@dataclass(unsafe_hash=True)
class ClockTooFar(Refusal):
    """{wanted} is too far ahead."""

    remedy = "Choose an instant before {latest}."
    wanted: datetime
    latest: datetime


@dataclass(unsafe_hash=True)
class CursorUnknown(Refusal):
    """The cursor {cursor!r} is none that this list has answered."""

    remedy = "Send `next` of the page before as it came, or leave the cursor out to begin at the first page."
    cursor: str
