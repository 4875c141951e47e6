"""Reading results from the files of test tools. What a file is shows in its content, not in its name."""

from execution_tracker.domain.result_refusals import NotAResultsFile
from execution_tracker.imports import csv_file, junit_file
from execution_tracker.imports.row import Row

__all__ = ["Row", "read_results"]

UTF_16 = (b"\xff\xfe", b"\xfe\xff")
BINARY = {b"PK": "it is an archive or workbook", b"%P": "it is a PDF", b"\x1f\x8b": "it is compressed"}


def read_results(data: bytes) -> tuple[Row, ...]:
    """The rows of a JUnit XML report or a CSV file, or a refusal that says what is wrong and where."""
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:2]
    if not start:
        raise NotAResultsFile(problem="it is empty")
    if start in BINARY:
        raise NotAResultsFile(problem=BINARY[start])
    if start.startswith(b"<") or start in UTF_16:
        return junit_file.read(data)
    return csv_file.read(data)
