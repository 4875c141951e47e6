"""The gateway's own routes: every engagement as all services together know it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from chassis.eventstore.runtime import Runtime
from chassis.process.database import Connection
from chassis.web.http import Caller, Run, house_query, query
from gateway.read_side import overview, read_models, summary
from gateway.read_side.cursors import ENGAGEMENT_PLACE, LONGEST, EngagementPlace, cursor_of, place_of
from gateway.read_side.etags import tagged
from gateway.read_side.phases import Phase
from gateway.read_side.read_models import EngagementFilter, Row, Source
from gateway.read_side.schemas import (
    EngagementOverview,
    EngagementPage,
    EngagementSummary,
    FactView,
    Link,
    StepView,
    Timeline,
)
from gateway.read_side.timeline import Reader, TimelineStep, next_due, timeline
from gateway.read_side.work_queue import duties
from kernel.principal import Principal
from rulebook.engine.dating.working_days import local_day
from rulebook.engine.profile import Profile, profile

FACTS_SHOWN = 500
STEPS_AHEAD = 5
ISSUES_SHOWN = 200
NEWEST: Final[EngagementPlace] = (datetime.max.replace(tzinfo=UTC), UUID(int=(1 << 128) - 1))


class ReadSide:
    """Reads what callers may see, once it has caught up with what they have been told."""

    def __init__(self, links: Sequence[str]) -> None:
        self._links = links

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(tags=["gateway"])
        router.add_api_route("/engagements", self.engagements, **house_query())
        router.add_api_route("/engagements/{engagement}", self.engagement, **query("read"))
        router.add_api_route(
            "/engagements/{engagement}/overview", self.overview, response_model=EngagementOverview, **query("read")
        )
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
        due_before: Annotated[date | None, Query(description="Somebody owes something by an earlier day")] = None,
        text: Annotated[str | None, Query(min_length=1, max_length=200, description="Words, or how they begin")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Query(max_length=LONGEST, description="`next` of the page before")] = None,
    ) -> EngagementPage:
        """The engagements that the caller may read, the newest first. `role` is the User Role of the subject.

        `text` is looked for in what is tested, and in the names and signifiers of who takes part.
        """
        before = NEWEST if cursor is None else place_of(ENGAGEMENT_PLACE, cursor)
        await read_models.catch_up_with_last_command(runtime, caller)
        ended = None if status is None else status == "ended"
        wanted = EngagementFilter(organisation, role, procedure, phase, ended, due_before, text)
        rows = await read_models.engagements(runtime.pool, caller, wanted, before, limit + 1)
        shown, more = rows[:limit], len(rows) > limit
        return EngagementPage(
            items=[summary.engagement_row(row) for row in shown],
            next=cursor_of(ENGAGEMENT_PLACE, (shown[-1]["notified_at"], shown[-1]["id"])) if more else None,
        )

    async def engagement(self, engagement: UUID, runtime: Run, caller: Caller) -> EngagementSummary:
        """How an engagement stands: its phase, what is due next, figures, certificates, and where to read more."""
        async with _as_of_one_moment(runtime, engagement) as source:
            row = await _readable(source, engagement, caller)
            reader = _reader(runtime, row, caller)
            told = await read_models.facts_of(source, engagement, summary.FACTS)
            steps = await _steps(source, row, reader)
            return EngagementSummary(**await self._summary(source, row, steps, told, reader.today))

    async def overview(self, request: Request, engagement: UUID, runtime: Run, caller: Caller) -> Response:
        """All that the page of an engagement shows, as of one moment.

        That is how it stands, who takes part, what awaits whom, every step, the artefacts with what came of their
        review, the gates with their criteria, issues, referrals and certificates. Sent again with the ETag in
        `If-None-Match`, it answers 304 where nothing has changed.
        """
        return tagged(request, await self.shown(engagement, runtime, caller))

    async def shown(self, engagement: UUID, runtime: Runtime, caller: Principal) -> EngagementOverview:
        """The overview of an engagement, if the caller may read it."""
        async with _as_of_one_moment(runtime, engagement) as source:
            row = await _readable(source, engagement, caller)
            rules, reader = _rules(row), _reader(runtime, row, caller)
            told = await read_models.facts_of(source, engagement, overview.FACTS)
            steps = await _steps(source, row, reader)
            return EngagementOverview(
                **await self._summary(source, row, steps, told, reader.today),
                roles=overview.roles(rules, row["participants"]),
                duties=await duties(source, engagement, reader),
                steps=list(map(StepView.model_validate, steps)),
                artefacts=overview.artefacts(rules, told),
                gates=overview.gates(rules, told),
                outstanding_issues=await read_models.outstanding_issues(source, engagement, ISSUES_SHOWN),
                referrals=overview.referrals(
                    await read_models.facts_about_rights(source, engagement, overview.OF_RIGHTS)
                ),
            )

    async def _summary(
        self, source: Source, row: Row, steps: Sequence[TimelineStep], told: summary.Facts, today: date
    ) -> dict[str, Any]:
        id = row["id"]
        return {
            **summary.engagement_row(row).model_dump(),
            "as_of": today,
            "next_steps": list(map(StepView.model_validate, next_due(steps, STEPS_AHEAD))),
            "descoping": summary.descoping(told),
            "scope": summary.scope(told),
            "results": await read_models.results(source, id),
            "issues": summary.issues(await read_models.issues(source, id)),
            "certificates": summary.certificates(told),
            "links": [Link(rel=path.rpartition("/")[2], href=path.format(engagement=id)) for path in self._links],
        }

    async def timeline(self, engagement: UUID, runtime: Run, caller: Caller) -> Timeline:
        """Every step with its date and state, and what has happened."""
        async with _as_of_one_moment(runtime, engagement) as source:
            row = await _readable(source, engagement, caller)
            reader = _reader(runtime, row, caller)
            steps = await _steps(source, row, reader)
            facts = await read_models.facts(source, engagement, FACTS_SHOWN)
        return Timeline(
            engagement=engagement,
            as_of=reader.today,
            steps=list(map(StepView.model_validate, steps)),
            facts=[FactView(**fact) for fact in facts],
        )


@asynccontextmanager
async def _as_of_one_moment(runtime: Runtime, engagement: UUID) -> AsyncIterator[Connection]:
    """A connection that sees the read side as it is now, once it holds all that was said of an engagement."""
    await read_models.catch_up(runtime, engagement)
    async with (
        runtime.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield connection


async def _readable(source: Source, engagement: UUID, caller: Principal) -> Row:
    row = await read_models.engagement(source, engagement)
    caller.must("read", read_models.audience_of(row))
    return row


def _rules(row: Row) -> Profile:
    return profile(row["procedure"], row["rulebook"])


def _reader(runtime: Runtime, row: Row, caller: Principal) -> Reader:
    titles = {role.id: role.title for role in _rules(row).roles.values()}
    names = titles | {each["role"]: each["name"] for each in row["participants"]}
    return Reader(local_day(runtime.clock.now()), caller.role, names)


async def _steps(source: Source, row: Row, reader: Reader) -> tuple[TimelineStep, ...]:
    return timeline(_rules(row).procedure, await read_models.steps(source, row["id"]), reader)
