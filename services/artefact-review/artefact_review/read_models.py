"""What people read, kept inside the shell's transaction, and the queries on it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from artefact_review.domain.party import PartyAdmitted
from artefact_review.domain.review import ArtefactsReviewed, ArtefactsSubmitted, ReadinessReported
from chassis.eventstore.aggregate import Change, RowWriter
from chassis.process.database import Connection, Pool, load_queries

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))
PLAIN = TypeAdapter[Any](Any)


async def project(connection: RowWriter, changes: Sequence[Change]) -> None:
    """Keep what a review's events add to the tables."""
    for change in changes:
        match change.event:
            case ArtefactsSubmitted() as event:
                await connection.execute(QUERIES["add_submission"], change.id, *_submission(event))
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
                )


async def project_parties(connection: RowWriter, changes: Sequence[Change]) -> None:
    """Keep the latest confirmation of each Party's accession."""
    for change in changes:
        party: PartyAdmitted = change.event
        await connection.execute(QUERIES["keep_party"], party.signifier, party.name, party.acceded_on, party.reference)


async def find_party(connection: Connection | Pool, signifier: str) -> PartyAdmitted | None:
    """What is known of a Party's accession."""
    row = await connection.fetchrow(QUERIES["find_party"], signifier)
    return PartyAdmitted(**row) if row else None


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
        }
        for row in rows
    ]


async def file_name(pool: Pool, engagement: str, sha256: str) -> str | None:
    """The name of a file that was submitted in an engagement."""
    name: str | None = await pool.fetchval(QUERIES["find_file"], engagement, sha256)
    return name


async def readiness_reports(pool: Pool, engagement: str) -> dict[str, dict[str, Any]]:
    """The Test Readiness Reports by week."""
    rows = await pool.fetch(QUERIES["readiness_reports"], engagement)
    return {row["week"]: {**row, "report": json.loads(row["report"])} for row in rows}


def _submission(event: ArtefactsSubmitted) -> tuple[Any, ...]:
    files = [
        {
            "kind": artefact.kind,
            "file_name": artefact.file_name,
            "sha256": artefact.sha256,
            "size": artefact.size,
            "changed": artefact.kind in event.changed,
        }
        for artefact in event.artefacts
    ]
    return event.submission, _json(files), _json(event.findings), event.submitted_by, event.submitted_at


def _json(value: object) -> str:
    return PLAIN.dump_json(value).decode()
