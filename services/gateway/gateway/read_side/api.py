"""The gateway's own routes: every engagement as all services together know it."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from chassis.eventstore.runtime import Runtime
from chassis.web.http import Caller, Run, house_query, query
from gateway.read_side import read_models, summary
from gateway.read_side.phases import Phase
from gateway.read_side.read_models import EngagementFilter, Row
from gateway.read_side.schemas import EngagementPage, EngagementSummary, FactView, Link, StepView, Timeline
from gateway.read_side.timeline import Reader, TimelineStep, next_due, timeline
from kernel.principal import Principal
from rulebook.engine.dating.working_days import local_day
from rulebook.engine.profile import profile

FACTS_SHOWN = 500
STEPS_AHEAD = 5


class ReadSide:
    """Reads what callers may see, once it has caught up with what they have been told."""

    def __init__(self, links: Sequence[str]) -> None:
        self._links = links

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(tags=["gateway"])
        router.add_api_route("/engagements", self.engagements, **house_query())
        router.add_api_route("/engagements/{engagement}", self.engagement, **query("read"))
        router.add_api_route("/engagements/{engagement}/timeline", self.timeline, **query("read"))
        return router

    async def engagements(
        self,
        runtime: Run,
        caller: Caller,
        organisation: Annotated[str | None, Query(max_length=100)] = None,
        role: Annotated[str | None, Query(max_length=100)] = None,
        procedure: Annotated[str | None, Query(max_length=100)] = None,
        phase: Phase | None = None,
        status: Literal["open", "ended"] | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    ) -> EngagementPage:
        """The engagements that the caller may read, the newest first. `role` is the User Role of the subject."""
        if (latest := await read_models.latest_command(runtime.pool, caller)) is not None:
            await _catch_up(runtime, latest)
        wanted = EngagementFilter(organisation, role, procedure, phase, None if status is None else status == "ended")
        total, rows = await read_models.engagements(runtime.pool, caller, wanted, limit, offset)
        return EngagementPage(total=total, items=[summary.engagement_row(row) for row in rows])

    async def engagement(self, engagement: UUID, runtime: Run, caller: Caller) -> EngagementSummary:
        """How an engagement stands: its phase, what is due next, figures, certificates, and where to read more."""
        row = await _engagement(runtime, engagement, caller)
        steps = await _steps(runtime, row, caller)
        told = await read_models.facts_of(runtime.pool, engagement, summary.FACTS)
        return EngagementSummary(
            **summary.engagement_row(row).model_dump(),
            as_of=local_day(runtime.clock.now()),
            next_steps=list(map(StepView.model_validate, next_due(steps, STEPS_AHEAD))),
            descoping=summary.descoping(told),
            scope=summary.scope(told),
            results=await read_models.results(runtime.pool, engagement),
            issues=summary.issues(await read_models.issues(runtime.pool, engagement)),
            certificates=summary.certificates(told),
            links=[Link(rel=path.rpartition("/")[2], href=path.format(engagement=engagement)) for path in self._links],
        )

    async def timeline(self, engagement: UUID, runtime: Run, caller: Caller) -> Timeline:
        """Every step with its date and state, and what has happened."""
        row = await _engagement(runtime, engagement, caller)
        return Timeline(
            engagement=engagement,
            as_of=local_day(runtime.clock.now()),
            steps=list(map(StepView.model_validate, await _steps(runtime, row, caller))),
            facts=[FactView(**fact) for fact in await read_models.facts(runtime.pool, engagement, FACTS_SHOWN)],
        )


async def _engagement(runtime: Runtime, engagement: UUID, caller: Principal) -> Row:
    await _catch_up(runtime, engagement)
    row = await read_models.engagement(runtime.pool, engagement)
    caller.must("read", await read_models.audience(runtime.pool, engagement))
    return row


async def _catch_up(runtime: Runtime, engagement: UUID) -> None:
    await runtime.wait_until_seen(str(engagement), await read_models.seen_of(runtime.pool, engagement))


async def _steps(runtime: Runtime, engagement: Row, caller: Principal) -> tuple[TimelineStep, ...]:
    rows = await read_models.steps(runtime.pool, engagement["id"])
    rules = profile(engagement["procedure"], engagement["rulebook"])
    titles = {role.id: role.title for role in rules.roles.values()}
    names = titles | {each["role"]: each["name"] for each in engagement["participants"]}
    return timeline(rules.procedure, rows, Reader(local_day(runtime.clock.now()), caller.role, names))
