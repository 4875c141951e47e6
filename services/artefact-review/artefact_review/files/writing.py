"""From tables to a workbook or a CSV file. Cells are values: nothing that is written is a formula."""

import csv
import io
from collections.abc import Mapping, Sequence

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from artefact_review.files.cells import as_text

Row = Sequence[str | int]
Sheets = Mapping[str, Sequence[Row]]
"""Sheets by name; the first row of each holds the columns."""

WIDEST = 60
HEADING, PLAIN = Font(bold=True), Font()
WRAPPED = Alignment(wrap_text=True, vertical="top")


def xlsx(sheets: Sheets) -> bytes:
    """A workbook; texts stay texts, whatever they begin with, and Service Requests keep their zeros."""
    workbook = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        sheet.freeze_panes = "A2"
        for column, width in enumerate(_widths(rows), start=1):
            sheet.column_dimensions[get_column_letter(column)].width = width
        for number, row in enumerate(rows):
            sheet.append([_cell(sheet, value, bold=number == 0) for value in row])
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def csv_file(rows: Sequence[Row]) -> bytes:
    """A CSV file in UTF-8 with the mark that spreadsheet programs look for."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([as_text(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(sheet: WriteOnlyWorksheet, value: str | int, *, bold: bool) -> Cell:
    cell = WriteOnlyCell(sheet, value=value)
    cell.font = HEADING if bold else PLAIN
    cell.alignment = WRAPPED
    if isinstance(value, str):
        cell.data_type = "s"
        cell.number_format = "@"
    return cell


def _widths(rows: Sequence[Row]) -> Sequence[int]:
    longest = (
        max(len(line) for value in column for line in str(value).split("\n")) for column in zip(*rows, strict=True)
    )
    return [min(WIDEST, width + 2) for width in longest]
