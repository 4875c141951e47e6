"""From tables to a workbook or a CSV file. Cells are values: nothing that is written is a formula."""

import csv
import io
import re
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

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
ESCAPED = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
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


def docx(title: str, sheets: Sheets) -> bytes:
    """A Word document with a table for each sheet, under its name."""
    from docx import Document  # its weight is borne by who asks for documents

    document = Document()
    document.add_heading(title, 0)
    for name, rows in sheets.items():
        document.add_heading(name, 1)
        table = document.add_table(0, len(rows[0]), "Table Grid")
        for row in rows:
            for cell, value in zip(table.add_row()._tr.tc_lst, row, strict=True):
                cell.p_lst[0].add_r().text = CONTROL.sub(" ", str(value))
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def csv_file(rows: Sequence[Row]) -> bytes:
    """A CSV file in UTF-8 with the mark that spreadsheet programs look for."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([as_text(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(sheet: WriteOnlyWorksheet, value: str | int, *, bold: bool) -> Cell:
    cell = WriteOnlyCell(sheet, value=ESCAPED.sub(_escape, value) if isinstance(value, str) else value)
    cell.font = HEADING if bold else PLAIN
    cell.alignment = WRAPPED
    if isinstance(value, str):
        cell.data_type = "s"
        cell.number_format = "@"
    return cell


def _escape(found: re.Match[str]) -> str:
    """As Open XML writes what XML can't hold, and what looks so."""
    return f"_x{ord(found[0][0]):04X}_{found[0][1:]}"


def _widths(rows: Sequence[Row]) -> Sequence[int]:
    longest = (
        max(len(line) for value in column for line in str(value).split("\n")) for column in zip(*rows, strict=True)
    )
    return [min(WIDEST, width + 2) for width in longest]
