"""What the routes share: the engagement as the caller may see it, what is known of its Party, and replies."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from artefact_review import read_models
from artefact_review.aggregates import REVIEW
from artefact_review.domain.checks import failed
from artefact_review.domain.guards import known
from artefact_review.domain.measure import Finding
from artefact_review.domain.party import Party
from artefact_review.domain.review import Review
from chassis.eventstore.cause import Cause
from chassis.eventstore.runtime import Runtime
from chassis.process.database import Connection, Pool
from chassis.web.replies import etag

READING = ThreadPoolExecutor(2, "reading")
"""So many requests read files at once; the largest file costs 300 MB and ten seconds."""


async def seen(runtime: Runtime, cause: Cause, engagement: UUID) -> tuple[Review, int]:
    """The review of an engagement as the caller may see it, no older than what the caller has seen elsewhere."""
    await runtime.wait_until_seen(str(engagement), cause.after)
    state, version = await runtime.state(REVIEW, str(engagement))
    review = known(state, str(engagement))
    cause.actor.must(cause.duty or "read", REVIEW.audience(review))
    return review, version


async def party_of(connection: Connection | Pool, review: Review) -> Party:
    """What is known of the organisation that started the engagement."""
    starter = review.starter
    return await read_models.find_party(connection, starter.organisation) if starter else Party()


def versioned(content: dict[str, Any], version: int) -> JSONResponse:
    """What was asked for, with the stream's version."""
    return JSONResponse(jsonable_encoder(content), headers=etag(version))


def checked(findings: Sequence[Finding]) -> dict[str, Any]:
    """What the checks found, and whether nothing of it stands in the way."""
    return {"passed": not failed(findings), "findings": [vars(finding) for finding in findings]}
