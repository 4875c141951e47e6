"""What the notification service publishes: the engagement and its deadlines. The subject is the engagement's id."""

from datetime import time

from contracts.base import Contract, Day, Instant, Part
from contracts.common import Contact, DescopingProposal, Participant, Subject


class PartyRegistered(Contract, name="notification.party-registered"):
    """A Party's accession was confirmed by the Code Administrator. The subject is the Party's signifier."""

    signifier: str
    name: str
    acceded_on: Day
    reference: str


class DeclaredDay(Part):
    """A day that counts otherwise than the release's calendar has it: declared a Working Day, or a day off."""

    day: Day
    working: bool
    why: str


class EngagementNotified(Contract, name="notification.engagement-notified"):
    """An engagement was notified (CTSD 5.6.1.1, 5.7.2.1). The first participant is the one that starts it.

    `confirmations` are those that the procedure asks for, `service_requests` the chosen ones where it lets one choose.
    `declared` are the days that had been declared otherwise by then; each later one comes as `calendar-changed`.
    """

    procedure: str
    rulebook: str
    subject: Subject
    participants: tuple[Participant, ...]
    start_date: Day
    test_manager: Contact
    confirmations: tuple[str, ...]
    service_requests: tuple[str, ...]
    descoping: tuple[DescopingProposal, ...]
    notified_at: Instant
    declared: tuple[DeclaredDay, ...] = ()


class ParticipantNamed(Contract, name="notification.participant-named"):
    """An organisation that takes part is called otherwise than before: its accession was confirmed, or corrected.

    Before its accession is confirmed it is called by its signifier.
    """

    organisation: str
    name: str


class NotificationAcknowledged(Contract, name="notification.notification-acknowledged"):
    """DCC confirmed the notice, named its contact and set the initiation meeting (CTSD 5.6.1.2)."""

    contact: Contact
    initiation_meeting_on: Day | None
    acknowledged_at: Instant


class InitiationMeetingHeld(Contract, name="notification.initiation-meeting-held"):
    """The initiation meeting took place (CTSD 5.6.1.3)."""

    held_on: Day
    guidance: str
    recorded_at: Instant


class StepRecorded(Contract, name="notification.step-recorded"):
    """A step without a rule of its own was taken, with the information that it asks for."""

    key: str
    ref: str
    outcome: str | None
    information: dict[str, str]
    done_on: Day
    role: str
    recorded_by: str
    recorded_at: Instant


class StartRescheduled(Contract, name="notification.start-rescheduled"):
    """DCC moved the start of testing (CTSD 5.5.2, 5.8.2b). `earliest` is the first start that was practicable then.

    `ground` is that of the law on which it was moved, with its clause. `reopened` are the keys of steps that were done
    and are to be done again: the gate that had confirmed the start before.
    """

    was: Day
    start_date: Day
    earliest: Day
    reason: str
    rescheduled_by: str
    rescheduled_at: Instant
    ground: str = ""
    clause: str = ""
    reopened: tuple[str, ...] = ()


class DateMoved(Part):
    """One open date that the calendar moved; None: there is none."""

    key: str
    was: Day | None
    due: Day | None


class CalendarChanged(Contract, name="notification.calendar-changed"):
    """A day was declared a Working Day, or a day off: in this engagement every Working Day is counted so from now on.

    `moves` are the open dates that moved with it; what has passed stays. `number` counts the declarations.
    """

    number: int
    day: Day
    working: bool
    why: str
    declared_by: str
    declared_at: Instant
    moves: tuple[DateMoved, ...]


class FurtherTestingScheduled(Contract, name="notification.further-testing-scheduled"):
    """The day was agreed on which further testing is to begin (CTSD 5.19.2): of the round of that number, from 1.

    `was` is the day that was agreed before, if any.
    """

    round: int
    was: Day | None
    start_date: Day
    ground: str
    clause: str
    reason: str
    scheduled_by: str
    scheduled_at: Instant


class ContactChanged(Contract, name="notification.contact-changed"):
    """A side is reached through another person from now on: the one that started it through its test manager, the one
    that acknowledged it through its contact.
    """

    role: str
    was: Contact
    contact: Contact
    changed_by: str
    changed_at: Instant


class EngagementWithdrawn(Contract, name="notification.engagement-withdrawn"):
    """Testing is not taken any further: no step is owed any more, and nothing can be done in the engagement.

    Certificates that were issued stay.
    """

    reason: str
    role: str
    withdrawn_by: str
    withdrawn_at: Instant


class DeadlineRow(Part):
    """One step of the timetable. `key` is unique in the engagement: a ref, with the week, day or round after it.

    `at` is the hour of its last day in Europe/London, where there is one; `about` what is to be dealt with in it, where
    that is known.
    """

    key: str
    ref: str
    action: str
    sender: str
    recipient: str
    method: str
    clause: str
    opens: Day | None
    due: Day | None
    conditional: bool
    why: str
    at: time | None = None
    about: str = ""


class TimetableChanged(Contract, name="notification.timetable-changed"):
    """Steps got their dates, other dates, or fell away. `deadlines` replace those of the same key."""

    reason: str
    deadlines: tuple[DeadlineRow, ...]
    withdrawn: tuple[str, ...]


class StepCompleted(Contract, name="notification.step-completed"):
    """A step of the timetable was done, in time or late."""

    key: str
    ref: str
    due: Day | None
    done_on: Day
    done_by: str
    in_time: bool


class DeadlineReminded(Contract, name="notification.deadline-reminded"):
    """Those who owe a step were reminded before its date, so many Working Days before by the procedure's schedule."""

    key: str
    ref: str
    due: Day
    sender: str
    reminded_at: Instant
    working_days: int = 2


class DeadlineMissed(Contract, name="notification.deadline-missed"):
    """A step was not done by its date; DCC may reschedule what follows (CTSD 5.5.2)."""

    key: str
    ref: str
    due: Day
    sender: str
    missed_at: Instant
