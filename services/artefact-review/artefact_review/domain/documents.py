"""What the four test artefacts say, as plain rows (CTSD 6.4, 6.7, 6.8, 7). `row` is the row in the submitted file."""

from dataclasses import dataclass
from typing import Literal

ArtefactKind = Literal["test-plan", "requirements-traceability-matrix", "test-scripts", "test-data-plan"]
ItemKind = Literal["service-request", "device-alert", "dcc-alert", "response-code"]

KINDS: tuple[ArtefactKind, ...] = (
    "test-plan",
    "requirements-traceability-matrix",
    "test-scripts",
    "test-data-plan",
)
"""The artefacts of CTSD 5.6.1.5, in its order."""


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
    kind: Literal["test-plan"] = "test-plan"


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
    kind: Literal["requirements-traceability-matrix"] = "requirements-traceability-matrix"


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
    kind: Literal["test-scripts"] = "test-scripts"


@dataclass(frozen=True)
class DataItem:
    """A set of Test Data: the Service Requests it serves (`*` for all), and whether it is personal data (CTSD 7)."""

    id: str
    services: tuple[str, ...]
    personal: bool
    row: int


@dataclass(frozen=True)
class TestDataPlan:
    """The Test Data Plan."""

    items: tuple[DataItem, ...]
    place: str
    kind: Literal["test-data-plan"] = "test-data-plan"


Document = TestPlan | Matrix | TestScripts | TestDataPlan


@dataclass(frozen=True)
class Artefact:
    """A submitted file, `sha256` of its bytes, and what was read from it."""

    file_name: str
    sha256: str
    size: int
    document: Document

    @property
    def kind(self) -> ArtefactKind:
        """Which of the four it is."""
        return self.document.kind


@dataclass(frozen=True)
class Documents:
    """The four documents together, as the checks need them."""

    plan: TestPlan
    matrix: Matrix
    scripts: TestScripts
    data: TestDataPlan
