"""The tables of a Word document, each found by the header that it must have."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from artefact_review.files import refusals
from artefact_review.files.cells import Sheet, SheetRow
from artefact_review.files.headers import HEADER_ROWS, named_in
from artefact_review.files.layouts import Layout
from artefact_review.files.limits import COLUMNS, ROWS, SHEETS, Upload, limit
from artefact_review.files.word import text_of, word_document


def read_word(upload: Upload, layouts: Sequence[Layout]) -> Mapping[Layout, Sheet]:
    """For each layout the first table that names every column which it needs, or else the one that names most."""
    tables = _tables(upload)
    if not tables:
        raise refusals.SheetMissing(upload.file_name, upload.artefact, layouts[0].sheet, "no table")
    return {layout: max(tables, key=lambda table: _named(table, layout)) for layout in layouts}


def _named(table: Sheet, layout: Layout) -> int:
    rows = [row for row in table.rows if row.number <= HEADER_ROWS]
    return max((named_in(row.cells.values(), layout) for row in rows), default=0)


def _tables(upload: Upload) -> Sequence[Sheet]:
    with word_document(upload) as document:
        tables = document.tables
        limit(len(tables), SHEETS, "tables", upload, "all")
        return [_sheet(f"Table {number}", table._tbl, upload) for number, table in enumerate(tables, start=1)]


def _sheet(title: str, table: Any, upload: Upload) -> Sheet:
    limit(len(table.tr_lst), ROWS, "rows", upload, title)
    limit(max((len(row.tc_lst) for row in table.tr_lst), default=0), COLUMNS, "columns", upload, title)
    rows = ((number, dict(_cells(row))) for number, row in enumerate(table.tr_lst, start=1))
    return Sheet(title, tuple(SheetRow(number, cells) for number, cells in rows if cells), typed=True)


def _cells(row: Any) -> Iterator[tuple[int, str]]:
    """The texts by column; a cell may span several."""
    column = 1
    for cell in row.tc_lst:
        if text := text_of(cell).strip("\n"):
            yield column, text
        column += cell.grid_span
