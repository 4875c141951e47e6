"""What awaits a caller, over all engagements: the steps that are owed, and the tasks that facts began."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
from fastapi import APIRouter, Query

from chassis.eventstore.runtime import Runtime
from chassis.web.http import Caller, Run, house_query
from gateway.read_side import read_models
from gateway.read_side.cursors import LONGEST, WORK_PLACE, WorkPlace, cursor_of, place_of
from gateway.read_side.holders import holders
from gateway.read_side.read_models import Source
from gateway.read_side.schemas import WorkCount, WorkItem, WorkQueuePage
from gateway.read_side.tasks import QUERIES
from gateway.read_side.timeline import Reader
from kernel.principal import Principal
from rulebook.engine.dating.labels import label
from rulebook.engine.dating.states import StepState, step_state
from rulebook.engine.dating.working_days import local_day

COUNTED: Final = 10_000
"""At most so many steps, and so many tasks, are counted."""
BEGINNING: Final[WorkPlace] = (date.min, UUID(int=0), "", "")


class WorkQueue:
    """Reads what is a caller's turn, once it has caught up with what they have been told."""

    def router(self) -> APIRouter:
        """The route."""
        router = APIRouter(tags=["gateway"])
        router.add_api_route("/work-queue", self.work_queue, **house_query())
        return router

    async def work_queue(
        self,
        runtime: Run,
        caller: Caller,
        kind: Annotated[str | None, Query(max_length=100, description="`step`, or the kind of a task")] = None,
        engagement: UUID | None = None,
        due_before: Annotated[date | None, Query(description="What is due before this day")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Query(max_length=LONGEST, description="`next` of the page before")] = None,
    ) -> WorkQueuePage:
        """What awaits the role acted in, the most urgent first: what is due first, or began first where it has no date.

        A step is here from its first day until it is done; a task (a referral to determine, a question to answer, a
        deficiency to resolve) from the fact that began it to the one that ends it. The counts are of all, whatever
        the page and its filters.
        """
        after = BEGINNING if cursor is None else place_of(WORK_PLACE, cursor)
        await read_models.catch_up_with_last_command(runtime, caller)
        today = local_day(runtime.clock.now())
        reader = Reader(today, caller.role, {})
        wanted = (today, kind, due_before, engagement, *after, limit + 1)
        pages = [await runtime.pool.fetch(QUERIES["work_items"], holder, *wanted) for holder in holders(caller)]
        rows = read_models.merged(pages, _in_order, limit + 1)
        return WorkQueuePage(
            as_of=today,
            counts=await self._counts(runtime, caller, today),
            items=[work_item(row, reader) for row in rows[:limit]],
            next=_place(rows[limit - 1]) if len(rows) > limit else None,
        )

    async def _counts(self, runtime: Runtime, caller: Principal, today: date) -> list[WorkCount]:
        waiting: Counter[str] = Counter()
        overdue: Counter[str] = Counter()
        for holder in holders(caller):
            for row in await runtime.pool.fetch(QUERIES["work_counts"], holder, today, COUNTED):
                waiting[row["kind"]] += row["waiting"]
                overdue[row["kind"]] += row["overdue"]
        return [WorkCount(kind=kind, waiting=waiting[kind], overdue=overdue[kind]) for kind in sorted(waiting)]


def _in_order(row: Mapping[str, Any]) -> WorkPlace:
    return row["rank"], row["engagement"], row["kind"], row["key"]


async def duties(source: Source, engagement: UUID, reader: Reader) -> list[WorkItem]:
    """What awaits each role in one engagement on a day, the most urgent first."""
    return [work_item(row, reader) for row in await source.fetch(QUERIES["duties"], engagement, reader.today)]


def _place(row: Mapping[str, Any]) -> str:
    return cursor_of(WORK_PLACE, _in_order(row))


def work_item(row: Mapping[str, Any], reader: Reader) -> WorkItem:
    """Something that waits, as it stands on a day, with the line that says so to who reads it."""
    due, state = row["due"], _state(row, reader.today)
    return WorkItem(
        engagement=row["engagement"],
        subject=row["subject_name"],
        procedure=row["procedure"],
        kind=row["kind"],
        key=row["key"],
        action=row["action"],
        clause=row["clause"],
        role=row["role"],
        opens=row["opens"],
        due=due,
        state=state,
        label=label(row["action"], reader.turn(row["role"]), state, due=due, at=row["at"], about=row["about"]),
        begun_at=row["begun_at"],
        details=orjson.loads(row["details"]),
    )


def _state(row: Mapping[str, Any], today: date) -> StepState:
    """A task can be done since it began, and has missed its day when that has ended: no event says so of it."""
    due, is_task = row["due"], row["begun_at"] is not None
    missed = due is not None and (due < today if is_task else row["missed_due"] == due)
    return step_state(today, opens=row["rank"] if due is None else row["opens"], due=due, missed=missed)
