"""Certificates that wait for their signature, in a service in which nobody signs."""

import asyncio
import hashlib
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from shutil import copy
from typing import Any

from certification import read_models
from certification.domain.certificate import Certificate, json_name, pdf_name
from certification.settings import Settings
from certification.signing import twin
from certification.signing.keys import SigningFolder
from certification.signing.signer import Signer, signed_pdf
from certification.wiring import build
from chassis.service import Service
from testing.completions import completed
from testing.probe import Kafka, Postgres, Probe, running

FILES = ("signer.key", "signer.pem", "root.pem")


def with_files(folder: Path, of: dict[str, SigningFolder]) -> SigningFolder:
    """A folder with files of others."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, theirs in of.items():
        copy(theirs.folder / name, folder / name)
    return SigningFolder(folder)


def without_signer(settings: Settings) -> Service:
    """The service, in which nobody signs."""
    return replace(build(settings), tasks=())


def unsigning(
    postgres: Postgres, kafka: Kafka, folder: SigningFolder, **settings: Any
) -> AbstractAsyncContextManager[Probe]:
    """The service, running, in which nobody signs."""
    return running(without_signer, postgres, kafka, Settings, signing=folder.folder, **settings)


async def requested(it: Probe, party: str) -> str:
    """An engagement whose certificate was decided and is to be signed."""
    engagement = await completed(it, party)
    async with it.client("dcc") as dcc:
        assert (await dcc.post(f"/engagements/{engagement}/certificate")).status_code == 202
    return str(engagement)


async def waits(it: Probe, engagement: str) -> Certificate:
    """The certificate of an engagement, which waits for its signature."""
    waiting = await read_models.unsigned(it.runtime.pool)
    return next(certificate for each, certificate in waiting if str(each) == engagement)


async def signed(certificate: Certificate, folder: SigningFolder, pdf: bytes | None = None) -> dict[str, bytes]:
    """A certificate's PDF (unless one is given) and twin, signed by somebody, by the names of their places."""
    made = pdf if pdf is not None else await asyncio.to_thread(signed_pdf, certificate, folder)
    made_twin = await asyncio.to_thread(twin.make, certificate, read_hash(made), folder)
    return {pdf_name(certificate.number): made, json_name(certificate.number): made_twin}


def read_hash(data: bytes) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(data).hexdigest()


def alarms(it: Probe) -> float:
    """How often the alarm was raised."""
    return it.runtime.metrics.registry.get_sample_value("assay_files_unusable_total") or 0.0


def place(it: Probe, name: str) -> Path:
    """Where a file of this name lies in the store."""
    found = Path(it.runtime.settings.files) / name
    found.parent.mkdir(parents=True, exist_ok=True)
    return found


async def issued(it: Probe, party: str) -> Certificate:
    """A certificate that was issued."""
    certificate = await waits(it, await requested(it, party))
    await Signer(it.runtime).sign()
    return certificate
