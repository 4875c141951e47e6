"""The artefacts: handing them in, trying, submitting and reading them (CTSD 5.6.1.5, 5.6.1.7)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import UploadFile

from artefact_review import read_models
from artefact_review.aggregates import REVIEW
from artefact_review.api.common import READING, checked, party_of, seen, versioned
from artefact_review.domain import decisions, refusals, review_refusals, submission, updating
from artefact_review.domain.artefacts import Artefact
from artefact_review.domain.events import ArtefactsSubmitted, ArtefactsUpdated
from artefact_review.domain.review import Review
from artefact_review.domain.reviewing import awaited
from artefact_review.files.limits import UPLOAD_BYTES
from artefact_review.files.reading import read_artefact
from chassis.eventstore.cause import Cause
from chassis.eventstore.runtime import Runtime
from chassis.process.database import Connection
from chassis.web.http import Caused, Run, bare_name, command, query, read_upload
from chassis.web.replies import file_reply, respond
from rulebook.engine.documents import Document
from rulebook.engine.profile import Profile

router = APIRouter()

Hash = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
FORM = {
    "type": "object",
    "description": "A file for each kind of artefact of the procedure, its field named as the kind, with _ for -.",
    "additionalProperties": {"type": "string", "format": "binary"},
}


@dataclass(frozen=True)
class Upload:
    """A file as it was sent, for which kind of artefact and reader."""

    kind: str
    reader: str
    file_name: str
    data: bytes


def _taking_files(route: dict[str, Any]) -> dict[str, Any]:
    body = {"required": True, "content": {"multipart/form-data": {"schema": FORM}}}
    return {**route, "openapi_extra": {**route["openapi_extra"], "requestBody": body}}


@router.post("/artefacts", status_code=201, **_taking_files(command("provide")))
async def submit_artefacts(
    engagement: UUID,
    request: Request,
    runtime: Run,
    cause: Caused,
    keep: Annotated[bool, Query(description="keep them only; POST artefacts/submission submits them")] = False,
) -> JSONResponse:
    """Submit the artefacts (CTSD 5.6.1.5): every kind of the procedure at first, then the revised ones (5.6.1.7)."""
    review, _ = await seen(runtime, cause, engagement)
    uploads = await _uploads(request, review.profile.handed_in, review.profile.title)
    artefacts = await _read(uploads)
    data = [upload.data for upload in uploads]
    if keep:
        kept = submission.KeepArtefacts(str(engagement), artefacts, cause.actor.name, runtime.clock.now())
        return respond(await runtime.handle(cause, REVIEW, str(engagement), kept, _kept, data), 201)
    gather = _submitting(engagement, artefacts, review, runtime, cause)
    return respond(await runtime.handle(cause, REVIEW, str(engagement), gather, _submitted, data), 201)


@router.post("/artefacts/submission", status_code=201, **command("provide"))
async def submit_for_review(engagement: UUID, runtime: Run, cause: Caused) -> JSONResponse:
    """Submit for review what was handed in before with `keep`."""
    review, _ = await seen(runtime, cause, engagement)
    gather = _submitting(engagement, (), review, runtime, cause)
    return respond(await runtime.handle(cause, REVIEW, str(engagement), gather, _submitted), 201)


@router.post("/artefacts/updates", status_code=201, **_taking_files(command("provide")))
async def update_artefacts(engagement: UUID, request: Request, runtime: Run, cause: Caused) -> JSONResponse:
    """Hand in new versions while tests run, of artefacts that are kept up to date (CTSD 5.10.1): no gate follows."""
    review, _ = await seen(runtime, cause, engagement)
    uploads = await _uploads(request, review.profile.submittable, review.profile.title)
    artefacts = await _read(uploads)

    async def gather(connection: Connection) -> decisions.Command:
        party = await party_of(connection, review)
        return updating.UpdateArtefacts(str(engagement), artefacts, party, cause.actor.name, runtime.clock.now())

    data = [upload.data for upload in uploads]
    return respond(await runtime.handle(cause, REVIEW, str(engagement), gather, _submitted, data), 201)


@router.post("/artefacts/dry-run", **_taking_files(query("provide")))
async def try_artefacts(engagement: UUID, request: Request, runtime: Run, cause: Caused) -> JSONResponse:
    """Run the checks of a submission without submitting: nothing is kept."""
    review, version = await seen(runtime, cause, engagement)
    artefacts = await _read(await _uploads(request, review.profile.handed_in, review.profile.title))
    tried = submission.with_artefacts(artefacts, review)
    found = submission.findings(tried, await party_of(runtime.pool, review))
    return versioned({**checked(found), "read": _how_read(artefacts)}, version)


@router.get("/artefacts", **query("read"))
async def artefacts(engagement: UUID, runtime: Run, cause: Caused) -> JSONResponse:
    """Every submission: its files, what the checks found, and its review; what the checks say today, who is awaited."""
    review, version = await seen(runtime, cause, engagement)
    submissions = await read_models.submissions(runtime.pool, str(engagement))
    party = await party_of(runtime.pool, review)
    today = checked(submission.findings(review, party)) if review.submission else None
    kinds = [{"kind": each.kind, "title": each.title} for each in review.profile.handed_in]
    documents = [_document(each, review.profile) for each in review.profile.artefacts]
    content = {
        "kinds": kinds,
        "documents": documents,
        "submissions": submissions,
        "today": today,
        "outcome": review.outcome,
        "kept": [_file(each) for each in review.kept],
        "awaited": [{"role": role, "reviewers": review.reviewers.get(role, ())} for role in awaited(review)],
        "signed_off": [{"role": each.role, "by": each.signed_off_by} for each in review.signed_off],
        "overrides": [vars(each) for each in review.overrides],
    }
    return versioned(content, version)


@router.get("/artefacts/{sha256}", response_class=Response, **query("read"))
async def download(engagement: UUID, sha256: Hash, runtime: Run, cause: Caused) -> Response:
    """The bytes of a file that was submitted, kept, or sent along with what was said of a deficiency."""
    review, _ = await seen(runtime, cause, engagement)
    name = await read_models.file_name(runtime.pool, str(engagement), sha256) or _named(review, sha256)
    if name is None:
        raise refusals.ArtefactUnknown(sha256)
    return file_reply(await runtime.files.get(sha256), name, "application/octet-stream")


def _submitting(
    engagement: UUID, artefacts: tuple[Artefact, ...], review: Review, runtime: Runtime, cause: Cause
) -> Callable[[Connection], Awaitable[decisions.Command]]:
    async def gather(connection: Connection) -> decisions.Command:
        party, now = await party_of(connection, review), runtime.clock.now()
        return submission.SubmitArtefacts(str(engagement), artefacts, party, cause.actor.name, now)

    return gather


def _named(review: Review, sha256: str) -> str | None:
    turns = (turn for each in review.deficiencies.values() for turn in each.conversation)
    names = {each.sha256: each.file_name for each in review.kept}
    names |= {file.sha256: file.file_name for turn in turns for file in turn.attachments}
    return names.get(sha256)


def _file(artefact: Artefact) -> dict[str, Any]:
    return {key: getattr(artefact, key) for key in ("kind", "file_name", "sha256", "size")}


async def _uploads(request: Request, documents: Sequence[Document], procedure: str) -> Sequence[Upload]:
    """The files of the form, each for the kind of artefact that its field names."""
    asked = {each.kind.replace("-", "_"): each for each in documents}
    if not asked:
        raise refusals.ArtefactsNotAskedFor(procedure)
    found = []
    async with request.form() as form:
        for field, value in form.multi_items():
            if field not in asked:
                raise review_refusals.ArtefactKindUnknown(field[:100], ", ".join(asked))
            if not isinstance(value, UploadFile):
                raise refusals.NotAFile(field)
            document, data = asked[field], await read_upload(value, limit=UPLOAD_BYTES)
            found.append(Upload(document.kind, document.reader, bare_name(value), data))
    return found


def _document(document: Document, profile: Profile) -> dict[str, Any]:
    """A row of Table 8: who does what with it, in which phase, for which gates, and how it comes here."""
    gates = {"entry": document.at_entry(profile.id), "exit": document.at_exit(profile.id)}
    submitted = "submitted" if document in profile.handed_in else "updated"
    return {
        "kind": document.kind,
        "title": document.title,
        "clause": document.clause,
        "phase": document.phase,
        "when": document.when,
        "provided_by": document.provided_by,
        "provider_does": document.party,
        "reviewed_by": document.reviewed_by,
        "reviewer_does": document.dcc,
        "signed_off_by": document.signed_off_by,
        "gates": [gate for gate, asks in gates.items() if asks],
        "comes": submitted if document in profile.submittable else "recorded",
    }


async def _read(uploads: Sequence[Upload]) -> tuple[Artefact, ...]:
    def read_all() -> tuple[Artefact, ...]:
        return tuple(read_artefact(each.kind, each.reader, each.file_name, each.data) for each in uploads)

    return await asyncio.get_running_loop().run_in_executor(READING, read_all)


def _kept(state: object, _events: Sequence[object]) -> dict[str, Any]:
    return {"kept": [_file(each) for each in state.kept]} if isinstance(state, Review) else {}


def _submitted(_state: object, events: Sequence[object]) -> dict[str, Any]:
    (submitted,) = (event for event in events if isinstance(event, ArtefactsSubmitted | ArtefactsUpdated))
    came = [each for each in submitted.artefacts if each.kind in submitted.changed]
    return {"submission": submitted.submission, **checked(submitted.findings), "read": _how_read(came)}


def _how_read(artefacts: Sequence[Artefact]) -> list[dict[str, Any]]:
    """What was taken for what in each file."""
    return [
        {"kind": each.kind, "file_name": each.file_name, "sha256": each.sha256, "reading": asdict(each.reading)}
        for each in artefacts
        if each.reading
    ]
