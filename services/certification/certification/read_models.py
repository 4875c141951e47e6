"""What can be asked for: reports, certificates and the eligibility register, kept inside the command's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from certification.domain.certificate import Certificate, CertifiedSrv, srv_order
from certification.domain.completion import CertificateIssued, CertificatePrepared, ReceiptConfirmed, ReportSubmitted
from certification.domain.report import Report
from chassis.eventstore.aggregate import Change, RowWriter
from chassis.process.database import Connection, Pool, load_queries

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))
CERTIFICATE = TypeAdapter(Certificate)
REPORT = TypeAdapter(Report)


async def project(connection: RowWriter, changes: Sequence[Change]) -> None:
    """Bring the read models up to a batch of events."""
    for change in changes:
        match change.event:
            case ReportSubmitted():
                await _add_report(connection, change, change.event)
            case ReceiptConfirmed(number, _, at):
                await connection.execute(QUERIES["confirm_report"], UUID(change.id), number, at)
            case CertificatePrepared(certificate):
                await _add_certificate(connection, change, certificate)
            case CertificateIssued():
                await _issue(connection, change.event, change.state.certificate)


async def _add_report(connection: RowWriter, change: Change, event: ReportSubmitted) -> None:
    content = REPORT.dump_json(event.report).decode()
    await connection.execute(
        QUERIES["add_report"],
        *(UUID(change.id), event.number, change.state.party, content, event.submitted_by, event.submitted_at),
    )


async def _add_certificate(connection: RowWriter, change: Change, certificate: Certificate) -> None:
    _, year, serial = certificate.number.split("-")
    content = CERTIFICATE.dump_json(certificate).decode()
    await connection.execute(
        QUERIES["add_certificate"],
        *(certificate.number, int(year), int(serial), UUID(change.id), certificate.party, certificate.role, content),
    )


async def _issue(connection: RowWriter, event: CertificateIssued, certificate: Certificate) -> None:
    await connection.execute(
        QUERIES["issue_certificate"], event.number, event.pdf_sha256, event.json_sha256, event.issued_at
    )
    await connection.executemany(
        QUERIES["register_srv"],
        [(certificate.party, certificate.role, row.srv, row.issued_on, event.number) for row in certificate.srvs],
    )


@dataclass(frozen=True)
class SubmittedReport:
    """A report as it came in."""

    number: int
    party: str
    report: Report
    submitted_by: str
    submitted_at: datetime
    confirmed_at: datetime | None


@dataclass(frozen=True)
class Registered:
    """A certificate as the register knows it; it is issued once `issued_at` is set."""

    engagement: UUID
    party: str
    certificate: Certificate
    pdf_sha256: str | None
    json_sha256: str | None
    issued_at: datetime | None
    superseded_by: str | None

    @property
    def status(self) -> str:
        """prepared, issued or superseded."""
        if self.issued_at is None:
            return "prepared"
        return "superseded" if self.superseded_by else "issued"


@dataclass(frozen=True)
class Eligible:
    """A row of the eligibility register."""

    party: str
    role: str
    srv: str
    since: date
    certificate: str


async def next_serial(connection: Connection, year: int) -> int:
    """The next number of a year; no other transaction is given one before this one ends."""
    await connection.execute(QUERIES["lock_numbers"])
    serial: int = await connection.fetchval(QUERIES["next_serial"], year)
    return serial


async def certified_so_far(connection: Connection, party: str, role: str) -> tuple[CertifiedSrv, ...]:
    """What the newest certificate of a Party in a role lists."""
    content = await connection.fetchval(QUERIES["latest_of_role"], party, role)
    return CERTIFICATE.validate_json(content).srvs if content else ()


async def unsigned(pool: Pool) -> Sequence[tuple[UUID, Certificate]]:
    """The certificates that wait for a signature, by engagement, in the order of their numbers."""
    rows = await pool.fetch(QUERIES["unsigned"])
    return [(row["engagement"], CERTIFICATE.validate_json(row["content"])) for row in rows]


async def reports_of(pool: Pool, engagement: UUID) -> Sequence[SubmittedReport]:
    """The reports of an engagement, the newest first."""
    rows = await pool.fetch(QUERIES["reports_of"], engagement)
    return [
        SubmittedReport(
            row["number"],
            row["party"],
            REPORT.validate_json(row["content"]),
            row["submitted_by"],
            row["submitted_at"],
            row["confirmed_at"],
        )
        for row in rows
    ]


async def certificate_of(pool: Pool, engagement: UUID) -> Registered | None:
    """The certificate of an engagement."""
    return await _registered(pool, "certificate_of", engagement)


async def certificate_numbered(pool: Pool, number: str) -> Registered | None:
    """The certificate of a number."""
    return await _registered(pool, "certificate", number)


async def certificate_of_bytes(pool: Pool, sha256: str) -> Registered | None:
    """The issued certificate whose PDF or twin has this SHA-256."""
    return await _registered(pool, "certificate_by_hash", sha256)


async def eligible(pool: Pool, party: str | None, role: str | None) -> Sequence[Eligible]:
    """The rows of the eligibility register of a Party and role, or of all."""
    rows = [Eligible(**dict(row)) for row in await pool.fetch(QUERIES["eligible"], party, role)]
    return sorted(rows, key=lambda row: (row.party, row.role, srv_order(row.srv)))


async def _registered(pool: Pool, query: str, wanted: Any) -> Registered | None:
    row = await pool.fetchrow(QUERIES[query], wanted)
    if row is None:
        return None
    return Registered(
        engagement=row["engagement"],
        party=row["party"],
        certificate=CERTIFICATE.validate_json(row["content"]),
        pdf_sha256=row["pdf_sha256"],
        json_sha256=row["json_sha256"],
        issued_at=row["issued_at"],
        superseded_by=await pool.fetchval(QUERIES["superseded_by"], row["number"]),
    )
