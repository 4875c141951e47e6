"""What people read, kept inside the shell's transaction, and the queries on it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from artefact_review.domain.events import (
    ArtefactsReviewed,
    ArtefactsSubmitted,
    ArtefactsUpdated,
    EntryGateHeld,
    OutstandingProvided,
    ProvisionalApprovalLapsed,
    ProvisionallyApproved,
    ReadinessReported,
    StartRescheduled,
)
from artefact_review.domain.party import CertificateNoted, Party, PartyAdmitted
from artefact_review.domain.provisional import lapses_at
from artefact_review.domain.review import Review
from chassis.eventstore.aggregate import Change, RowWriter
from chassis.process.database import Connection, Pool, load_queries
from kernel.engagement import EngagementWithdrawn, Subject

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))
PLAIN = TypeAdapter[Any](Any)


async def project(connection: RowWriter, changes: Sequence[Change]) -> None:
    """Keep what a review's events add to the tables."""
    for change in changes:
        match change.event:
            case ArtefactsSubmitted() as event:
                await connection.execute(QUERIES["add_submission"], change.id, *_submission(event))
            case ArtefactsUpdated() as event:
                await connection.execute(QUERIES["add_update"], change.id, *_update(event))
            case ArtefactsReviewed() as event:
                await connection.execute(QUERIES["add_review"], change.id, event.submission, _json(event))
            case ReadinessReported() as event:
                await connection.execute(
                    QUERIES["add_readiness_report"],
                    change.id,
                    event.week,
                    _json(event.report),
                    event.reported_by,
                    event.reported_at,
                    _json(event.findings),
                )
            case ProvisionallyApproved() | OutstandingProvided() | ProvisionalApprovalLapsed():
                await _keep_approval(connection, change)
            case EntryGateHeld() | StartRescheduled() | EngagementWithdrawn():
                await connection.execute(QUERIES["end_approval"], change.id)


async def _keep_approval(connection: RowWriter, change: Change) -> None:
    at = lapses_at(change.state) if isinstance(change.state, Review) else None
    if at is None:
        await connection.execute(QUERIES["end_approval"], change.id)
    else:
        await connection.execute(QUERIES["keep_approval"], change.id, at)


async def project_parties(connection: RowWriter, changes: Sequence[Change]) -> None:
    """Keep the latest confirmation of each organisation's accession, and its certificates."""
    for change in changes:
        match change.event:
            case PartyAdmitted() as said:
                await connection.execute(
                    QUERIES["keep_party"], said.signifier, said.name, said.acceded_on, said.reference
                )
            case CertificateNoted() as noted:
                await connection.execute(QUERIES["add_certificate"], change.id, *_row(noted))


async def find_party(connection: Connection | Pool, signifier: str) -> Party:
    """What is known of an organisation: its accession, and its certificates."""
    row = await connection.fetchrow(QUERIES["find_party"], signifier)
    certificates = await connection.fetch(QUERIES["certificates_of"], signifier)
    return Party(PartyAdmitted(**row) if row else None, tuple(_certificate(each) for each in certificates))


async def submissions(pool: Pool, engagement: str) -> list[dict[str, Any]]:
    """Every submission with its files, findings and review."""
    rows = await pool.fetch(QUERIES["submissions"], engagement)
    return [
        {
            "submission": row["number"],
            "submitted_by": row["submitted_by"],
            "submitted_at": row["submitted_at"],
            "files": json.loads(row["files"]),
            "findings": json.loads(row["findings"]),
            "review": json.loads(row["review"]) if row["review"] else None,
            "update": row["is_update"],
        }
        for row in rows
    ]


async def file_name(pool: Pool, engagement: str, sha256: str) -> str | None:
    """The name of a file that was submitted in an engagement."""
    name: str | None = await pool.fetchval(QUERIES["find_file"], engagement, sha256)
    return name


async def versions(pool: Pool, engagement: str, kind: str) -> list[dict[str, Any]]:
    """The versions of a kind of artefact: each content once, as it was submitted first, counted from 1."""
    found: dict[str, dict[str, Any]] = {}
    for row in await pool.fetch(QUERIES["files_of_kind"], engagement, kind):
        file = json.loads(row["file"])
        found.setdefault(
            file["sha256"],
            {
                "version": len(found) + 1,
                "sha256": file["sha256"],
                "file_name": file["file_name"],
                "size": file["size"],
                "reading": file.get("reading"),
                "submission": row["number"],
                "submitted_by": row["submitted_by"],
                "submitted_at": row["submitted_at"],
            },
        )
    return list(found.values())


async def overdue_approvals(pool: Pool, now: datetime) -> list[str]:
    """The engagements whose provisional approval lapses by now."""
    return [row["engagement"] for row in await pool.fetch(QUERIES["overdue_approvals"], now)]


async def readiness_reports(pool: Pool, engagement: str) -> dict[str, dict[str, Any]]:
    """The Test Readiness Reports by week."""
    rows = await pool.fetch(QUERIES["readiness_reports"], engagement)
    return {
        row["week"]: {**row, "report": json.loads(row["report"]), "findings": json.loads(row["findings"])}
        for row in rows
    }


def _submission(event: ArtefactsSubmitted) -> tuple[Any, ...]:
    return event.submission, _files(event), _json(event.findings), event.submitted_by, event.submitted_at


def _update(event: ArtefactsUpdated) -> tuple[Any, ...]:
    return event.submission, _files(event), _json(event.findings), event.updated_by, event.updated_at


def _files(event: ArtefactsSubmitted | ArtefactsUpdated) -> str:
    files = [
        {
            "kind": artefact.kind,
            "file_name": artefact.file_name,
            "sha256": artefact.sha256,
            "size": artefact.size,
            "changed": artefact.kind in event.changed,
            "reading": artefact.reading,
        }
        for artefact in event.artefacts
    ]
    return _json(files)


def _row(noted: CertificateNoted) -> tuple[Any, ...]:
    subject, srvs = _json(noted.subject), list(noted.srvs)
    return noted.number, noted.form, subject, srvs, noted.supersedes, noted.issued_at


def _certificate(row: Mapping[str, Any]) -> CertificateNoted:
    subject, srvs = Subject(**json.loads(row["subject"])), tuple(row["srvs"])
    return CertificateNoted(row["number"], row["form"], subject, srvs, row["supersedes"], row["issued_at"])


def _json(value: object) -> str:
    return PLAIN.dump_json(value).decode()
