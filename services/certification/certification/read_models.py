"""What can be asked for: what was submitted, certificates, the eligibility register and lists, kept inside the
command's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from pydantic import TypeAdapter

from certification.domain import effects
from certification.domain.certificate import Certificate, serial_of, srv_order
from certification.domain.completion import (
    CertificateIssued,
    CertificatePrepared,
    EvidenceSubmitted,
    ExitGateDetermined,
    ReceiptConfirmed,
    ReportSubmitted,
)
from certification.domain.effects import Eligible, ListEntry
from certification.domain.issuing import Earlier
from certification.domain.report import Evidence, Report
from chassis.eventstore.aggregate import Change, RowWriter
from chassis.process.database import Connection, Pool, load_queries
from kernel.engagement import EngagementWithdrawn

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))
CERTIFICATE = TypeAdapter(Certificate)
CONTENT: TypeAdapter[Report | Evidence] = TypeAdapter(Report | Evidence)


async def project(connection: RowWriter, changes: Sequence[Change]) -> None:
    """Bring the read models up to a batch of events."""
    for change in changes:
        match change.event:
            case ReportSubmitted(number, content, by, at) | EvidenceSubmitted(number, content, by, at):
                submitted = (number, CONTENT.dump_json(content).decode(), by, at)
                await connection.execute(QUERIES["add_submission"], change.id, *submitted)
            case ReceiptConfirmed(number, _, at):
                await connection.execute(QUERIES["confirm_submission"], change.id, number, at)
            case ExitGateDetermined(outcome="met") if change.state.opened.profile.certificates:
                await connection.execute(QUERIES["owe_certificate"], change.id, change.event.determined_at)
            case EngagementWithdrawn():
                await connection.execute(QUERIES["certificate_made_out"], change.id)
            case CertificatePrepared(certificate):
                await _add_certificate(connection, change, certificate)
                await connection.execute(QUERIES["certificate_made_out"], change.id)
            case CertificateIssued():
                await _issue(connection, change.event, change.state.certificates[change.event.number])


async def _add_certificate(connection: RowWriter, change: Change, certificate: Certificate) -> None:
    await connection.execute(
        QUERIES["add_certificate"],
        *(certificate.number, *serial_of(certificate.number), change.id, certificate.form),
        *(certificate.subject.id, certificate.supersedes, CERTIFICATE.dump_json(certificate).decode()),
    )


async def _issue(connection: RowWriter, event: CertificateIssued, certificate: Certificate) -> None:
    await connection.execute(
        QUERIES["issue_certificate"], event.number, event.pdf_sha256, event.json_sha256, event.issued_at
    )
    for query, rows in (
        ("register_srv", effects.eligible(certificate)),
        ("add_entry", effects.listed(certificate)),
    ):
        await connection.executemany(QUERIES[query], [tuple(vars(row).values()) for row in rows])


@dataclass(frozen=True)
class Submission:
    """A report, or evidence, as it came in."""

    number: int
    content: Report | Evidence
    submitted_by: str
    submitted_at: datetime
    confirmed_at: datetime | None


@dataclass(frozen=True)
class Registered:
    """A certificate as it is known here; it is issued once `issued_at` is set."""

    engagement: UUID
    certificate: Certificate
    pdf_sha256: str | None
    json_sha256: str | None
    issued_at: datetime | None
    superseded_by: str | None

    @property
    def status(self) -> Literal["prepared", "issued", "superseded"]:
        """prepared, issued or superseded."""
        if self.issued_at is None:
            return "prepared"
        return "superseded" if self.superseded_by else "issued"


async def next_serial(connection: Connection, prefix: str, year: int) -> int:
    """The next number of a prefix in a year; no other transaction is given one before this one ends."""
    await connection.execute(QUERIES["lock_numbers"])
    serial: int = await connection.fetchval(QUERIES["next_serial"], prefix, year)
    return serial


async def earlier(connection: Connection, subject: str, form: str) -> Earlier | None:
    """The newest certificate of a form that was made out for a subject."""
    row = await connection.fetchrow(QUERIES["latest_of_subject"], subject, form)
    return Earlier(row["number"], CERTIFICATE.validate_json(row["content"]).srvs) if row else None


async def held_for_subject(connection: Connection | Pool, subject: str) -> Mapping[str, str]:
    """The number of the newest issued certificate of each form for a subject."""
    return {row["form"]: row["number"] for row in await connection.fetch(QUERIES["held_for_subject"], subject)}


async def owed(pool: Pool) -> Sequence[UUID]:
    """The engagements whose certificates follow from a determination and are not made out yet, the oldest first."""
    return [row["engagement"] for row in await pool.fetch(QUERIES["owed"])]


async def unsigned(pool: Pool, besides: Iterable[str] = ()) -> Sequence[tuple[UUID, Certificate]]:
    """The first certificates that wait for a signature, by engagement, in the order of their numbers.

    `besides` are numbers to leave out.
    """
    rows = await pool.fetch(QUERIES["unsigned"], list(besides))
    return [(row["engagement"], CERTIFICATE.validate_json(row["content"])) for row in rows]


async def submissions_of(pool: Pool, engagement: UUID) -> Sequence[Submission]:
    """What was submitted in an engagement, the newest first."""
    rows = await pool.fetch(QUERIES["submissions_of"], engagement)
    return [Submission(**{**row, "content": CONTENT.validate_json(row["content"])}) for row in rows]


async def certificates_of(pool: Pool, engagement: UUID) -> Sequence[Registered]:
    """The certificates of an engagement."""
    return [await _registered(pool, row) for row in await pool.fetch(QUERIES["certificates_of"], engagement)]


async def certificate_numbered(pool: Pool, number: str) -> Registered | None:
    """The certificate of a number."""
    row = await pool.fetchrow(QUERIES["certificate"], number)
    return await _registered(pool, row) if row else None


async def certificate_of_bytes(pool: Pool, sha256: str) -> Registered | None:
    """The issued certificate whose PDF or twin has this SHA-256."""
    row = await pool.fetchrow(QUERIES["certificate_by_hash"], sha256)
    return await _registered(pool, row) if row else None


async def eligible(pool: Pool, party: str | None, role: str | None, limit: int, offset: int) -> Sequence[Eligible]:
    """A page of the eligibility register of a Party and role, or of all; on it, SRVs stand in the law's order."""
    rows = [Eligible(**dict(row)) for row in await pool.fetch(QUERIES["eligible"], party, role, limit, offset)]
    return sorted(rows, key=lambda row: (row.party, row.role, srv_order(row.srv)))


async def entries_of(pool: Pool, list_id: str) -> Sequence[ListEntry]:
    """The entries of a list."""
    return [ListEntry(**dict(row)) for row in await pool.fetch(QUERIES["entries_of_list"], list_id)]


async def _registered(pool: Pool, row: Mapping[str, Any]) -> Registered:
    return Registered(
        engagement=row["engagement"],
        certificate=CERTIFICATE.validate_json(row["content"]),
        pdf_sha256=row["pdf_sha256"],
        json_sha256=row["json_sha256"],
        issued_at=row["issued_at"],
        superseded_by=await pool.fetchval(QUERIES["superseded_by"], row["number"]),
    )
