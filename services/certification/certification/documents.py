"""Whether an uploaded file is what its name says. Nothing in it is unpacked."""

from io import BytesIO
from pathlib import PurePath
from zipfile import BadZipFile, ZipFile

from certification.domain.refusals import DocumentOfAnotherKind

PARTS = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml"}
"""The part that an Office document of each suffix has."""

LONGEST_NAME = 200


def checked_name(file_name: str | None, data: bytes) -> str:
    """The file's bare name, or DocumentOfAnotherKind."""
    name = PurePath((file_name or "").replace("\\", "/")).name[:LONGEST_NAME]
    suffix = PurePath(name).suffix.lower()
    if name.isprintable() and ((suffix == ".pdf" and data.startswith(b"%PDF-")) or _has_part(data, PARTS.get(suffix))):
        return name
    raise DocumentOfAnotherKind(name if name.isprintable() else "The file")


def _has_part(data: bytes, part: str | None) -> bool:
    if part is None:
        return False
    try:
        with ZipFile(BytesIO(data)) as archive:
            return part in archive.namelist()
    except (BadZipFile, ValueError, OSError, NotImplementedError):
        return False
