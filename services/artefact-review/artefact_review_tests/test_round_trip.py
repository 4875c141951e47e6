"""What is written into a template comes back as it was written, whatever it is."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import docx as word
import pytest
from hypothesis import example, settings
from hypothesis import given as given_
from hypothesis import strategies as st
from openpyxl import load_workbook

from artefact_review.domain import artefacts
from artefact_review.files import refusals
from artefact_review.files.cells import trimmed
from artefact_review.files.layouts import LAYOUTS
from artefact_review.files.limits import Upload
from artefact_review.files.reading import read_artefact
from artefact_review.files.tables import read_tables
from artefact_review.files.writing import Row, Sheets, csv_file, docx, xlsx

from . import given

WRITERS: Mapping[str, Callable[[Sheets], bytes]] = {
    "xlsx": xlsx,
    "docx": lambda sheets: docx("Title", sheets),
    "csv": lambda sheets: csv_file(next(iter(sheets.values()))),
}
ODD = ("007", "6.30", "6.3", "2027-02-04", "1E5", "=1+1", "@x", "+44", "-", "'=1", "_x0041_", "a\nb", "a, b; c", '"q"')
STRANGE = ("🙂👩‍🔧", "שלום abc", "مرحبا", "\u200fx\u200e", "e\u0301", "<b>&amp;", "true", "#N/A ", " x", "\ufeffx")
TEXT = st.sampled_from((*ODD, *STRANGE)) | st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn")), max_size=40
)
HEADER = LAYOUTS["matrix-table"][0].columns


def written_and_read(format: str, rows: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    data = WRITERS[format]({"Requirements": [HEADER, *rows]})
    (found,) = read_tables(Upload("matrix", f"m.{format}", data), LAYOUTS["matrix-table"]).rows.values()
    return [[str(row.cells.get(column, "")) for column in HEADER] for row in found]


@pytest.mark.parametrize("format", WRITERS)
@settings(max_examples=60)
@given_(st.lists(st.tuples(TEXT, TEXT, TEXT, TEXT, TEXT), max_size=4))
@example([("007", "6.30", "2027-02-04", "🙂 line\nbreak", "שלום")])
def test_a_table_comes_back_as_it_was_written(format: str, rows: Sequence[tuple[str, ...]]) -> None:
    expected = [[trimmed(cell)[0] for cell in row] for row in rows]
    assert written_and_read(format, rows) == [row for row in expected if any(row)]


@given_(st.text(max_size=40))
def test_a_workbook_holds_what_xml_can_not(text: str) -> None:
    (row,) = written_and_read("xlsx", [("R", text, "", "", "")])
    assert row[1] == trimmed(text)[0]


@pytest.mark.parametrize("format", WRITERS)
@pytest.mark.parametrize("kind", given.KINDS)
def test_a_template_in_each_format_is_read_as_the_workbook_is(kind: str, format: str) -> None:
    sheets, layouts = given.tables()[kind], LAYOUTS[given.READERS[kind]]
    if format == "csv" and len(layouts) > 1:
        return
    first, again = (read_tables(Upload(kind, kind, WRITERS[each](sheets)), layouts) for each in ("xlsx", format))
    for sheet, rows in first.rows.items():
        shown = [[row.shown(column) for column in row.table.layout.columns] for row in again.rows[sheet]]
        assert shown == [[row.shown(column) for column in row.table.layout.columns] for row in rows]


def test_tables_of_a_word_document_are_found_by_their_headers_wherever_they_stand() -> None:
    document = word.Document()
    document.add_table(1, 2).rows[0].cells[0].text = "Version"
    for sheet in ("Descoping", "Schedule", "Plan"):
        rows = given.tables()["test-plan"][sheet]
        table = document.add_table(0, len(rows[0]))
        for row in rows:
            for cell, value in zip(table.add_row().cells, row, strict=True):
                cell.text = str(value)
    artefact = read_artefact("test-plan", "plan-workbook", "plan.docx", _saved(document))
    plan = artefact.document
    assert isinstance(plan, artefacts.TestPlan)
    assert (plan.total, [each.letter for each in plan.sections]) == (38, list("abcdef"))
    assert artefact.reading
    assert (artefact.reading.format, [each.sheet for each in artefact.reading.sheets]) == (
        "docx",
        ["Table 4", "Table 3", "Table 2"],
    )


def test_a_word_document_without_a_table_or_with_macros_is_refused_in_words() -> None:
    empty = _saved(word.Document())
    with pytest.raises(refusals.SheetMissing) as caught:
        read_artefact("test-plan", "plan-workbook", "plan.docx", empty)
    assert caught.value.found == "no table"
    file = io.BytesIO(empty)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"macro")
    with pytest.raises(refusals.WorkbookSuspicious):
        read_artefact("test-plan", "plan-workbook", "plan.docx", file.getvalue())


def _saved(document: Any) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def test_other_programs_find_texts_and_no_formulas_in_what_is_written() -> None:
    rows: Sequence[Row] = [HEADER, ("6.30", "=1+1", "007", "2027-02-04", "+1")]
    (cells,) = load_workbook(io.BytesIO(xlsx({"Requirements": rows})))["Requirements"].iter_rows(min_row=2)
    assert [(cell.value, cell.data_type, cell.number_format) for cell in cells] == [
        (value, "s", "@") for value in rows[1]
    ]
    document = word.Document(io.BytesIO(docx("Matrix", {"Requirements": rows})))
    assert [cell.text for cell in document.tables[0].rows[1].cells] == list(rows[1])
    assert [each.text for each in document.paragraphs] == ["Matrix", "Requirements"]
