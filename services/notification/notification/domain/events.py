"""What can have happened to an engagement."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from typing import Literal

from kernel.engagement import EngagementWithdrawn, Participant, Subject
from kernel.stored import stored
from notification.domain.occurrence import Occurrence
from rulebook.engine.dating.facts import Deadline
from rulebook.engine.dating.working_days import DeclaredDay


@dataclass(frozen=True)
class Contact:
    """A person and how to reach them."""

    name: str
    email: str
    telephone: str | None = None


@dataclass(frozen=True)
class Proposal:
    """An item proposed for descoping: its ground, CTSD 5.2.2 (a) or (b), and the rationale."""

    kind: str
    item: str
    reason: Literal["a", "b"]
    rationale: str


@dataclass(frozen=True)
class Row:
    """One step of the timetable with its dates. `key` is its ref, with the week, day or round after it.

    `at` is the hour of its last day by which it is due, where there is one; `about` what is to be dealt with in it,
    where that is known: `3 deficiencies open`.
    """

    key: str
    ref: str
    action: str
    sender: str
    recipient: str
    method: str
    clause: str
    opens: date | None
    due: date | None
    conditional: bool
    why: str
    at: time | None = None
    about: str = ""

    @classmethod
    def of(cls, deadline: Deadline, about: str = "") -> "Row":
        """The row of a projected deadline."""
        dated = (each.name for each in fields(cls) if each.name != "about")
        return cls(**{name: getattr(deadline, name) for name in dated}, about=about)


@stored("engagement-notified")
@dataclass(frozen=True)
class EngagementNotified:
    """An engagement was notified (CTSD 5.6.1.1, 5.7.2.1). `declared` are the days that had been declared otherwise."""

    procedure: str
    rulebook: str
    subject: Subject
    participants: tuple[Participant, ...]
    start_date: date
    test_manager: Contact
    confirmations: tuple[str, ...]
    service_requests: tuple[str, ...]
    descoping: tuple[Proposal, ...]
    notified_at: datetime
    declared: tuple[DeclaredDay, ...] = ()


@stored("participant-named")
@dataclass(frozen=True)
class ParticipantNamed:
    """An organisation that takes part is called otherwise than before, as its registration says it."""

    organisation: str
    name: str


@stored("notification-acknowledged")
@dataclass(frozen=True)
class NotificationAcknowledged:
    """The notice was confirmed, with a contact and the day of the initiation meeting, if any (CTSD 5.6.1.2)."""

    contact: Contact
    initiation_meeting_on: date | None
    acknowledged_at: datetime
    acknowledged_by: str
    role: str


@stored("contact-changed")
@dataclass(frozen=True)
class ContactChanged:
    """A side is reached through another person: the starter's test manager, or the contact of who acknowledged."""

    role: str
    was: Contact
    contact: Contact
    changed_by: str
    changed_at: datetime


@stored("initiation-meeting-held")
@dataclass(frozen=True)
class InitiationMeetingHeld:
    """The initiation meeting took place (CTSD 5.6.1.3)."""

    held_on: date
    guidance: str
    recorded_at: datetime
    recorded_by: str


@stored("step-recorded")
@dataclass(frozen=True)
class StepRecorded:
    """A step without a rule of its own was taken, with the information that it asks for."""

    key: str
    ref: str
    outcome: str | None
    information: Mapping[str, str]
    done_on: date
    role: str
    recorded_by: str
    recorded_at: datetime


@stored("start-rescheduled")
@dataclass(frozen=True)
class StartRescheduled:
    """The start of testing was moved (CTSD 5.5.2, 5.8.2b). `earliest` is the first start that was practicable then.

    `excused` are the steps that the new start would ask for on days gone by, `reopened` those that were done and are to
    be done again: the gate that had confirmed the start. `ground` is that of the law, with its clause.
    """

    was: date
    start_date: date
    earliest: date
    reason: str
    rescheduled_by: str
    rescheduled_at: datetime
    excused: tuple[str, ...] = ()
    ground: str = ""
    clause: str = ""
    reopened: tuple[str, ...] = ()


@dataclass(frozen=True)
class DateMoved:
    """One open date that the calendar moved."""

    key: str
    was: date | None
    due: date | None


@stored("calendar-changed")
@dataclass(frozen=True)
class CalendarChanged:
    """A day was declared a Working Day, or a day off, and the engagement counts so from now on.

    `moves` are the open dates that moved; `kept` the steps whose date had passed, which keep it.
    """

    number: int
    day: date
    working: bool
    why: str
    declared_by: str
    declared_at: datetime
    moves: tuple[DateMoved, ...]
    kept: tuple[str, ...]


@stored("further-testing-scheduled")
@dataclass(frozen=True)
class FurtherTestingScheduled:
    """The day was agreed on which further testing is to begin (CTSD 5.19.2); `was` is the one agreed before."""

    round: int
    was: date | None
    start_date: date
    ground: str
    clause: str
    reason: str
    scheduled_by: str
    scheduled_at: datetime


@stored("fact-recorded")
@dataclass(frozen=True)
class FactRecorded:
    """Another service said that something happened in this engagement."""

    occurrence: Occurrence


@stored("execution-continued")
@dataclass(frozen=True)
class ExecutionContinued:
    """Testing goes on beyond the days that were planned for it: what is owed each day is owed on this one too."""

    on: date


@stored("timetable-changed")
@dataclass(frozen=True)
class TimetableChanged:
    """Steps got their dates, other dates, or fell away. `deadlines` replace those of the same key."""

    reason: str
    deadlines: tuple[Row, ...]
    withdrawn: tuple[str, ...]


@stored("step-completed")
@dataclass(frozen=True)
class StepCompleted:
    """A step was done, in time or late; `completed_by` is the fact, by name and identity, that completed it."""

    key: str
    ref: str
    due: date | None
    done_on: date
    done_by: str
    in_time: bool
    completed_by: tuple[str, str] | None = None


@stored("deadline-reminded")
@dataclass(frozen=True)
class DeadlineReminded:
    """Those who owe a step were reminded before its date, so many Working Days before by the procedure's schedule."""

    key: str
    ref: str
    due: date
    sender: str
    reminded_at: datetime
    working_days: int = 2


@stored("deadline-missed")
@dataclass(frozen=True)
class DeadlineMissed:
    """A step was not done by its date (CTSD 5.5.2)."""

    key: str
    ref: str
    due: date
    sender: str
    missed_at: datetime


Event = (
    EngagementNotified
    | ParticipantNamed
    | NotificationAcknowledged
    | ContactChanged
    | InitiationMeetingHeld
    | StepRecorded
    | StartRescheduled
    | FurtherTestingScheduled
    | CalendarChanged
    | EngagementWithdrawn
    | FactRecorded
    | ExecutionContinued
    | TimetableChanged
    | StepCompleted
    | DeadlineReminded
    | DeadlineMissed
)
