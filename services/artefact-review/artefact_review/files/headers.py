"""Which row of a sheet is its header, and in which column each name stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from artefact_review.files import refusals
from artefact_review.files.cells import Sheet, SheetRow
from artefact_review.files.layouts import Layout
from artefact_review.files.limits import Upload

HEADER_ROWS = 20
"""The header is one of so many first rows; titles and remarks may stand above it."""


@dataclass(frozen=True)
class Header:
    """The row of the names, the columns that are read by their names, and of all what stands above them."""

    row: int
    columns: Mapping[str, int]
    titles: Mapping[int, str]


def name(cell: object) -> str:
    """The name of a column, as its header says it."""
    return "_".join(str(cell).strip().lower().split())


def named_in(cells: Iterable[object], layout: Layout) -> int:
    """How many of the columns that a layout needs are named in a row."""
    return len({*map(name, cells)} & {*layout.needed})


def find_header(sheet: Sheet, layout: Layout, upload: Upload) -> Header:
    """The first row that has every needed column; a column that stands twice is refused, for one would be lost."""
    first = [row for row in sheet.rows if row.number <= HEADER_ROWS]
    best = max(first, key=lambda row: named_in(row.cells.values(), layout), default=SheetRow(1, {}))
    names = {column: name(cell) for column, cell in best.cells.items()}
    if missing := next((each for each in layout.needed if each not in names.values()), None):
        found = ", ".join(names.values())[:500] or "none"
        raise refusals.ColumnMissing(upload.file_name, upload.artefact, sheet.name, missing, best.number, found)
    columns: dict[str, int] = {}
    for column, each in names.items():
        if each in layout.columns:
            if each in columns:
                twice = f"{get_column_letter(columns[each])}{best.number} and {get_column_letter(column)}{best.number}"
                raise refusals.ColumnTwice(upload.file_name, sheet.name, each, twice)
            columns[each] = column
    return Header(best.number, columns, {column: str(cell).strip() for column, cell in best.cells.items()})
