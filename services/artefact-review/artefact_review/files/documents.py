"""The text of a document, line by line."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

from artefact_review.files import refusals
from artefact_review.files.archives import DOCUMENT_PART, inspect, parts_of
from artefact_review.files.limits import LINES, Upload, limit
from artefact_review.files.sniffing import TEXT, WORKBOOK, kind_of
from kernel.refusal import Refusal


def lines_of(upload: Upload) -> Sequence[str] | None:
    """The lines of a text or a Word document; None of what has no text that is read here."""
    kind = kind_of(upload.data)
    if kind == TEXT:
        lines: Sequence[str] = upload.data.decode("utf-8-sig").splitlines()
    elif kind == WORKBOOK and DOCUMENT_PART in parts_of(upload):
        lines = _word(upload)
    else:
        return None
    limit(len(lines), LINES, "lines", upload, "text")
    return lines


def _word(upload: Upload) -> Sequence[str]:
    from docx import Document  # its weight is borne by who compares documents

    try:
        inspect(upload, DOCUMENT_PART)
        blocks = Document(io.BytesIO(upload.data)).iter_inner_content()
        return [line for block in blocks for line in _lines(block)]
    except Refusal:
        raise
    except Exception as error:  # python-docx raises whatever a malformed part makes it stumble over
        raise refusals.FileDamaged(upload.file_name, f"it is no sound document ({type(error).__name__})") from error


def _lines(block: Any) -> Iterator[str]:
    """The lines of a paragraph, or the rows of a table."""
    if hasattr(block, "rows"):
        yield from (" | ".join(cell.text.replace("\n", " ") for cell in row.cells) for row in block.rows)
    else:
        yield from block.text.splitlines() or ("",)
