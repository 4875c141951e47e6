"""The rows of a table, read cell by cell: what is not understood is refused with its place and what belongs there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NoReturn

from openpyxl.utils import get_column_letter

from artefact_review.files import refusals
from artefact_review.files.cells import DECIMAL_COMMA, Cell, Unusable, indistinct, named, taken_for_another
from artefact_review.files.layouts import Layout
from rulebook.engine.scope.matrix import known_srvs

YES = {"yes", "y", "true"}
NO = {"no", "n", "false"}
SEPARATORS: Mapping[str, str] = {";": "semicolons", ",": "commas", "\n": "lines"}
PARTS = re.compile("[" + "".join(SEPARATORS) + "]")
TOTAL = re.compile(r"((grand|sub)[ -]?)?totals?\b", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """Where rows come from: the file and sheet, whether its cells have types, and in which column each name stands."""

    file_name: str
    sheet: str
    typed: bool
    layout: Layout
    columns: Mapping[str, int]


@dataclass(frozen=True)
class Row:
    """One row of a table, its cells by the names of their columns."""

    table: Table
    number: int
    cells: Mapping[str, Cell]

    def text(self, column: str) -> str:
        """The text of a cell."""
        value = self._value(column)
        return "" if value is None else str(value)

    def shown(self, column: str) -> str:
        """A cell as people read it, whatever stands there; a list with its parts alike however they are parted."""
        value = self.cells.get(column)
        text = "" if value is None else str(value)
        if column in self.table.layout.lists:
            return "; ".join(part.strip() for part in PARTS.split(text) if part.strip())
        return text

    def id(self, column: str) -> str:
        """What names something; two files must mean the same by it, so it is taken only as it was written."""
        return self._id(column, self._id_text(column) or self.refuse(column, "an empty cell", "a value"))

    def ids(self, column: str) -> tuple[str, ...]:
        """The ids of a list, parted by semicolons, commas or lines."""
        text = self._id_text(column)
        if found := DECIMAL_COMMA.search(text):
            wanted = f"{found[0].replace(',', '.')} for a decimal, or {found[0].replace(',', '; ')} for a list"
            self.refuse(column, found[0], wanted)
        return tuple(self._id(column, part.strip()) for part in PARTS.split(text) if part.strip())

    def separators(self, column: str) -> frozenset[str]:
        """What parts the list in a cell, in words."""
        value = self.cells.get(column)
        return frozenset(SEPARATORS[each] for each in PARTS.findall(value)) if isinstance(value, str) else frozenset()

    def yes(self, column: str) -> bool:
        """Whether a cell says yes."""
        value = self.text(column).lower()
        if value not in YES | NO:
            self.refuse(column, value or "an empty cell", "yes or no")
        return value in YES

    def count(self, column: str) -> int:
        """A whole number from 0 up."""
        value = self._value(column)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        digits = "an empty cell" if value is None else str(value)
        if isinstance(value, bool) or not (digits.isascii() and digits.isdigit() and len(digits) < 7):
            self.refuse(column, digits, "a whole number")
        return int(digits)

    def day(self, column: str) -> str:
        """A date as ISO text, or the text as it stands."""
        value = self._value(column)
        return value.isoformat() if isinstance(value, date) else self.id(column)

    def refuse(self, column: str, value: object, wanted: str) -> NoReturn:
        """The cell is not understood; a row of totals is, and does not belong there."""
        first = self.cells.get(self.table.layout.key[0])
        if isinstance(first, str) and TOTAL.match(first):
            wanted = "only rows of the table; delete the row of totals"
        letter = get_column_letter(self.table.columns[column])
        place = f"{self.table.sheet}!{letter}{self.number}"
        raise refusals.CellNotUnderstood(self.table.file_name, place, column, str(value)[:80], wanted)

    def _value(self, column: str) -> Cell:
        value = self.cells.get(column)
        if isinstance(value, Unusable):
            self.refuse(column, value.shown, value.wanted)
        return value

    def _id_text(self, column: str) -> str:
        """The text of an id or a list of them; a number has lost its zeros, a date was never meant."""
        value = self._value(column)
        as_text = "the id as text: format the cell as text, then type it again"
        if isinstance(value, float | bool):
            self.refuse(column, value, f"{as_text}; as a number it loses its zeros")
        if isinstance(value, date):
            self.refuse(column, f"the date {value.isoformat()}", as_text)
        text = "" if value is None else str(value)
        if not self.table.typed:
            self._refuse_mistaken(column, text)
        return text

    def _refuse_mistaken(self, column: str, text: str) -> None:
        """In text alone, an id that a spreadsheet program may have taken for something else before it wrote it."""
        if what := taken_for_another(text):
            self.refuse(
                column, text, f"the id again, which became {what} in a spreadsheet program, in a workbook as text"
            )
        if f"{text}0" in known_srvs():
            typed = f"{text}; or {text}0; with the semicolon" if column in self.table.layout.lists else "another name"
            reason = f"a spreadsheet program that takes {text}0 for a number writes {text}"
            wanted = f"{typed}, or send a workbook with text cells: {reason}"
            self.refuse(column, text, wanted)

    def _id(self, column: str, text: str) -> str:
        if DECIMAL_COMMA.fullmatch(text):
            self.refuse(column, text, f"{text.replace(',', '.')}, with a point")
        if letter := indistinct(text):
            self.refuse(column, f"{text} with {named(letter)}", "the id without that character, typed again")
        return text
