"""Keeps what waits for whom beside the steps: derived from all facts, because they come in any order."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson
import structlog

from chassis.eventstore.runtime import Runtime
from chassis.process.database import TRANSIENT, Connection, load_queries
from gateway.read_side.read_models import audience_of
from rulebook.engine.dating.working_days import local_day
from rulebook.engine.tasks import Occurrence, Task, TaskTrigger, open_tasks, task_forms

QUERIES: Final = load_queries(Path(__file__).parent / "work_queue.sql")
RETRY_SECONDS = 1.0
LONGEST_KEY = 200

log = structlog.get_logger()


async def derive_tasks(connection: Connection, ids: Sequence[UUID]) -> None:
    """The tasks of some engagements as all their facts say; of one whose notice has not come, none."""
    if not ids:
        return
    engagements = await connection.fetch(QUERIES["with_tasks"], ids)
    facts = await _facts(connection, ids)
    rows = [row for each in engagements for row in _rows(each, facts[each["id"]])]
    await connection.execute(QUERIES["remove_tasks"], ids)
    await connection.executemany(QUERIES["add_task"], rows)
    await connection.execute(QUERIES["tasks_derived"], ids)


def concerns_tasks(event: Occurrence) -> bool:
    """Whether a fact begins or ends a task of some kind."""
    return any(trigger.meant(event) for trigger in _triggers())


async def derive_missing(runtime: Runtime) -> None:
    """Derive the tasks of engagements that came before there were tasks, a few at a time."""
    missing = True
    while missing:
        try:
            async with runtime.pool.acquire() as connection, connection.transaction():
                ids = [row["id"] for row in await connection.fetch(QUERIES["without_tasks"])]
                await derive_tasks(connection, ids)
                await connection.execute(QUERIES["set_next_due"], ids)
            missing = bool(ids)
        except TRANSIENT as error:
            log.warning("tasks wait for the database", error=repr(error))
            await asyncio.sleep(RETRY_SECONDS)
    await asyncio.Event().wait()  # what a service does beside answering it does for ever


def _triggers() -> Iterator[TaskTrigger]:
    return (trigger for form in task_forms() for trigger in (*form.begins_on, *form.ends_on))


async def _facts(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Occurrence]]:
    found: defaultdict[UUID, list[Occurrence]] = defaultdict(list)
    names = sorted({trigger.fact for trigger in _triggers()})
    for row in await connection.fetch(QUERIES["task_facts"], ids, names):
        told = Occurrence(row["type"], row["source"], row["sequence"], row["at"], orjson.loads(row["data"]))
        found[row["engagement"]].append(told)
    return found


def _rows(engagement: Mapping[str, Any], facts: Sequence[Occurrence]) -> Iterator[tuple[object, ...]]:
    audience = audience_of({**engagement, "participants": orjson.loads(engagement["participants"])})
    for form in task_forms():
        for task in open_tasks(form, facts):
            for role in task.roles(audience):
                yield (engagement["id"], *_row(task, role))


def _row(task: Task, role: str) -> tuple[object, ...]:
    begun = task.begun_by
    return (
        *(task.form.id, _key(task), role, task.form.action, begun.values.get("clause")),
        *(_due(task), begun.at, local_day(begun.at), orjson.dumps(task.details).decode()),
    )


def _key(task: Task) -> str:
    """What tells a task from others; where that is a long text, its hash."""
    key = "/".join(task.key)
    return key if len(key) <= LONGEST_KEY else sha256(key.encode()).hexdigest()


def _due(task: Task) -> date | None:
    value = task.values.get(task.form.due) if task.form.due else None
    return date.fromisoformat(value) if value else None
