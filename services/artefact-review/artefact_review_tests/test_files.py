"""Files as they come: what is read, and what is refused before or while it is read."""

import csv
import io
import time
import zipfile
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import example, settings
from hypothesis import given as given_
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from artefact_review.domain import artefacts
from artefact_review.files import limits, refusals
from artefact_review.files.cells import as_text, from_text
from artefact_review.files.reading import read_artefact
from artefact_review.files.writing import csv_file, xlsx
from kernel.refusal import Refusal

from . import given

SCRIPTS = given.tables()["test-scripts"]["Scripts"]
WORKBOOKS = {kind: xlsx(sheets) for kind, sheets in given.tables().items()}
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEADER = "script,title,tests,requirements,steps,expected_result\r\n"


def read_kind(kind: str, name: str, data: bytes) -> artefacts.Artefact:
    return read_artefact(kind, given.READERS[kind], name, data)


def read_scripts(data: bytes, name: str = "scripts.csv") -> artefacts.TestScripts:
    document = read_kind("test-scripts", name, data).document
    assert isinstance(document, artefacts.TestScripts)
    return document


@pytest.mark.parametrize("data", [csv_file(SCRIPTS), xlsx({"Scripts": SCRIPTS}), xlsx({"Anything": SCRIPTS})])
def test_scripts_are_read_alike_from_csv_and_workbook(data: bytes) -> None:
    document = read_scripts(data)
    assert document.scripts[0].tests == (SCRIPTS[1][2],)
    assert len(document.scripts) == len(SCRIPTS) - 1


def test_a_csv_with_semicolons_between_columns_is_read() -> None:
    data = b"script;title;tests;requirements;steps;expected_result\nTS-1;T;SSI;R;do;done\n"
    assert read_scripts(data).scripts[0].tests == ("SSI",)


