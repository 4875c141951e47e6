"""What people and their programs write, read as it was meant, or refused with the cell, the value and what is right."""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font

from artefact_review.domain.artefacts import Artefact, Matrix
from artefact_review.files import refusals
from artefact_review.files.reading import read_artefact
from kernel.refusal import Refusal

HEADER = ("requirement", "description", "testable", "tests", "scripts")
READ = ("REQ-SR-4.2", "Read", "yes", "SR:4.2:CV1-OD:S1; SR:4.2:CV1-OD:S2", "TS-1; TS-2")
READ_TESTS = ("SR:4.2:CV1-OD:S1", "SR:4.2:CV1-OD:S2")
NBSP, MARK, ZERO_WIDTH = "\u00a0", "\u200f", "\u200b"


def workbook(*rows: Sequence[Any], sheet: str = "Requirements", change: Callable[[Any], None] | None = None) -> bytes:
    made = Workbook()
    made.active.title = sheet  # type: ignore[union-attr]
    for row in rows:
        made.active.append(tuple(row))  # type: ignore[union-attr]
    if change:
        change(made.active)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def read(data: bytes) -> Artefact:
    return read_artefact("requirements-traceability-matrix", "matrix-table", "matrix", data)


def matrix(data: bytes) -> Matrix:
    document = read(data).document
    assert isinstance(document, Matrix)
    return document


def notes(data: bytes) -> Sequence[str]:
    reading = read(data).reading
    assert reading
    return reading.notes


def refused(data: bytes) -> refusals.CellNotUnderstood:
    with pytest.raises(refusals.CellNotUnderstood) as caught:
        read(data)
    return caught.value


def row(**other: Any) -> tuple[Any, ...]:
    return tuple(other.get(name, value) for name, value in zip(HEADER, READ, strict=True))


def line(*cells: str) -> bytes:
    return ",".join(HEADER).encode() + b"\n" + ",".join(cells).encode() + b"\n"


@pytest.mark.parametrize(
    ("found", "cell", "shown"),
    [
        (row(requirement=6.3), "A2", "6.3"),
        (row(tests=4.2), "D2", "4.2"),
        (row(requirement=date(2027, 2, 4)), "A2", "the date 2027-02-04"),
        (row(requirement="#REF!"), "A2", "#REF!"),
        (row(tests="#N/A"), "D2", "#N/A"),
        (row(requirement='=CONCATENATE("REQ-","6.30")'), "A2", "a formula without a value"),
        (row(tests="6,30"), "D2", "6,30"),
        (row(requirement="6,30"), "A2", "6,30"),
        (row(tests=f"SR:4.2:{NBSP}CV1-OD:S1"), "D2", f"SR:4.2:{NBSP}CV1-OD:S1 with NO-BREAK SPACE (U+00A0)"),
        (row(scripts=f"TS{MARK}-1"), "E2", f"TS{MARK}-1 with RIGHT-TO-LEFT MARK (U+200F)"),
        (row(scripts="TS\u20131"), "E2", "TS\u20131 with EN DASH (U+2013)"),
        (row(requirement="REQ\n1"), "A2", "REQ\n1 with control character (U+000A)"),
    ],
)
def test_what_a_spreadsheet_made_of_an_id_is_refused_with_its_cell(found: Any, cell: str, shown: str) -> None:
    refusal = refused(workbook(HEADER, found))
    assert (refusal.location, refusal.value) == (f"Requirements!{cell}", shown)


