"""The sheets of a workbook.

Openpyxl's own reader of large files knows neither which rows are hidden nor whether a formula stands behind a value;
the parser on which it builds knows both.
"""

import io
import re
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.escape import unescape
from openpyxl.worksheet._reader import COL_TAG, FORMULA_TAG, ROW_TAG, WorkSheetParser
from openpyxl.xml.functions import iterparse

from artefact_review.files import refusals
from artefact_review.files.archives import inspect
from artefact_review.files.cells import ERROR_WANTED, UNCALCULATED, Cell, Sheet, SheetRow, Unusable
from artefact_review.files.limits import CELLS, COLUMNS, ROWS, SHEETS, Upload, limit
from kernel.refusal import Refusal

STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(\w+)")
"""The namespaces of Strict Open XML, in which Excel saves where it is told to; openpyxl knows only the usual ones."""


@dataclass(frozen=True)
class Workbook:
    """The sheets that were chosen; `format` is how the file was saved, `others` are the names of what was not read."""

    format: str
    sheets: tuple[Sheet, ...]
    others: tuple[str, ...]


def read_workbook(upload: Upload, choose: Callable[[Sequence[str]], Collection[str]]) -> Workbook:
    """The sheets that are chosen by their names, of a workbook that is safe to be opened."""
    try:
        inspect(upload)
        data, strict = _transitional(upload.data)
        workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        titles = [sheet.title for sheet in workbook.worksheets]
        limit(len(titles), SHEETS, "sheets", upload, "all")
        chosen = choose(titles)
        sheets = tuple(_sheet(sheet, upload) for sheet in workbook.worksheets if sheet.title in chosen)
        others = tuple(title for title in titles if title not in chosen)
        return Workbook("xlsx (Strict Open XML)" if strict else "xlsx", sheets, others)
    except Refusal:
        raise
    except Exception as error:  # openpyxl raises whatever a malformed part makes it stumble over
        raise refusals.FileDamaged(upload.file_name, f"it is no sound workbook ({type(error).__name__})") from error


def _transitional(data: bytes) -> tuple[bytes, bool]:
    """A strict workbook with the usual namespaces, and whether it was one."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if not STRICT.search(archive.read("xl/workbook.xml")):
            return data, False
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as usual:
            for each in archive.namelist():
                usual.writestr(each, STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/\2", archive.read(each)))
        return file.getvalue(), True


def _sheet(sheet: Any, upload: Upload) -> Sheet:
    with sheet._get_source() as source:
        parser = _Parser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=sheet.parent.epoch,
            date_formats=sheet.parent._date_formats,
            timedelta_formats=sheet.parent._timedelta_formats,
        )
        parser.too_many = lambda count: limit(count, CELLS, "cells", upload, sheet.title)
        rows = tuple(_bounded(parser.rows(), upload, sheet.title))
    hidden = sheet.sheet_state != "visible"
    return Sheet(sheet.title, rows, typed=True, hidden=hidden, hidden_columns=frozenset(parser.hidden_columns()))


def _bounded(rows: Iterator[SheetRow], upload: Upload, sheet: str) -> Iterator[SheetRow]:
    for count, row in enumerate(rows, start=1):
        limit(count, ROWS, "rows", upload, sheet)
        limit(max(row.cells), COLUMNS, "columns", upload, sheet)
        yield row


class _Parser(WorkSheetParser):
    """What openpyxl's parser knows of rows and columns, without what else stands in a sheet, where it stumbles more."""

    count = 0
    too_many: Callable[[int], None]

    def rows(self) -> Iterator[SheetRow]:
        for _, element in iterparse(self.source):
            if element.tag == COL_TAG:
                self.parse_column_dimensions(element)
            elif element.tag == ROW_TAG:
                number, cells = self.parse_row(element)
                found = {int(cell["column"]): _value(cell["value"]) for cell in cells if _filled(cell["value"])}
                if found:
                    yield SheetRow(number, found, _is_hidden(element.attrib))
                element.clear()

    def parse_cell(self, element: Any) -> Any:
        self.count += 1
        self.too_many(self.count)
        cell: Any = super().parse_cell(element)
        if cell["data_type"] == "e":
            cell["value"] = Unusable(str(cell["value"]), ERROR_WANTED)
        elif cell["value"] is None and element.get("t") != "str" and element.find(FORMULA_TAG) is not None:
            cell["value"] = UNCALCULATED
        return cell

    def hidden_columns(self) -> Iterator[int]:
        for each in self.column_dimensions.values():
            if _is_hidden(each):
                yield from range(int(each["min"]), min(int(each["max"]), COLUMNS) + 1)


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    return attributes.get("hidden") in ("1", "true")


def _filled(value: object) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())


def _value(value: object) -> Cell:
    if isinstance(value, str):
        return unescape(value)
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, int | float | date | Unusable) else str(value)
