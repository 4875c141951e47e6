"""What an archive is looked at for before anything in it is parsed."""

import io
import zipfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from artefact_review.files import refusals
from artefact_review.files.limits import MEMBERS, RATIO, RATIO_FROM_BYTES, UNZIPPED_BYTES, Upload
from artefact_review.files.sniffing import WORKBOOK
from kernel.refusal import Refusal

WORKBOOK_PART, DOCUMENT_PART = "xl/workbook.xml", "word/document.xml"
"""What makes an archive a workbook or a Word document."""
MACROS = ("vbaproject.bin", "xl/macrosheets/", "xl/activex/")
"""Parts that hold what runs, by what stands in their names."""


def parts_of(upload: Upload) -> Collection[str]:
    """The names of what is in an archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(upload.data)) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError) as error:  # the latter: of a version that is none
        raise refusals.FileDamaged(upload.file_name, f"it is no sound archive ({error})") from error


@contextmanager
def sound(upload: Upload, what: str) -> Iterator[None]:
    """Refuse what a parser stumbles over: of a malformed part, each raises whatever it likes."""
    try:
        yield
    except Refusal:
        raise
    except Exception as error:
        raise refusals.FileDamaged(upload.file_name, f"it is no sound {what} ({type(error).__name__})") from error


def inspect(upload: Upload, main: str = WORKBOOK_PART) -> Sequence[str]:
    """Look at the archive before anything is parsed, and what is to be told of it.

    A member can't unzip to more than the directory says.
    """
    with zipfile.ZipFile(io.BytesIO(upload.data)) as archive:
        members = archive.infolist()
        names = {member.filename for member in members}
        if main not in names:
            found = "another Office document" if "[Content_Types].xml" in names else "a ZIP archive"
            raise refusals.NotThatKindOfFile(upload.file_name, upload.artefact, found, WORKBOOK)
        if problem := _bomb(members) or _macros(names):
            raise refusals.WorkbookSuspicious(upload.file_name, problem)
        if any(_declares_entities(archive, member) for member in members):
            raise refusals.WorkbookSuspicious(upload.file_name, "a part of it declares XML entities")
        outside = any(name.lower().startswith("xl/externallinks/") for name in names)
        return ["It has links to other files, which are not followed: the stored values count."] if outside else []


def _bomb(members: Sequence[zipfile.ZipInfo]) -> str | None:
    unzipped = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if len(members) > MEMBERS:
        return f"it has {len(members)} parts; {MEMBERS} are allowed"
    if any(member.flag_bits & 1 for member in members):
        return "it is encrypted"
    if unzipped > UNZIPPED_BYTES:
        return f"it would unzip to {unzipped} bytes; {UNZIPPED_BYTES} are allowed"
    if unzipped > RATIO_FROM_BYTES and unzipped / packed > RATIO:
        return f"it unzips to {unzipped // packed} times its size; {RATIO} times is allowed"
    return None


def _macros(names: Collection[str]) -> str | None:
    found = next((name for name in sorted(names) if any(each in name.lower() for each in MACROS)), None)
    return found and f"it has macros ({found[:80]})"


def _declares_entities(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    text = archive.read(member).replace(b"\0", b"")  # as in UTF-16
    return b"<!DOCTYPE" in text or b"<!ENTITY" in text
