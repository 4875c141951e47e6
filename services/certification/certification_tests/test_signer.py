"""The signer as it runs: what it can't sign holds up nothing else, and a key that can't be used is told."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from certification.domain.certificate import Certificate, serial_of
from certification.settings import signing_folder
from certification.signing import signer
from certification.signing.keys import SigningFolder, UnsoundKey
from certification.signing.signer import SOUND, Signer, signed_pdf
from contracts.certification import CertificateIssued
from testing.completions import NOW
from testing.probe import Kafka, Postgres, Probe

from .waiting import FILES, requested, unsigning, with_files

AT = NOW.replace(year=2026, month=12)


def test_a_key_that_belongs_to_another_certificate_is_unsound(
    tmp_path: Path, folder: SigningFolder, stranger: SigningFolder
) -> None:
    mixed = with_files(tmp_path, {"signer.key": stranger, "signer.pem": folder, "root.pem": folder})
    with pytest.raises(UnsoundKey, match=r"signer\.key is not the key of .*signer\.pem"):
        mixed.require_sound(AT)


def test_a_certificate_that_another_root_signed_is_unsound(
    tmp_path: Path, folder: SigningFolder, stranger: SigningFolder
) -> None:
    mixed = with_files(tmp_path, {"signer.key": folder, "signer.pem": folder, "root.pem": stranger})
    with pytest.raises(UnsoundKey, match=r"signer\.pem is not signed by .*root\.pem$"):
        mixed.require_sound(AT)


def test_a_certificate_that_names_another_issuer_is_unsound(
    tmp_path: Path, folder: SigningFolder, other_name: SigningFolder
) -> None:
    mixed = with_files(tmp_path, {"signer.key": folder, "signer.pem": folder, "root.pem": other_name})
    with pytest.raises(UnsoundKey, match="can't be used: Issuer certificate subject does not match"):
        mixed.require_sound(AT)


def test_a_certificate_that_has_run_out_is_unsound(folder: SigningFolder) -> None:
    folder.require_sound(AT)
    with pytest.raises(UnsoundKey, match="valid from"):
        folder.require_sound(AT.replace(year=2099))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [None, b"", b"no PEM"])
def test_a_file_that_is_missing_or_no_pem_is_unsound(
    tmp_path: Path, folder: SigningFolder, name: str, content: bytes | None
) -> None:
    broken = with_files(tmp_path, dict.fromkeys(FILES, folder))
    (tmp_path / name).unlink() if content is None else (tmp_path / name).write_bytes(content)
    with pytest.raises(UnsoundKey, match="can't be used"):
        broken.require_sound(AT)


@pytest.fixture
async def idle(postgres: Postgres, kafka: Kafka, folder: SigningFolder, tmp_path: Path) -> AsyncIterator[Probe]:
    """The service with a signing folder of its own, in which nobody signs."""
    own = with_files(tmp_path / "signing", dict.fromkeys(FILES, folder))
    async with unsigning(postgres, kafka, own) as it:
        it.move_to(NOW)
        yield it


async def test_without_its_key_a_service_is_not_ready_and_signs_as_soon_as_it_has_it(idle: Probe) -> None:
    key, engagement, by = signing_folder(idle.runtime).key_file, await requested(idle, "KEYLESS"), Signer(idle.runtime)
    kept = key.read_bytes()
    key.unlink()
    await by.sign()
    async with idle.client() as anybody:
        assert SOUND in (await anybody.get("/health/ready")).json()["pending_dependencies"]
    key.write_bytes(kept)
    await by.sign()
    assert serial_of((await idle.published(CertificateIssued, engagement)).number) == ("TCC", 2027, 1)
    assert SOUND not in idle.runtime.pending_dependencies()


async def test_one_certificate_that_can_t_be_signed_holds_up_no_other(
    idle: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(certificate: Certificate, by: SigningFolder) -> bytes:
        if certificate.recipient.organisation == "BROKEN":
            raise ValueError("a table that does not fit")
        return signed_pdf(certificate, by)

    broken, whole, by = await requested(idle, "BROKEN"), await requested(idle, "WHOLE"), Signer(idle.runtime)
    monkeypatch.setattr(signer, "LONGEST_PAUSE_SECONDS", 0)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(signer, "signed_pdf", refuse)
        await by.sign()
    assert serial_of((await idle.published(CertificateIssued, whole)).number) == ("TCC", 2027, 2)
    await by.sign()
    assert serial_of((await idle.published(CertificateIssued, broken)).number) == ("TCC", 2027, 1)


async def test_one_that_could_not_be_signed_is_not_tried_at_every_commit(
    idle: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def refuse(certificate: Certificate, _by: SigningFolder) -> bytes:
        tried.append(certificate.number)
        raise ValueError("a table that does not fit")

    await requested(idle, "AGAIN")
    monkeypatch.setattr(signer, "signed_pdf", refuse)
    by = Signer(idle.runtime)
    await by.sign()
    await by.sign()
    assert [serial_of(number) for number in tried] == [("TCC", 2027, 1)]
