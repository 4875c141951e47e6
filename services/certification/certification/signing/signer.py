"""Signs what was prepared, in the background. Whatever fails in between, each number gets one file of each kind."""

import asyncio
import hashlib
from uuid import UUID

import structlog

from certification.application import COMPLETION
from certification.domain.certificate import Certificate
from certification.domain.decisions import RecordIssued
from certification.register import unsigned
from certification.settings import signing_folder
from certification.signing import twin
from certification.signing.keys import SigningFolder
from chassis.cause import Cause
from chassis.failpoints import failpoint
from chassis.runtime import Runtime

SECONDS = 5.0

log = structlog.get_logger()


async def sign_what_was_prepared(runtime: Runtime) -> None:
    """Sign for ever: at every commit, and every few seconds."""
    folder = signing_folder(runtime)
    while True:
        for engagement, certificate in await unsigned(runtime.pool):
            await issue(runtime, folder, engagement, certificate)
        await runtime.woken(SECONDS)


async def issue(runtime: Runtime, folder: SigningFolder, engagement: UUID, certificate: Certificate) -> None:
    """Sign a certificate and record its issue. Every step may be repeated: the first files that were stored stay."""
    pdf = await asyncio.to_thread(signed_pdf, certificate, folder)
    failpoint("signer.signed")
    pdf_sha256 = _sha256(await runtime.files.create(pdf_name(certificate.number), pdf))
    failpoint("signer.stored-pdf")
    json = await asyncio.to_thread(twin.make, certificate, pdf_sha256, folder)
    failpoint("signer.made-twin")
    json_sha256 = _sha256(await runtime.files.create(json_name(certificate.number), json))
    failpoint("signer.stored-twin")
    command = RecordIssued(certificate.number, pdf_sha256, json_sha256, runtime.clock.now())
    await runtime.handle(Cause.internal(f"issue:{certificate.number}"), COMPLETION, str(engagement), command)
    failpoint("signer.recorded")
    log.info("certificate issued", engagement_id=str(engagement), number=certificate.number)


def signed_pdf(certificate: Certificate, folder: SigningFolder) -> bytes:
    """The certificate's PDF, signed. What it takes is loaded by the first that needs it: it holds 60 MB."""
    from certification.signing import pades
    from certification.signing.form import render

    form = render(certificate)
    failpoint("signer.rendered")
    return pades.sign(form, folder, f"Test Completion Certificate {certificate.number}")


def pdf_name(number: str) -> str:
    """Where the PDF of a number is stored."""
    return f"certificates/{number}.pdf"


def json_name(number: str) -> str:
    """Where the twin of a number is stored."""
    return f"certificates/{number}.json"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
