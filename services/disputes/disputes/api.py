"""The service's routes."""

from uuid import UUID

from fastapi import APIRouter

from chassis.http import READERS, Caller, Run, query
from chassis.identity import Role
from disputes import register
from disputes.schemas import ReferralRight

router = APIRouter(tags=["disputes"])

DECIDING_BODIES = (Role.SECRETARY_OF_STATE, Role.TAG, Role.TAB)


@router.get("/engagements/{engagement}/referral-rights", **query(*READERS, *DECIDING_BODIES))
async def referral_rights(engagement: UUID, runtime: Run, caller: Caller) -> list[ReferralRight]:
    """Which refusals may be referred, by whom and to whom, and what waits meanwhile (CTSD 5.2.7, 5.8.3, 5.19.3)."""
    caller.may_see(await register.party(runtime.pool, engagement))
    rows = await register.rights(runtime.pool, engagement)
    return [ReferralRight(state="lapsed" if row["lapsed_at"] else "open", **row) for row in rows]
