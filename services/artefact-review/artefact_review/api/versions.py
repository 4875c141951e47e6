"""The versions of each artefact, and what differs between two of them (CTSD 5.6.1.7)."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from artefact_review import read_models
from artefact_review.api.common import READING, seen, versioned
from artefact_review.domain import refusals, review_refusals
from artefact_review.domain.review import Review
from artefact_review.files.differences import differences
from artefact_review.files.limits import Upload
from chassis.eventstore.runtime import Runtime
from chassis.web.http import Caused, Run, query
from rulebook.engine.documents import Document

router = APIRouter()

Number = Annotated[int, Path(ge=1, le=10_000)]


@router.get("/artefacts/{kind}/versions", **query("read"))
async def versions(engagement: UUID, kind: str, runtime: Run, cause: Caused) -> JSONResponse:
    """The versions of a kind of artefact: each content once, as it was submitted first."""
    review, version = await seen(runtime, cause, engagement)
    document = _asked_for(review, kind)
    found = await read_models.versions(runtime.pool, str(engagement), kind)
    return versioned({"kind": kind, "title": document.title, "versions": found}, version)


@router.get("/artefacts/{kind}/versions/{was}/differences/{now}", **query("read"))
async def compare_versions(
    engagement: UUID, kind: str, was: Number, now: Number, runtime: Run, cause: Caused
) -> JSONResponse:
    """What one version of an artefact says otherwise than another: rows of tables, lines of documents."""
    review, version = await seen(runtime, cause, engagement)
    document = _asked_for(review, kind)
    found = await read_models.versions(runtime.pool, str(engagement), kind)
    old, new = _numbered(found, was, kind), _numbered(found, now, kind)
    files = await _upload(runtime, kind, old), await _upload(runtime, kind, new)
    compare = partial(differences, document.reader, *files)
    compared = await asyncio.get_running_loop().run_in_executor(READING, compare)
    return versioned({"kind": kind, "was": old, "now": new, "differences": compared}, version)


def _asked_for(review: Review, kind: str) -> Document:
    asked = {each.kind: each for each in review.profile.submittable}
    if kind not in asked:
        raise review_refusals.ArtefactKindUnknown(kind[:100], ", ".join(asked) or "none")
    return asked[kind]


def _numbered(found: Sequence[dict[str, Any]], number: int, kind: str) -> dict[str, Any]:
    if number > len(found):
        raise refusals.VersionUnknown(number, kind, len(found))
    return found[number - 1]


async def _upload(runtime: Runtime, kind: str, version: dict[str, Any]) -> Upload:
    return Upload(kind, version["file_name"], await runtime.files.get(version["sha256"]))