def test_dates_in_a_schedule_may_be_real_dates() -> None:
    found = given.tables()["test-plan"]
    workbook = load_workbook(io.BytesIO(xlsx(found)))
    workbook["Schedule"]["A2"] = date(2027, 3, 1)
    assert read_kind("test-plan", "p.xlsx", _saved(workbook)).document.schedule[0].day == "2027-03-01"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "an empty file"),
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 ...", "an old or encrypted Office document"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"MZ\x90\x00", "a Windows program"),
        (b" \n<!DOCTYPE html><html>", "a page of HTML or XML"),
        ("script,título".encode("latin-1"), "text in Windows-1252 (its byte 0xED in line 1 is none of UTF-8)"),
        (b"script,\x81", "text in an encoding that is not known (its byte 0x81 in line 1 is none of UTF-8)"),
        ("script,title".encode("utf-16"), "text in UTF-16"),
        (b"script\0title", "a binary file"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused_with_what_it_is(data: bytes, found: str) -> None:
    with pytest.raises(refusals.NotThatKindOfFile) as caught:
        read_scripts(data, "scripts.xlsx")
    assert caught.value.found == found
    assert found in caught.value.message


def test_a_zip_that_is_no_workbook_is_refused_with_what_it_is() -> None:
    with pytest.raises(refusals.NotThatKindOfFile) as caught:
        read_scripts(_zip({"readme.txt": b"hello"}))
    assert caught.value.found == "a ZIP archive"
    with pytest.raises(refusals.NotThatKindOfFile) as caught:
        read_scripts(_zip({"[Content_Types].xml": b"<Types/>", "ppt/presentation.xml": b"<p/>"}))
    assert caught.value.found == "another Office document"
    with pytest.raises(refusals.FileDamaged):
        read_scripts(_zip({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}))


def test_a_test_plan_can_not_be_csv() -> None:
    with pytest.raises(refusals.NotThatKindOfFile) as caught:
        read_kind("test-plan", "plan.xlsx", b"section,content\na,b\n")
    assert caught.value.wanted == "a workbook (xlsx) or a Word document (docx)"


@pytest.mark.parametrize("size", [3_000_000, limits.UNZIPPED_BYTES + 1])
def test_a_workbook_that_would_burst_is_refused_before_it_is_parsed(size: int) -> None:
    bomb = _with_part(xlsx({"Scripts": SCRIPTS}), "xl/media/zeros.bin", b"\0" * size)
    assert len(bomb) < limits.UPLOAD_BYTES
    with pytest.raises(refusals.WorkbookSuspicious):
        read_scripts(bomb)


@pytest.mark.parametrize(
    "part", ["xl/vbaProject.bin", "XL/VBAPROJECT.BIN", "xl/macrosheets/sheet1.xml", "xl/activeX/a.bin"]
)
def test_a_workbook_with_macros_is_refused(part: str) -> None:
    with pytest.raises(refusals.WorkbookSuspicious) as caught:
        read_scripts(_with_part(xlsx({"Scripts": SCRIPTS}), part, b"macro"))
    assert caught.value.problem == f"it has macros ({part})"


def test_links_to_other_files_are_not_followed_and_told() -> None:
    data = _with_part(xlsx({"Scripts": SCRIPTS}), "xl/externalLinks/externalLink1.xml", b"<externalLink/>")
    reading = read_kind("test-scripts", "s.xlsx", data).reading
    assert reading
    assert reading.notes == ("It has links to other files, which are not followed: the stored values count.",)


@pytest.mark.parametrize("name", ["xl/extra.xml", "xl/worksheets/sheet1.dat"])
def test_entities_are_found_in_a_part_of_any_name(name: str) -> None:
    with pytest.raises(refusals.WorkbookSuspicious):
        read_scripts(
            _with_part(xlsx({"Scripts": SCRIPTS}), name, b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>')
        )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_workbook_that_declares_entities_is_refused(encoding: str) -> None:
    laughs = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><l>&b;</l>'
    with pytest.raises(refusals.WorkbookSuspicious) as caught:
        read_scripts(_with_part(xlsx({"Scripts": SCRIPTS}), "xl/extra.xml", laughs.encode(encoding)))
    assert "entities" in caught.value.problem


@pytest.mark.parametrize("cut", [40, 400, 4000])
def test_a_truncated_workbook_is_refused(cut: int) -> None:
    with pytest.raises(refusals.FileDamaged):
        read_scripts(xlsx({"Scripts": SCRIPTS})[:cut])


def test_a_workbook_whose_parts_are_nonsense_is_refused() -> None:
    with pytest.raises(refusals.FileDamaged):
        read_scripts(_zip({"[Content_Types].xml": b"not xml", "xl/workbook.xml": b"not xml"}))


def test_too_many_rows_are_refused() -> None:
    data = HEADER.encode() + b"TS,t,SSI,R,do,done\r\n" * (limits.ROWS + 1)
    with pytest.raises(refusals.TableTooLarge):
        read_scripts(data)


def test_a_row_far_down_is_one_row_and_costs_no_more() -> None:
    workbook = Workbook()
    for column, name in enumerate(SCRIPTS[0], start=1):
        workbook.active.cell(1, column, name)  # type: ignore[union-attr]
        workbook.active.cell(1_048_576, column, "TS")  # type: ignore[union-attr]
    assert [each.row for each in read_scripts(_saved(workbook)).scripts] == [1_048_576]


def test_a_text_too_long_for_a_cell_is_refused() -> None:
    with pytest.raises(refusals.TableTooLarge):
        read_scripts(f"{HEADER}TS,{'x' * (limits.CELL_CHARACTERS + 1)},SSI,R,do,done\r\n".encode())


def test_a_missing_sheet_and_a_missing_column_are_refused_by_name() -> None:
    plan = given.tables()["test-plan"]
    with pytest.raises(refusals.SheetMissing) as no_sheet:
        read_kind("test-plan", "p.xlsx", xlsx({name: rows for name, rows in plan.items() if name != "Schedule"}))
    assert no_sheet.value.sheet == "Schedule"
    with pytest.raises(refusals.ColumnMissing) as no_column:
        read_scripts(b"script,title,tests\nTS,t,SSI\n")
    assert no_column.value.column == "requirements"


def test_a_table_without_rows_is_refused() -> None:
    with pytest.raises(refusals.TableEmpty):
        read_scripts(HEADER.encode())


@pytest.mark.parametrize(
    ("kind", "rows", "column", "cell"),
    [
        (
            "test-data-plan",
            [("item", "description", "source", "services", "personal_data"), ("a", "", "", "4.2", "maybe")],
            "personal_data",
            "E2",
        ),
        (
            "test-data-plan",
            [("item", "description", "source", "services", "personal_data"), ("", "x", "", "4.2", "no")],
            "item",
            "A2",
        ),
        (
            "requirements-traceability-matrix",
            [("requirement", "description", "testable", "tests", "scripts"), ("R", "", "", "", "")],
            "testable",
            "C2",
        ),
    ],
)
def test_a_cell_that_is_not_understood_is_refused_with_its_place(
    kind: str, rows: list[tuple[str, ...]], column: str, cell: str
) -> None:
    with pytest.raises(refusals.CellNotUnderstood) as caught:
        read_kind(kind, "file.xlsx", xlsx({"One": rows}))
    assert caught.value.column == column
    assert caught.value.location == f"One!{cell}"


def test_a_service_request_that_became_a_number_is_refused_for_it_may_have_lost_a_zero() -> None:
    workbook = Workbook()
    for row in (("item", "description", "source", "services", "personal_data"), ("TD", "d", "s", 6.30, "no")):
        workbook.active.append(row)  # type: ignore[union-attr]
    with pytest.raises(refusals.CellNotUnderstood) as caught:
        read_kind("test-data-plan", "d.xlsx", _saved(workbook))
    assert caught.value.column == "services"


def test_a_formula_that_was_never_calculated_is_refused() -> None:
    plan = given.tables()["test-plan"]
    workbook = load_workbook(io.BytesIO(xlsx(plan)))
    workbook["Schedule"]["B2"] = "=1+1"
    with pytest.raises(refusals.CellNotUnderstood):
        read_kind("test-plan", "p.xlsx", _saved(workbook))


def test_a_template_never_holds_a_formula() -> None:
    data = xlsx({"Plan": [("section", "content"), ("a", '=HYPERLINK("http://example.com")')]})
    assert load_workbook(io.BytesIO(data))["Plan"]["B2"].data_type == "s"


ODD = st.text(st.characters(codec="utf-8"), max_size=60)


@given_(st.sampled_from(["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "'=1", "''-1", "＝1"]), ODD)
def test_a_csv_file_that_is_written_has_no_formula_and_loses_nothing(start: str, text: str) -> None:
    cell = f"{start}{text}"
    ((written,),) = csv.reader(io.StringIO(csv_file([(cell,)]).decode("utf-8-sig"), newline=""))
    assert written[0] not in "=+-@\t\r\n＝＋－＠"
    assert from_text(written) == cell


@given_(ODD)
def test_a_text_that_begins_as_no_formula_stands_in_a_csv_file_as_it_is(text: str) -> None:
    assert from_text(str(as_text(text))) == text


def _saved(workbook: Workbook) -> bytes:
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def _zip(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def _stored(sheet: bytes) -> bytes:
    """A workbook with that sheet, packed so that nothing is seen in its directory."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx({"Scripts": SCRIPTS}))) as archive,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as stored,
    ):
        for each in archive.namelist():
            stored.writestr(each, sheet if each == "xl/worksheets/sheet1.xml" else archive.read(each))
    return file.getvalue()


def _with_part(workbook: bytes, name: str, data: bytes) -> bytes:
    file = io.BytesIO(workbook)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return file.getvalue()


@settings(max_examples=150)
@example("test-plan", [(6372, 64)])
@given_(
    st.sampled_from(given.KINDS),
    st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), min_size=1, max_size=12),
)
def test_a_file_with_any_bytes_changed_is_read_or_refused(kind: str, changes: list[tuple[int, int]]) -> None:
    data = bytearray(WORKBOOKS[kind])
    for place, byte in changes:
        data[place % len(data)] = byte
    with suppress(Refusal):
        assert read_kind(kind, "file", bytes(data)).kind == kind


@settings(max_examples=150)
@given_(st.sampled_from(given.KINDS), st.text(max_size=400))
def test_any_text_is_read_or_refused(kind: str, text: str) -> None:
    header = "item,description,source,services,personal_data,script,title,tests,requirements,steps,expected_result\n"
    for start in ("", header):
        with suppress(Refusal):
            assert read_kind(kind, "file.csv", (start + text).encode()).kind == kind


@pytest.mark.parametrize(
    "rows",
    [
        f"<row>{'<c s=' + chr(34) + '1' + chr(34) + '/>' * 40}</row>" * 30_000,
        "<row><c><v>1</v></c></row>" * 700_000,
    ],
    ids=["formatted cells", "rows"],
)
def test_a_sheet_of_many_parts_is_refused_before_it_is_parsed_to_its_end(rows: str) -> None:
    before = time.process_time()
    with pytest.raises(Refusal):
        read_scripts(_stored(f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode()))
    assert time.process_time() - before < 20


def test_a_million_rows_are_refused_unparsed() -> None:
    rows = b"".join(b'<row r="%d"><c t="n"><v>%d</v></c></row>' % (n, n) for n in range(1, 1_048_577))
    data = _replaced(xlsx({"Scripts": SCRIPTS}), "xl/worksheets/sheet1.xml", b"<sheetData>%s</sheetData>" % rows)
    with pytest.raises(refusals.WorkbookSuspicious) as caught:
        read_scripts(data)
    assert "would unzip to" in caught.value.problem


def test_the_largest_workbook_that_is_allowed_is_read_in_seconds() -> None:
    """A row of many cells costs most: everything beyond the last column is parsed to be thrown away."""
    cells = "".join(f'<c t="inlineStr"><is><t>{n % 977}</t></is></c>' for n in range(150_000))
    rows = f'<row r="1">{cells}</row>'
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    data = _replaced(xlsx({"Scripts": SCRIPTS}), "xl/worksheets/sheet1.xml", sheet.encode())
    before = time.process_time()  # what it costs, however busy the machine is
    with pytest.raises(refusals.TableTooLarge):
        read_scripts(data)
    assert time.process_time() - before < 20


def _replaced(workbook: bytes, name: str, data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return _zip({**{each: archive.read(each) for each in archive.namelist()}, name: data})
