"""What queries answer."""

from datetime import date, datetime, time
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.common import Participant, Subject
from gateway.read_side.phases import Phase
from rulebook.engine.dating.states import StepState


class EngagementRow(BaseModel):
    """One engagement in a list. `next_due` is the first date by which anybody owes something."""

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
    next_due: date | None


class EngagementPage(BaseModel):
    """A page of engagements. `next` is the cursor of the page after this one; None where this is the last."""

    items: list[EngagementRow]
    next: str | None


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
    """An item that was proposed to be descoped, with the notice or later, on which ground and why, and its state."""

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


class OutstandingIssue(BaseModel):
    """A testing issue that is not closed."""

    issue: int
    severity: int
    status: str


class RoleView(BaseModel):
    """A role of the procedure, its duties, and the organisation that holds it here, where one must."""

    role: str
    title: str
    may: list[str]
    organisation: str | None
    name: str | None


ArtefactState = Literal["awaited", "in-review", "returned", "accepted", "updated", "kept"]
"""`awaited`: nothing was handed in; `updated`: it came in a new version while tests run, which no review follows;
`kept`: nothing is handed in, it is made of what is recorded."""


class ArtefactView(BaseModel):
    """A kind of artefact (CTSD Table 8), the file of it that was handed in last, and what came of that."""

    kind: str
    title: str
    clause: str
    provided_by: str
    reviewed_by: str
    state: ArtefactState
    submission: int | None
    file_name: str | None
    sha256: str | None


class CriterionView(BaseModel):
    """A criterion of a gate. `met` is None before the gate was held."""

    criterion: str
    clause: str
    text: str
    met: bool | None
    statement: str | None


class OutstandingView(BaseModel):
    """A document that is outstanding for a criterion, and the last day on which it may be provided."""

    criterion: str
    document: str
    by: date


class GateView(BaseModel):
    """A gate, the bodies that decide one after another, and what came of it last.

    `outcome` may also be `provisional`, with what is outstanding, and `lapsed`, with what did not come.
    """

    gate: str
    phase: str
    title: str
    clause: str
    chain: list[str]
    outcome: str | None
    decided_at: datetime | None
    reason: str | None
    outstanding: list[OutstandingView]
    criteria: list[CriterionView]


class ReferralEvent(BaseModel):
    """Something that happened about a right of referral."""

    type: str
    at: datetime
    data: dict[str, Any]


class ReferralView(BaseModel):
    """A right of referral and what became of it.

    `latest` is what happened last, `body` who decides, or decided, and `waits` what is held until then.
    """

    right: str
    route: str | None
    subject: str | None
    clause: str | None
    body: str | None
    meanwhile: str | None
    latest: str
    waits: list[str]
    events: list[ReferralEvent]


class WorkCount(BaseModel):
    """How much of a kind waits, and how much of it is overdue; beyond 10,000 in all nothing is counted."""

    kind: str
    waiting: int
    overdue: int


class WorkItem(BaseModel):
    """What awaits somebody: a step that is owed, or a task that a fact began.

    `role` is whose turn it is, `due` the last day where one is stated, `label` a line that says so to who asks, and
    `details` what a task is about.
    """

    engagement: UUID
    subject: str
    procedure: str
    kind: str
    key: str
    action: str
    clause: str | None
    role: str
    opens: date | None
    due: date | None
    state: StepState
    label: str
    begun_at: datetime | None
    details: dict[str, Any]


class WorkQueuePage(BaseModel):
    """A page of what awaits a caller, the most urgent first, and how much there is of each kind.

    `next` is the cursor of the page after this one; None where this is the last.
    """

    as_of: date
    counts: list[WorkCount]
    items: list[WorkItem]
    next: str | None


class EngagementOverview(EngagementSummary):
    """All that the page of an engagement shows. `duties` is what awaits each role, the most urgent first."""

    roles: list[RoleView]
    duties: list[WorkItem]
    steps: list[StepView]
    artefacts: list[ArtefactView]
    gates: list[GateView]
    outstanding_issues: list[OutstandingIssue]
    referrals: list[ReferralView]
