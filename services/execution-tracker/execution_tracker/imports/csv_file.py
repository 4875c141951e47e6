"""Results as CSV: `test,outcome` and, where wanted, `script,executed_at,verifies,purpose`, in any order."""

import csv
import io
from typing import Any

from execution_tracker.domain.result_refusals import NotAResultsFile
from execution_tracker.imports.row import Row, Rows, Unreadable

REQUIRED = ("test", "outcome")
COLUMNS = (*REQUIRED, "script", "executed_at", "verifies", "purpose")


def read(data: bytes) -> tuple[Row, ...]:
    """The rows of a CSV file."""
    lines = csv.reader(io.StringIO(_text(data), newline=""), strict=True)
    try:
        header = _header(next(lines))
        return _rows(header, lines)
    except csv.Error as error:
        raise NotAResultsFile(problem=f"line {lines.line_num}: {error}") from error


def _rows(header: list[str], lines: Any) -> tuple[Row, ...]:
    rows = Rows()
    for cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            error = Unreadable(f"There are {len(cells)} cells under {len(header)} columns.", "Quote cells with commas.")
            rows.refuse(lines.line_num, cells[0], error)
        else:
            rows.add(lines.line_num, dict(zip(header, cells, strict=False)))
    return rows.done()


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotAResultsFile(problem="it is neither XML nor text in UTF-8") from error
    if "\0" in text:
        raise NotAResultsFile(problem="it is neither XML nor text")
    return text


def _header(cells: list[str]) -> list[str]:
    header = [cell.strip().lower() for cell in cells]
    missing = [name for name in REQUIRED if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    if missing:
        raise NotAResultsFile(problem=f"its first line names no column {' and no column '.join(missing)}")
    if unknown:
        problem = f"it has unknown columns, among them {unknown[0][:40]!r}; known are {', '.join(COLUMNS)}"
        raise NotAResultsFile(problem=problem)
    if len(set(header)) < len(header):
        raise NotAResultsFile(problem="a column stands in its header twice")
    return header
