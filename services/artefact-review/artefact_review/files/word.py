"""A Word document, opened once it was looked at."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from artefact_review.files.archives import DOCUMENT_PART, inspect, parts_of, sound
from artefact_review.files.limits import Upload


def is_word(upload: Upload) -> bool:
    """Whether an archive is a Word document."""
    return DOCUMENT_PART in parts_of(upload)


@contextmanager
def word_document(upload: Upload) -> Iterator[Any]:
    """The document, for as long as it is read; it is refused where anything in it can't be."""
    from docx import Document  # its weight is borne by who sends or compares documents

    with sound(upload, "document"):
        inspect(upload, DOCUMENT_PART)
        yield Document(io.BytesIO(upload.data))


def text_of(cell: Any) -> str:
    """The text of a cell, a line for each of its paragraphs."""
    return "\n".join(paragraph.text for paragraph in cell.p_lst)
