"""Templates of what is to be written (CTSD 9, Annex D)."""

import asyncio
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from artefact_review import templates
from artefact_review.api.common import party_of, seen
from artefact_review.domain import refusals, reporting
from artefact_review.domain.descoping import left_out
from artefact_review.domain.party import Party
from artefact_review.domain.review import Review
from artefact_review.domain.scoping import scope_of
from artefact_review.files.writing import csv_file, docx, xlsx
from chassis.web.http import Caused, Run, query
from chassis.web.replies import file_reply
from rulebook.engine.dating.working_days import calendar

router = APIRouter()

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CSV = "text/csv; charset=utf-8"
READINESS_REPORT = "readiness-report"


@router.get("/templates/{template}", response_class=Response, **query("read"))
async def template(
    engagement: UUID,
    template: str,
    runtime: Run,
    cause: Caused,
    format: Annotated[
        Literal["xlsx", "docx", "csv"] | None,
        Query(description="xlsx where none is named; csv is for the artefacts of one table. A report comes as JSON."),
    ] = None,
) -> Response:
    """A template, prefilled from the engagement and its scope (CTSD 9, Annex D)."""
    review, _ = await seen(runtime, cause, engagement)
    readers = {each.kind: each.reader for each in review.profile.submittable if each.reader in templates.READERS}
    reported = (READINESS_REPORT,) if reporting.weeks_of(review) else ()
    if template not in (*readers, *reported):
        raise refusals.TemplateUnknown(template[:100], ", ".join((*readers, *reported)) or "none")
    if format == "csv" and readers.get(template) not in templates.OF_ONE_TABLE:
        tables = [kind for kind, reader in readers.items() if reader in templates.OF_ONE_TABLE]
        raise refusals.TemplateNotCsv(template, ", ".join(tables) or "none")
    if template not in readers:
        if format:
            raise refusals.TemplateIsJson(template, format)
        today = calendar().day_of(runtime.clock.now())
        return JSONResponse(templates.readiness_report(*reporting.next_due(review, today)))
    sheets = templates.sheets(readers[template], _engagement(review, await party_of(runtime.pool, review)))
    if format == "csv":
        return file_reply(csv_file(next(iter(sheets.values()))), f"{template}.csv", CSV)
    if format == "docx":
        title = f"{_title(review, template)}: {review.opened.subject.name}"
        return file_reply(await asyncio.to_thread(docx, title, sheets), f"{template}.docx", DOCX)
    return file_reply(await asyncio.to_thread(xlsx, sheets), f"{template}.xlsx", XLSX)


def _title(review: Review, template: str) -> str:
    return next(each.title for each in review.profile.artefacts if each.kind == template)


def _engagement(review: Review, party: Party) -> templates.Engagement:
    out = {(item.kind, item.item) for item in left_out(review)}
    kept = [one for one in review.proposals if (one.kind, one.item) in out]
    return templates.Engagement(review.opened.subject.name, review.start_date, scope_of(review, party), kept)
