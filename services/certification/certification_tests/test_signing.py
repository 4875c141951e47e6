"""The PDF and its twin: what they say, who signed them, and that no change goes unseen."""

import asyncio
import signal
import subprocess
import sys
from base64 import urlsafe_b64encode
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import orjson
import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from certification import verification
from certification.domain.certificate import Certificate, PrintedField, numbered, serial_of
from certification.signing import isolated, pades, twin
from certification.signing.form import REHEARSAL, render
from certification.signing.keys import SigningFolder
from certification.signing.signer import reason, signed_pdf
from certification.signing.typeface import ALONE, FILES, RANGES, lacking, shown


@pytest.fixture(scope="module")
def pdf(certificate: Certificate, folder: SigningFolder) -> bytes:
    return signed_pdf(certificate, folder)


@pytest.fixture(scope="module")
def signed_twin(certificate: Certificate, folder: SigningFolder) -> bytes:
    return twin.make(certificate, "ab" * 32, folder)


def test_the_same_certificate_gives_the_same_bytes_before_it_is_signed(certificate: Certificate) -> None:
    assert render(certificate) == render(certificate)


def test_the_pdf_says_what_annex_e_asks_for(pdf: bytes, certificate: Certificate) -> None:
    reader = PdfReader(BytesIO(pdf))
    text = "\n".join(page.extract_text() for page in reader.pages).replace("  ", " ")
    for said in ("Export Supplier (ES)", "SEC Party Signifier: ESUP", "7 May 2027", "Dana Clerk", certificate.number):
        assert said in text
    assert "118 events, sealed by 9f86d081884c7d65" in text, "the head of the issuer's chain"
    rows = [line for line in text.splitlines() if "UEPT" in line and "07/05/2027" in line]
    assert len(rows) == len(certificate.srvs)


def words(text: str) -> str:
    """A text with its words one space apart, however they were set."""
    return " ".join(text.split())


@pytest.mark.parametrize("name", ["Dŵr Cymru – Łódź “Søn’s” Ltd", "Ελληνική Ενέργεια", "Київ Енерго", "Ynni y Tŷ €"])
def test_a_name_is_printed_as_it_is_written(certificate: Certificate, name: str) -> None:
    assert lacking(name) == ()
    reader = PdfReader(BytesIO(render(replace(certificate, fields=(PrintedField("Party", name),)))))
    assert f"Party: {name}" in words(reader.pages[0].extract_text())


def test_what_the_typeface_lacks_is_known_and_shown_as_a_question_mark() -> None:
    assert lacking("Ren 漢漢 😀\u202e") == ("漢", "😀", "\u202e")
    assert shown("Ren 漢 😀") == "Ren ? ?"


@pytest.mark.parametrize("file", FILES.values(), ids=lambda file: file.stem)
def test_the_typeface_has_every_character_of_its_ranges(file: Path) -> None:
    glyphs = TTFont(file).getBestCmap()
    every = (chr(code) for first, last in RANGES for code in range(first, last + 1))
    assert [each for each in (*every, *ALONE) if not lacking(each) and ord(each) not in glyphs] == []


def test_a_certificate_of_a_rehearsal_says_so_and_no_other_does(certificate: Certificate) -> None:
    def first_page(made: Certificate) -> str:
        return words(PdfReader(BytesIO(render(made))).pages[0].extract_text())

    assert REHEARSAL in first_page(replace(certificate, rehearsal=True))
    assert "REHEARSAL" not in first_page(certificate)


def test_a_signed_pdf_is_under_the_root(pdf: bytes, folder: SigningFolder) -> None:
    pades.check(pdf, folder)
    assert b"/ETSI.CAdES.detached" in pdf


def test_a_pdf_is_told_from_that_of_every_other_certificate(
    pdf: bytes, certificate: Certificate, folder: SigningFolder
) -> None:
    pades.check(pdf, folder, reason(certificate))
    recipient = replace(certificate.recipient, organisation="OTHER")
    for other in (
        replace(certificate, number="TCC-2027-0002-KWQF"),
        replace(certificate, code="another"),
        replace(certificate, recipient=recipient),
        replace(certificate, title="Authority to Proceed"),
    ):
        with pytest.raises(pades.NotSigned, match=r"it was signed as .* belongs here"):
            pades.check(pdf, folder, reason(other))


def test_a_twin_is_told_from_that_of_every_other_certificate_and_pdf(
    signed_twin: bytes, certificate: Certificate, folder: SigningFolder
) -> None:
    twin.check_is_of(certificate, "ab" * 32, signed_twin, folder)
    with pytest.raises(twin.NotATwin, match="another certificate"):
        twin.check_is_of(replace(certificate, signatory="Somebody Else"), "ab" * 32, signed_twin, folder)
    with pytest.raises(twin.NotATwin, match="another PDF"):
        twin.check_is_of(certificate, "cd" * 32, signed_twin, folder)


def test_a_number_says_its_serial_with_and_without_random_letters() -> None:
    assert serial_of(numbered("TCC", 2027, 10_000, "KWQF")) == serial_of("TCC-2027-10000") == ("TCC", 2027, 10_000)
    with pytest.raises(ValueError, match="is no number of a certificate"):
        serial_of("TCC")


