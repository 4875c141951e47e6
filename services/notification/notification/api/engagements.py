"""The service's routes: parse, build the command with now and ids, decide, reply."""

from dataclasses import asdict
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from chassis.process.database import Connection
from chassis.web.http import Caller, Caused, Run, command, query
from chassis.web.replies import etag, respond
from notification import read_models
from notification.aggregates import ENGAGEMENT
from notification.api.calendar_days import router as calendar_days
from notification.api.calendars import router as calendars
from notification.api.known import Own
from notification.api.mail import router as mail
from notification.api.planning import router as planning
from notification.api.planning import what_moved
from notification.api.schemas import (
    Acknowledgement,
    ContactBody,
    EngagementView,
    InitiationMeeting,
    Notice,
    RecordedStep,
    Rescheduling,
    TimetableView,
    Withdrawal,
)
from notification.api.step_views import step_view
from notification.api.webhooks import router as webhooks
from notification.domain.acknowledging import Acknowledge
from notification.domain.contacts import ChangeContact
from notification.domain.events import Contact, Proposal
from notification.domain.initiation import RecordInitiationMeeting
from notification.domain.notifying import GiveNotice
from notification.domain.recording import RecordStep
from notification.domain.rescheduling import RescheduleStart
from notification.domain.withdrawing import WithdrawEngagement
from notification.emails.names import role_named
from rulebook.engine.dating.working_days import calendar

router = APIRouter(tags=["notification"])
router.include_router(planning)
router.include_router(calendar_days)
router.include_router(mail)
router.include_router(webhooks)
router.include_router(calendars)


@router.post("/engagements", status_code=201, **command("start"))
async def give_notice(body: Notice, runtime: Run, cause: Caused, caller: Caller) -> JSONResponse:
    """Give notice of an engagement (CTSD 5.6.1.1, 5.7.2.1). The answer's id is the engagement's."""
    engagement, now = str(uuid4()), runtime.clock.now()
    signs = {*body.participants.values(), *filter(None, (caller.party,))}

    async def notice(connection: Connection) -> GiveNotice:
        return GiveNotice(
            engagement=engagement,
            procedure=body.procedure,
            subject=body.subject,
            participants=body.participants,
            start_date=body.start_date,
            test_manager=_contact(body.test_manager),
            confirmations=body.confirmations,
            service_requests=body.service_requests,
            descoping=tuple(Proposal(**proposal.model_dump()) for proposal in body.descoping),
            names=await read_models.party_names(connection, signs),
            caller=caller,
            now=now,
            declared=tuple(each.declared for each in await read_models.declarations(connection)),
        )

    return respond(await runtime.handle(cause, ENGAGEMENT, engagement, notice), 201)


@router.post("/engagements/{engagement}/acknowledgement", **command("decide"))
async def acknowledge(engagement: UUID, body: Acknowledgement, runtime: Run, cause: Caused) -> JSONResponse:
    """Acknowledge the notice, with a contact and the day of the initiation meeting, if any (CTSD 5.6.1.2)."""
    acknowledgement = Acknowledge(
        engagement=str(engagement),
        contact=_contact(body.contact),
        initiation_meeting_on=body.initiation_meeting_on,
        role=cause.actor.role,
        by=cause.actor.name,
        now=runtime.clock.now(),
    )
    return respond(await runtime.handle(cause, ENGAGEMENT, str(engagement), acknowledgement))


@router.post("/engagements/{engagement}/initiation-meeting", **command("decide"))
async def record_initiation_meeting(
    engagement: UUID, body: InitiationMeeting, runtime: Run, cause: Caused
) -> JSONResponse:
    """Record that the initiation meeting was held (CTSD 5.6.1.3)."""
    meeting = RecordInitiationMeeting(
        engagement=str(engagement),
        held_on=body.held_on,
        guidance=body.guidance,
        role=cause.actor.role,
        by=cause.actor.name,
        now=runtime.clock.now(),
    )
    return respond(await runtime.handle(cause, ENGAGEMENT, str(engagement), meeting))


@router.post("/engagements/{engagement}/start", **command("decide"))
async def reschedule_start(engagement: UUID, body: Rescheduling, runtime: Run, cause: Caused) -> JSONResponse:
    """Move the start of testing, or of further testing, on a ground of the law (CTSD 5.5.2, 5.8.2b, 5.19.2).

    Of a first start the answer tells what moved, as what-if does beforehand; a gate that had confirmed it is held anew.
    """
    rescheduling = RescheduleStart(
        engagement=str(engagement),
        start_date=body.start_date,
        ground=body.ground,
        reason=body.reason,
        by=cause.actor.name,
        now=runtime.clock.now(),
    )
    told = partial(what_moved, engagement)
    return respond(await runtime.handle(cause, ENGAGEMENT, str(engagement), rescheduling, told))


