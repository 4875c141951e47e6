"""A table as text: which character parts its columns is found by the header that it must have."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from artefact_review.files import refusals
from artefact_review.files.cells import ERROR_WANTED, ERRORS, Cell, Sheet, SheetRow, Unusable, from_text
from artefact_review.files.headers import HEADER_ROWS, named_in
from artefact_review.files.layouts import Layout
from artefact_review.files.limits import COLUMNS, ROWS, Upload, limit

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?(\n|\Z)')


def read_text(upload: Upload, layout: Layout) -> tuple[Sheet, str]:
    """The one sheet of a CSV file, and in words how its columns are parted."""
    text = upload.data.decode("utf-8-sig")
    announced = SEPARATOR_LINE.match(text)
    delimiter = announced[1] if announced else max(DELIMITERS, key=lambda each: _found(text, each, layout))
    body, offset = (text[announced.end() :], 1) if announced else (text, 0)
    rows = tuple(
        _rows(upload, layout, csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True), offset)
    )
    return Sheet(layout.sheet, rows, typed=False), f"columns parted by {DELIMITERS.get(delimiter, repr(delimiter))}"


def _found(text: str, delimiter: str, layout: Layout) -> int:
    """How many of the wanted columns the best of the first rows has, when columns are parted so."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return max((named_in(row[:COLUMNS], layout) for row in islice(rows, HEADER_ROWS)), default=0)
    except csv.Error:
        return 0


def _rows(upload: Upload, layout: Layout, records: Iterator[Sequence[str]], offset: int) -> Iterator[SheetRow]:
    number = offset
    count = 0
    try:
        for number, cells in enumerate(records, start=1 + offset):
            if found := {column: _cell(text) for column, text in enumerate(cells, start=1) if text.strip()}:
                count += 1
                limit(count, ROWS, "rows", upload, layout.sheet)
                limit(max(found), COLUMNS, "columns", upload, layout.sheet)
                yield SheetRow(number, found)
    except csv.Error as error:
        raise refusals.FileDamaged(upload.file_name, f"row {number + 1} is no sound CSV ({error})") from error


def _cell(text: str) -> Cell:
    return Unusable(text.strip(), ERROR_WANTED) if text.strip().upper() in ERRORS else from_text(text)
