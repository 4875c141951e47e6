"""Keeps the read side from what all services publish, in the transaction of the batch that brings it."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import orjson

from chassis.messaging.handlers import Projection, Received
from chassis.process.database import Connection
from contracts import REGISTRY, execution_tracker
from contracts import notification as timetable
from contracts.certification import CertificateIssued
from contracts.topics import ARTEFACT_REVIEW, CERTIFICATION, DISPUTES, EXECUTION_TRACKER, NOTIFICATION
from gateway.read_side.facts import MILESTONES, digest, phase
from gateway.read_side.read_models import QUERIES, latest_facts
from kernel.identifiers import uuid_of

TOPICS: Final = {topic.name for topic in (NOTIFICATION, ARTEFACT_REVIEW, EXECUTION_TRACKER, CERTIFICATION, DISPUTES)}

Message = tuple[UUID, Received[Any]]


async def apply(connection: Connection, received: Sequence[Received[Any]]) -> None:
    """Take in a batch. What is not about an engagement is left out."""
    messages = [(id, each) for each in received if (id := uuid_of(each.subject)) is not None]
    results = [(id, each) for id, each in messages if isinstance(each.contract, execution_tracker.ResultRecorded)]
    others = [(id, each) for id, each in messages if not isinstance(each.contract, execution_tracker.ResultRecorded)]
    await connection.executemany(QUERIES["put_result"], _results(results))
    await connection.executemany(QUERIES["add_fact"], _facts(others))
    for id, each in others:
        await _apply(connection, id, each.contract)
    milestones = (id for id, each in others if each.contract.fact() in MILESTONES)
    await _set_phases(connection, sorted({*milestones, *(id for id, _ in results)}))


def _results(messages: Iterable[Message]) -> list[tuple[object, ...]]:
    """Regression runs are kept apart from a test's result (CTSD 6.7.1)."""
    rows = [(id, each.contract) for id, each in messages]
    return [(id, row.test, row.outcome, row.executed_at) for id, row in rows if row.purpose != "regression"]


def _facts(messages: Iterable[Message]) -> list[tuple[object, ...]]:
    return [
        (
            id,
            each.source,
            each.sequence or 0,
            each.contract.fact(),
            each.at,
            orjson.dumps(digest(each.contract)).decode(),
        )
        for id, each in messages
    ]


async def _apply(connection: Connection, id: UUID, fact: Any) -> None:
    match fact:
        case timetable.EngagementNotified():
            whose = (fact.party, fact.party_name, fact.role, fact.procedure, fact.rulebook)
            await connection.execute(QUERIES["add_engagement"], id, *whose, fact.start_date, fact.notified_at)
        case timetable.StartRescheduled():
            await connection.execute(QUERIES["move_start"], id, fact.start_date)
        case timetable.TimetableChanged():
            await connection.executemany(QUERIES["put_step"], [_step(id, row) for row in fact.deadlines])
            await connection.execute(QUERIES["withdraw_steps"], id, list(fact.withdrawn))
        case timetable.StepCompleted():
            done = (fact.done_on, fact.done_by, fact.in_time)
            await connection.execute(QUERIES["step_done"], id, fact.key, *done)
        case timetable.DeadlineMissed():
            await connection.execute(QUERIES["step_missed"], id, fact.key, fact.due, fact.missed_at)
        case timetable.DeadlineReminded():
            await connection.execute(QUERIES["step_reminded"], id, fact.key, fact.reminded_at)
        case execution_tracker.IssueRaised():
            await connection.execute(QUERIES["put_issue"], id, fact.issue, fact.severity)
        case execution_tracker.IssueClosed():
            await connection.execute(QUERIES["close_issue"], id, fact.issue)


def _step(id: UUID, row: timetable.DeadlineRow) -> tuple[object, ...]:
    return (
        *(id, row.key, row.ref, row.action, row.sender, row.recipient, row.method, row.clause),
        *(row.opens, row.due, row.conditional, row.why),
    )


async def _set_phases(connection: Connection, ids: Sequence[UUID]) -> None:
    """Looked at anew from all facts, because those of different services come in any order."""
    if not ids:
        return
    tested = {row["id"] for row in await connection.fetch(QUERIES["tested"], ids)}
    latest = await latest_facts(connection, ids, MILESTONES)
    ended = {id: facts[CertificateIssued.fact()]["at"] for id, facts in latest.items() if _has_ended(facts)}
    rows = [(id, phase(facts, began=id in tested), ended.get(id)) for id, facts in latest.items()]
    await connection.executemany(QUERIES["set_phase"], rows)


def _has_ended(facts: Any) -> bool:
    return CertificateIssued.fact() in facts


PROJECTION: Final = Projection(
    contracts=tuple(contract for contract in REGISTRY.values() if contract.TOPIC in TOPICS), apply=apply
)
