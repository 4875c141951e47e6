"""The routes: parse, build the command, hand it to the shell, reply."""

import asyncio
from collections.abc import Sequence
from pathlib import PureWindowsPath
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, File, Path, Query, UploadFile
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse, Response

import artefact_review.api.schemas as schemas
from artefact_review import read_models, templates
from artefact_review.aggregates import REVIEW
from artefact_review.domain import decisions, descoping, entry_gate, refusals, reporting, reviewing, submission
from artefact_review.domain.checks import failed
from artefact_review.domain.criteria import Grounds, standing
from artefact_review.domain.documents import KINDS, Artefact, ArtefactKind
from artefact_review.domain.measure import Finding
from artefact_review.domain.review import ArtefactsSubmitted, Descoped, Review
from artefact_review.files.reading import read_artefact
from artefact_review.files.tables import UPLOAD_BYTES
from artefact_review.files.writing import csv_file, xlsx
from chassis.eventstore.cause import Cause
from chassis.eventstore.runtime import Runtime
from chassis.process.database import Connection
from chassis.web.http import READERS, Caused, Run, command, query, read_upload
from chassis.web.replies import etag, respond
from kernel.principal import Role
from rulebook.engine.criteria import entry_criteria
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.scope.scope import Scope, web_services

router = APIRouter(prefix="/engagements/{engagement}", tags=["artefact-review"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
Hash = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
Document = Annotated[UploadFile | None, File()]


@router.post("/readiness-reports", status_code=201, **command(Role.PARTICIPANT))
async def submit_readiness_report(
    engagement: UUID, body: schemas.ReadinessReport, runtime: Run, cause: Caused
) -> JSONResponse:
    """Give the Test Readiness Report of one week (CTSD 5.6.1.4, 6.3.3)."""
    wanted = reporting.SubmitReadinessReport(
        str(engagement), body.week, body.value(), cause.actor.name, runtime.clock.now()
    )
    outcome = await runtime.handle(cause, REVIEW, str(engagement), wanted, lambda _state, _events: {"week": body.week})
    return respond(outcome, 201)


@router.get("/readiness-reports", **query(*READERS))
async def readiness_reports(engagement: UUID, runtime: Run, cause: Caused) -> JSONResponse:
    """Every week that owes a Test Readiness Report or was reported, with the report where it was given."""
    review, version = await _seen(runtime, cause, engagement)
    reports = await read_models.readiness_reports(runtime.pool, str(engagement))
    weeks = reporting.weeks_of(review)
    shown = sorted({*weeks, *reports})
    return _versioned({"weeks": [reports.get(week, {"week": week, "report": None}) for week in shown]}, version)


@router.post("/artefacts", status_code=201, **command(Role.PARTICIPANT))
async def submit_artefacts(
    engagement: UUID,
    runtime: Run,
    cause: Caused,
    test_plan: Document = None,
    requirements_traceability_matrix: Document = None,
    test_scripts: Document = None,
    test_data_plan: Document = None,
) -> JSONResponse:
    """Submit the artefacts (CTSD 5.6.1.5): all four at first, then those that were revised (5.6.1.7)."""
    await _seen(runtime, cause, engagement)
    uploads = await _uploads(test_plan, requirements_traceability_matrix, test_scripts, test_data_plan)
    artefacts = await asyncio.to_thread(_read, uploads)
    wanted = submission.SubmitArtefacts(str(engagement), artefacts, cause.actor.name, runtime.clock.now())
    outcome = await runtime.handle(cause, REVIEW, str(engagement), wanted, _submitted, [data for *_, data in uploads])
    return respond(outcome, 201)


@router.post("/artefacts/dry-run", **query(Role.PARTICIPANT))
async def try_artefacts(
    engagement: UUID,
    runtime: Run,
    cause: Caused,
    test_plan: Document = None,
    requirements_traceability_matrix: Document = None,
    test_scripts: Document = None,
    test_data_plan: Document = None,
) -> JSONResponse:
    """Run the checks of a submission without submitting: nothing is kept."""
    review, version = await _seen(runtime, cause, engagement)
    uploads = await _uploads(test_plan, requirements_traceability_matrix, test_scripts, test_data_plan)
    artefacts = await asyncio.to_thread(_read, uploads)
    found = submission.findings(submission.on_the_table(artefacts, review), review)
    return _versioned(_checked(found), version)


@router.get("/artefacts", **query(*READERS))
async def artefacts(engagement: UUID, runtime: Run, cause: Caused) -> JSONResponse:
    """Every submission: its files, what the checks found, and DCC's review; and what the checks say today."""
    review, version = await _seen(runtime, cause, engagement)
    submissions = await read_models.submissions(runtime.pool, str(engagement))
    today = _checked(submission.findings(review.artefacts, review)) if review.artefacts else None
    return _versioned({"submissions": submissions, "today": today, "outcome": review.outcome}, version)


@router.get("/artefacts/{sha256}", response_class=Response, **query(*READERS))
async def download(engagement: UUID, sha256: Hash, runtime: Run, cause: Caused) -> Response:
    """The bytes of a submitted file."""
    await _seen(runtime, cause, engagement)
    name = await read_models.file_name(runtime.pool, str(engagement), sha256)
    if name is None:
        raise refusals.ArtefactUnknown(sha256)
    return _file(await runtime.files.get(sha256), name, "application/octet-stream")


@router.post("/review", **command(Role.DCC))
async def review_artefacts(
    engagement: UUID, body: schemas.ReviewOfArtefacts, runtime: Run, cause: Caused
) -> JSONResponse:
    """Accept the submission, or return it with deficiencies (CTSD 5.6.1.6, 5.6.1.8)."""
    remarks = tuple(reviewing.Remark(each.artefact, each.text, each.location) for each in body.deficiencies)
    wanted = reviewing.ReviewArtefacts(str(engagement), body.outcome, remarks, cause.actor.name, runtime.clock.now())
    return respond(await runtime.handle(cause, REVIEW, str(engagement), wanted))


@router.post("/descoping-decisions", **command(Role.DCC))
async def decide_descoping(
    engagement: UUID, body: schemas.DescopingDecision, runtime: Run, cause: Caused
) -> JSONResponse:
    """Agree or refuse to descope a proposed item (CTSD 5.2.6)."""
    wanted = descoping.DecideDescoping(
        str(engagement),
        Descoped(body.kind, body.item),
        body.agreed,
        body.reason,
        cause.actor.name,
        runtime.clock.now(),
    )
    return respond(await runtime.handle(cause, REVIEW, str(engagement), wanted))


@router.get("/scope", **query(*READERS))
async def scope(engagement: UUID, runtime: Run, cause: Caused) -> JSONResponse:
    """The tests to execute: as agreed, or as they would be if every open proposal were agreed (CTSD 5.2, 8.1)."""
    review, version = await _seen(runtime, cause, engagement)
    tests = descoping.provisional_scope(review)
    return _versioned({"status": "agreed" if review.agreed else "provisional", **_scope(review, tests)}, version)


@router.post("/entry-evidence", **command(Role.PARTICIPANT, Role.DCC))
async def give_entry_evidence(
    engagement: UUID, body: schemas.EntryEvidence, runtime: Run, cause: Caused
) -> JSONResponse:
    """Give evidence for an entry criterion (CTSD 5.8.1 d to f)."""
    wanted = entry_gate.GiveEntryEvidence(
        str(engagement),
        body.criterion,
        body.statement,
        body.reference,
        "dcc" if cause.actor.role is Role.DCC else "participant",
        cause.actor.name,
        runtime.clock.now(),
    )
    return respond(await runtime.handle(cause, REVIEW, str(engagement), wanted))


@router.get("/entry-criteria", **query(*READERS))
async def entry_verdicts(engagement: UUID, runtime: Run, cause: Caused) -> JSONResponse:
    """Every entry criterion with its verdict as of now, or as the gate confirmed it (CTSD 5.8.1)."""
    review, version = await _seen(runtime, cause, engagement)
    party = await read_models.find_party(runtime.pool, review.opened.party)
    texts = {
        each.id: {"text": each.text, "evidence_by": each.evidence_by}
        for each in entry_criteria(review.opened.procedure, review.rules)
    }
    judged = standing(review, Grounds(party, calendar().day_of(runtime.clock.now())))
    rows = [{**vars(verdict), **texts[verdict.criterion]} for verdict in judged]
    return _versioned({"gate": review.gate, "met": all(row["met"] for row in rows), "criteria": rows}, version)


@router.post("/entry-gate", **command(Role.DCC))
async def hold_entry_gate(engagement: UUID, body: schemas.EntryGate, runtime: Run, cause: Caused) -> JSONResponse:
    """Hold the entry quality gate: ready, or prevented for a criterion that is not met (CTSD 5.6.1.9, 5.8.2a)."""
    review, _ = await _seen(runtime, cause, engagement)
    # Only a registered Party can notify: its accession is known to notification, and may still be on its way.
    await runtime.wait_until_seen(review.opened.party, {"notification": 1})

    async def gather(connection: Connection) -> decisions.Command:
        party = await read_models.find_party(connection, review.opened.party)
        return entry_gate.HoldEntryGate(
            str(engagement),
            body.outcome,
            body.start_date,
            body.reason,
            body.readiness_report_approved,
            body.not_met,
            party,
            cause.actor.name,
            runtime.clock.now(),
        )

    return respond(await runtime.handle(cause, REVIEW, str(engagement), gather))


@router.get("/templates/{template}", response_class=Response, **query(*READERS))
async def template(
    engagement: UUID,
    template: str,
    runtime: Run,
    cause: Caused,
    format: Annotated[Literal["xlsx", "csv"], Query(description="csv is for the artefacts of one table")] = "xlsx",
) -> Response:
    """A template, prefilled from the engagement and its scope (CTSD 9, Annex D)."""
    review, _ = await _seen(runtime, cause, engagement)
    if template not in KINDS and template != "readiness-report":
        raise refusals.TemplateUnknown(template[:100], ", ".join((*KINDS, "readiness-report")))
    if format == "csv" and template not in templates.OF_ONE_TABLE:
        raise refusals.TemplateNotCsv(template, ", ".join(templates.OF_ONE_TABLE))
    if template not in KINDS:
        today = calendar().day_of(runtime.clock.now())
        return JSONResponse(templates.readiness_report(*reporting.next_due(review, today)))
    sheets = templates.sheets(template, _engagement(review))
    if format == "csv":
        return _file(csv_file(next(iter(sheets.values()))), f"{template}.csv", CSV)
    return _file(await asyncio.to_thread(xlsx, sheets), f"{template}.xlsx", XLSX)


async def _seen(runtime: Runtime, cause: Cause, engagement: UUID) -> tuple[Review, int]:
    """The review of an engagement as the caller may see it, no older than what the caller has seen elsewhere."""
    await runtime.wait_until_seen(str(engagement), cause.after)
    state, version = await runtime.state(REVIEW, str(engagement))
    review = decisions.known(state, str(engagement))
    cause.actor.may_see(review.opened.party)
    return review, version


Uploads = Sequence[tuple[ArtefactKind, str, bytes]]


async def _uploads(*documents: UploadFile | None) -> Uploads:
    pairs = zip(KINDS, documents, strict=True)
    return [(kind, _name(file), await read_upload(file, limit=UPLOAD_BYTES)) for kind, file in pairs if file]


def _read(uploads: Uploads) -> tuple[Artefact, ...]:
    return tuple(read_artefact(*upload) for upload in uploads)


def _name(file: UploadFile) -> str:
    """The last part of a file's name, without what could not be printed."""
    name = PureWindowsPath(file.filename or "unnamed").name
    return "".join(letter for letter in name if letter.isprintable())[-200:] or "unnamed"


def _submitted(_state: object, events: Sequence[object]) -> dict[str, Any]:
    (submitted,) = (event for event in events if isinstance(event, ArtefactsSubmitted))
    return {"submission": submitted.submission, **_checked(submitted.findings)}


def _checked(findings: Sequence[Finding]) -> dict[str, Any]:
    return {"passed": not failed(findings), "findings": [vars(finding) for finding in findings]}


def _scope(review: Review, scope: Scope) -> dict[str, Any]:
    return {
        "role": review.opened.role,
        "rulebook": scope.version,
        "counts": dict(scope.counts()),
        "tests": [vars(test) for test in scope.tests],
        "srvs": scope.srvs,
        "descoping": [
            {**vars(proposal), "status": _standing(Descoped(proposal.kind, proposal.item), review)}
            for proposal in review.opened.descoping
        ],
        "web_services": web_services(review.opened.role, review.rules),
        "errata": [vars(erratum) for erratum in scope.errata],
    }


def _standing(item: Descoped, review: Review) -> str:
    if item in review.undecided:
        return "proposed"
    return "agreed" if item in review.descoped else "refused"


def _engagement(review: Review) -> templates.Engagement:
    kept = [one for one in review.opened.descoping if Descoped(one.kind, one.item) not in review.refused]
    return templates.Engagement(
        review.opened.party_name,
        review.opened.role,
        review.start_date,
        descoping.provisional_scope(review),
        kept,
    )


def _versioned(content: dict[str, Any], version: int) -> JSONResponse:
    return JSONResponse(jsonable_encoder(content), headers=etag(version))


def _file(data: bytes, name: str, media_type: str) -> Response:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(data, media_type=media_type, headers=headers)
