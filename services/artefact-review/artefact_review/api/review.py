"""The review of the artefacts, and what is said of each deficiency (CTSD 5.6.1.6 to 5.6.1.8)."""

from hashlib import sha256
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import JSONResponse

from artefact_review.aggregates import REVIEW
from artefact_review.api import schemas
from artefact_review.api.common import party_of, seen, versioned
from artefact_review.domain import decisions, reviewing
from artefact_review.domain.conversing import DiscussDeficiency
from artefact_review.domain.deficiencies import DeficiencyState
from artefact_review.domain.review_events import Attachment, Override, Turn
from artefact_review.files.limits import UPLOAD_BYTES
from chassis.eventstore.cause import Cause
from chassis.eventstore.runtime import Runtime
from chassis.process.database import Connection
from chassis.web.http import Caused, Run, bare_name, command, query, read_upload
from chassis.web.replies import respond

router = APIRouter()

Said = Annotated[str, Form(max_length=10_000)]
Attached = Annotated[list[UploadFile] | None, File()]


@router.post("/reviewers", **command("review"))
async def assign_reviewers(engagement: UUID, body: schemas.Reviewers, runtime: Run, cause: Caused) -> JSONResponse:
    """Name who reviews for the caller's role; from then on nobody else does."""
    caller, now = cause.actor, runtime.clock.now()
    wanted = reviewing.AssignReviewers(str(engagement), body.reviewers, caller.role, caller.name, now)
    return respond(await runtime.handle(cause, REVIEW, str(engagement), wanted))


@router.post("/review", **command("review"))
async def review_artefacts(
    engagement: UUID, body: schemas.ReviewOfArtefacts, runtime: Run, cause: Caused
) -> JSONResponse:
    """Accept the submission, with conditions or without, or return it with deficiencies (CTSD 5.6.1.6, 5.6.1.8)."""
    review, _ = await seen(runtime, cause, engagement)
    remarks = tuple(
        reviewing.Remark(each.artefact, each.text, each.location, each.severity, each.due) for each in body.deficiencies
    )

    async def gather(connection: Connection) -> decisions.Command:
        return reviewing.ReviewArtefacts(
            engagement=str(engagement),
            outcome=body.outcome,
            deficiencies=remarks,
            party=await party_of(connection, review),
            role=cause.actor.role,
            by=cause.actor.name,
            now=runtime.clock.now(),
            submission=body.submission,
            overrides=tuple(Override(each.check, each.reason) for each in body.overrides),
            reschedule=body.reschedule,
        )

    return respond(await runtime.handle(cause, REVIEW, str(engagement), gather))


@router.get("/deficiencies", **query("read"))
async def deficiencies(engagement: UUID, runtime: Run, cause: Caused) -> JSONResponse:
    """Every deficiency: its place, how it stands, and what both sides said of it."""
    review, version = await seen(runtime, cause, engagement)
    return versioned({"deficiencies": [_deficiency(each) for each in review.deficiencies.values()]}, version)


@router.post("/deficiencies/{deficiency}/responses", **command("provide"))
async def respond_to_deficiency(
    engagement: UUID,
    deficiency: str,
    runtime: Run,
    cause: Caused,
    turn: Annotated[Literal["comment", "resolution-proposed"], Form()],
    text: Said = "",
    attachments: Attached = None,
) -> JSONResponse:
    """Comment on a deficiency, or propose how it is resolved, perhaps with files (CTSD 5.6.1.7)."""
    return await _take_turn(engagement, deficiency, turn, text, attachments, runtime, cause)


@router.post("/deficiencies/{deficiency}/answers", **command("review"))
async def answer_on_deficiency(
    engagement: UUID,
    deficiency: str,
    runtime: Run,
    cause: Caused,
    turn: Annotated[Literal["comment", "resolution-accepted", "resolution-refused"], Form()],
    text: Said = "",
    attachments: Attached = None,
) -> JSONResponse:
    """Comment on a deficiency, or accept or refuse the resolution proposed, perhaps with files (CTSD 5.6.1.8)."""
    return await _take_turn(engagement, deficiency, turn, text, attachments, runtime, cause)


async def _take_turn(
    engagement: UUID,
    deficiency: str,
    turn: Turn,
    text: str,
    attachments: list[UploadFile] | None,
    runtime: Runtime,
    cause: Cause,
) -> JSONResponse:
    sent = [(bare_name(each), await read_upload(each, limit=UPLOAD_BYTES)) for each in attachments or ()]
    said = DiscussDeficiency(
        engagement=str(engagement),
        deficiency=deficiency,
        turn=turn,
        text=text,
        attachments=tuple(Attachment(name, sha256(data).hexdigest(), len(data)) for name, data in sent),
        role=cause.actor.role,
        by=cause.actor.name,
        now=runtime.clock.now(),
    )
    return respond(await runtime.handle(cause, REVIEW, str(engagement), said, files=[data for _, data in sent]))


def _deficiency(each: DeficiencyState) -> dict[str, Any]:
    turns = [{**vars(turn), "attachments": [vars(file) for file in turn.attachments]} for turn in each.conversation]
    return {
        **vars(each.deficiency),
        "condition": each.condition,
        "standing": each.standing,
        "conversation": turns,
    }
