"""Whether an uploaded file is what its name says. Nothing in it is unpacked."""

from io import BytesIO
from pathlib import PurePath
from zipfile import BadZipFile, ZipFile

from certification.domain.refusals import DocumentOfAnotherKind

PARTS = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml"}
"""The part that an Office document of each suffix has."""

LONGEST_NAME = 200
SHORTEST_PDF = 200
"""Bytes: nothing that has a page is shorter."""


def checked_name(file_name: str | None, data: bytes) -> str:
    """The file's bare name, or DocumentOfAnotherKind."""
    name = PurePath((file_name or "").replace("\\", "/")).name[:LONGEST_NAME]
    suffix = PurePath(name).suffix.lower()
    if name.isprintable() and (_is_pdf(data) if suffix == ".pdf" else _has_part(data, PARTS.get(suffix))):
        return name
    raise DocumentOfAnotherKind(name if name.isprintable() else "The file")


def _is_pdf(data: bytes) -> bool:
    """Whether it begins and ends like a whole PDF, and has a page."""
    end = data[-1_024:]
    return data.startswith(b"%PDF-") and b"startxref" in end and b"%%EOF" in end and len(data) > SHORTEST_PDF


def _has_part(data: bytes, part: str | None) -> bool:
    if part is None:
        return False
    try:
        with ZipFile(BytesIO(data)) as archive:
            return part in archive.namelist()
    except (BadZipFile, ValueError, OSError, NotImplementedError):
        return False