@pytest.mark.parametrize("where", [0.1, 0.4, 0.6])
def test_a_pdf_with_one_flipped_bit_is_refused(pdf: bytes, folder: SigningFolder, where: float) -> None:
    changed = bytearray(pdf)
    changed[int(len(pdf) * where)] ^= 1
    with pytest.raises(pades.NotSigned):
        pades.check(bytes(changed), folder)


def test_a_pdf_to_which_something_was_added_is_refused(pdf: bytes, folder: SigningFolder) -> None:
    with pytest.raises(pades.NotSigned):
        pades.check(pdf + b"\n% a note\n%%EOF\n", folder)


def test_a_pdf_signed_by_someone_else_is_refused(
    certificate: Certificate, folder: SigningFolder, stranger: SigningFolder
) -> None:
    with pytest.raises(pades.NotSigned, match="not under the root"):
        pades.check(signed_pdf(certificate, stranger), folder)


def test_an_unsigned_pdf_is_refused(certificate: Certificate, folder: SigningFolder) -> None:
    with pytest.raises(pades.NotSigned, match="0 signatures"):
        pades.check(render(certificate), folder)


def test_what_only_calls_itself_a_pdf_is_refused(folder: SigningFolder) -> None:
    with pytest.raises(pades.NotSigned, match="can't be read"):
        pades.check(b"%PDF-1.7\nnothing", folder)


async def test_a_strange_pdf_is_checked_in_a_process_of_its_own(
    pdf: bytes, certificate: Certificate, folder: SigningFolder, stranger: SigningFolder
) -> None:
    assert await isolated.refused(pdf, folder) is None
    foreign = await isolated.refused(await asyncio.to_thread(signed_pdf, certificate, stranger), folder)
    assert foreign == "the signature is not under the root of these certificates"
    assert await isolated.refused(b"%PDF-1.7\nnothing", folder) == isolated.UNREADABLE


SPINNING = """
import sys
from pathlib import Path
from certification.signing import isolated, pades

def spin(*_: object) -> None:
    while True:
        pass

isolated.CPU_SECONDS, pades.check = 1, spin
isolated.main(Path(sys.argv[1]))
"""


def test_a_pdf_that_keeps_its_reader_busy_is_given_up(pdf: bytes, folder: SigningFolder) -> None:
    command = (sys.executable, "-c", SPINNING, str(folder.folder))
    done = subprocess.run(command, input=pdf, check=False, timeout=60)
    assert done.returncode in (-signal.SIGXCPU, -signal.SIGKILL)


async def test_a_busy_machine_says_nothing_of_a_pdf(
    pdf: bytes, folder: SigningFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own signer tries again, and does not take its certificate for another's."""
    monkeypatch.setattr(isolated, "WALL_SECONDS", 0.01)
    with pytest.raises(TimeoutError):
        await isolated.refused(pdf, folder)
    assert await verification.signature_refused(pdf, folder, ours=False) == verification.NOT_IN_TIME


def test_a_signed_twin_is_under_the_root_and_can_be_read(signed_twin: bytes, folder: SigningFolder) -> None:
    twin.check(signed_twin, folder)
    assert orjson.loads(signed_twin)["certificate"]["recipient"]["name"] == "Łódź & Søn’s Energy Ltd"


def test_a_twin_whose_content_was_changed_is_refused(signed_twin: bytes, folder: SigningFolder) -> None:
    document = orjson.loads(signed_twin)
    document["certificate"]["subject"]["fields"]["role"] = "IS"
    with pytest.raises(twin.NotATwin, match="not what was signed"):
        twin.check(orjson.dumps(document), folder)


def test_a_signature_that_brings_its_own_content_is_refused(signed_twin: bytes, folder: SigningFolder) -> None:
    document = orjson.loads(signed_twin)
    header, _, signature = document["signature"].split(".")
    payload = urlsafe_b64encode(twin.canonical(document["certificate"])).rstrip(b"=").decode()
    document["signature"] = f"{header}.{payload}.{signature}"
    twin.check(orjson.dumps(document), folder)
    document["certificate"]["subject"]["fields"]["role"] = "IS"
    with pytest.raises(twin.NotATwin, match="not what was signed"):
        twin.check(orjson.dumps(document), folder)


def test_a_twin_may_be_laid_out_anew_since_its_canonical_form_is_signed(
    signed_twin: bytes, folder: SigningFolder
) -> None:
    twin.check(orjson.dumps(orjson.loads(signed_twin), option=orjson.OPT_INDENT_2), folder)


def test_a_twin_signed_by_someone_else_is_refused(
    certificate: Certificate, folder: SigningFolder, stranger: SigningFolder
) -> None:
    with pytest.raises(twin.NotATwin, match="not under the root"):
        twin.check(twin.make(certificate, "ab" * 32, stranger), folder)


@pytest.mark.parametrize(
    "junk", [b"", b"[]", b"{}", b'{"certificate": {}, "signature": 1}', b'{"certificate":1,"signature":"a.b.c"}']
)
def test_what_is_not_a_twin_is_refused(junk: bytes, folder: SigningFolder) -> None:
    with pytest.raises(twin.NotATwin):
        twin.check(junk, folder)
