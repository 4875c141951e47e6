"""Every reason for which this service says no."""

from dataclasses import dataclass
from datetime import date

from kernel.refusal import Kind, Refusal


@dataclass(unsafe_hash=True)
class ProcedureUnknown(Refusal):
    """The rulebook has no procedure {procedure}."""

    remedy = "Use one of {known}."
    clause = "CTSD 5.6.1.1"
    procedure: str
    known: str


@dataclass(unsafe_hash=True)
class ContactUnchanged(Refusal):
    """{name} is named already, and reached in this way."""

    kind = Kind.CONFLICT
    remedy = "Name another person, or another address or telephone number."
    clause = "CTSD 5.6.1.1"
    name: str


@dataclass(unsafe_hash=True)
class NoContactYet(Refusal):
    """The notice has not been acknowledged, so that there is no contact to change."""

    kind = Kind.CONFLICT
    remedy = "Acknowledge it, with the contact."
    clause = "CTSD 5.6.1.2"


@dataclass(unsafe_hash=True)
class DeclarationWithoutReason(Refusal):
    """A day can't be declared otherwise without a reason."""

    remedy = "Say in `why` who declared it and how: every date that moves says so."
    clause = "CTSD 5.5.1"


@dataclass(unsafe_hash=True)
class DayHasPassed(Refusal):
    """{day} is not to come any more: today is {today}, and days gone by were counted as they were."""

    remedy = "Declare a day after {today}."
    clause = "CTSD 5.5.1"
    day: date
    today: date


@dataclass(unsafe_hash=True)
class DayIsSoAlready(Refusal):
    """{day} is {what} already."""

    kind = Kind.CONFLICT
    remedy = "Nothing is left to declare of it; GET /calendar shows what was declared."
    clause = "CTSD 5.5.1"
    day: date
    what: str


@dataclass(unsafe_hash=True)
class WithdrawalReasonMissing(Refusal):
    """An engagement can't be withdrawn without a reason."""

    remedy = "Say why it is withdrawn in `reason`; both sides are told."
    clause = "CTSD 5.6.1.1"


@dataclass(unsafe_hash=True)
class NothingToWithdraw(Refusal):
    """Every step that is owed in the engagement is done: it has ended."""

    kind = Kind.CONFLICT
    remedy = "Leave it as it is; certificates that were issued stay."
    clause = "CTSD 5.6.1.1"


@dataclass(unsafe_hash=True)
class OrganisationMissing(Refusal):
    """The role {role} acts for an organisation, and none is named."""

    kind = Kind.FORBIDDEN
    remedy = "Act for an organisation, with a token that names it."
    clause = "CTSD 5.6.1.1"
    role: str


@dataclass(unsafe_hash=True)
class SubjectFieldMissing(Refusal):
    """The notice does not say what is tested: its {field} is missing."""

    remedy = "Give each of {asked} in `subject`."
    clause = "CTSD 5.6.1.1"
    field: str
    asked: str


@dataclass(unsafe_hash=True)
class SubjectFieldNotAsked(Refusal):
    """The notice says {field} of what is tested, and this procedure does not ask for it."""

    remedy = "Give exactly these in `subject`: {asked}. The organisation is the one that you act for."
    clause = "CTSD 5.6.1.1"
    field: str
    asked: str


@dataclass(unsafe_hash=True)
class ParticipantMissing(Refusal):
    """The notice does not say which organisation holds the role {role}."""

    remedy = "Name it in `participants`, by the role."
    clause = "CTSD 5.6.1.1"
    role: str


@dataclass(unsafe_hash=True)
class ParticipantNotAsked(Refusal):
    """The notice names an organisation for the role {role}, which no other organisation holds in this procedure."""

    remedy = "Name organisations for these roles only: {asked}."
    clause = "CTSD 5.6.1.1"
    role: str
    asked: str


@dataclass(unsafe_hash=True)
class ConfirmationMissing(Refusal):
    """The notice does not confirm {confirmation}, which this procedure asks for."""

    remedy = "See to it first, then name it in `confirmations`."
    clause = "CTSD 5.6.1.1"
    confirmation: str


@dataclass(unsafe_hash=True)
class ConfirmationNotAsked(Refusal):
    """The notice confirms {confirmation}, which this procedure does not ask for."""

    remedy = "Confirm these only: {asked}."
    clause = "CTSD 5.6.1.1"
    confirmation: str
    asked: str


@dataclass(unsafe_hash=True)
class ServiceRequestsMissing(Refusal):
    """The notice names no Service Request to be tested."""

    remedy = "Name at least one in `service_requests`, for example 4.2."
    clause = "CTSD 5.7.2.1"


