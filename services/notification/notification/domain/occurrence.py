"""What happened in an engagement, as a step of its procedure is completed by it and its anchors are set by it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from rulebook.engine.dating.working_days import calendar

NOTIFIED: Final = "notification.engagement-notified"
ACKNOWLEDGED: Final = "notification.notification-acknowledged"
MEETING_HELD: Final = "notification.initiation-meeting-held"
STEP_RECORDED: Final = "notification.step-recorded"
START_RESCHEDULED: Final = "notification.start-rescheduled"
FURTHER_TESTING_SCHEDULED: Final = "notification.further-testing-scheduled"
WITHDRAWN: Final = "notification.engagement-withdrawn"
CONTACT_CHANGED: Final = "notification.contact-changed"
CALENDAR_CHANGED: Final = "notification.calendar-changed"
REMINDED: Final = "notification.deadline-reminded"
MISSED: Final = "notification.deadline-missed"
COMPLETED: Final = "notification.step-completed"


@dataclass(frozen=True)
class NamedFile:
    """A document that a fact names: what people call it, and what its bytes in the object store are known by."""

    file_name: str
    stored_as: str
    sha256: str


@dataclass(frozen=True)
class Determination:
    """A body's determination that the criteria of a gate are met: its reasons, and the decision that it overrules."""

    body: str
    reasons: str
    decision: str


@dataclass(frozen=True)
class HoldTold:
    """What waits by a route since a matter came before a body; `ended_at` once it goes on."""

    right: str
    route: str
    clause: str
    began_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Occurrence:
    """One fact, this service's own or that of another.

    `fact` is the name the rulebook uses, `identity` tells it from others of its kind; `ref` is the step, where it names
    one. `period` is the week or day it is about, `on` the day on which it was done where that is not the day it was
    told, `counts_from` the day from which what follows counts where that is another one (CTSD 5.20.1). `round` is the
    further execution that it tells of, counted from 1, where it names one. `gate` is the gate that it tells of,
    `confirmed` the days that people chose and that the gate confirmed. `done_earlier`: it tells that nothing was owed,
    so it is in time whenever it comes. `determined`: a body to which it was referred says it, by `determination` that
    the criteria of its gate are met. `reschedules` is why the start moves to the earliest practicable day. `headline`
    and `details` are what people are told of it, with `files`; `copied` whether the sender of the step is told too.
    `leaves` is what is to be dealt with in the step that follows. `route` is the right of referral that it is about,
    `body` who has it before it; `values` are those, beside the outcome, on which rights of referral depend. `hold` is
    what waits while a matter is before a body.
    """

    fact: str
    identity: str
    at: datetime
    by: str
    outcome: str | None = None
    period: str | None = None
    on: date | None = None
    ref: str | None = None
    counts_from: date | None = None
    round: int = 0
    gate: str | None = None
    confirmed: Mapping[str, date | None] = field(default_factory=dict)
    done_earlier: bool = False
    determined: bool = False
    determination: Determination | None = None
    hold: HoldTold | None = None
    headline: str = ""
    details: tuple[str, ...] = ()
    copied: bool = False
    leaves: str = ""
    files: tuple[NamedFile, ...] = ()
    route: str | None = None
    body: str | None = None
    values: Mapping[str, str | bool] = field(default_factory=dict)
    reschedules: str = ""

    @property
    def name(self) -> tuple[str, str]:
        """What tells it from every other fact of the engagement."""
        return (self.fact, self.identity)

    @property
    def happened(self) -> str:
        """What happened, in words: `entry gate held`."""
        return self.fact.partition(".")[2].replace("-", " ")

    @property
    def day(self) -> date:
        """The day on which it was done."""
        return self.on or calendar().day_of(self.at)

    @property
    def anchor(self) -> date:
        """The day from which what follows counts."""
        return self.counts_from or self.day
