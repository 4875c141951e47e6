"""Rights of referral: what may be referred, and referring it."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from chassis.web.http import Caller, Caused, Run, command, query
from chassis.web.replies import respond
from disputes import read_models
from disputes.aggregates import MATTERS
from disputes.api.schemas import Referral, ReferralRight
from disputes.domain.referring import ReferMatter, last_days
from kernel.engagement import EngagementUnknown

router = APIRouter(tags=["disputes"])


@router.get("/engagements/{engagement}/referral-rights", **query("read"))
async def referral_rights(engagement: UUID, runtime: Run, caller: Caller) -> list[ReferralRight]:
    """Which refusals may be referred, by whom and to whom, and what waits meanwhile (CTSD 5.2.7, 5.8.3, 5.19.3)."""
    matters, _ = await runtime.state(MATTERS, str(engagement))
    if (profile := matters.profile) is None:
        raise EngagementUnknown()
    caller.must("read", matters.audience)
    days = {right.right: last_days(right, profile) for right in matters.arisen}
    return [ReferralRight.of(row, days[row["id"]]) for row in await read_models.rights(runtime.pool, engagement)]


@router.post("/engagements/{engagement}/referrals", status_code=201, **command("refer"))
async def refer_matter(engagement: UUID, body: Referral, runtime: Run, cause: Caused) -> JSONResponse:
    """Put a matter to the body that decides on it: the roles of the right may, within their term, and nobody else."""
    referral = ReferMatter(
        engagement=str(engagement),
        right=body.right,
        grounds=body.grounds,
        role=cause.actor.role,
        by=cause.actor.name,
        now=runtime.clock.now(),
    )
    return respond(await runtime.handle(cause, MATTERS, str(engagement), referral), 201)
