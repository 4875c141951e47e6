"""The text of a document, line by line."""

from collections.abc import Iterator, Sequence
from typing import Any

from artefact_review.files.limits import LINES, Upload, limit
from artefact_review.files.sniffing import TEXT, WORKBOOK, kind_of
from artefact_review.files.word import is_word, word_document


def lines_of(upload: Upload) -> Sequence[str] | None:
    """The lines of a text or a Word document; None of what has no text that is read here."""
    kind = kind_of(upload.data)
    if kind == TEXT:
        lines: Sequence[str] = upload.data.decode("utf-8-sig").splitlines()
    elif kind == WORKBOOK and is_word(upload):
        lines = _word(upload)
    else:
        return None
    limit(len(lines), LINES, "lines", upload, "text")
    return lines


def _word(upload: Upload) -> Sequence[str]:
    with word_document(upload) as document:
        return [line for block in document.iter_inner_content() for line in _lines(block)]


def _lines(block: Any) -> Iterator[str]:
    """The lines of a paragraph, or the rows of a table."""
    if hasattr(block, "rows"):
        yield from (" | ".join(cell.text.replace("\n", " ") for cell in row.cells) for row in block.rows)
    else:
        yield from block.text.splitlines() or ("",)
