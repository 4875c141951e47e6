"""Rights of referral: what may be referred."""

from uuid import UUID

from fastapi import APIRouter

from chassis.web.http import Caller, Run, query
from disputes import read_models
from disputes.aggregates import MATTERS
from disputes.api.schemas import ReferralRight
from disputes.domain.referring import last_days
from kernel.engagement import EngagementUnknown

router = APIRouter(tags=["disputes"])


@router.get("/engagements/{engagement}/referral-rights", **query("read"))
async def referral_rights(engagement: UUID, runtime: Run, caller: Caller) -> list[ReferralRight]:
    """Which refusals may be referred, by whom and to whom, and what waits meanwhile (CTSD 5.2.7, 5.8.3, 5.19.3)."""
    # The rows first: a right that arises between the two reads is then in the state, whose last days rows need.
    rows = await read_models.rights(runtime.pool, engagement)
    matters, _ = await runtime.state(MATTERS, str(engagement))
    if (profile := matters.profile) is None:
        raise EngagementUnknown()
    caller.must("read", matters.audience)
    days = {right.right: last_days(right, profile, matters.calendar) for right in matters.arisen}
    return [ReferralRight.of(row, days[row["id"]]) for row in rows]
