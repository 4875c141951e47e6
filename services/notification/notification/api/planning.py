"""The routes of what if and why. They read, and register nothing; what they answer are the rulebook's own views."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from chassis.web.http import Run, house_query, query
from notification.api.known import Own
from notification.api.plan_views import PlanQuery, date_reason, planned, reason, scoped
from notification.domain.engagement import Engagement, State
from notification.domain.events import Event, StartRescheduled
from notification.domain.rescheduling import moved, replanned
from notification.emails.names import role_named
from rulebook.engine import views
from rulebook.engine.dating.facts import LAST_DAY
from rulebook.engine.dating.replanning import Replan
from rulebook.engine.dating.working_days import Division, calendar
from rulebook.engine.scope.scope import role_name
from rulebook.engine.views import View

MOST_ITEMS = 500
UNDATED: View = dict.fromkeys(("due", "from", "to"))
"""A step of a plan has a day or a period; over HTTP it has all three keys."""

router = APIRouter()
Word = Annotated[str, Query(min_length=1, max_length=200)]
Words = Annotated[list[Annotated[str, Query(max_length=200)]], Query(max_length=MOST_ITEMS)]


@router.get("/plan", **house_query())
async def read_plan(
    runtime: Run,
    start: date,
    procedure: Word,
    role: str | None = None,
    notified_on: date | None = None,
    last_day: date | None = None,
    division: Division | None = None,
) -> View:
    """Every step of an engagement that is not registered, with its dates and reasons (CTSD 5.6, 5.10, 5.17).

    Without `notified_on`, notice is given on the last day that leaves enough time. What comes after testing hangs on
    `last_day`; without one, it is reckoned as if testing ended on the day it starts.
    """
    found = planned(PlanQuery(procedure, start, notified_on, last_day), calendar(division))
    if role is not None:
        role_name(role)  # refuses an unknown role
    view = views.plan_view(found, role, today=calendar().day_of(runtime.clock.now()))
    return {**view, "steps": [{**UNDATED, **step} for step in view["steps"]]}


@router.get("/scope", **house_query())
async def read_scope_of_role(role: Word, descope: Words = [], srv: Words = [], certified: Words = []) -> View:  # noqa: B006
    """The exact tests of a role (CTSD 8.1), their counts, and what descoping each item (`kind:item`) would do.

    With `srv`, the scope of Additional SR Testing of these Service Requests, less those `certified` already.
    """
    return views.scope_view(*scoped(role, descope, srv, certified))


@router.get("/why", **house_query())
async def read_why(
    what: Word,
    procedure: Word,
    role: str | None = None,
    start: date | None = None,
    last_day: date | None = None,
) -> View:
    """Why a step has its date (with `start`), a test is in scope (with `role`); what a criterion or a clause means."""
    asked = PlanQuery(procedure, start, last_day=last_day) if start else None
    return views.reason_view(reason(what, asked, procedure, role, calendar()))


@router.get("/engagements/{engagement}/why", **query("read"))
async def read_why_of_date(own: Own, key: Word) -> View:
    """Why a step of an engagement has its date: clause, rule, what it was counted from, each day not counted."""
    return views.reason_view(date_reason(own.state, key))


@router.get("/engagements/{engagement}/what-if", **query("read"))
async def read_what_if(own: Own, runtime: Run, start: date | None = None) -> View:
    """What moving the start would do, before doing it (CTSD 5.5.2, 5.8.2): which dates would move, and for whom.

    Without `start`, the earliest practicable one.
    """
    found = replanned(own.state, start, calendar().day_of(runtime.clock.now()))
    return what_if_view(own.id, own.state, own.state.facts.start, found)


def what_if_view(engagement: UUID, state: Engagement, start_now: date, found: Replan) -> View:
    """Another start, what it moves, and the people whom it affects."""
    last_day = found.facts.of(LAST_DAY)
    affected = {role for move in found.moves for role in (move.sender, move.recipient)}
    return {
        "engagement": str(engagement),
        "start_now": str(start_now),
        "start": str(found.start),
        "earliest": str(found.earliest),
        "last_day": str(last_day) if last_day else None,
        "affected": {role: _contact_of(role, state) for role in sorted(affected)},
        "moves": [views.move_view(move) for move in found.moves],
    }


def _contact_of(role: str, state: Engagement) -> str:
    """The person whom a role has named, or else the role."""
    contact = state.contact_of(role)
    return contact.name if contact else role_named(role, state)


def what_moved(engagement: UUID, state: State, events: Sequence[Event]) -> dict[str, Any]:
    """What a start that was moved moved with it, told as what-if tells it beforehand."""
    for event in events:
        if isinstance(state, Engagement) and isinstance(event, StartRescheduled):
            found = Replan(event.start_date, event.earliest, state.facts, moved(state))
            return what_if_view(engagement, state, event.was, found)
    return {}
