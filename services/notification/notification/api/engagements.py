"""The service's routes: parse, build the command with now and ids, decide, reply."""

from functools import partial
from typing import Annotated
from uuid import UUID, uuid4

import orjson
from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse

from chassis.eventstore.runtime import Runtime
from chassis.process.database import Connection
from chassis.web.http import READERS, Caller, Caused, Run, command, query
from chassis.web.replies import etag, respond
from kernel.principal import Principal, Role
from notification import read_models
from notification.aggregates import ENGAGEMENT
from notification.api.planning import router as planning
from notification.api.planning import what_moved
from notification.api.schemas import (
    Acknowledgement,
    ContactBody,
    EngagementView,
    InitiationMeeting,
    MailView,
    Notification,
    Rescheduling,
    TimetableView,
)
from notification.domain.decisions import Acknowledge, NotifyIntention, RecordInitiationMeeting, RescheduleStart
from notification.domain.engagement import Contact, Proposal
from notification.read_models import Row
from notification.settings import Settings
from notification.timetable import feed, step_view
from rulebook.engine.dating.working_days import calendar

router = APIRouter(tags=["notification"])
router.include_router(planning)


@router.post("/engagements", status_code=201, **command(Role.PARTICIPANT))
async def notify_intention(body: Notification, runtime: Run, cause: Caused, caller: Caller) -> JSONResponse:
    """Notify DCC of the intention to test (CTSD 5.6.1.1). The answer's id is the engagement's."""
    engagement, now = str(uuid4()), runtime.clock.now()

    async def intention(connection: Connection) -> NotifyIntention:
        return NotifyIntention(
            engagement=engagement,
            procedure=body.procedure,
            role=body.role,
            start_date=body.start_date,
            test_manager=_contact(body.test_manager),
            code_administrator_notified=body.code_administrator_notified,
            descoping=tuple(Proposal(**proposal.model_dump()) for proposal in body.descoping),
            applicant=await read_models.applicant(connection, caller.party or ""),
            by=caller.name,
            now=now,
        )

    outcome = await runtime.handle(cause, ENGAGEMENT, engagement, intention)
    return respond(outcome, 201)


@router.post("/engagements/{engagement}/acknowledgement", **command(Role.DCC))
async def acknowledge(engagement: UUID, body: Acknowledgement, runtime: Run, cause: Caused) -> JSONResponse:
    """Acknowledge the notification, with DCC's contact and the date of the initiation meeting (CTSD 5.6.1.2)."""
    acknowledgement = Acknowledge(
        engagement=str(engagement),
        contact=_contact(body.contact),
        initiation_meeting_on=body.initiation_meeting_on,
        by=cause.actor.name,
        now=runtime.clock.now(),
    )
    return respond(await runtime.handle(cause, ENGAGEMENT, str(engagement), acknowledgement))


@router.post("/engagements/{engagement}/initiation-meeting", **command(Role.DCC))
async def record_initiation_meeting(
    engagement: UUID, body: InitiationMeeting, runtime: Run, cause: Caused
) -> JSONResponse:
    """Record that the initiation meeting was held (CTSD 5.6.1.3)."""
    meeting = RecordInitiationMeeting(
        engagement=str(engagement),
        held_on=body.held_on,
        guidance=body.guidance,
        by=cause.actor.name,
        now=runtime.clock.now(),
    )
    return respond(await runtime.handle(cause, ENGAGEMENT, str(engagement), meeting))


@router.post("/engagements/{engagement}/start", **command(Role.DCC))
async def reschedule_start(engagement: UUID, body: Rescheduling, runtime: Run, cause: Caused) -> JSONResponse:
    """Move the start of testing (CTSD 5.5.2, 5.8.2b). The answer tells what moved, as what-if does beforehand."""
    rescheduling = RescheduleStart(
        engagement=str(engagement),
        start_date=body.start_date,
        reason=body.reason,
        by=cause.actor.name,
        now=runtime.clock.now(),
    )
    told = partial(what_moved, engagement)
    return respond(await runtime.handle(cause, ENGAGEMENT, str(engagement), rescheduling, told))


async def own_engagement(engagement: UUID, runtime: Run, caller: Caller) -> Row:
    """The engagement that the path names, when the caller may see it."""
    return await _visible(engagement, runtime, caller)


Own = Annotated[Row, Depends(own_engagement)]


async def _visible(engagement: UUID, runtime: Runtime, caller: Principal) -> Row:
    row = await read_models.engagement(runtime.pool, engagement)
    caller.may_see(row["party"])
    return row


@router.get("/engagements/{engagement}", **query(*READERS))
async def read_engagement(own: Own) -> EngagementView:
    """The engagement as it was notified, acknowledged and begun."""
    parsed = {name: orjson.loads(own[name]) for name in ("test_manager", "descoping", "contact") if own[name]}
    return EngagementView.model_validate({**own, **parsed})


@router.get("/engagements/{engagement}/timetable", **query(*READERS))
async def read_timetable(own: Own, runtime: Run, response: Response) -> TimetableView:
    """Every step with its dates, the reason for each, its state today, and the dates it had before.

    Its ETag is what the engagement's commands compare If-Match with.
    """
    _, version = await runtime.state(ENGAGEMENT, str(own["id"]))
    response.headers.update(etag(version))
    today = calendar().day_of(runtime.clock.now())
    rows = await read_models.deadlines(runtime.pool, own["id"])
    datings = await read_models.datings(runtime.pool, own["id"])
    steps = tuple(step_view(row, datings.get(row["key"], []), today) for row in rows)
    return TimetableView(engagement=own["id"], on=today, steps=steps)


@router.get("/engagements/{engagement}/calendar.ics", response_class=Response, **query(*READERS))
async def read_calendar(own: Own, runtime: Run) -> Response:
    """The dates as a calendar feed (iCalendar)."""
    rows = await read_models.deadlines(runtime.pool, own["id"])
    today = calendar().day_of(runtime.clock.now())
    return Response(feed(own, rows, today), media_type="text/calendar; charset=utf-8")


@router.get("/engagements/{engagement}/mail", **query(*READERS))
async def read_mail(own: Own, runtime: Run) -> list[MailView]:
    """Who was told what, and when it was sent."""
    settings = runtime.settings
    assert isinstance(settings, Settings)  # noqa: S101 - the service is built with its own settings
    rows = await read_models.mail(runtime.pool, own["id"])
    return [MailView.model_validate({**row, "address": row["address"] or settings.dcc_mailbox}) for row in rows]


def _contact(body: ContactBody) -> Contact:
    return Contact(body.name, body.email, body.telephone)