@router.post("/engagements/{engagement}/steps/{key}", **command("record"))
async def record_step(engagement: UUID, key: str, body: RecordedStep, runtime: Run, cause: Caused) -> JSONResponse:
    """Record a step that has no rule of its own, by its key. The step's sender may, and nobody else."""
    now = runtime.clock.now()
    recorded = RecordStep(
        engagement=str(engagement),
        key=key,
        outcome=body.outcome,
        information=body.information,
        done_on=body.done_on or calendar().day_of(now),
        role=cause.actor.role,
        by=cause.actor.name,
        now=now,
    )
    return respond(await runtime.handle(cause, ENGAGEMENT, str(engagement), recorded))


@router.post("/engagements/{engagement}/steps/{ref}/{period}", **command("record"))
async def record_step_of_period(
    engagement: UUID, ref: str, period: str, body: RecordedStep, runtime: Run, cause: Caused
) -> JSONResponse:
    """Record such a step of one week or day: its key is `ref/period`."""
    return await record_step(engagement, f"{ref}/{period}", body, runtime, cause)


@router.post("/engagements/{engagement}/withdrawal", **command("withdraw"))
async def withdraw_engagement(engagement: UUID, body: Withdrawal, runtime: Run, cause: Caused) -> JSONResponse:
    """Withdraw the engagement, at every phase: nothing is owed in it any more; certificates that were issued stay."""
    withdrawal = WithdrawEngagement(
        engagement=str(engagement),
        reason=body.reason,
        role=cause.actor.role,
        by=cause.actor.name,
        now=runtime.clock.now(),
    )
    return respond(await runtime.handle(cause, ENGAGEMENT, str(engagement), withdrawal))


@router.post("/engagements/{engagement}/contact", **command("record"))
async def change_contact(engagement: UUID, body: ContactBody, runtime: Run, cause: Caused) -> JSONResponse:
    """Name another person for the caller's side: its test manager, or the contact of who acknowledged the notice."""
    change = ChangeContact(
        engagement=str(engagement),
        contact=_contact(body),
        role=cause.actor.role,
        by=cause.actor.name,
        now=runtime.clock.now(),
    )
    return respond(await runtime.handle(cause, ENGAGEMENT, str(engagement), change))


@router.get("/engagements/{engagement}", **query("read"))
async def read_engagement(own: Own) -> EngagementView:
    """The engagement as it was notified, acknowledged and begun."""
    notice, acknowledged, meeting = own.state.notice, own.state.acknowledgement, own.state.meeting
    view: dict[str, Any] = {
        **asdict(notice),
        "id": own.id,
        "start_date": own.state.facts.start,
        "contact": asdict(acknowledged.contact) if acknowledged else None,
        "initiation_meeting_on": acknowledged.initiation_meeting_on if acknowledged else None,
        "acknowledged_at": acknowledged.acknowledged_at if acknowledged else None,
        "initiation_meeting_held": meeting.held_on if meeting else None,
        "guidance": meeting.guidance if meeting else None,
        "contact_changes": [asdict(change) for change in own.state.contacts],
        "withdrawal": asdict(own.state.withdrawal) if own.state.withdrawal else None,
    }
    return EngagementView.model_validate(view)


@router.get("/engagements/{engagement}/timetable", **query("read"))
async def read_timetable(own: Own, runtime: Run, caller: Caller, response: Response) -> TimetableView:
    """Every step with its dates, the reason for each, its state today, and the dates it had before.

    The dates are those that were reckoned once and stored; each `label` says them in a line to who asks.

    Its ETag is what the engagement's commands compare If-Match with.
    """
    response.headers.update(etag(own.version))
    today = calendar().day_of(runtime.clock.now())
    rows = await read_models.deadlines(runtime.pool, own.id)
    datings = await read_models.datings(runtime.pool, own.id)
    called = partial(role_named, state=own.state)
    steps = tuple(step_view(row, datings.get(row["key"], []), today, caller.role, called) for row in rows)
    return TimetableView(engagement=own.id, on=today, steps=steps)


def _contact(body: ContactBody) -> Contact:
    return Contact(body.name, body.email, body.telephone)
