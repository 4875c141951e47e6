"""Referrals: what has become of each, and what who refers a matter does."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from chassis.web.http import Caller, Caused, Run, command, house_query, query
from chassis.web.replies import respond
from disputes import read_models
from disputes.aggregates import MATTERS
from disputes.api.schemas import (
    Answer,
    Appeal,
    Information,
    NewReferral,
    Pending,
    Referred,
    Settlement,
    Withdrawal,
)
from disputes.domain.referring import AppealDetermination, GiveInformation, ReferMatter, WithdrawReferral
from disputes.domain.settling import AnswerSettlement, ProposeSettlement
from kernel.engagement import EngagementUnknown
from rulebook.engine.roles import holders

router = APIRouter(tags=["disputes"])
Right = Annotated[str, Path(max_length=100, description="The id of a right of referral, for example descoping%231.")]


@router.get("/referrals", **house_query(*holders("determine")))
async def pending_referrals(runtime: Run, caller: Caller) -> list[Pending]:
    """What lies before the body that the caller acts for, and is still to be determined, the oldest first."""
    return [Pending.model_validate(row) for row in await read_models.pending(runtime.pool, caller.role)]


@router.get("/engagements/{engagement}/referrals", **query("read"))
async def referrals(engagement: UUID, runtime: Run, caller: Caller) -> list[Referred]:
    """Every matter of an engagement that was referred, with all that happened to it since."""
    matters, _ = await runtime.state(MATTERS, str(engagement))
    if matters.engagement is None:
        raise EngagementUnknown()
    caller.must("read", matters.audience)
    return [Referred.of(each) for each in matters.referrals.values()]


@router.post("/engagements/{engagement}/referrals", status_code=201, **command("refer"))
async def refer_matter(engagement: UUID, body: NewReferral, runtime: Run, cause: Caused) -> JSONResponse:
    """Put a matter to the body that decides on it: the roles of the right may, within their term, and nobody else."""
    actor, now = cause.actor, runtime.clock.now()
    referral = ReferMatter(body.right, body.grounds, actor.role, actor.name, now, body.relief)
    return respond(await runtime.handle(cause, MATTERS, str(engagement), referral), 201)


@router.post("/engagements/{engagement}/referrals/{right}/information", **command("answer"))
async def give_information(
    engagement: UUID, right: Right, body: Information, runtime: Run, cause: Caused
) -> JSONResponse:
    """Answer what the body has asked: the role that was asked may, and nobody else."""
    actor, now = cause.actor, runtime.clock.now()
    answer = GiveInformation(right, body.answer, actor.role, actor.name, now)
    return respond(await runtime.handle(cause, MATTERS, str(engagement), answer))


@router.post("/engagements/{engagement}/referrals/{right}/withdrawal", **command("refer"))
async def withdraw_referral(
    engagement: UUID, right: Right, body: Withdrawal, runtime: Run, cause: Caused
) -> JSONResponse:
    """Take a referral back before it is determined: what was decided stands."""
    actor, now = cause.actor, runtime.clock.now()
    withdrawal = WithdrawReferral(right, body.reason, actor.role, actor.name, now)
    return respond(await runtime.handle(cause, MATTERS, str(engagement), withdrawal))


@router.post("/engagements/{engagement}/referrals/{right}/appeal", **command("refer"))
async def appeal_determination(
    engagement: UUID, right: Right, body: Appeal, runtime: Run, cause: Caused
) -> JSONResponse:
    """Take a determination to the body that decides for good, where the right has an appeal (CTSD 5.19.3)."""
    actor, now = cause.actor, runtime.clock.now()
    appeal = AppealDetermination(right, body.grounds, actor.role, actor.name, now)
    return respond(await runtime.handle(cause, MATTERS, str(engagement), appeal))


@router.post("/engagements/{engagement}/referrals/{right}/settlement", **command("answer"))
async def propose_settlement(
    engagement: UUID, right: Right, body: Settlement, runtime: Run, cause: Caused
) -> JSONResponse:
    """Propose terms on which the matter is settled: who referred it may, and who decided it."""
    actor, now = cause.actor, runtime.clock.now()
    proposal = ProposeSettlement(right, body.terms, actor.role, actor.name, now)
    return respond(await runtime.handle(cause, MATTERS, str(engagement), proposal))


@router.post("/engagements/{engagement}/referrals/{right}/settlement/answer", **command("answer"))
async def answer_settlement(engagement: UUID, right: Right, body: Answer, runtime: Run, cause: Caused) -> JSONResponse:
    """Agree to the terms that the other side proposed, or decline them: agreed, the referral has come to its end."""
    actor, now = cause.actor, runtime.clock.now()
    answer = AnswerSettlement(right, body.agreed, body.reason, actor.role, actor.name, now)
    return respond(await runtime.handle(cause, MATTERS, str(engagement), answer))
