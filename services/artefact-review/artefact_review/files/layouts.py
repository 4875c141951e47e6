"""The sheets and columns of the artefacts that are tables."""

from collections.abc import Mapping
from dataclasses import dataclass

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Layout:
    """A sheet by its name: its columns, which of them may be missing, which hold lists, and which name a row."""

    sheet: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    optional: frozenset[str] = NONE
    lists: frozenset[str] = NONE

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that must be there."""
        return tuple(each for each in self.columns if each not in self.optional)


LAYOUTS: Mapping[str, tuple[Layout, ...]] = {
    "plan-workbook": (
        Layout("Plan", ("section", "heading", "content"), ("section",), frozenset({"heading"})),
        Layout("Schedule", ("day", "tests"), ("day",)),
        Layout("Descoping", ("kind", "item", "reason", "rationale"), ("kind", "item")),
    ),
    "matrix-table": (
        Layout(
            "Requirements",
            ("requirement", "description", "testable", "tests", "scripts"),
            ("requirement",),
            optional=frozenset({"description"}),
            lists=frozenset({"tests", "scripts"}),
        ),
    ),
    "script-table": (
        Layout(
            "Scripts",
            ("script", "title", "tests", "requirements", "steps", "expected_result"),
            ("script",),
            optional=frozenset({"title"}),
            lists=frozenset({"tests", "requirements"}),
        ),
    ),
    "data-table": (
        Layout(
            "Test Data",
            ("item", "description", "source", "services", "personal_data"),
            ("item",),
            lists=frozenset({"services"}),
        ),
    ),
}
"""By the name of the reader."""
