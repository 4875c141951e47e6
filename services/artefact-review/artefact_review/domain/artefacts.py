"""What test artefacts say, as plain rows (CTSD 6.4, 6.7, 6.8, 7). `row` is the row in the submitted file.

Which kinds of artefact an engagement has is for its procedure to say, and which reader reads each: `reader` tells the
documents that come from them apart.
"""

from dataclasses import dataclass
from typing import Literal, TypeVar

ItemKind = Literal["service-request", "device-alert", "dcc-alert", "response-code"]


@dataclass(frozen=True)
class Section:
    """A part of the Test Plan: the letter of CTSD 6.4.3 and whether anything stands there."""

    letter: str
    written: bool
    row: int


@dataclass(frozen=True)
class ScheduleRow:
    """A day of the Test Schedule, an ISO date or `D3` for the third Working Day, and the tests planned for it."""

    day: str
    tests: int
    row: int


@dataclass(frozen=True)
class DescopingRow:
    """An item that the plan wishes to descope (CTSD 6.4.3a)."""

    kind: str
    item: str
    reason: str
    rationale: str
    row: int


@dataclass(frozen=True)
class TestPlan:
    """The Test Plan with its Test Schedule; `total` is the total the schedule states (CTSD 6.4.3)."""

    sections: tuple[Section, ...]
    schedule: tuple[ScheduleRow, ...]
    total: int | None
    descoping: tuple[DescopingRow, ...]
    reader: Literal["plan-workbook"] = "plan-workbook"


@dataclass(frozen=True)
class Requirement:
    """A row of the matrix: a requirement, the tests it is about and the scripts that show it (CTSD 6.7.1a)."""

    id: str
    testable: bool
    tests: tuple[str, ...]
    scripts: tuple[str, ...]
    row: int


@dataclass(frozen=True)
class Matrix:
    """The Requirements Traceability Matrix."""

    requirements: tuple[Requirement, ...]
    place: str
    reader: Literal["matrix-table"] = "matrix-table"


@dataclass(frozen=True)
class Script:
    """A Test Script: the tests it executes, the requirements it serves, and whether it says how (CTSD 6.8.1)."""

    id: str
    tests: tuple[str, ...]
    requirements: tuple[str, ...]
    complete: bool
    row: int


@dataclass(frozen=True)
class TestScripts:
    """The Test Scripts, in the order in which they are to be executed."""

    scripts: tuple[Script, ...]
    place: str
    reader: Literal["script-table"] = "script-table"


@dataclass(frozen=True)
class DataItem:
    """A set of Test Data: the Service Requests it serves (`*` for all), and whether it is personal data (CTSD 7).

    `defined`: it says what it is and where it comes from; of what was kept before that was read, it is not known.
    """

    id: str
    services: tuple[str, ...]
    personal: bool
    row: int
    defined: bool = True


@dataclass(frozen=True)
class TestDataPlan:
    """The Test Data Plan."""

    items: tuple[DataItem, ...]
    place: str
    reader: Literal["data-table"] = "data-table"


@dataclass(frozen=True)
class UnreadFile:
    """A file that is kept as it is: nothing in it is checked."""

    reader: Literal["file"] = "file"


Document = TestPlan | Matrix | TestScripts | TestDataPlan | UnreadFile
D = TypeVar("D", bound=Document)


@dataclass(frozen=True)
class SheetRead:
    """A sheet of a file: the row in which its columns are named, and how many rows were read below."""

    sheet: str
    header_row: int
    rows: int


@dataclass(frozen=True)
class Reading:
    """How a file was read, in words: its format, its sheets, and what its sender might not expect (hidden rows)."""

    format: str
    sheets: tuple[SheetRead, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Artefact:
    """A submitted file of a kind of artefact, `sha256` of its bytes, what was read from it, and how."""

    kind: str
    file_name: str
    sha256: str
    size: int
    document: Document
    reading: Reading | None = None


@dataclass(frozen=True)
class Documents:
    """What was read from the artefacts of a submission, each document found by what it is."""

    artefacts: tuple[Artefact, ...] = ()

    def find(self, document: type[D]) -> D | None:
        """The document of a type, where it was submitted."""
        return next((each.document for each in self.artefacts if isinstance(each.document, document)), None)

    def kind_of(self, document: type[Document]) -> str:
        """The kind of artefact from which a document was read."""
        return next(each.kind for each in self.artefacts if isinstance(each.document, document))

    @property
    def plan(self) -> TestPlan:
        """The Test Plan, which must be there."""
        return self._get(TestPlan)

    @property
    def matrix(self) -> Matrix:
        """The Requirements Traceability Matrix, which must be there."""
        return self._get(Matrix)

    @property
    def scripts(self) -> TestScripts:
        """The Test Scripts, which must be there."""
        return self._get(TestScripts)

    @property
    def data(self) -> TestDataPlan:
        """The Test Data Plan, which must be there."""
        return self._get(TestDataPlan)

    def _get(self, document: type[D]) -> D:
        found = self.find(document)
        if found is None:
            raise LookupError(f"no {document.__name__} was submitted")
        return found
