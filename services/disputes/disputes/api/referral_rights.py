"""The service's routes."""

from uuid import UUID

from fastapi import APIRouter

from chassis.web.http import READERS, Caller, Run, query
from disputes import read_models
from disputes.aggregates import MATTERS
from disputes.api.schemas import ReferralRight
from kernel.principal import Role
from rulebook.engine.editions import root_of
from rulebook.engine.routes import route

router = APIRouter(tags=["disputes"])

DECIDING_BODIES = (Role.SECRETARY_OF_STATE, Role.TAG, Role.TAB)


@router.get("/engagements/{engagement}/referral-rights", **query(*READERS, *DECIDING_BODIES))
async def referral_rights(engagement: UUID, runtime: Run, caller: Caller) -> list[ReferralRight]:
    """Which refusals may be referred, by whom and to whom, and what waits meanwhile (CTSD 5.2.7, 5.8.3, 5.19.3)."""
    caller.may_see(await read_models.party(runtime.pool, engagement))
    matters, _ = await runtime.state(MATTERS, str(engagement))
    rules = root_of(matters.rulebook)
    return [
        ReferralRight(state="lapsed" if row["lapsed_at"] else "open", final=route(row["route"], rules).final, **row)
        for row in await read_models.rights(runtime.pool, engagement)
    ]
