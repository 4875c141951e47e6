"""Signs what was prepared, in the background. Whatever fails in between, each number gets one file of each kind.

Others can write to the store, and it can be ahead of a database that was restored: what lies under a number already is
used only if it is this certificate, signed under our root. Otherwise the certificate waits, and operations are alarmed.
"""

import asyncio
import hashlib
from collections import Counter
from uuid import UUID

import structlog

from certification.aggregates import COMPLETION
from certification.domain.certificate import Certificate, json_name, pdf_name
from certification.domain.issuing import RecordIssued
from certification.read_models import unsigned
from certification.settings import signing_folder
from certification.signing import isolated, twin
from certification.signing.keys import SigningFolder, UnsoundKey
from chassis.eventstore.cause import Cause
from chassis.eventstore.runtime import Runtime
from chassis.process.clock import SystemClock
from chassis.process.database import TRANSIENT
from chassis.process.failpoints import failpoint
from chassis.process.files import FileUnusable

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
        now = asyncio.get_running_loop().time()
        later = [number for number, at in self._not_before.items() if now < at]
        waiting = await unsigned(self._runtime.pool, besides=later)
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
            await self._try(folder, engagement, certificate)

    async def _try(self, folder: SigningFolder, engagement: UUID, certificate: Certificate) -> None:
        try:
            await issue(self._runtime, folder, engagement, certificate)
        except TRANSIENT as error:
            log.warning("a certificate waits", engagement_id=str(engagement), error=repr(error))
        except Exception as error:
            # Of one certificate: the others are signed all the same, and the service goes on.
            if isinstance(error, FileUnusable):
                self._runtime.metrics.files_unusable.inc()
            self._attempts[certificate.number] += 1
            pause = min(SECONDS * 2 ** self._attempts[certificate.number], LONGEST_PAUSE_SECONDS)
            self._not_before[certificate.number] = asyncio.get_running_loop().time() + pause
            about = {"engagement_id": str(engagement), "number": certificate.number}
            log.error("certificate not signed", **about, again_in_seconds=pause, exc_info=error)


async def issue(runtime: Runtime, folder: SigningFolder, engagement: UUID, certificate: Certificate) -> None:
    """Sign a certificate and record its issue. Every step may be repeated: the first files that were stored stay.

    Raises FileUnusable where something else is stored under the number.
    """
    made = await asyncio.to_thread(signed_pdf, certificate, folder)
    failpoint("signer.signed")
    pdf = await runtime.files.create(pdf_name(certificate.number), made)
    if pdf != made:
        await require_pdf(certificate, pdf, folder)
    pdf_sha256 = _sha256(pdf)
    failpoint("signer.stored-pdf")
    made = await asyncio.to_thread(twin.make, certificate, pdf_sha256, folder)
    failpoint("signer.made-twin")
    json = await runtime.files.create(json_name(certificate.number), made)
    if json != made:
        await require_twin(certificate, pdf_sha256, json, folder)
    json_sha256 = _sha256(json)
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
    return pades.sign(form, folder, reason(certificate))


def reason(certificate: Certificate) -> str:
    """What a PDF is signed as: what tells its certificate from every other, also from one with the same number."""
    to = certificate.recipient
    return f"{certificate.title} {certificate.number} for {to.name} ({to.organisation}), code {certificate.code}"


async def require_pdf(certificate: Certificate, pdf: bytes, folder: SigningFolder) -> None:
    """Raise FileUnusable unless a PDF that was found is this certificate, as we signed it."""
    if refused := await isolated.refused(pdf, folder, reason(certificate)):
        raise FileUnusable(pdf_name(certificate.number), refused)


async def require_twin(certificate: Certificate, pdf_sha256: str, json: bytes, folder: SigningFolder) -> None:
    """Raise FileUnusable unless a twin that was found is this certificate's and its PDF's, as we signed it."""
    try:
        await asyncio.to_thread(twin.check_is_of, certificate, pdf_sha256, json, folder)
    except twin.NotATwin as refused:
        raise FileUnusable(json_name(certificate.number), str(refused)) from refused


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
