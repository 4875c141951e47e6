"""Tables out of workbooks and CSV files, refused before they are parsed when they can't be what they claim."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from openpyxl import load_workbook

from artefact_review.files import refusals
from artefact_review.files.sniffing import TEXT, WORKBOOK, kind_of
from kernel.refusal import Refusal

Cell = str | int | float | bool | date | None

UPLOAD_BYTES = 5_000_000
UNZIPPED_BYTES = 20_000_000
RATIO = 100
RATIO_FROM_BYTES = 1_000_000
"""Small parts may be packed well; from here on the ratio counts."""
MEMBERS = 200
SHEETS = 20
ROWS = 10_000
COLUMNS = 40
CELL_CHARACTERS = 8_000
BAD_PARTS = {"xl/vbaProject.bin": "it has macros"}


@dataclass(frozen=True)
class Upload:
    """A file as it came, and which artefact it is meant to be."""

    artefact: str
    file_name: str
    data: bytes


@dataclass(frozen=True)
class Table:
    """A sheet: `rows` are its non-empty rows under the first, by row number, each by lower-case column name."""

    upload: Upload
    sheet: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, Cell]], ...]


def read_tables(upload: Upload, *, csv_sheet: str | None) -> Mapping[str, Table]:
    """The sheets of a workbook by name, or the one table of a CSV file as `csv_sheet`; None when CSV won't do."""
    kind = kind_of(upload.data)
    if kind == WORKBOOK:
        return _workbook(upload)
    if kind == TEXT and csv_sheet is not None:
        return {csv_sheet: _table(upload, csv_sheet, _csv_rows(upload))}
    wanted = WORKBOOK if csv_sheet is None else f"{WORKBOOK} or {TEXT}"
    raise refusals.NotThatKindOfFile(upload.file_name, upload.artefact, kind, wanted)


def _workbook(upload: Upload) -> Mapping[str, Table]:
    try:
        _inspect(upload)
        workbook = load_workbook(io.BytesIO(upload.data), read_only=True, data_only=True, keep_links=False)
        try:
            _limit(len(workbook.worksheets), SHEETS, "sheets", upload, "all")
            return {
                sheet.title: _table(
                    upload, sheet.title, sheet.iter_rows(max_row=ROWS + 2, max_col=COLUMNS + 1, values_only=True)
                )
                for sheet in workbook.worksheets
            }
        finally:
            workbook.close()
    except Refusal:
        raise
    except Exception as error:  # openpyxl raises whatever a malformed part makes it stumble over
        raise refusals.FileDamaged(upload.file_name, f"it is no sound workbook ({type(error).__name__})") from error


def _inspect(upload: Upload) -> None:
    """Look at the archive before anything is parsed; a member can't unzip to more than the directory says."""
    with zipfile.ZipFile(io.BytesIO(upload.data)) as archive:
        members = archive.infolist()
        names = {member.filename for member in members}
        if "xl/workbook.xml" not in names:
            found = "another Office document" if "[Content_Types].xml" in names else "a ZIP archive"
            raise refusals.NotThatKindOfFile(upload.file_name, upload.artefact, found, WORKBOOK)
        if problem := _bomb(members) or next((BAD_PARTS[name] for name in names if name in BAD_PARTS), None):
            raise refusals.WorkbookSuspicious(upload.file_name, problem)
        if any(_declares_entities(archive, member) for member in members):
            raise refusals.WorkbookSuspicious(upload.file_name, "a part of it declares XML entities")


def _bomb(members: Sequence[zipfile.ZipInfo]) -> str | None:
    unzipped = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if len(members) > MEMBERS:
        return f"it has {len(members)} parts; {MEMBERS} are allowed"
    if any(member.flag_bits & 1 for member in members):
        return "it is encrypted"
    if unzipped > UNZIPPED_BYTES:
        return f"it would unzip to {unzipped} bytes; {UNZIPPED_BYTES} are allowed"
    if unzipped > RATIO_FROM_BYTES and unzipped / packed > RATIO:
        return f"it unzips to {unzipped // packed} times its size; {RATIO} times is allowed"
    return None


def _declares_entities(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    if not member.filename.endswith((".xml", ".rels")):
        return False
    text = archive.read(member).replace(b"\0", b"")  # as in UTF-16
    return b"<!DOCTYPE" in text or b"<!ENTITY" in text


def _csv_rows(upload: Upload) -> Iterator[Sequence[object]]:
    text = upload.data.decode("utf-8-sig")
    delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise refusals.FileDamaged(upload.file_name, f"it is no sound CSV ({error})") from error


def _table(upload: Upload, sheet: str, rows: Iterator[Sequence[object]]) -> Table:
    header: Sequence[object] = next(rows, ())
    columns = tuple(_name(cell) for cell in header)
    _limit(_width(header), COLUMNS, "columns", upload, sheet)
    found = []
    for number, cells in enumerate(rows, start=2):
        _limit(number - 1, ROWS, "rows", upload, sheet)
        values = {name: _value(cell, upload, sheet) for name, cell in zip(columns, cells, strict=False) if name}
        if any(value not in (None, "") for value in values.values()):
            found.append((number, values))
    return Table(upload, sheet, tuple(name for name in columns if name), tuple(found))


def _limit(count: int, allowed: int, what: str, upload: Upload, sheet: str) -> None:
    if count > allowed:
        raise refusals.TableTooLarge(upload.file_name, upload.artefact, sheet, f"more than {allowed} {what}")


def _width(cells: Sequence[object]) -> int:
    return max((n for n, cell in enumerate(cells, start=1) if cell not in (None, "")), default=0)


def _name(cell: object) -> str:
    return "_".join(str(cell).strip().lower().split()) if cell is not None else ""


def _value(cell: object, upload: Upload, sheet: str) -> Cell:
    if isinstance(cell, str):
        _limit(len(cell), CELL_CHARACTERS, "characters in a cell", upload, sheet)
        return cell.strip()
    if isinstance(cell, datetime):
        return cell.date()
    return cell if cell is None or isinstance(cell, int | float | date) else str(cell)
