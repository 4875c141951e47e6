"""Descoping and the scope (CTSD 5.2, 8.1)."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from artefact_review.aggregates import REVIEW
from artefact_review.api import schemas
from artefact_review.api.common import party_of, seen, versioned
from artefact_review.domain.descoping import (
    DecideDescoping,
    ProposeDescoping,
    WithdrawProposal,
    answer_due,
    standing,
    undecided,
)
from artefact_review.domain.events import Descoped, Proposal
from artefact_review.domain.review import Review
from artefact_review.domain.scoping import scope_of
from chassis.web.http import Caused, Run, command, query
from chassis.web.replies import respond
from rulebook.engine.scope.scope import Scope, web_services_of

router = APIRouter()


@router.post("/descoping-proposals", **command("provide"))
async def propose_descoping(engagement: UUID, body: schemas.Proposals, runtime: Run, cause: Caused) -> JSONResponse:
    """Propose to descope more than the notice said, until the scope is agreed (CTSD 5.2.5)."""
    more = tuple(Proposal(each.kind, each.item, each.reason, each.rationale) for each in body.proposals)
    wanted = ProposeDescoping(str(engagement), more, cause.actor.name, runtime.clock.now())
    return respond(await runtime.handle(cause, REVIEW, str(engagement), wanted))


@router.post("/descoping-decisions", **command("decide"))
async def decide_descoping(
    engagement: UUID, body: schemas.DescopingDecision, runtime: Run, cause: Caused
) -> JSONResponse:
    """Agree or refuse to descope a proposed item, or several together: all of them or none (CTSD 5.2.6)."""
    items, by, now = body.named(), cause.actor.name, runtime.clock.now()
    wanted = DecideDescoping(str(engagement), items, body.agreed, body.reason, by, now)
    return respond(await runtime.handle(cause, REVIEW, str(engagement), wanted))


@router.post("/descoping-withdrawals", **command("provide"))
async def withdraw_proposal(engagement: UUID, body: schemas.ProposedItems, runtime: Run, cause: Caused) -> JSONResponse:
    """Propose no longer to descope an item, or several, so that they are tested (CTSD 5.2.5)."""
    wanted = WithdrawProposal(str(engagement), body.named(), cause.actor.name, runtime.clock.now())
    return respond(await runtime.handle(cause, REVIEW, str(engagement), wanted))


@router.get("/scope", **query("read"))
async def scope(engagement: UUID, runtime: Run, cause: Caused) -> JSONResponse:
    """The tests to execute: as agreed, or as they would be if every open proposal were agreed (CTSD 5.2, 8.1)."""
    review, version = await seen(runtime, cause, engagement)
    tests = scope_of(review, await party_of(runtime.pool, review))
    status = "agreed" if review.agreed else "provisional"
    return versioned({"status": status, **_scope(review, tests)}, version)


def _scope(review: Review, scope: Scope) -> dict[str, Any]:
    return {
        "role": scope.role,
        "rulebook": scope.version,
        "counts": dict(scope.counts()),
        "tests": [vars(test) for test in scope.tests],
        "srvs": scope.srvs,
        "certified": scope.already,
        "descoping": [
            {**vars(proposal), "status": standing(Descoped(proposal.kind, proposal.item), review)}
            for proposal in review.proposals
        ],
        "answer_due": answer_due(review) if undecided(review) else None,
        "web_services": web_services_of(review.profile, review.opened.subject.fields),
        "errata": [vars(erratum) for erratum in scope.errata],
    }
