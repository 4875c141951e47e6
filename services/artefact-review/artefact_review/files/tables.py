"""The tables of an artefact, out of a workbook, a Word document or a CSV file, and how they were found."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from artefact_review.domain.artefacts import Reading, SheetRead
from artefact_review.files import refusals
from artefact_review.files.cells import Cell, Sheet, SheetRow, named, trimmed
from artefact_review.files.headers import Header, find_header
from artefact_review.files.layouts import Layout
from artefact_review.files.limits import CELL_CHARACTERS, Upload, limit
from artefact_review.files.rows import Row, Table
from artefact_review.files.sniffing import TEXT, WORD, WORKBOOK, kind_of
from artefact_review.files.text_tables import read_text
from artefact_review.files.word import is_word
from artefact_review.files.word_tables import read_word
from artefact_review.files.workbooks import read_workbook

SHOWN = 5
"""So many places are named for one thing that was noticed; the rest is counted."""


@dataclass(frozen=True)
class Tables:
    """The rows of each sheet by the name that its layout has, and what was taken for what."""

    rows: Mapping[str, tuple[Row, ...]]
    reading: Reading


def read_tables(upload: Upload, layouts: Sequence[Layout]) -> Tables:
    """The sheets of a workbook or the tables of a Word document, each by its layout; a single one may be a CSV file."""
    kind, single = kind_of(upload.data), layouts[0] if len(layouts) == 1 else None
    if kind == WORKBOOK and is_word(upload):
        return _read("docx", (), read_word(upload, layouts), upload)
    if kind == WORKBOOK:
        return _from_workbook(upload, layouts)
    if kind == TEXT and single is not None:
        sheet, parted = read_text(upload, single)
        return _read(f"csv in UTF-8, {parted}", (), {single: sheet}, upload)
    wanted = f"{WORKBOOK} or {WORD}" if single is None else f"{WORKBOOK}, {WORD} or {TEXT}"
    raise refusals.NotThatKindOfFile(upload.file_name, upload.artefact, kind, wanted)


def _from_workbook(upload: Upload, layouts: Sequence[Layout]) -> Tables:
    chosen: dict[Layout, str] = {}

    def choose(titles: Sequence[str]) -> Collection[str]:
        chosen.update(_choose(titles, layouts, upload))
        return chosen.values()

    workbook = read_workbook(upload, choose)
    sheets = {sheet.name: sheet for sheet in workbook.sheets}
    return _read(workbook.format, workbook.noticed, {layout: sheets[name] for layout, name in chosen.items()}, upload)


def _choose(titles: Sequence[str], layouts: Sequence[Layout], upload: Upload) -> Mapping[Layout, str]:
    """The sheet of each layout: the one of its name, whatever its case, or else the only one."""
    chosen = {}
    for layout in layouts:
        found = [title for title in titles if title.strip().lower() == layout.sheet.lower()]
        if len(found) > 1:
            raise refusals.SheetTwice(upload.file_name, layout.sheet, " and ".join(map(repr, found)))
        if not found and not (len(titles) == len(layouts) == 1):
            raise refusals.SheetMissing(upload.file_name, upload.artefact, layout.sheet, ", ".join(titles))
        chosen[layout] = found[0] if found else titles[0]
    return chosen


def _read(format: str, noticed: Sequence[str], sheets: Mapping[Layout, Sheet], upload: Upload) -> Tables:
    rows, read, notes = {}, [], [*noticed]
    for layout, sheet in sheets.items():
        header = find_header(sheet, layout, upload)
        table = Table(upload.file_name, sheet.name, sheet.typed, layout, header.columns)
        below = [row for row in sheet.rows if row.number > header.row]
        if not sheet.typed:
            _refuse_shifted(below, header, sheet, upload)
        found = tuple(_rows(below, table, upload))
        rows[layout.sheet] = found
        read.append(SheetRead(sheet.name, header.row, len(found)))
        notes += _notes(sheet, header, below, found)
    return Tables(rows, Reading(format, tuple(read), tuple(notes)))


def _rows(below: Sequence[SheetRow], table: Table, upload: Upload) -> Iterator[Row]:
    for row in below:
        cells = {name: row.cells[column] for name, column in table.columns.items() if column in row.cells}
        for cell in cells.values():
            limit(
                len(cell) if isinstance(cell, str) else 0, CELL_CHARACTERS, "characters in a cell", upload, table.sheet
            )
        if cells:
            yield Row(table, row.number, {name: _trim(cell) for name, cell in cells.items()})


def _trim(cell: Cell) -> Cell:
    return trimmed(cell)[0] if isinstance(cell, str) else cell


def _refuse_shifted(below: Sequence[SheetRow], header: Header, sheet: Sheet, upload: Upload) -> None:
    """A cell under no header, in text alone, is what a separator inside another cell leaves."""
    for row in below:
        if beyond := [column for column in row.cells if column not in header.titles]:
            cell, value = f"{get_column_letter(beyond[0])}{row.number}", str(row.cells[beyond[0]])[:80]
            raise refusals.RowTooLong(upload.file_name, sheet.name, cell, value)


def _notes(sheet: Sheet, header: Header, below: Sequence[SheetRow], found: Sequence[Row]) -> Iterator[str]:
    """What was noticed on a sheet that a reader of the file might not expect."""
    if any(row.number < header.row for row in sheet.rows):
        yield f"{sheet.name}: the columns are named in row {header.row}; what stands above it is not read."
    if sheet.hidden:
        yield f"{sheet.name}: the sheet is hidden, and counted."
    if hidden := [str(row.number) for row in below if row.hidden]:
        yield f"{sheet.name}: hidden, and counted: {_some('row', hidden)}."
    if hidden := [name for name, column in header.columns.items() if column in sheet.hidden_columns]:
        yield f"{sheet.name}: hidden, and counted: {_some('column', hidden)}."
    if others := [title for column, title in header.titles.items() if column not in header.columns.values()]:
        yield f"{sheet.name}: not read: {_some('column', others)}."
    if beside := [f"{get_column_letter(c)}{row.number}" for row in below for c in row.cells if c not in header.titles]:
        yield f"{sheet.name}: not read, as no column is named above: {_some('cell', beside)}."
    yield from _cleaned(sheet, header, below)
    yield from (f"{sheet.name}: the list in {each}." for each in _separators(found))


def _cleaned(sheet: Sheet, header: Header, below: Sequence[SheetRow]) -> Iterator[str]:
    """Characters that were left out at the ends of cells, and where."""
    places: dict[str, list[str]] = {}
    for row in below:
        for column in header.columns.values():
            cell = row.cells.get(column)
            for letter in trimmed(cell)[1] if isinstance(cell, str) else "":
                places.setdefault(letter, []).append(f"{get_column_letter(column)}{row.number}")
    for letter, cells in places.items():
        yield f"{sheet.name}: {named(letter)} was left out at the ends of {_some('cell', cells)}."


def _separators(found: Sequence[Row]) -> Iterator[str]:
    for column in found[0].table.layout.columns if found else ():
        if column in found[0].table.layout.lists:
            used = {mark for row in found for mark in row.separators(column)}
            if used - {"semicolons"}:
                yield f"{column} is parted by {' and '.join(sorted(used))}"


def _some(what: str, places: Sequence[str]) -> str:
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    return f"{what}{'s' if len(places) > 1 else ''} {', '.join(places[:SHOWN])}{more}"
