"""A file as it came, and how large what is read from it may be."""

from dataclasses import dataclass

from artefact_review.files import refusals

UPLOAD_BYTES = 5_000_000
UNZIPPED_BYTES = 20_000_000
RATIO = 100
RATIO_FROM_BYTES = 1_000_000
"""Small parts may be packed well; from here on the ratio counts."""
MEMBERS = 200
SHEETS = 20
ROWS = 10_000
"""With something in them; rows that are only formatted don't count."""
COLUMNS = 40
CELLS = ROWS * COLUMNS
"""That are parsed, empty ones too."""
CELL_CHARACTERS = 8_000
LINES = 5_000
"""Of a document that is compared with another."""


@dataclass(frozen=True)
class Upload:
    """A file as it came, and which artefact it is meant to be."""

    artefact: str
    file_name: str
    data: bytes


def limit(count: int, allowed: int, what: str, upload: Upload, sheet: str) -> None:
    """Refuse more of something than an artefact can have."""
    if count > allowed:
        raise refusals.TableTooLarge(upload.file_name, upload.artefact, sheet, f"more than {allowed} {what}")
