"""Signs what was prepared, in the background. Whatever fails in between, each number gets one file of each kind."""

import asyncio
import hashlib
from collections import Counter
from uuid import UUID

import structlog

from certification.aggregates import COMPLETION
from certification.domain.certificate import Certificate
from certification.domain.issuing import RecordIssued
from certification.read_models import unsigned
from certification.settings import signing_folder
from certification.signing import twin
from certification.signing.keys import SigningFolder, UnsoundKey
from chassis.eventstore.cause import Cause
from chassis.eventstore.runtime import Runtime
from chassis.process.clock import SystemClock
from chassis.process.database import TRANSIENT
from chassis.process.failpoints import failpoint

SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 300.0
SOUND = "a signing key that can be used; the log says what is wrong"

log = structlog.get_logger()


async def sign_what_was_prepared(runtime: Runtime) -> None:
    """Sign for ever: at every commit, and every few seconds."""
    signer = Signer(runtime)
    while True:
        try:
            await signer.sign()
        except TRANSIENT as error:
            log.warning("the signer waits for the database", error=repr(error))
        await runtime.woken(SECONDS)


class Signer:
    """Signs what waits for it. What can't be signed is tried again later, and holds up nothing else."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._sound = runtime.readiness[SOUND] = asyncio.Event()
        self._attempts: Counter[str] = Counter()
        self._not_before: dict[str, float] = {}

    async def sign(self) -> None:
        """Sign what waits, once. The key is tried first: at the start, and before it is used."""
        waiting = await unsigned(self._runtime.pool)
        if not (waiting or not self._sound.is_set()):
            return
        folder = signing_folder(self._runtime)
        try:
            folder.require_sound(SystemClock().now())  # keys age in real time, also in rehearsal
        except UnsoundKey as error:
            self._sound.clear()
            log.error("nothing can be signed", problem=str(error), waiting=len(waiting))
            return
        self._sound.set()
        for engagement, certificate in waiting:
            if asyncio.get_running_loop().time() >= self._not_before.get(certificate.number, 0.0):
                await self._try(folder, engagement, certificate)

    async def _try(self, folder: SigningFolder, engagement: UUID, certificate: Certificate) -> None:
        try:
            await issue(self._runtime, folder, engagement, certificate)
        except TRANSIENT as error:
            log.warning("a certificate waits", engagement_id=str(engagement), error=repr(error))
        except Exception as error:
            # Of one certificate: the others are signed all the same, and the service goes on.
            self._attempts[certificate.number] += 1
            pause = min(SECONDS * 2 ** self._attempts[certificate.number], LONGEST_PAUSE_SECONDS)
            self._not_before[certificate.number] = asyncio.get_running_loop().time() + pause
            about = {"engagement_id": str(engagement), "number": certificate.number}
            log.error("certificate not signed", **about, again_in_seconds=pause, exc_info=error)


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
    return pades.sign(form, folder, f"{certificate.title} {certificate.number}")


def pdf_name(number: str) -> str:
    """Where the PDF of a number is stored."""
    return f"certificates/{number}.pdf"


def json_name(number: str) -> str:
    """Where the twin of a number is stored."""
    return f"certificates/{number}.json"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
