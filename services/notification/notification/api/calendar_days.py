"""The routes of the calendar: which days were declared otherwise, and declaring one."""

from dataclasses import asdict

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from chassis.web.http import Caused, Run, house_command, house_query
from chassis.web.replies import respond
from notification import read_models
from notification.aggregates import CALENDAR
from notification.api.schemas import CalendarView, DayDeclaration, DeclaredDayView
from notification.domain.declared_days import DeclareDay
from rulebook.engine.dating.working_days import calendar, declared_by

router = APIRouter()


@router.post("/calendar/days", status_code=201, **house_command(*declared_by()))
async def declare_day(body: DayDeclaration, runtime: Run, cause: Caused) -> JSONResponse:
    """Declare a day to come a Working Day, or a day off: a bank holiday was proclaimed (CTSD 5.5.1).

    Every open date that moves is told in its engagement, with the date that it had and why; what has passed stays.
    """
    declaration = DeclareDay(
        day=body.day,
        working=body.working,
        why=body.why,
        role=cause.actor.role,
        by=cause.actor.name,
        now=runtime.clock.now(),
    )
    return respond(await runtime.handle(cause, CALENDAR, calendar().division, declaration), 201)


@router.get("/calendar", **house_query())
async def read_calendar(runtime: Run) -> CalendarView:
    """Whose bank holidays count, up to which day they are known, and the days that were declared otherwise."""
    release, days = calendar(), await read_models.declarations(runtime.pool)
    declared = tuple(DeclaredDayView.model_validate(asdict(each)) for each in days)
    return CalendarView(division=release.division, first=release.first, last=release.last, declared=declared)
