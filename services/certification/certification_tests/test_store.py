"""The store under the signer and the downloads: nothing foreign that lies there is signed, registered or served."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from certification import read_models
from certification.domain.certificate import Certificate, json_name, pdf_name
from certification.signing import signer
from certification.signing.form import render
from certification.signing.keys import SigningFolder
from certification.signing.signer import Signer
from contracts.certification import CertificateIssued
from testing.completions import NOW, PDF
from testing.probe import Kafka, Postgres, Probe

from .waiting import alarms, issued, place, read_hash, requested, signed, unsigning, waits


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be signed is tried again without a pause."""
    monkeypatch.setattr(signer, "LONGEST_PAUSE_SECONDS", 0)


class Attack:
    """What an attacker, a failing disk or a restore may leave under a number, made of what they can have."""

    def __init__(
        self, it: Probe, certificates: tuple[Certificate, Certificate], us: SigningFolder, them: SigningFolder
    ) -> None:
        self.it, (self.mine, self.other), self.us, self.them = it, certificates, us, them

    def put(self, name: str, data: bytes) -> None:
        place(self.it, name).write_bytes(data)

    async def a_pdf_that_nobody_signed(self) -> None:
        self.put(pdf_name(self.mine.number), render(self.mine))

    async def a_pdf_signed_by_another_key(self) -> None:
        self.put(pdf_name(self.mine.number), (await signed(self.mine, self.them))[pdf_name(self.mine.number)])

    async def the_pdf_of_another_certificate(self) -> None:
        self.put(pdf_name(self.mine.number), (await signed(self.other, self.us))[pdf_name(self.other.number)])

    async def a_pdf_that_was_cut_off(self) -> None:
        self.put(pdf_name(self.mine.number), (await signed(self.mine, self.us))[pdf_name(self.mine.number)][:-100])

    async def a_pdf_to_which_something_was_added(self) -> None:
        ours = (await signed(self.mine, self.us))[pdf_name(self.mine.number)]
        self.put(pdf_name(self.mine.number), ours + b"\n% a note\n%%EOF\n")

    async def an_empty_pdf(self) -> None:
        self.put(pdf_name(self.mine.number), b"")

    async def a_link_to_the_pdf_of_another_certificate(self) -> None:
        self.put("elsewhere.pdf", (await signed(self.other, self.us))[pdf_name(self.other.number)])
        place(self.it, pdf_name(self.mine.number)).symlink_to(place(self.it, "elsewhere.pdf"))

    async def a_link_to_nothing(self) -> None:
        place(self.it, pdf_name(self.mine.number)).symlink_to("nothing")

    async def a_twin_signed_by_another_key(self) -> None:
        ours = await signed(self.mine, self.us)
        pdf = ours[pdf_name(self.mine.number)]
        self.put(pdf_name(self.mine.number), pdf)
        self.put(json_name(self.mine.number), (await signed(self.mine, self.them, pdf))[json_name(self.mine.number)])

    async def the_twin_of_another_certificate(self) -> None:
        self.put(json_name(self.mine.number), (await signed(self.other, self.us))[json_name(self.other.number)])

    async def the_twin_of_another_pdf(self) -> None:
        self.put(json_name(self.mine.number), (await signed(self.mine, self.us))[json_name(self.mine.number)])

    async def a_changed_twin(self) -> None:
        ours = await signed(self.mine, self.us)
        changed = ours[json_name(self.mine.number)].replace(b'"ES"', b'"IS"')
        self.put(pdf_name(self.mine.number), ours[pdf_name(self.mine.number)])
        self.put(json_name(self.mine.number), changed)

    async def a_twin_that_is_none(self) -> None:
        self.put(json_name(self.mine.number), b'{"certificate": {}}')


ATTACKS = [each for name, each in vars(Attack).items() if name.startswith(("a_", "an_", "the_"))]


