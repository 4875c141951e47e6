"""The text of a document, line by line."""

from collections.abc import Iterator, Sequence
from typing import Any

from artefact_review.files.limits import LINES, Upload, limit
from artefact_review.files.sniffing import TEXT, WORKBOOK, kind_of
from artefact_review.files.word import is_word, text_of, word_document


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
    """The lines of a paragraph, or the rows of a table; a cell that spans several rows is read in its first."""
    if hasattr(block, "rows"):
        rows = block._tbl.tr_lst  # what the library makes of cells that span rows takes minutes for a few hundred
        yield from (" | ".join(text_of(cell).replace("\n", " ") for cell in row.tc_lst) for row in rows)
    else:
        yield from block.text.splitlines() or ("",)
