"""The entry gate, its criteria, and the evidence for them (CTSD 5.6.1.9, 5.8)."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from artefact_review.aggregates import REVIEW
from artefact_review.api import schemas
from artefact_review.api.common import party_of, seen, versioned
from artefact_review.domain import decisions, guards
from artefact_review.domain.entry_gate import DecideGate
from artefact_review.domain.events import Outstanding, PlannedDay
from artefact_review.domain.evidence import GiveEntryEvidence
from artefact_review.domain.judging import Grounds, current_verdicts
from artefact_review.domain.provisional import lapses_at
from artefact_review.domain.review import Review
from chassis.process.database import Connection
from chassis.web.http import Caused, Run, command, query
from chassis.web.replies import respond
from rulebook.engine.dating.working_days import calendar

router = APIRouter()


@router.post("/entry-evidence", **command("attest"))
async def give_entry_evidence(
    engagement: UUID, body: schemas.EntryEvidence, runtime: Run, cause: Caused
) -> JSONResponse:
    """Give evidence for an entry criterion, in the role that it asks for it (CTSD 5.8.1 d to f)."""
    caller, now = cause.actor, runtime.clock.now()
    wanted = GiveEntryEvidence(
        str(engagement), body.criterion, body.statement, body.reference, caller.role, caller.name, now
    )
    return respond(await runtime.handle(cause, REVIEW, str(engagement), wanted))


@router.get("/entry-criteria", **query("read"))
async def entry_verdicts(engagement: UUID, runtime: Run, cause: Caused) -> JSONResponse:
    """Every entry criterion with its verdict as of now, or as the gate confirmed it (CTSD 5.8.1)."""
    review, version = await seen(runtime, cause, engagement)
    party = await party_of(runtime.pool, review)
    gate = guards.entry_gate(review)
    texts = {each.id: {"text": each.text, "evidence_by": each.evidence_by} for each in gate.criteria}
    judged = current_verdicts(review, Grounds(party, calendar().day_of(runtime.clock.now())))
    rows = [{**vars(verdict), **texts[verdict.criterion]} for verdict in judged]
    chain = [{"body": each.body, "clause": each.clause} for each in gate.chain]
    return versioned(
        {
            "gate": review.gate,
            "chain": chain,
            "approvals": [each.body for each in review.approvals],
            "approves": gate.approves,
            "provisional": _provisional(review),
            "met": all(row["met"] for row in rows),
            "criteria": rows,
        },
        version,
    )


@router.post("/entry-gate", **command("decide"))
async def decide_entry_gate(engagement: UUID, body: schemas.EntryGate, runtime: Run, cause: Caused) -> JSONResponse:
    """Decide the entry gate as a body of its chain: ready, or prevented for a criterion that is not met (CTSD 5.8.2a).

    The last body's word, or an earlier one's refusal, holds the gate (5.6.1.9). It may approve provisionally what waits
    for documents only (5.8.2c): with the last of them the gate is ready by itself, without them the approval lapses.
    """
    review, _ = await seen(runtime, cause, engagement)

    async def gather(connection: Connection) -> decisions.Command:
        return DecideGate(
            engagement=str(engagement),
            body=cause.actor.role,
            outcome=body.outcome,
            start_date=body.start_date,
            schedule=tuple(PlannedDay(planned.day, planned.tests) for planned in body.schedule),
            reason=body.reason,
            approved=body.approved,
            not_met=body.not_met,
            party=await party_of(connection, review),
            by=cause.actor.name,
            now=runtime.clock.now(),
            outstanding=tuple(Outstanding(each.criterion, each.document, each.by) for each in body.outstanding),
            reschedule=body.reschedule,
        )

    return respond(await runtime.handle(cause, REVIEW, str(engagement), gather))


def _provisional(review: Review) -> dict[str, Any] | None:
    """What a provisional approval waits for, or waited for when it lapsed."""
    if review.lapsed:
        return {"lapsed_at": review.lapsed.lapsed_at, "outstanding": [vars(each) for each in review.lapsed.outstanding]}
    if (standing := review.provisional) is None:
        return None
    outstanding = [{**vars(each), "provided": each not in standing.open} for each in standing.approval.outstanding]
    return {"approved_at": standing.approval.approved_at, "lapses_at": lapses_at(review), "outstanding": outstanding}
