"""What requests carry, and what queries answer."""

from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.web.fields import Day, Email, Line, Note, Text
from chassis.web.http import Body
from rulebook.engine.dating.states import StepState

MOST = 500
"""How many of a kind a request may name."""
Lines = Annotated[dict[Line, Line], Field(max_length=MOST)]


class ContactBody(Body):
    """A person and how to reach them."""

    name: Line
    email: Email
    telephone: Line | None = None


class ProposalBody(Body):
    """An item proposed for descoping: its ground, CTSD 5.2.2 (a) or (b), and the rationale."""

    kind: Line
    item: Line
    reason: Literal["a", "b"]
    rationale: Text


class Notice(Body):
    """The notice of an engagement of a procedure (CTSD 5.6.1.1, 5.7.2.1), given by the organisation of the caller.

    `subject` are the fields of what is tested, but that organisation; `participants` the organisations of other roles.
    """

    procedure: Line
    subject: Lines = Field(default_factory=dict)
    participants: Lines = Field(default_factory=dict)
    start_date: Day
    test_manager: ContactBody
    confirmations: Annotated[tuple[Line, ...], Field(max_length=MOST)] = ()
    service_requests: Annotated[tuple[Line, ...], Field(max_length=MOST)] = ()
    descoping: Annotated[tuple[ProposalBody, ...], Field(max_length=MOST)] = ()


class Acknowledgement(Body):
    """The confirmation of the notice (CTSD 5.6.1.2), with the day of the initiation meeting, where there is one."""

    contact: ContactBody
    initiation_meeting_on: Day | None = None


class RecordedStep(Body):
    """A step without a rule of its own was taken; without `done_on` today. `information` is what the step asks for."""

    done_on: Day | None = None
    outcome: Line | None = None
    information: Annotated[dict[Line, Text], Field(max_length=MOST)] = Field(default_factory=dict)


class InitiationMeeting(Body):
    """That the initiation meeting was held, and what guidance was given (CTSD 5.6.1.3)."""

    held_on: Day
    guidance: Note = ""


class Rescheduling(Body):
    """Another start of testing, on which ground of the law, and why; without a date, the earliest practicable one.

    Which grounds there are stands with the procedure (CTSD 5.5.2, 5.8.2, 5.19.2); one that does not hold is refused.
    """

    start_date: Day | None = None
    ground: Note = ""
    reason: Note


class Withdrawal(Body):
    """Why an engagement is not taken any further."""

    reason: Note


class DayDeclaration(Body):
    """A day to come, whether it is a Working Day, and who declared it so and how."""

    day: Day
    working: bool
    why: Note


class DeclaredDayView(BaseModel):
    """A day that was declared otherwise than the release's calendar has it. `number` counts the declarations."""

    number: int
    day: date
    working: bool
    why: str
    role: str
    declared_by: str
    declared_at: datetime


class CalendarView(BaseModel):
    """Whose bank holidays count, from when to when they are known, and what was declared since."""

    division: str
    first: date
    last: date
    declared: tuple[DeclaredDayView, ...]


class ContactView(BaseModel):
    """A person and how to reach them."""

    name: str
    email: str
    telephone: str | None = None


class ProposalView(BaseModel):
    """An item proposed for descoping."""

    kind: str
    item: str
    reason: str
    rationale: str


class SubjectView(BaseModel):
    """What is tested."""

    kind: str
    id: str
    name: str
    fields: dict[str, str]


class ParticipantView(BaseModel):
    """An organisation that holds a role; it is called by its sign while its registration is not known."""

    role: str
    organisation: str
    name: str


class WithdrawalView(BaseModel):
    """By whom, when and why an engagement was withdrawn."""

    reason: str
    role: str
    withdrawn_by: str
    withdrawn_at: datetime


class ContactChangeView(BaseModel):
    """That a side is reached through another person than before."""

    role: str
    was: ContactView
    contact: ContactView
    changed_by: str
    changed_at: datetime


class EngagementView(BaseModel):
    """An engagement as this service knows it."""

    id: UUID
    procedure: str
    rulebook: str
    subject: SubjectView
    participants: tuple[ParticipantView, ...]
    start_date: date
    test_manager: ContactView
    confirmations: tuple[str, ...]
    service_requests: tuple[str, ...]
    descoping: tuple[ProposalView, ...]
    notified_at: datetime
    contact: ContactView | None
    initiation_meeting_on: date | None
    acknowledged_at: datetime | None
    initiation_meeting_held: date | None
    guidance: str | None
    contact_changes: tuple[ContactChangeView, ...]
    withdrawal: WithdrawalView | None


class Dating(BaseModel):
    """Dates that a step had before, and why they were given."""

    opens: date | None
    due: date | None
    why: str
    reason: str
    dated_at: datetime


class StepView(BaseModel):
    """One row of the timetable. `label` says in a line what is to be done, whose turn it is and by when, to who asks;
    `history` holds its earlier dates, oldest first."""

    key: str
    ref: str
    action: str
    sender: str = Field(serialization_alias="from")
    recipient: str = Field(serialization_alias="to")
    method: str
    clause: str
    conditional: bool
    opens: date | None
    due: date | None
    at: time | None
    about: str
    label: str
    done_on: date | None
    done_by: str | None
    in_time: bool | None
    state: StepState
    why: str
    history: tuple[Dating, ...]


class TimetableView(BaseModel):
    """Every step of an engagement with its dates and state on a day (Europe/London)."""

    engagement: UUID
    on: date
    steps: tuple[StepView, ...]