@pytest.mark.parametrize("attack", ATTACKS)
async def test_what_is_not_this_certificate_is_not_registered_and_the_signer_goes_on_without_it(
    idle: Probe, folder: SigningFolder, stranger: SigningFolder, attack: Callable[[Attack], Awaitable[None]]
) -> None:
    engagement, elsewhere = await requested(idle, "MINE"), await requested(idle, "OTHER")
    mine, other = await waits(idle, engagement), await waits(idle, elsewhere)
    await attack(Attack(idle, (mine, other), folder, stranger))
    before, by = alarms(idle), Signer(idle.runtime)
    await by.sign()
    assert (await idle.published(CertificateIssued, elsewhere)).number == other.number, (
        "the other is signed all the same"
    )
    assert (await waits(idle, engagement), alarms(idle)) == (mine, before + 1)
    for name in (pdf_name(mine.number), json_name(mine.number)):
        place(idle, name).unlink(missing_ok=True)
    await by.sign()
    issued = await idle.published(CertificateIssued, engagement)
    assert read_hash(place(idle, pdf_name(mine.number)).read_bytes()) == issued.pdf_sha256
    assert read_hash(place(idle, json_name(mine.number)).read_bytes()) == issued.json_sha256


async def test_what_is_this_certificate_signed_by_us_is_kept(idle: Probe, folder: SigningFolder) -> None:
    engagement = await requested(idle, "KEPT")
    mine = await waits(idle, engagement)
    for name, data in (stored := await signed(mine, folder)).items():
        place(idle, name).write_bytes(data)
    before = alarms(idle)
    await Signer(idle.runtime).sign()
    issued = await idle.published(CertificateIssued, engagement)
    assert [issued.pdf_sha256, issued.json_sha256] == [read_hash(data) for data in stored.values()]
    assert alarms(idle) == before


def replaced(mine: Path, _other: Path) -> None:
    mine.write_bytes(PDF)


def cut_off(mine: Path, _other: Path) -> None:
    mine.write_bytes(mine.read_bytes()[:-1])


def swapped(mine: Path, other: Path) -> None:
    kept = mine.read_bytes()
    mine.write_bytes(other.read_bytes())
    other.write_bytes(kept)


def linked(mine: Path, other: Path) -> None:
    mine.unlink()
    mine.symlink_to(other)


def missing(mine: Path, _other: Path) -> None:
    mine.unlink()


@pytest.mark.parametrize("kind", ["pdf", "json"])
@pytest.mark.parametrize("attack", [replaced, cut_off, swapped, linked, missing])
async def test_a_download_that_is_not_what_was_registered_sends_nothing_and_alarms(
    idle: Probe, kind: str, attack: Callable[[Path, Path], None]
) -> None:
    mine, other = await issued(idle, "MINE"), await issued(idle, "OTHER")
    places = [place(idle, f"certificates/{each.number}.{kind}") for each in (mine, other)]
    contents, before = [each.read_bytes() for each in places], alarms(idle)
    attack(places[0], places[1])
    async with idle.client("dcc") as dcc:
        answer = await dcc.get(f"/certificates/{mine.number}/{kind}")
        assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
        assert (answer.json()["type"], alarms(idle)) == ("urn:assay:problem:file-unusable", before + 1)
        assert answer.json()["remedy"].startswith("Tell operations")
        for where, content in zip(places, contents, strict=True):
            where.unlink(missing_ok=True)
            where.write_bytes(content)
        assert (await dcc.get(f"/certificates/{mine.number}/{kind}")).content == contents[0]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with room for little."""
    if os.geteuid() or not shutil.which("mount"):
        pytest.skip("a disk of its own can be mounted by root alone")
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", tmp_path], check=True)
    yield tmp_path
    subprocess.run(["umount", tmp_path], check=True)


def remount(disk: Path, options: str) -> None:
    """Take room from a disk, or give it."""
    subprocess.run(["mount", "-o", f"remount,{options}", disk], check=True)


@pytest.mark.parametrize("hindered", ["size=4k", "size=10m,ro"])
async def test_on_a_full_or_read_only_disk_certificates_wait_and_are_signed_once_there_is_room(
    postgres: Postgres, kafka: Kafka, folder: SigningFolder, tmp_path: Path, disk: Path, hindered: str
) -> None:
    async with unsigning(postgres, kafka, folder, files=tmp_path / "files") as it:
        it.move_to(NOW)
        engagement = await requested(it, "WAITS")
        await asyncio.to_thread(remount, disk, hindered)
        by = Signer(it.runtime)
        await by.sign()
        assert len(await read_models.unsigned(it.runtime.pool)) == 1
        await asyncio.to_thread(remount, disk, "rw,size=10m")
        await by.sign()
        assert (await it.published(CertificateIssued, engagement)).number
        assert not alarms(it), "a disk without room is no altered file"
