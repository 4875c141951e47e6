"""The engagement that a path names, when the caller may read it."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from chassis.web.http import Caller, Run
from kernel.engagement import EngagementUnknown
from notification.aggregates import ENGAGEMENT
from notification.domain.engagement import Engagement


@dataclass(frozen=True)
class Known:
    """An engagement under way, with the version of its stream."""

    id: UUID
    state: Engagement
    version: int


async def known_engagement(engagement: UUID, runtime: Run, caller: Caller) -> Known:
    """The engagement, or EngagementUnknown; refused for who may not read it."""
    state, version = await runtime.state(ENGAGEMENT, str(engagement))
    if not isinstance(state, Engagement):
        raise EngagementUnknown()
    caller.must("read", state.audience)
    return Known(engagement, state, version)


Own = Annotated[Known, Depends(known_engagement)]
