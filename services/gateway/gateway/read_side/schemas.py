"""What queries answer."""

from datetime import date, datetime, time
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.common import Participant, Subject
from gateway.read_side.phases import Phase
from rulebook.engine.dating.states import StepState


class EngagementRow(BaseModel):
    """One engagement in a list."""

    id: UUID
    procedure: str
    rulebook: str
    subject: Subject
    participants: list[Participant]
    start_date: date
    phase: Phase
    status: Literal["open", "ended"]
    notified_at: datetime
    ended_at: datetime | None


class EngagementPage(BaseModel):
    """A page of engagements, and how many match in all."""

    total: int
    items: list[EngagementRow]


class StepView(BaseModel):
    """One step of the timetable: what, from whom to whom, when it is due, and whether, when and by whom it was done.

    `label` says in a line what is to be done, whose turn it is and by when, to who asks.
    """

    model_config = ConfigDict(from_attributes=True)

    key: str
    ref: str
    action: str
    sender: str = Field(serialization_alias="from")
    recipient: str = Field(serialization_alias="to")
    method: str
    clause: str
    opens: date | None
    due: date | None
    at: time | None
    about: str
    label: str
    state: StepState
    done_on: date | None
    done_by: str | None
    in_time: bool | None
    why: str


class FactView(BaseModel):
    """Something that a service said of the engagement; what is long is given in figures."""

    type: str
    at: datetime
    source: str
    sequence: int
    data: dict[str, Any]


class Timeline(BaseModel):
    """Every step of the procedure as it stands on a day, and the latest facts, newest first."""

    engagement: UUID
    as_of: date
    steps: list[StepView]
    facts: list[FactView]


class ProposalView(BaseModel):
    """An item that the notice proposed to descope, on which ground and why, and what came of the proposal."""

    kind: str
    item: str
    reason: str
    rationale: str
    status: Literal["proposed", "agreed", "refused", "withdrawn"]


class ScopeFigures(BaseModel):
    """How many tests must be executed, by kind."""

    tests: int
    by_kind: dict[str, int]
    descoped: list[dict[str, Any]]
    web_services: list[str]


class IssueFigures(BaseModel):
    """How many issues there are, and how many of each severity are not closed."""

    total: int
    outstanding: int
    outstanding_by_severity: dict[str, int]


class CertificateView(BaseModel):
    """A certificate that was issued, by the form of the procedure, and where anyone can verify it.

    `supersedes` is the number of the earlier one that it takes the place of.
    """

    form: str
    number: str
    title: str
    recipient: Participant
    issued_at: datetime
    srvs: list[str]
    supersedes: str | None
    verification_url: str


class Link(BaseModel):
    """Where more can be read."""

    rel: str
    href: str


class EngagementSummary(EngagementRow):
    """How an engagement stands."""

    as_of: date
    next_steps: list[StepView]
    descoping: list[ProposalView]
    scope: ScopeFigures | None
    results: dict[str, int]
    issues: IssueFigures
    certificates: list[CertificateView]
    links: list[Link]
