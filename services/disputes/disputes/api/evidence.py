"""The evidence of a referral: files in the object store, by the hash of their bytes."""

from hashlib import sha256 as hashed
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Path, UploadFile
from fastapi.responses import JSONResponse, Response

from chassis.web.http import Caller, Caused, Run, bare_name, command, query, read_upload
from chassis.web.replies import file_reply, respond
from disputes.aggregates import MATTERS
from disputes.api.referrals import Right
from disputes.domain.events import EvidenceFile
from disputes.domain.evidence import GiveEvidence, evidence_file
from kernel.engagement import EngagementUnknown

MOST_FILES = 20
router = APIRouter(tags=["disputes"])
Hash = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


@router.post("/engagements/{engagement}/referrals/{right}/evidence", status_code=201, **command("answer"))
async def give_evidence(
    engagement: UUID,
    right: Right,
    files: Annotated[list[UploadFile], File(max_length=MOST_FILES, description="Whatever shows what is said.")],
    runtime: Run,
    cause: Caused,
) -> JSONResponse:
    """Give files that show what a referral or an answer says, until the matter is determined."""
    sent = [(bare_name(each), await read_upload(each)) for each in files]
    given = tuple(EvidenceFile(name, hashed(data).hexdigest(), len(data)) for name, data in sent)
    actor, now = cause.actor, runtime.clock.now()
    evidence = GiveEvidence(right, given, actor.role, actor.name, now)
    stored = [data for _, data in sent]
    return respond(await runtime.handle(cause, MATTERS, str(engagement), evidence, files=stored), 201)


@router.get("/engagements/{engagement}/referrals/{right}/evidence/{sha256}", response_class=Response, **query("read"))
async def evidence(engagement: UUID, right: Right, sha256: Hash, runtime: Run, caller: Caller) -> Response:
    """The bytes of a file that was given: whoever reads the engagement reads it, the body that decides among them."""
    matters, _ = await runtime.state(MATTERS, str(engagement))
    if matters.engagement is None:
        raise EngagementUnknown()
    caller.must("read", matters.audience)
    file = evidence_file(right, sha256, matters)
    return file_reply(await runtime.files.get(sha256), file.file_name, "application/octet-stream")
