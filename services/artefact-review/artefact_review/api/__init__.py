"""The routes, by subject: parse, build the command with its facts, hand it to the shell, reply."""

from fastapi import APIRouter

from artefact_review.api import artefacts, descoping, entry_gate, readiness, review, templates, versions

router = APIRouter(prefix="/engagements/{engagement}", tags=["artefact-review"])
for part in (readiness, versions, artefacts, review, descoping, entry_gate, templates):
    router.include_router(part.router)
