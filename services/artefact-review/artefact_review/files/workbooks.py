"""The sheets of a workbook.

Openpyxl's own reader of large files knows neither which rows are hidden nor whether a formula stands behind a value;
the parser on which it builds knows both, and stops where it is told to.
"""

import io
import re
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.escape import unescape
from openpyxl.worksheet._reader import COL_TAG, DATA_TAG, FORMULA_TAG, ROW_TAG, WorkSheetParser
from openpyxl.xml.functions import iterparse

from artefact_review.files.archives import WORKBOOK_PART, inspect, sound
from artefact_review.files.cells import ERROR_WANTED, UNCALCULATED, Cell, Sheet, SheetRow, Unusable
from artefact_review.files.limits import CELLS, COLUMNS, ROWS, SHEETS, Upload, limit

STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(\w+)")
"""The namespaces of Strict Open XML, in which Excel saves where it is told to; openpyxl knows only the usual ones."""


@dataclass(frozen=True)
class Workbook:
    """The sheets that were chosen; `format` is how the file was saved, `noticed` is to be told of it."""

    format: str
    sheets: tuple[Sheet, ...]
    noticed: tuple[str, ...]


def read_workbook(upload: Upload, choose: Callable[[Sequence[str]], Collection[str]]) -> Workbook:
    """The sheets that are chosen by their names, of a workbook that is safe to be opened."""
    with sound(upload, "workbook"):
        noticed = inspect(upload)
        data, strict = _transitional(upload.data)
        reader = _opened(data)
        sheets = {sheet.name: (rel.target, sheet.state != "visible") for sheet, rel in _worksheets(reader)}
        limit(len(sheets), SHEETS, "sheets", upload, "all")
        chosen = choose([*sheets])
        read = tuple(_sheet(reader, name, *found, upload) for name, found in sheets.items() if name in chosen)
        others = [name for name in sheets if name not in chosen]
        unread = [f"Sheets that are not read: {', '.join(others)}."] if others else []
        return Workbook("xlsx (Strict Open XML)" if strict else "xlsx", read, (*noticed, *unread))


def _transitional(data: bytes) -> tuple[bytes, bool]:
    """A strict workbook with the usual namespaces, and whether it was one."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if not STRICT.search(archive.read(WORKBOOK_PART)):
            return data, False
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as usual:
            for each in archive.namelist():
                usual.writestr(each, STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/\2", archive.read(each)))
        return file.getvalue(), True


def _opened(data: bytes) -> ExcelReader:
    """What all sheets share: their texts and styles."""
    reader = ExcelReader(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    reader.read_manifest()
    reader.read_strings()
    reader.read_workbook()
    apply_stylesheet(reader.archive, reader.wb)
    return reader


def _worksheets(reader: ExcelReader) -> Iterator[Any]:
    for sheet, rel in reader.parser.find_sheets():
        if rel.target in reader.valid_files and "chartsheet" not in rel.Type:
            yield sheet, rel


def _sheet(reader: ExcelReader, name: str, part: str, hidden: bool, upload: Upload) -> Sheet:
    workbook: Any = reader.wb
    with reader.archive.open(part) as source:
        parser = _Parser(
            source,
            reader.shared_strings,
            data_only=True,
            epoch=workbook.epoch,
            date_formats=workbook._date_formats,
            timedelta_formats=workbook._timedelta_formats,
        )
        parser.too_many = lambda count: limit(count, CELLS, "cells", upload, name)
        rows = tuple(_bounded(parser.rows(), upload, name))
    return Sheet(name, rows, typed=True, hidden=hidden, hidden_columns=frozenset(parser.hidden_columns()))


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
            elif element.tag == DATA_TAG:
                return

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
