"""Why a file is not taken. The docstring is the message, the fields are the facts."""

from dataclasses import dataclass

from kernel.refusal import Refusal


@dataclass(unsafe_hash=True)
class NotThatKindOfFile(Refusal):
    """{file_name} is {found}; the {artefact} must be {wanted}."""

    remedy = "Send {wanted}. What counts is what is in the file, not its name."
    clause = "CTSD 5.6.1.5"
    file_name: str
    artefact: str
    found: str
    wanted: str


@dataclass(unsafe_hash=True)
class FileDamaged(Refusal):
    """{file_name} can't be read: {problem}."""

    remedy = "Open it in the program that made it, save it again, and send that."
    clause = "CTSD 5.6.1.5"
    file_name: str
    problem: str


@dataclass(unsafe_hash=True)
class WorkbookSuspicious(Refusal):
    """{file_name} was not opened: {problem}."""

    remedy = "Send an ordinary workbook with nothing but its tables."
    clause = "CTSD 5.6.1.5"
    file_name: str
    problem: str


@dataclass(unsafe_hash=True)
class SheetMissing(Refusal):
    """{file_name} has no sheet {sheet}; it has {found}."""

    remedy = "Start from the template of the {artefact}."
    clause = "CTSD 6"
    file_name: str
    artefact: str
    sheet: str
    found: str


@dataclass(unsafe_hash=True)
class SheetTwice(Refusal):
    """{file_name} has sheets that differ only in case or in spaces: {found}."""

    remedy = "Leave one sheet {sheet}."
    clause = "CTSD 6"
    file_name: str
    sheet: str
    found: str


@dataclass(unsafe_hash=True)
class ColumnTwice(Refusal):
    """{file_name}, sheet {sheet}, names the column {column} twice: in {cells}."""

    remedy = "Leave one column {column}, with all its values."
    clause = "CTSD 6"
    file_name: str
    sheet: str
    column: str
    cells: str


@dataclass(unsafe_hash=True)
class RowTooLong(Refusal):
    """{file_name}, sheet {sheet}, cell {cell}: {value} stands under no header."""

    remedy = "Put cells that hold the separator of the columns between quotation marks, or send a workbook."
    clause = "CTSD 6"
    file_name: str
    sheet: str
    cell: str
    value: str


@dataclass(unsafe_hash=True)
class ColumnMissing(Refusal):
    """{file_name}, sheet {sheet}, has no column {column} in row {row}, its likeliest header; it has {found}."""

    remedy = "Start from the template of the {artefact}."
    clause = "CTSD 6"
    file_name: str
    artefact: str
    sheet: str
    column: str
    row: int
    found: str


@dataclass(unsafe_hash=True)
class TableTooLarge(Refusal):
    """{file_name}, sheet {sheet}, is larger than a {artefact} can be: {problem}."""

    remedy = "Leave only the rows of this engagement."
    clause = "CTSD 6"
    file_name: str
    artefact: str
    sheet: str
    problem: str


@dataclass(unsafe_hash=True)
class TableEmpty(Refusal):
    """{file_name}, sheet {sheet}, has no rows under its header in row {header_row}."""

    remedy = "Complete the {artefact} from its template."
    clause = "CTSD 6"
    file_name: str
    artefact: str
    sheet: str
    header_row: int


@dataclass(unsafe_hash=True)
class CellNotUnderstood(Refusal):
    """{file_name}, {location}, column {column}: {value} is not understood."""

    remedy = "Write {wanted}."
    clause = "CTSD 6"
    file_name: str
    location: str
    column: str
    value: str
    wanted: str
