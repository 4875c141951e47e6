"""What stands in a cell: values as a file has them, and what can't be used as one."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Unusable:
    """A cell that has no value to be read: how it looks, and what belongs there instead."""

    shown: str
    wanted: str

    def __str__(self) -> str:
        return self.shown


Cell = str | int | float | bool | date | Unusable | None

UNCALCULATED = Unusable(
    "a formula without a value", "its value; a spreadsheet program stores it when it opens and saves the file"
)
ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"})
ERROR_WANTED = "a value; the formula that stood here could not be calculated"


@dataclass(frozen=True)
class SheetRow:
    """A row with something in it: its number as a spreadsheet program counts, and its cells by column from 1."""

    number: int
    cells: Mapping[int, Cell]
    hidden: bool = False


@dataclass(frozen=True)
class Sheet:
    """The rows of a sheet that have something in them.

    `typed` says that the file keeps text and numbers apart; in text alone, a spreadsheet program may have taken `6.30`
    for a number before it wrote `6.3`.
    """

    name: str
    rows: tuple[SheetRow, ...]
    typed: bool
    hidden: bool = False
    hidden_columns: frozenset[int] = field(default_factory=frozenset)


def trimmed(text: str) -> tuple[str, str]:
    """The text without white space and invisible characters at its ends, and those of them that no key types."""
    start, end = 0, len(text)
    while start < end and _is_blank(text[start]):
        start += 1
    while end > start and _is_blank(text[end - 1]):
        end -= 1
    gone = text[:start] + text[end:]
    return text[start:end], "".join(dict.fromkeys(letter for letter in gone if letter not in " \t\r\n"))


def indistinct(text: str) -> str | None:
    """The first character that can't be told by eye from another one, or from none; two files would disagree by it."""
    return next((letter for letter in text if letter != " " and _is_indistinct(letter)), None)


def named(letter: str) -> str:
    """A character as a refusal names it."""
    return f"{unicodedata.name(letter, 'control character')} (U+{ord(letter):04X})"


DATE = re.compile(
    r"\d{1,2}[-/. ][a-z]{3,9}([-/. ]\d{2,4})?|[a-z]{3}[-/ ]\d{2,4}|\d{1,2}/\d{1,2}/\d{2,4}|\d{4}-\d\d-\d\d",
    re.IGNORECASE,
)
POWER = re.compile(r"\d(\.\d+)?E[+-]\d+", re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"(?<![\w.,:-])\d+,\d+(?![\w.,:-])")


def taken_for_another(text: str) -> str | None:
    """What a spreadsheet program may have made of an id, seen in text that was written by one."""
    if DATE.fullmatch(text):
        return "a date"
    return "a number in powers of ten" if POWER.fullmatch(text) else None


FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
"""How a text begins that a spreadsheet program takes for a formula when it opens a CSV file, or what we made of it."""


def as_text(cell: str | int) -> str | int:
    """A cell of a CSV file: what would be taken for a formula stands behind an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell


def from_text(cell: str) -> str:
    """What `as_text` made a cell of a CSV file from."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def _is_blank(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) in ("Cf", "Cc")


def _is_indistinct(letter: str) -> bool:
    category = unicodedata.category(letter)
    return category[0] in "CZ" or (category == "Pd" and letter != "-")
