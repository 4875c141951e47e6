"""Keeps the read side from what all services publish, in the transaction of the batch that brings it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, Final
from uuid import UUID

import orjson

from chassis.messaging.handlers import Projection, Received
from chassis.process.database import Connection
from contracts import REGISTRY, execution_tracker
from contracts import notification as timetable
from contracts.topics import ARTEFACT_REVIEW, CERTIFICATION, DISPUTES, EXECUTION_TRACKER, NOTIFICATION
from gateway.read_side.digests import digest
from gateway.read_side.phases import MILESTONES, Milestones, ended_at, phase
from gateway.read_side.read_models import QUERIES
from gateway.read_side.tasks import QUERIES as WORK
from gateway.read_side.tasks import concerns_tasks, derive_tasks
from kernel.identifiers import uuid_of
from rulebook.engine.profile import profile
from rulebook.engine.tasks import Occurrence

TOPICS: Final = {topic.name for topic in (NOTIFICATION, ARTEFACT_REVIEW, EXECUTION_TRACKER, CERTIFICATION, DISPUTES)}

NOTICE: Final = timetable.EngagementNotified.fact()
DATING: Final = (NOTICE, timetable.TimetableChanged.fact(), timetable.StepCompleted.fact())
"""The facts by which a step is owed, by a date, or is owed no more."""

Message = tuple[UUID, Received[Any]]


async def apply(connection: Connection, received: Sequence[Received[Any]]) -> None:
    """Take in a batch. What is not about an engagement is left out."""
    messages = [(id, each) for each in received if (id := uuid_of(each.subject)) is not None]
    results = [(id, each) for id, each in messages if isinstance(each.contract, execution_tracker.ResultRecorded)]
    others = [(id, each) for id, each in messages if not isinstance(each.contract, execution_tracker.ResultRecorded)]
    told = [(id, _told(each)) for id, each in others]
    await connection.execute(QUERIES["lock_engagements"], sorted({id for id, _ in messages}))
    await connection.executemany(QUERIES["put_result"], _results(results))
    await connection.executemany(QUERIES["add_fact"], [_fact(id, event) for id, event in told])
    for id, each in others:
        await _apply(connection, id, each.contract)
    milestones = {id for id, event in told if event.fact in MILESTONES}
    await _set_phases(connection, sorted({*milestones, *(id for id, _ in results)}))
    await _set_work(connection, told, milestones)


async def _set_work(connection: Connection, told: Sequence[tuple[UUID, Occurrence]], milestones: Set[UUID]) -> None:
    """What waits for whom, of engagements about which something was said that concerns it; a milestone may end one.

    What came before a notice has waited for it.
    """
    dated = milestones | {id for id, event in told if event.fact in DATING}
    tasked = milestones | {id for id, event in told if event.fact == NOTICE or concerns_tasks(event)}
    if not dated | tasked:
        return
    await connection.execute(WORK["give_steps"], sorted(dated))
    await derive_tasks(connection, sorted(tasked))
    await connection.execute(WORK["set_next_due"], sorted(dated | tasked))


def _results(messages: Iterable[Message]) -> list[tuple[object, ...]]:
    """Regression runs are kept apart from a test's result (CTSD 6.7.1)."""
    rows = [(id, each.contract) for id, each in messages]
    return [(id, row.test, row.outcome, row.executed_at) for id, row in rows if row.purpose != "regression"]


def _told(received: Received[Any]) -> Occurrence:
    """What a service said, in digest."""
    contract = received.contract
    return Occurrence(contract.fact(), received.source, received.sequence or 0, received.at, digest(contract))


def _fact(id: UUID, event: Occurrence) -> tuple[object, ...]:
    return id, event.source, event.sequence, event.fact, event.at, orjson.dumps(event.values).decode()


async def _apply(connection: Connection, id: UUID, fact: Any) -> None:
    match fact:
        case timetable.EngagementNotified():
            await connection.execute(QUERIES["add_engagement"], id, *_engagement(fact))
            await connection.executemany(QUERIES["add_reader"], _readers(id, fact))
        case timetable.ParticipantNamed():
            await connection.execute(QUERIES["call_participant"], id, fact.organisation, fact.name)
        case timetable.StartRescheduled():
            await connection.execute(QUERIES["move_start"], id, fact.start_date)
            await connection.execute(QUERIES["reopen_steps"], id, list(fact.reopened))
        case timetable.TimetableChanged():
            await connection.executemany(QUERIES["put_step"], [_step(id, row) for row in fact.deadlines])
            await connection.execute(QUERIES["withdraw_steps"], id, list(fact.withdrawn))
        case timetable.EngagementWithdrawn():
            await connection.execute(QUERIES["end_steps"], id)
        case timetable.StepCompleted():
            done = (fact.done_on, fact.done_by, fact.in_time)
            await connection.execute(QUERIES["step_done"], id, fact.key, *done)
        case timetable.DeadlineMissed():
            await connection.execute(QUERIES["step_missed"], id, fact.key, fact.due, fact.missed_at)
        case timetable.DeadlineReminded():
            await connection.execute(QUERIES["step_reminded"], id, fact.key, fact.reminded_at)
        case execution_tracker.IssueChanged():
            await connection.execute(QUERIES["put_issue"], id, fact.issue, fact.severity, fact.status)


def _engagement(fact: timetable.EngagementNotified) -> tuple[object, ...]:
    subject = fact.subject
    return (
        *(fact.procedure, fact.rulebook, subject.kind, subject.id, subject.name),
        orjson.dumps(subject.fields).decode(),
        orjson.dumps([each.model_dump() for each in fact.participants]).decode(),
        *(fact.start_date, fact.notified_at),
    )


def _readers(id: UUID, fact: timetable.EngagementNotified) -> Iterator[tuple[object, ...]]:
    """The roles that may read the engagement, each with the organisation that holds it, where one must."""
    taking_part = {each.role: each.organisation for each in fact.participants}
    audience = profile(fact.procedure, fact.rulebook).audience(taking_part)
    for role in audience.holders("read"):
        held_by = audience.organisations.get(role)
        if role not in audience.organisations or held_by is not None:
            yield id, role, held_by, fact.notified_at


def _step(id: UUID, row: timetable.DeadlineRow) -> tuple[object, ...]:
    return (
        *(id, row.key, row.ref, row.action, row.sender, row.recipient, row.method, row.clause),
        *(row.opens, row.due, row.conditional, row.why, row.at, row.about),
    )


async def _set_phases(connection: Connection, ids: Sequence[UUID]) -> None:
    """Looked at anew from all facts, because those of different services come in any order."""
    if not ids:
        return
    tested = {row["id"] for row in await connection.fetch(QUERIES["tested"], ids)}
    latest = await _milestones(connection, ids)
    rows = []
    for row in await connection.fetch(QUERIES["procedures"], ids):
        id, rules = row["id"], profile(row["procedure"], row["rulebook"])
        rows.append((id, phase(rules, latest[id], began=id in tested), ended_at(rules, latest[id])))
    await connection.executemany(QUERIES["set_phase"], rows)


async def _milestones(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, Milestones]:
    latest: dict[UUID, dict[str, dict[str, Any]]] = {id: {} for id in ids}
    for row in await connection.fetch(QUERIES["milestones"], ids, list(MILESTONES)):
        digested = {**orjson.loads(row["data"]), "at": row["at"]}
        latest[row["engagement"]].setdefault(row["type"], {})[row["about"]] = digested
    return latest


PROJECTION: Final = Projection(
    contracts=tuple(contract for contract in REGISTRY.values() if contract.TOPIC in TOPICS), apply=apply
)
