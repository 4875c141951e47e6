"""What the questions of what if and why answer. Days are dates; sides are `participant` and `dcc`."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

Side = Literal["participant", "dcc"]


class SkippedView(BaseModel):
    """A day that was not counted."""

    day: date
    reason: str


class ErratumView(BaseModel):
    """A slip of the source and how it is read."""

    id: str
    clause: str
    printed: str
    read_as: str
    why: str


class CriterionView(BaseModel):
    """A criterion that must be met before testing."""

    id: str
    clause: str
    text: str


class DocumentView(BaseModel):
    """A document of the procedure, and which gates ask for it; `due` where it has a date beside its step."""

    kind: str
    title: str
    clause: str
    when: str
    due: date | None
    entry_gate: bool
    exit_gate: bool
    signed_off_by: str


class PartView(BaseModel):
    """One date of a step that has several."""

    key: str
    due: date | None
    why: str


class PlanStepView(BaseModel):
    """One step of a plan: `due`, or `from` and `to` with its `parts`.

    `conditional` with `only_if`: taken only in that case. `provisional`: reckoned as if testing ended on its first day.
    """

    ref: str
    action: str
    sender: Side
    recipient: Side
    method: str
    clause: str
    due: date | None = None
    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")
    conditional: bool
    only_if: str | None
    provisional: bool
    information: tuple[str, ...]
    why: str
    skipped: tuple[SkippedView, ...]
    errata: tuple[str, ...]
    parts: tuple[PartView, ...]


class PlanView(BaseModel):
    """A procedure on the calendar. Nothing is registered."""

    procedure: str
    title: str
    role: str | None
    role_name: str | None
    rulebook: str
    start: date
    notified_on: date
    last_day: date | None
    entry_criteria: tuple[CriterionView, ...]
    documents: tuple[DocumentView, ...]
    excludes: tuple[str, ...]
    steps: tuple[PlanStepView, ...]
    notes: tuple[str, ...]


class ScopedTestView(BaseModel):
    """One test: Service Request with command variant and scenario, or the code of an alert or Response Code."""

    id: str
    kind: str
    title: str
    srv: str | None
    variant: str | None
    scenario: str | None
    generation: Literal["S1", "S2"] | None
    critical: bool | None
    code: str | None
    order: int | None
    no_later_than: int | None
    condition: str | None
    note: str | None
    clause: str


class EffectView(BaseModel):
    """What descoping one item does; DCC does not agree to what is below the role's minimum set (CTSD 5.2.6)."""

    kind: str
    item: str
    tests: tuple[str, ...]
    srvs_lost: tuple[str, ...]
    below_minimum: tuple[str, ...]


class ScopeView(BaseModel):
    """The exact tests of a role, the counts by kind and Device generation, and the slips behind them."""

    role: str
    role_name: str
    rulebook: str
    total: int
    counts: dict[str, int]
    generations: dict[str, int]
    tests: tuple[ScopedTestView, ...]
    optional: tuple[ScopedTestView, ...]
    srvs: tuple[str, ...]
    already_certified: tuple[str, ...]
    web_services: tuple[str, ...]
    descoping: tuple[EffectView, ...]
    errata: tuple[ErratumView, ...]


class ReasonView(BaseModel):
    """Why something is as it is: answer, clause, rule, inputs, and each day that was not counted."""

    subject: str
    kind: str
    answer: str
    clause: str
    rule: str
    inputs: dict[str, str]
    skipped: tuple[SkippedView, ...]
    notes: tuple[str, ...]


class MoveView(BaseModel):
    """One open date that would move, and whom it affects: who owes the step and who waits for it."""

    change: Literal["moved", "added", "dropped"]
    key: str
    ref: str
    action: str
    was: date | None
    now: date | None
    owed_by: Side
    owed_to: Side
    why: str


class WhatIfView(BaseModel):
    """What another start would do to an engagement. `affected` names the contact of each side it touches."""

    engagement: UUID
    start_now: date
    start: date
    earliest: date
    last_day: date | None
    affected: dict[Side, str]
    moves: tuple[MoveView, ...]
