"""What differs between two versions of an artefact."""

import io
from collections.abc import Sequence
from typing import Any

import pytest
from docx import Document
from hypothesis import given as given_
from hypothesis import strategies as st

from artefact_review.files import limits, refusals
from artefact_review.files.differences import Change, Differences, SheetDifferences, differences
from artefact_review.files.documents import lines_of
from artefact_review.files.limits import Upload
from artefact_review.files.writing import Sheets, csv_file, xlsx

HEADER = ("requirement", "description", "testable", "tests", "scripts")


def row(id: str, **other: str) -> tuple[str, ...]:
    found = {"requirement": id, "description": "Read", "testable": "yes", "tests": "SSI", "scripts": "TS-1", **other}
    return tuple(found[name] for name in HEADER)


def compared(was: Sequence[Any], now: Sequence[Any]) -> SheetDifferences:
    files = (Upload("matrix", name, csv_file([HEADER, *rows])) for name, rows in (("was", was), ("now", now)))
    (sheet,) = differences("matrix-table", *files).sheets
    return sheet


def test_rows_that_came_went_or_changed_are_told_by_what_names_them() -> None:
    found = compared(
        [row("R1"), row("R2"), row("R3", tests="SR:4.2:CV1-OD:S1; SSI")],
        [row("R4"), row("R1", testable="no"), row("R3", tests="SR:4.2:CV1-OD:S1, SSI")],
    )
    assert [(each.row, each.cells["requirement"]) for each in found.added] == [(2, "R4")]
    assert [(each.row, each.cells["requirement"]) for each in found.removed] == [(3, "R2")]
    (changed,) = found.changed
    assert (changed.key, changed.was_row, changed.row) == (("R1",), 2, 3)
    assert changed.cells == {"testable": Change("yes", "no")}
    assert not found.reordered


def test_rows_in_another_order_are_told_as_that_and_as_nothing_else() -> None:
    found = compared([row("R1"), row("R2")], [row("R2"), row("R1")])
    assert (found.added, found.removed, found.changed, found.reordered) == ((), (), (), True)


def test_rows_of_one_name_are_compared_in_their_order() -> None:
    found = compared([row("R1"), row("R1", description="Again")], [row("R1")])
    assert [each.cells["description"] for each in found.removed] == ["Again"]
    assert found.changed == ()


ROWS = st.lists(st.tuples(st.sampled_from("ABCDE"), st.sampled_from("xyz")), max_size=6)


@given_(ROWS, ROWS)
def test_what_differs_one_way_differs_the_other_way_reversed(was: Any, now: Any) -> None:
    old, new = ([row(id, description=text) for id, text in rows] + [row("Z")] for rows in (was, now))
    there, back = compared(old, new), compared(new, old)
    assert (there.added, there.removed, there.reordered) == (back.removed, back.added, back.reordered)
    assert [(c.row, c.cells.keys()) for c in there.changed] == [
        (c.was_row, c.cells.keys()) for c in sorted(back.changed, key=lambda each: each.was_row)
    ]
    unchanged = not (there.added or there.removed or there.changed or there.reordered)
    assert unchanged == (old == new)


def test_each_sheet_of_a_test_plan_is_compared() -> None:
    sheets: Sheets = {
        "Plan": [("section", "content"), ("a", "Scope")],
        "Schedule": [("day", "tests"), ("D1", 10)],
        "Descoping": [("kind", "item", "reason", "rationale")],
    }
    later: Sheets = {**sheets, "Schedule": [("day", "tests"), ("D1", 9), ("D2", 1)]}
    files = (Upload("test-plan", "plan", xlsx(each)) for each in (sheets, later))
    plan, schedule, descoping = differences("plan-workbook", *files).sheets
    assert (plan.changed, descoping.added) == ((), ())
    assert schedule.changed[0].cells == {"tests": Change("10", "9")}
    assert schedule.added[0].cells == {"day": "D2", "tests": "1"}


def word(*paragraphs: str, table: Sequence[Sequence[str]] = ()) -> bytes:
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    made = document.add_table(0, 2)
    for cells in table:
        for cell, text in zip(made.add_row().cells, cells, strict=True):
            cell.text = text
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def of_documents(was: bytes, now: bytes) -> Differences:
    return differences("file", Upload("description", "was", was), Upload("description", "now", now))


def test_the_text_of_word_documents_and_their_tables_is_compared_line_by_line() -> None:
    found = of_documents(
        word("One", "Two", "Three", table=[("a", "1"), ("b", "2")]),
        word("One", "2", "Three", table=[("a", "1"), ("b", "3")]),
    )
    assert found.lines == ("@@ -1,5 +1,5 @@", " One", "-Two", "+2", " Three", " a | 1", "-b | 2", "+b | 3")


def test_texts_are_compared_and_of_other_files_nothing_can_be_said() -> None:
    assert of_documents(b"a\nb\n", b"a\nc\n").lines == ("@@ -1,2 +1,2 @@", " a", "-b", "+c")
    assert of_documents(b"%PDF-1.7 a", b"%PDF-1.7 b").lines is None
    assert of_documents(b"a\n", b"a\n").lines == ()


def test_a_document_that_is_damaged_or_too_long_is_refused_in_words() -> None:
    with pytest.raises(refusals.FileDamaged):
        of_documents(word("One")[:2000], word("One"))
    with pytest.raises(refusals.TableTooLarge):
        of_documents(b"a\n" * (limits.LINES + 1), b"a\n")


def test_a_cell_of_a_document_that_spans_rows_is_read_once() -> None:
    document = Document()
    table = document.add_table(3, 2)
    table.cell(0, 0).merge(table.cell(2, 0)).text = "Firmware"
    file = io.BytesIO()
    document.save(file)
    assert lines_of(Upload("description", "was", file.getvalue())) == ["Firmware | ", " | ", " | "]
