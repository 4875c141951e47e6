"""Why the entry gate is not decided, or evidence for it not taken. The docstring is the message."""

from dataclasses import dataclass
from datetime import date

from kernel.refusal import Kind, Refusal


@dataclass(unsafe_hash=True)
class PreventionReasonMissing(Refusal):
    """Preventing the start needs a reason."""

    remedy = "Say what is missing: whoever may refer the matter needs to know it."
    clause = "CTSD 5.8.2(a)"


@dataclass(unsafe_hash=True)
class NoCriterionUnmet(Refusal):
    """A start is prevented because of an entry criterion that is not met; every one of them is."""

    kind = Kind.CONFLICT
    remedy = "Name in `not_met` those that you consider not met, of {criteria}; or hold the gate as `ready`."
    clause = "CTSD 5.8.2(a)"
    criteria: str


@dataclass(unsafe_hash=True)
class EntryCriterionUnknown(Refusal):
    """The entry gate has no criterion {criteria}."""

    remedy = "Name those that you consider not met, of {known}."
    clause = "CTSD 5.8.1"
    criteria: str
    known: str


@dataclass(unsafe_hash=True)
class EvidenceNotWanted(Refusal):
    """No evidence for criterion {criterion} is asked of {role}."""

    remedy = "Give evidence for one of: {wanted}."
    clause = "CTSD 5.8.1"
    criterion: str
    role: str
    wanted: str


@dataclass(unsafe_hash=True)
class NoEntryGate(Refusal):
    """{procedure} has no gate before testing."""

    remedy = "Nothing is to be decided here; what follows belongs to the execution of tests."
    clause = "CTSD 5.8.1"
    procedure: str


@dataclass(unsafe_hash=True)
class NotThisBodysTurn(Refusal):
    """{body} does not decide the {gate} now: it is the turn of {next}."""

    kind = Kind.CONFLICT
    remedy = "The gate is decided by {chain}."
    clause = "CTSD 5.8.2"
    body: str
    gate: str
    next: str
    chain: str


@dataclass(unsafe_hash=True)
class ApprovalNotWanted(Refusal):
    """The entry gate does not approve {kinds}."""

    remedy = "Name in `approved` what it approves: {known}."
    clause = "CTSD 5.8.1(c)"
    kinds: str
    known: str


@dataclass(unsafe_hash=True)
class ScheduleIsInThePlan(Refusal):
    """The Test Schedule is that of the accepted Test Plan."""

    remedy = "Leave `schedule` out."
    clause = "CTSD 5.6.1.9"


@dataclass(unsafe_hash=True)
class ScheduleNotUsable(Refusal):
    """The schedule can't have these days: {days}."""

    remedy = "Name each day once, from {start} on, as far as the calendar reaches."
    clause = "CTSD 5.6.1.9"
    days: str
    start: date


@dataclass(unsafe_hash=True)
class EntryGateReady(Refusal):
    """The entry gate was passed; testing may start."""

    kind = Kind.CONFLICT
    remedy = "What follows belongs to the execution of tests."
    clause = "CTSD 5.6.1.9"


@dataclass(unsafe_hash=True)
class EntryCriteriaDetermined(Refusal):
    """The {body} determined that the entry criteria are met, and the start on {start} has passed."""

    kind = Kind.CONFLICT
    remedy = "Schedule another start; the gate then opens by itself."
    clause = "CTSD 5.8.3"
    body: str
    start: date


@dataclass(unsafe_hash=True)
class NothingToStart(Refusal):
    """The {body} determined that the entry criteria are met, and nothing is left to test: {chosen} were certified."""

    kind = Kind.CONFLICT
    remedy = "Withdraw the engagement; notify another for Service Requests that the Party is not yet eligible for."
    clause = "CTSD 5.4.1"
    body: str
    chosen: str


@dataclass(unsafe_hash=True)
class EntryCriteriaNotMet(Refusal):
    """Not every entry criterion is met. {statements}"""

    kind = Kind.CONFLICT
    remedy = "Meet them, or hold the gate with the outcome `prevented`."
    clause = "CTSD 5.8.1"
    criteria: str
    statements: str


@dataclass(unsafe_hash=True)
class StartDateDiffers(Refusal):
    """The start date of this engagement is {start}, not {given}."""

    remedy = "Confirm {start}."
    clause = "CTSD 5.6.1.9"
    start: date
    given: date


@dataclass(unsafe_hash=True)
class StartPassed(Refusal):
    """The start on {start} has passed; today is {today}."""

    kind = Kind.CONFLICT
    remedy = (
        "Reschedule the start (POST /engagements/{engagement}/start; GET /engagements/{engagement}/what-if names the "
        "earliest practicable one), then confirm it."
    )
    clause = "CTSD 5.8.2(b)"
    engagement: str
    start: date
    today: date


@dataclass(unsafe_hash=True)
class ProvisionalNotOffered(Refusal):
    """The {gate} approves nothing provisionally."""

    remedy = "Hold it as `ready` once every criterion is met, or as `prevented`."
    clause = "CTSD 5.8.2"
    gate: str


@dataclass(unsafe_hash=True)
class ProvisionalIsTheLastWord(Refusal):
    """{body} does not approve provisionally: {last} has the last word."""

    kind = Kind.CONFLICT
    remedy = "Approve with `ready` or refuse with `prevented`; {last} may then approve provisionally."
    clause = "CTSD 5.8.2(c)"
    body: str
    last: str


@dataclass(unsafe_hash=True)
class OutstandingMissing(Refusal):
    """What is outstanding is not named for: {criteria}."""

    remedy = "Name in `outstanding`, for each criterion that is not met, the document and the day by which it comes."
    clause = "CTSD 5.8.2(c)"
    criteria: str


@dataclass(unsafe_hash=True)
class OutstandingNotWanted(Refusal):
    """Nothing is outstanding where a gate is held as {outcome}."""

    remedy = "Leave `outstanding` out, or hold the gate as `provisional`."
    clause = "CTSD 5.8.2(c)"
    outcome: str


@dataclass(unsafe_hash=True)
class OutstandingNotUsable(Refusal):
    """These can't be outstanding documents of a provisional approval: {wrong}."""

    kind = Kind.CONFLICT
    remedy = "Documents may be outstanding for {criteria}, each named once, by a day from {first} to {last}."
    clause = "CTSD 5.8.2(c)"
    wrong: str
    criteria: str
    first: date
    last: date


@dataclass(unsafe_hash=True)
class RescheduleIsForPrevented(Refusal):
    """A gate that is held as {outcome} reschedules no start."""

    remedy = "Leave `reschedule` out, or hold the gate as `prevented`."
    clause = "CTSD 5.8.2(b)"
    outcome: str