@pytest.mark.parametrize(
    ("cells", "shown", "advice"),
    [
        (("6.3", "d", "yes", "SR:6.30:CV1-OD:S2", "TS-3"), "6.3", "6.30"),
        (("REQ", "d", "yes", "7.1", "TS-3"), "7.1", "7.1; or 7.10;"),
        (("04-Feb", "d", "yes", "SSI", "TS-3"), "04-Feb", "became a date"),
        (("2027-02-04", "d", "yes", "SSI", "TS-3"), "2027-02-04", "became a date"),
        (("1.2E+05", "d", "yes", "SSI", "TS-3"), "1.2E+05", "powers of ten"),
        (("#NAME?", "d", "yes", "SSI", "TS-3"), "#NAME?", "could not be calculated"),
        (('"6,30"', "d", "yes", "SSI", "TS-3"), "6,30", "6.30"),
    ],
)
def test_what_a_spreadsheet_wrote_for_an_id_into_csv_is_refused(
    cells: tuple[str, ...], shown: str, advice: str
) -> None:
    refusal = refused(line(*cells))
    assert refusal.value == shown
    assert advice in refusal.wanted


def test_a_semicolon_after_a_service_request_tells_a_reader_of_csv_that_it_was_text() -> None:
    assert matrix(line("REQ", "d", "yes", "7.1;", "TS-3")).requirements[0].tests == ("7.1",)


def test_a_formula_counts_by_its_value_and_an_empty_result_is_empty() -> None:
    data = workbook(HEADER, READ)
    plain = _edited(data, b't="inlineStr"><is><t>REQ-SR-4.2</t></is>', b't="str"><f>A9</f><v>REQ-7</v>')
    assert matrix(plain).requirements[0].id == "REQ-7"
    empty = _edited(data, b't="inlineStr"><is><t>Read</t></is>', b't="str"><f>A9</f><v></v>')
    assert matrix(empty).requirements[0].id == "REQ-SR-4.2"


def test_a_workbook_in_strict_open_xml_is_read_and_says_so() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook(HEADER, READ))) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    usual = re.compile(rb"http://schemas.openxmlformats.org/(officeDocument|spreadsheetml)/2006/(\w+)")
    strict = {name: usual.sub(rb"http://purl.oclc.org/ooxml/\1/\2", data) for name, data in parts.items()}
    found = read(_zip(strict))
    assert found.reading
    assert (found.reading.format, found.reading.sheets[0].rows) == ("xlsx (Strict Open XML)", 1)


def test_hidden_rows_columns_and_sheets_are_counted_and_told() -> None:
    def hide(sheet: Any) -> None:
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["D"].hidden = True
        sheet.parent.create_sheet("Notes")
        sheet.sheet_state = "hidden"

    data = workbook(HEADER, READ, row(requirement="REQ-2"), change=hide)
    assert [each.id for each in matrix(data).requirements] == ["REQ-SR-4.2", "REQ-2"]
    assert notes(data) == (
        "Sheets that are not read: Notes.",
        "Requirements: the sheet is hidden, and counted.",
        "Requirements: hidden, and counted: row 3.",
        "Requirements: hidden, and counted: column tests.",
    )


def test_the_header_is_found_below_a_title_and_told() -> None:
    data = workbook(("UEPT matrix v1.2",), (), HEADER, READ)
    assert matrix(data).requirements[0].row == 4
    assert notes(data) == ("Requirements: the columns are named in row 3; what stands above it is not read.",)
    with pytest.raises(refusals.ColumnMissing):
        read(workbook(*[("remark",)] * 20, HEADER, READ))


def test_invisible_characters_at_the_ends_are_left_out_and_told() -> None:
    data = workbook(HEADER, row(requirement=f"{NBSP}REQ-1{ZERO_WIDTH}", testable=f" yes{NBSP}"))
    assert matrix(data).requirements[0].id == "REQ-1"
    assert notes(data) == (
        "Requirements: NO-BREAK SPACE (U+00A0) was left out at the ends of cells A2, C2.",
        "Requirements: ZERO WIDTH SPACE (U+200B) was left out at the ends of cell A2.",
    )


