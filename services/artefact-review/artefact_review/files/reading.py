"""From a submitted file to the document the domain checks. Columns and sheets are described in the README."""

import hashlib
from collections.abc import Callable, Mapping

from artefact_review.domain.artefacts import (
    Artefact,
    DataItem,
    DescopingRow,
    Document,
    Matrix,
    Reading,
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
from artefact_review.files.layouts import LAYOUTS
from artefact_review.files.limits import Upload
from artefact_review.files.rows import TOTAL, Row
from artefact_review.files.sniffing import kind_of
from artefact_review.files.tables import read_tables

ALL = {"all", "*"}
Rows = Mapping[str, tuple[Row, ...]]
"""By the name of the sheet."""


def read_artefact(kind: str, reader: str, file_name: str, data: bytes) -> Artefact:
    """What a file of a kind of artefact says to a reader, with its hash; refused when it can't be read so."""
    document, reading = READERS[reader](Upload(kind, file_name, data))
    return Artefact(kind, file_name, hashlib.sha256(data).hexdigest(), len(data), document, reading)


def _test_plan(sheets: Rows) -> TestPlan:
    totals = [row for row in sheets["Schedule"] if TOTAL.match(row.day("day"))]
    days = [row for row in sheets["Schedule"] if row not in totals]
    return TestPlan(
        sections=tuple(_section(row) for row in sheets["Plan"]),
        schedule=tuple(ScheduleRow(row.day("day"), row.count("tests"), row.number) for row in days),
        total=totals[-1].count("tests") if totals else None,
        descoping=tuple(_descoping(row) for row in sheets["Descoping"]),
    )


def _section(row: Row) -> Section:
    letter = row.id("section").lstrip("(")[:1].lower()
    return Section(letter, bool(row.text("content")), row.number)


def _descoping(row: Row) -> DescopingRow:
    return DescopingRow(row.id("kind"), row.id("item"), row.text("reason").lower(), row.text("rationale"), row.number)


def _requirement(row: Row) -> Requirement:
    return Requirement(row.id("requirement"), row.yes("testable"), row.ids("tests"), row.ids("scripts"), row.number)


def _script(row: Row) -> Script:
    complete = bool(row.text("steps") and row.text("expected_result"))
    return Script(row.id("script"), row.ids("tests"), row.ids("requirements"), complete, row.number)


def _data_item(row: Row) -> DataItem:
    services = tuple("*" if service.lower() in ALL else service for service in row.ids("services"))
    defined = bool(row.text("description") and row.text("source"))
    return DataItem(row.id("item"), services, row.yes("personal_data"), row.number, defined)


def _plan_workbook(upload: Upload) -> tuple[Document, Reading]:
    tables = read_tables(upload, LAYOUTS["plan-workbook"])
    return _test_plan(tables.rows), tables.reading


def _single(upload: Upload, reader: str) -> tuple[tuple[Row, ...], Reading]:
    """The rows of an artefact that is one table."""
    tables = read_tables(upload, LAYOUTS[reader])
    (rows,) = tables.rows.values()
    if not rows:
        (sheet,) = tables.reading.sheets
        raise refusals.TableEmpty(upload.file_name, upload.artefact, sheet.sheet, sheet.header_row)
    return rows, tables.reading


def _matrix_table(upload: Upload) -> tuple[Document, Reading]:
    rows, reading = _single(upload, "matrix-table")
    return Matrix(tuple(map(_requirement, rows)), rows[0].table.sheet), reading


def _script_table(upload: Upload) -> tuple[Document, Reading]:
    rows, reading = _single(upload, "script-table")
    return TestScripts(tuple(map(_script, rows)), rows[0].table.sheet), reading


def _data_table(upload: Upload) -> tuple[Document, Reading]:
    rows, reading = _single(upload, "data-table")
    return TestDataPlan(tuple(map(_data_item, rows)), rows[0].table.sheet), reading


def _file(upload: Upload) -> tuple[Document, Reading]:
    kind = kind_of(upload.data)
    if not upload.data:
        raise refusals.NotThatKindOfFile(upload.file_name, upload.artefact, kind, "a file with something in it")
    return UnreadFile(), Reading(kind)


READERS: Mapping[str, Callable[[Upload], tuple[Document, Reading]]] = {
    "plan-workbook": _plan_workbook,
    "matrix-table": _matrix_table,
    "script-table": _script_table,
    "data-table": _data_table,
    "file": _file,
}
"""What reads a submitted artefact, by the name that a procedure's data give it."""
