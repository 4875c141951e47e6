"""Why a plan can't be made as it was asked for."""

from dataclasses import dataclass
from datetime import date

from kernel.refusal import Refusal


@dataclass(unsafe_hash=True)
class StartOnDayOff(Refusal):
    """{start} is no Working Day: {reason}."""

    remedy = "Start on {next}, or on a later Working Day."
    clause = "CTSD 5.6.1"
    start: date
    reason: str
    next: date


@dataclass(unsafe_hash=True)
class NoticeTooShort(Refusal):
    """Notice on {notified} leaves {given} Working Days before a start on {start}; {needed} are required."""

    remedy = "Start on {earliest} or later, or give notice on {latest} at the latest."
    clause = "CTSD 5.6.1.1"
    notified: date
    start: date
    given: int
    needed: int
    earliest: date
    latest: date


@dataclass(unsafe_hash=True)
class LastDayBeforeStart(Refusal):
    """Testing can't end on {last_day}, before it starts on {start}."""

    remedy = "Give {start} or a later day as the last day."
    clause = "CTSD 5.10.1.2"
    start: date
    last_day: date


@dataclass(unsafe_hash=True)
class StartNotPracticable(Refusal):
    """A start on {start} leaves less time than the open steps take."""

    remedy = "Start on {earliest} or later: step {ref} is open and takes {takes} before the start."
    clause = "CTSD 5.8.2"
    start: date
    earliest: date
    ref: str
    takes: str


@dataclass(unsafe_hash=True)
class NoticeUndercut(Refusal):
    """Notice was given on {notified}: a start on {start} comes less than {needed} Working Days after it."""

    remedy = "Start on {earliest} or later."
    clause = "CTSD 5.6.1.1"
    notified: date
    start: date
    needed: int
    earliest: date