@pytest.mark.parametrize(
    ("mark", "said"), [("; ", None), (", ", "commas"), ("\n", "lines"), (";\n", "lines and semicolons")]
)
def test_lists_are_parted_by_semicolons_commas_or_lines(mark: str, said: str | None) -> None:
    data = workbook(HEADER, row(tests=mark.join(READ_TESTS)))
    assert matrix(data).requirements[0].tests == READ_TESTS
    assert notes(data) == ((f"Requirements: the list in tests is parted by {said}.",) if said else ())


def test_a_column_that_stands_twice_is_refused_with_both_cells() -> None:
    with pytest.raises(refusals.ColumnTwice) as caught:
        read(workbook((*HEADER, "Tests"), READ))
    assert caught.value.cells == "D1 and F1"


def test_a_row_of_totals_is_refused_with_the_advice_to_delete_it() -> None:
    refusal = refused(workbook(HEADER, READ, ("Total: 1",)))
    assert (refusal.location, refusal.wanted) == (
        "Requirements!C3",
        "only rows of the table; delete the row of totals",
    )


def test_rows_that_are_only_formatted_are_no_rows() -> None:
    def format_far(sheet: Any) -> None:
        for number in range(10, 12_000):
            sheet.cell(number, 1).font = Font(bold=True)

    assert len(matrix(workbook(HEADER, READ, change=format_far)).requirements) == 1


def test_spaces_and_case_in_the_name_of_a_sheet_do_not_count_but_two_alike_are_refused() -> None:
    assert matrix(workbook(HEADER, READ, sheet="REQUIREMENTS ")).place == "REQUIREMENTS "
    with pytest.raises(refusals.SheetTwice):
        read(workbook(HEADER, READ, change=lambda sheet: sheet.parent.create_sheet("requirements ")))


@pytest.mark.parametrize(
    ("data", "parted", "header_row"),
    [
        (b"requirement\tdescription\ttestable\ttests\tscripts\nREQ-1\td\tyes\tSSI\tTS-1\n", "tabs", 1),
        (b"sep=;\nrequirement;description;testable;tests;scripts\nREQ-1;d;yes;SSI;TS-1\n", "semicolons", 2),
        (b'requirement,"a; b; c; d; e; f",testable,tests,scripts\nREQ-1,d,yes,SSI,TS-1\n', "commas", 1),
        (b"Matrix of ACME\n\nrequirement|testable|tests|scripts\nREQ-1|yes|SSI|TS-1\n", "vertical bars", 3),
        (b"\xef\xbb\xbfRequirement,Testable,Tests,Scripts\r\nREQ-1,YES,SSI,TS-1\r\n", "commas", 1),
    ],
)
def test_what_parts_the_columns_of_a_csv_file_is_found_by_its_header(data: bytes, parted: str, header_row: int) -> None:
    found = read(data)
    assert matrix(data).requirements[0].tests == ("SSI",)
    assert found.reading
    assert found.reading.format == f"csv in UTF-8, columns parted by {parted}"
    assert found.reading.sheets[0].header_row == header_row


def test_a_row_longer_than_the_header_is_refused_with_its_cell() -> None:
    with pytest.raises(refusals.RowTooLong) as caught:
        read(line("REQ-1", "d", "yes", "SSI", "TS-1", "TS-2"))
    assert (caught.value.cell, caught.value.value) == ("F2", "TS-2")


def test_columns_and_cells_that_are_not_read_are_told() -> None:
    assert notes(workbook((*HEADER, "Owner"), (*READ, "Pat", "see mail"))) == (
        "Requirements: not read: column Owner.",
        "Requirements: not read, as no column is named above: cell G2.",
    )


def test_a_refusal_says_what_would_be_right() -> None:
    with pytest.raises(Refusal) as caught:
        read(workbook(HEADER, row(requirement=6.3)))
    assert caught.value.message == "matrix, Requirements!A2, column requirement: 6.3 is not understood."
    assert "format the cell as text" in str(vars(caught.value))


def _edited(data: bytes, old: bytes, new: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert old in parts[sheet]
    return _zip({**parts, sheet: parts[sheet].replace(old, new)})


def _zip(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()
