"""The routes of what if and why. They read, and register nothing."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from chassis.web.http import READERS, Caller, Run, query
from notification import read_models
from notification.aggregates import ENGAGEMENT
from notification.api.plan_views import PlanAsked, date_reason, planned, reason, scoped
from notification.api.planning_schemas import PlanView, ReasonView, ScopeView, WhatIfView
from notification.domain.engagement import Engagement, Event, StartRescheduled, State
from notification.domain.refusals import EngagementUnknown
from notification.domain.rescheduling import moved, replanned
from rulebook.engine import views
from rulebook.engine.dating.replanning import Replan
from rulebook.engine.dating.working_days import Division, calendar
from rulebook.engine.scope.scope import role_name

MOST_ITEMS = 500

router = APIRouter()
Word = Annotated[str, Query(min_length=1, max_length=200)]
Words = Annotated[list[Annotated[str, Query(max_length=200)]], Query(max_length=MOST_ITEMS)]


async def own_state(engagement: UUID, runtime: Run, caller: Caller) -> Engagement:
    """The engagement that the path names, when the caller may see it."""
    row = await read_models.engagement(runtime.pool, engagement)
    caller.may_see(row["party"])
    state, _ = await runtime.state(ENGAGEMENT, str(engagement))
    if not isinstance(state, Engagement):
        raise EngagementUnknown(str(engagement))
    return state


Own = Annotated[Engagement, Depends(own_state)]


@router.get("/plan", **query(*READERS))
async def read_plan(
    runtime: Run,
    start: date,
    procedure: Word = "uept",
    role: str | None = None,
    notified_on: date | None = None,
    last_day: date | None = None,
    division: Division | None = None,
) -> PlanView:
    """Every step of an engagement that is not registered, with its dates and reasons (CTSD 5.6, 5.10, 5.17).

    Without `notified_on`, notice is given on the last day that leaves enough time. What comes after testing hangs on
    `last_day`; without one, it is reckoned as if testing ended on the day it starts.
    """
    found = planned(PlanAsked(procedure, start, notified_on, last_day), calendar(division))
    if role is not None:
        role_name(role)  # refuses an unknown role
    return PlanView.model_validate(views.plan_view(found, role, today=calendar().day_of(runtime.clock.now())))


@router.get("/scope", **query(*READERS))
async def read_scope_of_role(role: Word, descope: Words = [], srv: Words = [], certified: Words = []) -> ScopeView:  # noqa: B006
    """The exact tests of a role (CTSD 8.1), their counts, and what descoping each item (`kind:item`) would do.

    With `srv`, the scope of Additional SR Testing of these Service Requests, less those `certified` already.
    """
    return ScopeView.model_validate(views.scope_view(*scoped(role, descope, srv, certified)))


@router.get("/why", **query(*READERS))
async def read_why(
    what: Word,
    procedure: Word = "uept",
    role: str | None = None,
    start: date | None = None,
    last_day: date | None = None,
) -> ReasonView:
    """Why a step has its date (with `start`), a test is in scope (with `role`); what a criterion or a clause means."""
    asked = PlanAsked(procedure, start, last_day=last_day) if start else None
    return _reason(reason(what, asked, procedure, role, calendar()))


@router.get("/engagements/{engagement}/why", **query(*READERS))
async def read_why_of_date(state: Own, key: Word) -> ReasonView:
    """Why a step of an engagement has its date: clause, rule, what it was counted from, each day not counted."""
    return _reason(date_reason(state, key, calendar()))


@router.get("/engagements/{engagement}/what-if", **query(*READERS))
async def read_what_if(engagement: UUID, state: Own, runtime: Run, start: date | None = None) -> WhatIfView:
    """What moving the start would do, before doing it (CTSD 5.5.2, 5.8.2): which dates would move, and for whom.

    Without `start`, the earliest practicable one.
    """
    found = replanned(state, start, calendar().day_of(runtime.clock.now()), calendar())
    return what_if_view(engagement, state, state.facts.start_date, found)


def what_if_view(engagement: UUID, state: Engagement, start_now: date, found: Replan) -> WhatIfView:
    """Another start, what it moves, and the people whom it affects."""
    contact = state.acknowledgement.contact.name if state.acknowledgement else "DCC test assurance"
    people = {"participant": state.intention.test_manager.name, "dcc": contact}
    affected = {side for move in found.moves for side in (move.sender, move.recipient)}
    answer: dict[str, Any] = {
        "engagement": engagement,
        "start_now": start_now,
        "start": found.start,
        "earliest": found.earliest,
        "last_day": found.facts.planned_last_day,
        "affected": {side: people[side] for side in sorted(affected)},
        "moves": [views.move_view(move) for move in found.moves],
    }
    return WhatIfView.model_validate(answer)


def what_moved(engagement: UUID, state: State, events: Sequence[Event]) -> dict[str, Any]:
    """What a start that was moved moved with it, told as what-if tells it beforehand."""
    said = {}
    for event in events:
        if isinstance(state, Engagement) and isinstance(event, StartRescheduled):
            found = Replan(event.start_date, event.earliest, state.facts, moved(state, event))
            said = what_if_view(engagement, state, event.was, found).model_dump(mode="json")
    return said


def _reason(found: Any) -> ReasonView:
    return ReasonView.model_validate(views.reason_view(found))
