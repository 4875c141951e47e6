"""The gateway's own routes: every engagement as all services together know it."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from chassis.eventstore.runtime import Runtime
from chassis.web.http import READERS, Caller, Run, query
from gateway.read_side import read_models, summary
from gateway.read_side.facts import Phase
from gateway.read_side.read_models import Row
from gateway.read_side.schemas import EngagementPage, EngagementSummary, FactView, Link, StepView, Timeline
from gateway.read_side.timeline import TimelineStep, next_due, timeline
from kernel.principal import Principal, Role
from rulebook.engine.dating.working_days import local_day
from rulebook.engine.editions import root_of
from rulebook.engine.procedures import procedure
from rulebook.engine.scope.scope import role_name

FACTS_SHOWN = 500
STEPS_AHEAD = 5


class Reading:
    """Reads what callers may see, once it has caught up with what they have been told."""

    def __init__(self, links: Sequence[str]) -> None:
        self._links = links

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(tags=["gateway"])
        router.add_api_route("/engagements", self.engagements, **query(*READERS))
        router.add_api_route("/engagements/{engagement}", self.engagement, **query(*READERS))
        router.add_api_route("/engagements/{engagement}/timeline", self.timeline, **query(*READERS))
        return router

    async def engagements(
        self,
        runtime: Run,
        caller: Caller,
        party: Annotated[str | None, Query(max_length=100)] = None,
        role: Annotated[str | None, Query(max_length=20)] = None,
        phase: Phase | None = None,
        status: Literal["open", "ended"] | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    ) -> EngagementPage:
        """Engagements, the newest first; a participant sees those of its own Party."""
        if (latest := await read_models.latest_command(runtime.pool, caller)) is not None:
            await _catch_up(runtime, latest)
        if caller.role is Role.PARTICIPANT:
            caller.may_see(party)
            party = caller.party
        if role is not None:
            role_name(role)  # refuses an unknown role
        ended = None if status is None else status == "ended"
        total, rows = await read_models.engagements(runtime.pool, party, role, phase, ended, limit, offset)
        return EngagementPage(total=total, items=[summary.engagement_row(row) for row in rows])

    async def engagement(self, engagement: UUID, runtime: Run, caller: Caller) -> EngagementSummary:
        """How an engagement stands: its phase, what is due next, figures, the certificate, and where to read more."""
        row = await _engagement(runtime, engagement, caller)
        facts = (await read_models.latest_facts(runtime.pool, [engagement]))[engagement]
        steps = await _steps(runtime, row)
        return EngagementSummary(
            **summary.engagement_row(row).model_dump(),
            as_of=local_day(runtime.clock.now()),
            next_steps=list(map(StepView.model_validate, next_due(steps, STEPS_AHEAD))),
            scope=summary.scope(facts),
            results=await read_models.results(runtime.pool, engagement),
            issues=summary.issues(await read_models.issues(runtime.pool, engagement)),
            certificate=summary.certificate(facts),
            links=[Link(rel=path.rpartition("/")[2], href=path.format(engagement=engagement)) for path in self._links],
        )

    async def timeline(self, engagement: UUID, runtime: Run, caller: Caller) -> Timeline:
        """Every step with its date and state, and what has happened (CTSD Tables 1, 3 and 5)."""
        row = await _engagement(runtime, engagement, caller)
        return Timeline(
            engagement=engagement,
            as_of=local_day(runtime.clock.now()),
            steps=list(map(StepView.model_validate, await _steps(runtime, row))),
            facts=[FactView(**fact) for fact in await read_models.facts(runtime.pool, engagement, FACTS_SHOWN)],
        )


async def _engagement(runtime: Runtime, engagement: UUID, caller: Principal) -> Row:
    await _catch_up(runtime, engagement)
    row = await read_models.engagement(runtime.pool, engagement)
    caller.may_see(row["party"])
    return row


async def _catch_up(runtime: Runtime, engagement: UUID) -> None:
    await runtime.wait_until_seen(str(engagement), await read_models.seen_of(runtime.pool, engagement))


async def _steps(runtime: Runtime, engagement: Row) -> tuple[TimelineStep, ...]:
    rows = await read_models.steps(runtime.pool, engagement["id"])
    return timeline(
        procedure(engagement["procedure"], root_of(engagement["rulebook"])), rows, local_day(runtime.clock.now())
    )
