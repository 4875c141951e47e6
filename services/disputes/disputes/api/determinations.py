"""What the body that a matter was put to does: the one that the referral lies before, and nobody else."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from chassis.web.http import Caused, Run, command
from chassis.web.replies import respond
from disputes.aggregates import MATTERS
from disputes.api.referrals import Right
from disputes.api.schemas import Correction, Determination, Question
from disputes.domain.determining import AcknowledgeReferral, CorrectDetermination, DetermineMatter, RequestInformation

router = APIRouter(tags=["disputes"])


@router.post("/engagements/{engagement}/referrals/{right}/acknowledgement", **command("determine"))
async def acknowledge_referral(engagement: UUID, right: Right, runtime: Run, cause: Caused) -> JSONResponse:
    """Say that the referral has come."""
    actor, now = cause.actor, runtime.clock.now()
    acknowledgement = AcknowledgeReferral(right, actor.role, actor.name, now)
    return respond(await runtime.handle(cause, MATTERS, str(engagement), acknowledgement))


@router.post("/engagements/{engagement}/referrals/{right}/questions", **command("determine"))
async def request_information(
    engagement: UUID, right: Right, body: Question, runtime: Run, cause: Caused
) -> JSONResponse:
    """Ask one of those who take part for more, by a day where one is named."""
    actor, now = cause.actor, runtime.clock.now()
    question = RequestInformation(right, body.question, body.of, body.wanted_by, actor.role, actor.name, now)
    return respond(await runtime.handle(cause, MATTERS, str(engagement), question))


@router.post("/engagements/{engagement}/referrals/{right}/determination", **command("determine"))
async def determine_matter(
    engagement: UUID, right: Right, body: Determination, runtime: Run, cause: Caused
) -> JSONResponse:
    """Determine the matter, with reasons; whether that is final follows from the right."""
    actor, now = cause.actor, runtime.clock.now()
    determination = DetermineMatter(right, body.upheld, body.reasons, actor.role, actor.name, now)
    return respond(await runtime.handle(cause, MATTERS, str(engagement), determination))


@router.post("/engagements/{engagement}/referrals/{right}/correction", **command("determine"))
async def correct_determination(
    engagement: UUID, right: Right, body: Correction, runtime: Run, cause: Caused
) -> JSONResponse:
    """Correct a slip in the reasons of a determination; what was determined stands."""
    actor, now = cause.actor, runtime.clock.now()
    correction = CorrectDetermination(right, body.reasons, body.because, actor.role, actor.name, now)
    return respond(await runtime.handle(cause, MATTERS, str(engagement), correction))
