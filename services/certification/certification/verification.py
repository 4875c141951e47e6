"""Whether a certificate is genuine: asked by number and code, or by the file itself."""

import asyncio
import hashlib
import hmac
from dataclasses import dataclass
from datetime import date

from certification import read_models
from certification.domain.certificate import CertifiedSrv, PrintedField
from certification.read_models import Registered
from certification.signing import isolated, twin
from certification.signing.keys import SigningFolder
from chassis.process.database import Pool

NOT_REGISTERED = "no certificate with this number and code was issued"
NOT_IN_TIME = "the file could not be checked in time: send it again later"
NOT_ISSUED = "the signature is good, but this file was not issued"


@dataclass(frozen=True)
class Verification:
    """The answer. `valid` means that the certificate was issued here; a superseded one names its successor, which
    lists everything that it lists (CTSD 5.21.2); one from a rehearsal says so. `fields`, `columns` and `rows` are what
    is printed on it."""

    valid: bool
    status: str = "unknown"
    reason: str | None = None
    number: str | None = None
    title: str | None = None
    subject: str | None = None
    recipient: str | None = None
    issued_on: date | None = None
    fields: tuple[PrintedField, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    srvs: tuple[CertifiedSrv, ...] = ()
    supersedes: str | None = None
    superseded_by: str | None = None
    pdf_sha256: str | None = None
    json_sha256: str | None = None
    rehearsal: bool = False


async def verify_number(pool: Pool, number: str, code: str) -> Verification:
    """Verify what is printed on a certificate; a wrong code learns no more than an unknown number."""
    known = await read_models.certificate_numbered(pool, number) if number.isprintable() else None
    expected = known.certificate.code if known else ""
    if not hmac.compare_digest(expected.encode(), code.encode()) or known is None or known.issued_at is None:
        return Verification(valid=False, reason=NOT_REGISTERED)
    return genuine(known)


async def verify_file(pool: Pool, folder: SigningFolder, data: bytes) -> Verification:
    """Verify a PDF or its twin by its signature, and by the register of what was issued."""
    known = await read_models.certificate_of_bytes(pool, hashlib.sha256(data).hexdigest())
    refused = await signature_refused(data, folder, ours=known is not None)
    if refused:
        return Verification(valid=False, reason=refused)
    return genuine(known) if known else Verification(valid=False, reason=NOT_ISSUED)


def genuine(known: Registered) -> Verification:
    """What an issued certificate says."""
    certificate = known.certificate
    return Verification(
        valid=True,
        status=known.status,
        number=certificate.number,
        title=certificate.title,
        subject=certificate.subject.name,
        recipient=certificate.recipient.name,
        issued_on=certificate.issued_on,
        fields=certificate.fields,
        columns=certificate.columns,
        rows=certificate.rows,
        srvs=certificate.srvs,
        supersedes=certificate.supersedes,
        superseded_by=known.superseded_by,
        pdf_sha256=known.pdf_sha256,
        json_sha256=known.json_sha256,
        rehearsal=certificate.rehearsal,
    )


async def signature_refused(data: bytes, folder: SigningFolder, ours: bool) -> str | None:
    """Why the signature can't be accepted. Bytes that we issued ourselves are safe to read here."""
    if not data.startswith(b"%PDF-"):
        return await asyncio.to_thread(_twin_refused, data, folder)
    if ours:
        return await asyncio.to_thread(_pdf_refused, data, folder)
    try:
        return await isolated.refused(data, folder)
    except TimeoutError:
        return NOT_IN_TIME


def _twin_refused(data: bytes, folder: SigningFolder) -> str | None:
    try:
        twin.check(data, folder)
    except twin.NotATwin as reason:
        return str(reason)
    return None


def _pdf_refused(data: bytes, folder: SigningFolder) -> str | None:
    from certification.signing import pades

    try:
        pades.check(data, folder)
    except pades.NotSigned as reason:
        return str(reason)
    return None
