"""Each safety of certificates and their store, taken away: what it is there for breaks. With it, the same run holds.

The switches exist here only.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import orjson
import pytest

from certification import requesting
from certification.domain.certificate import json_name, pdf_name, serial_of
from certification.signing import signer, twin
from certification.signing.keys import SigningFolder
from certification.signing.signer import Signer
from chassis.process import files
from contracts.certification import CertificateIssued
from testing.completions import NOW, PDF
from testing.probe import Kafka, Postgres, Probe

from .waiting import alarms, issued, place, read_hash, requested, signed, unsigning, waits

Switch = tuple[Any, str, Any]


async def nothing(*_: object) -> None:
    """A check that lets everything pass."""


SAME_LETTERS: Switch = (requesting, "random_letters", lambda: "BBBB")
PDF_UNCHECKED: Switch = (signer, "require_pdf", nothing)
TWIN_UNCHECKED: Switch = (signer, "require_twin", nothing)
HASH_UNCHECKED: Switch = (files, "_require_hash", lambda *_: None)


# A database that was restored to a point before a certificate, beside a store that goes on


@dataclass(frozen=True)
class Restored:
    """What is seen of the certificate that was lost, and of the next one, which gets its serial."""

    lost: CertificateIssued
    next_number: str
    issued: CertificateIssued | None
    served: bytes | None
    lost_pdf: bytes
    lost_verifies: bool
    alarms: float


async def restored(postgres: Postgres, kafka: Kafka, folder: SigningFolder, store: Path) -> Restored:
    """Two certificates, the database as it was before the second of them, and then a third."""
    database = postgres.database()
    async with unsigning(postgres, kafka, folder, files=store, database_url=database) as it:
        it.move_to(NOW)
        await issued(it, "FIRST")
    backup = await copied(postgres, database)
    async with unsigning(postgres, kafka, folder, files=store, database_url=database) as it:
        it.move_to(NOW)
        engagement = await requested(it, "LOST")
        await Signer(it.runtime).sign()
        lost = await it.published(CertificateIssued, engagement)
        lost_pdf = place(it, pdf_name(lost.number)).read_bytes()
    async with unsigning(postgres, kafka, folder, files=store, database_url=backup) as it:
        it.move_to(NOW)
        engagement = await requested(it, "NEXT")
        certificate = await waits(it, engagement)
        assert serial_of(certificate.number) == serial_of(lost.number)
        await Signer(it.runtime).sign()
        async with it.client("dcc") as dcc, it.client() as anyone:
            (status,) = (await dcc.get(f"/engagements/{engagement}/certificates")).json()
            url = lost.verification_url.removeprefix(it.runtime.settings.public_url)
            return Restored(
                lost=lost,
                next_number=certificate.number,
                issued=await it.published(CertificateIssued, engagement) if status["status"] == "issued" else None,
                served=(await dcc.get(status["links"]["pdf"])).content if status["status"] == "issued" else None,
                lost_pdf=lost_pdf,
                lost_verifies=(await anyone.get(url)).json()["valid"],
                alarms=alarms(it),
            )


async def copied(postgres: Postgres, database: str) -> str:
    """A copy of a database that nobody uses."""
    address = urlsplit(database)
    name, copy = address.path.strip("/"), f"{address.path.strip('/')}_backup"
    connection = await asyncpg.connect(postgres.dsn)
    try:
        await connection.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}" OWNER "{address.username}"')
    finally:
        await connection.close()
    return urlunsplit(address._replace(path=f"/{copy}"))


async def test_after_a_restore_the_next_certificate_has_a_number_and_files_of_its_own(
    postgres: Postgres, kafka: Kafka, folder: SigningFolder, tmp_path: Path
) -> None:
    seen = await restored(postgres, kafka, folder, tmp_path)
    assert seen.next_number != seen.lost.number
    assert seen.issued
    assert seen.served
    assert read_hash(seen.served) == seen.issued.pdf_sha256
    assert (seen.lost_verifies, seen.alarms) == (False, 0)


async def test_without_random_letters_the_number_comes_twice_and_the_signer_does_not_take_the_first_ones_files(
    postgres: Postgres, kafka: Kafka, folder: SigningFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(*SAME_LETTERS)
    seen = await restored(postgres, kafka, folder, tmp_path)
    assert (seen.next_number, seen.issued, seen.alarms) == (seen.lost.number, None, 1)


async def test_without_the_check_of_what_is_found_the_lost_certificate_is_served_to_the_next_party(
    postgres: Postgres, kafka: Kafka, folder: SigningFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for switch in (SAME_LETTERS, PDF_UNCHECKED, TWIN_UNCHECKED):
        monkeypatch.setattr(*switch)
    seen = await restored(postgres, kafka, folder, tmp_path)
    assert seen.issued
    assert (seen.issued.pdf_sha256, seen.issued.json_sha256) == (seen.lost.pdf_sha256, seen.lost.json_sha256)
    assert seen.served == seen.lost_pdf


# What was planted


async def test_without_the_check_of_a_pdf_a_planted_one_is_signed_over(
    idle: Probe,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engagement = await requested(idle, "PLANTED")
    certificate = await waits(idle, engagement)
    place(idle, pdf_name(certificate.number)).write_bytes(PDF)
    monkeypatch.setattr(*PDF_UNCHECKED)
    await Signer(idle.runtime).sign()
    assert (await idle.published(CertificateIssued, engagement)).pdf_sha256 == read_hash(PDF)


async def test_without_the_check_of_a_twin_one_signed_by_another_key_is_registered(
    idle: Probe,
    stranger: SigningFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engagement = await requested(idle, "TWIN")
    certificate = await waits(idle, engagement)
    theirs = (await signed(certificate, stranger))[json_name(certificate.number)]
    place(idle, json_name(certificate.number)).write_bytes(theirs)
    monkeypatch.setattr(*TWIN_UNCHECKED)
    await Signer(idle.runtime).sign()
    assert (await idle.published(CertificateIssued, engagement)).json_sha256 == read_hash(theirs)


async def test_without_the_signature_a_changed_twin_is_this_certificates(
    idle: Probe,
    stranger: SigningFolder,
    folder: SigningFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certificate = await waits(idle, await requested(idle, "SIGNED"))
    theirs = (await signed(certificate, stranger))[json_name(certificate.number)]
    hash_of_pdf = orjson.loads(theirs)["certificate"]["pdf_sha256"]
    with pytest.raises(twin.NotATwin):
        twin.check_is_of(certificate, hash_of_pdf, theirs, folder)
    monkeypatch.setattr(twin, "check", lambda *_: None)
    twin.check_is_of(certificate, hash_of_pdf, theirs, folder)


# What is downloaded


async def test_without_the_hash_what_was_put_in_a_certificates_place_is_served(
    idle: Probe,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certificate = await issued(idle, "SERVED")
    place(idle, pdf_name(certificate.number)).write_bytes(PDF)
    monkeypatch.setattr(*HASH_UNCHECKED)
    async with idle.client("dcc") as dcc:
        assert (await dcc.get(f"/certificates/{certificate.number}/pdf")).content == PDF
