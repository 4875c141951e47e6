"""From a submitted file to the document the domain checks. Columns and sheets are described in the README."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from artefact_review.domain.artefacts import (
    Artefact,
    DataItem,
    DescopingRow,
    Document,
    Matrix,
    Requirement,
    ScheduleRow,
    Script,
    Section,
    TestDataPlan,
    TestPlan,
    TestScripts,
    UnreadFile,
)
from artefact_review.files import refusals
from artefact_review.files.tables import Cell, Table, Upload, read_tables

YES = {"yes", "y", "true"}
NO = {"no", "n", "false"}
ALL = {"all", "*"}


def read_artefact(kind: str, reader: str, file_name: str, data: bytes) -> Artefact:
    """What a file of a kind of artefact says to a reader, with its hash; refused when it can't be read so."""
    document = READERS[reader](Upload(kind, file_name, data))
    return Artefact(kind, file_name, hashlib.sha256(data).hexdigest(), len(data), document)


@dataclass(frozen=True)
class Row:
    """One row of a table, read column by column."""

    table: Table
    number: int
    cells: Mapping[str, Cell]

    def text(self, column: str, *, needed: bool = False) -> str:
        """The text of a cell. A number with decimals is refused: `6.30` would have become `6.3`."""
        value = self.cells.get(column)
        if isinstance(value, float):
            raise self._not_understood(column, value, "text; format the cell as text, for a number loses its zeros")
        text = "" if value is None else str(value)
        if needed and not text:
            raise self._not_understood(column, "an empty cell", "a value")
        return text

    def list(self, column: str) -> tuple[str, ...]:
        """The parts of a cell between semicolons."""
        return tuple(part.strip() for part in self.text(column).split(";") if part.strip())

    def yes(self, column: str) -> bool:
        """Whether a cell says yes."""
        value = self.text(column).lower()
        if value not in YES | NO:
            raise self._not_understood(column, value or "an empty cell", "yes or no")
        return value in YES

    def count(self, column: str) -> int:
        """A whole number from 0 up."""
        value = self.cells.get(column)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        digits = "an empty cell" if value is None else str(value)
        if isinstance(value, bool) or not (digits.isascii() and digits.isdigit() and len(digits) < 7):
            raise self._not_understood(column, digits, "a whole number; a formula counts once it was calculated")
        return int(digits)

    def day(self, column: str) -> str:
        """A date as ISO text, or the text as it stands."""
        value = self.cells.get(column)
        return value.isoformat() if isinstance(value, date) else self.text(column, needed=True)

    def _not_understood(self, column: str, value: object, wanted: str) -> refusals.CellNotUnderstood:
        location = f"{self.table.sheet}!{self.number}"
        return refusals.CellNotUnderstood(self.table.upload.file_name, location, column, str(value)[:80], wanted)


def _sheet(tables: Mapping[str, Table], upload: Upload, sheet: str, *columns: str) -> tuple[Row, ...]:
    table = next((table for name, table in tables.items() if name.strip().lower() == sheet.lower()), None)
    if table is None:
        raise refusals.SheetMissing(upload.file_name, upload.artefact, sheet, ", ".join(tables))
    for column in columns:
        if column not in table.columns:
            found = ", ".join(table.columns) or "none"
            raise refusals.ColumnMissing(upload.file_name, upload.artefact, table.sheet, column, found)
    return tuple(Row(table, number, cells) for number, cells in table.rows)


def _only_sheet(upload: Upload, sheet: str, *columns: str) -> tuple[Row, ...]:
    """The rows of a CSV file or of the workbook's sheet of that name (or of its only one)."""
    tables = read_tables(upload, csv_sheet=sheet)
    name = next(iter(tables)) if len(tables) == 1 else sheet
    rows = _sheet(tables, upload, name, *columns)
    if not rows:
        raise refusals.TableEmpty(upload.file_name, upload.artefact, name)
    return rows


def _test_plan(upload: Upload) -> TestPlan:
    tables = read_tables(upload, csv_sheet=None)
    schedule = _sheet(tables, upload, "Schedule", "day", "tests")
    days = [row for row in schedule if row.day("day").lower() != "total"]
    totals = [row for row in schedule if row not in days]
    return TestPlan(
        sections=tuple(_section(row) for row in _sheet(tables, upload, "Plan", "section", "content")),
        schedule=tuple(ScheduleRow(row.day("day"), row.count("tests"), row.number) for row in days),
        total=totals[-1].count("tests") if totals else None,
        descoping=tuple(
            _descoping(row) for row in _sheet(tables, upload, "Descoping", "kind", "item", "reason", "rationale")
        ),
    )


def _section(row: Row) -> Section:
    letter = row.text("section", needed=True).lstrip("(")[:1].lower()
    return Section(letter, bool(row.text("content")), row.number)


def _descoping(row: Row) -> DescopingRow:
    return DescopingRow(
        row.text("kind", needed=True),
        row.text("item", needed=True),
        row.text("reason").lower(),
        row.text("rationale"),
        row.number,
    )


def _matrix(upload: Upload) -> Matrix:
    rows = _only_sheet(upload, "Requirements", "requirement", "description", "testable", "tests", "scripts")
    return Matrix(tuple(_requirement(row) for row in rows), rows[0].table.sheet)


def _requirement(row: Row) -> Requirement:
    return Requirement(
        row.text("requirement", needed=True), row.yes("testable"), row.list("tests"), row.list("scripts"), row.number
    )


def _test_scripts(upload: Upload) -> TestScripts:
    rows = _only_sheet(upload, "Scripts", "script", "title", "tests", "requirements", "steps", "expected_result")
    return TestScripts(tuple(_script(row) for row in rows), rows[0].table.sheet)


def _script(row: Row) -> Script:
    complete = bool(row.text("steps") and row.text("expected_result"))
    return Script(row.text("script", needed=True), row.list("tests"), row.list("requirements"), complete, row.number)


def _test_data_plan(upload: Upload) -> TestDataPlan:
    rows = _only_sheet(upload, "Test Data", "item", "description", "source", "services", "personal_data")
    return TestDataPlan(tuple(_data_item(row) for row in rows), rows[0].table.sheet)


def _data_item(row: Row) -> DataItem:
    services = tuple("*" if service.lower() in ALL else service for service in row.list("services"))
    return DataItem(row.text("item", needed=True), services, row.yes("personal_data"), row.number)


def _unread(upload: Upload) -> UnreadFile:
    if not upload.data:
        raise refusals.NotThatKindOfFile(
            upload.file_name, upload.artefact, "an empty file", "a file with something in it"
        )
    return UnreadFile()


READERS: Mapping[str, Callable[[Upload], Document]] = {
    "plan-workbook": _test_plan,
    "matrix-table": _matrix,
    "script-table": _test_scripts,
    "data-table": _test_data_plan,
    "file": _unread,
}
"""What reads a submitted artefact, by the name that a procedure's data give it."""