@dataclass(unsafe_hash=True)
class ServiceRequestsNotAsked(Refusal):
    """The notice names the Service Requests {items}, and this procedure does not let one choose."""

    remedy = "Leave `service_requests` out; what is tested follows from the procedure."
    clause = "CTSD 5.6.1.1"
    items: str


@dataclass(unsafe_hash=True)
class DescopingNotAsked(Refusal):
    """The notice proposes to descope {items}, and this procedure knows no descoping."""

    remedy = "Leave `descoping` out."
    clause = "CTSD 5.7.2.1"
    items: str


@dataclass(unsafe_hash=True)
class DescopingRepeated(Refusal):
    """{item} is proposed for descoping, and {other} already covers it or a part of it."""

    remedy = "Propose each test once, with one reason: either the Service Request or its command variants."
    clause = "CTSD 5.2.5"
    item: str
    other: str


@dataclass(unsafe_hash=True)
class GroundNotOpen(Refusal):
    """{kind_of_item} {item} is proposed on ground (b), which is that a Response Code can't be produced."""

    remedy = "Propose it on ground (a), when what it tests will not be used, or leave it in scope."
    clause = "CTSD 5.2.2(b)"
    kind_of_item: str
    item: str


@dataclass(unsafe_hash=True)
class AlreadyNotified(Refusal):
    """This engagement has been notified."""

    kind = Kind.CONFLICT
    remedy = "Notify a new engagement."
    clause = "CTSD 5.6.1.1"


@dataclass(unsafe_hash=True)
class AlreadyAcknowledged(Refusal):
    """The notification was acknowledged on {acknowledged_on}."""

    kind = Kind.CONFLICT
    remedy = "Nothing is left to acknowledge; go on with the initiation meeting."
    clause = "CTSD 5.6.1.2"
    acknowledged_on: date


@dataclass(unsafe_hash=True)
class MeetingInThePast(Refusal):
    """The initiation meeting on {meeting} lies before today, {today}."""

    remedy = "Choose a date from {today} to {latest}."
    clause = "CTSD 5.6.1.3"
    meeting: date
    today: date
    latest: date


@dataclass(unsafe_hash=True)
class MeetingTooLate(Refusal):
    """The initiation meeting on {meeting} is later than the procedure allows."""

    remedy = "Choose {latest} or an earlier date."
    clause = "CTSD 5.6.1.3"
    meeting: date
    latest: date


@dataclass(unsafe_hash=True)
class MeetingNotAWorkingDay(Refusal):
    """The initiation meeting on {meeting} falls on a day that is no Working Day."""

    remedy = "Choose {next}, or another Working Day that the procedure allows."
    clause = "CTSD 5.6.1.3"
    meeting: date
    next: date


@dataclass(unsafe_hash=True)
class NotAcknowledged(Refusal):
    """The notification has not been acknowledged."""

    kind = Kind.CONFLICT
    remedy = "Acknowledge it first, with the date of the initiation meeting."
    clause = "CTSD 5.6.1.2"


@dataclass(unsafe_hash=True)
class MeetingAlreadyRecorded(Refusal):
    """The initiation meeting has been recorded, held on {held_on}."""

    kind = Kind.CONFLICT
    remedy = "Nothing is left to record."
    clause = "CTSD 5.6.1.3"
    held_on: date


@dataclass(unsafe_hash=True)
class MeetingNotYetHeld(Refusal):
    """The initiation meeting is said to be held on {held_on}, which is still to come."""

    remedy = "Record it on the day it is held or after, today is {today}."
    clause = "CTSD 5.6.1.3"
    held_on: date
    today: date


@dataclass(unsafe_hash=True)
class MeetingBeforeAcknowledgement(Refusal):
    """The initiation meeting is said to be held on {held_on}, before the acknowledgement of {acknowledged_on}."""

    remedy = "Give the day on which it was held, {acknowledged_on} or later."
    clause = "CTSD 5.6.1.3"
    held_on: date
    acknowledged_on: date


@dataclass(unsafe_hash=True)
class MeetingDayMissing(Refusal):
    """The acknowledgement does not say when the initiation meeting is held."""

    remedy = "Give its day in `initiation_meeting_on`."
    clause = "CTSD 5.6.1.2"


@dataclass(unsafe_hash=True)
class MeetingNotInProcedure(Refusal):
    """The acknowledgement sets an initiation meeting, and {procedure} has none."""

    remedy = "Leave `initiation_meeting_on` out."
    clause = "CTSD 5.7.2.2"
    procedure: str


@dataclass(unsafe_hash=True)
class NotInProcedure(Refusal):
    """{procedure} has no step that this is: {what}."""

    kind = Kind.CONFLICT
    remedy = "Go on with the next step of the engagement's timetable."
    clause = "CTSD 5.6.1.1"
    what: str
    procedure: str
