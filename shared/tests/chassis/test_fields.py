"""What the fields of requests take, and what they refuse in words."""

from datetime import date
from typing import Annotated, Any, Literal

import pytest
from pydantic import BeforeValidator, TypeAdapter, ValidationError

from chassis.web import fields

CHOICE = Annotated[Literal[1, 2, 3], BeforeValidator(fields.whole)]
"""One of a few whole numbers, as a service makes it."""


def read(field: Any, value: Any) -> Any:
    return TypeAdapter[Any](field).validate_python(value)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (fields.Line, " Dŵr Cymru – Łukasz 😀 ", "Dŵr Cymru – Łukasz 😀"),
        (fields.Text, "One line,\n\tand another.", "One line,\n\tand another."),
        (fields.Note, "", ""),
        (fields.Day, "2027-02-23", date(2027, 2, 23)),
        (fields.Count, 0, 0),
        (fields.Count, 3.0, 3),
        (fields.Flag, False, False),
        (CHOICE, 3, 3),
        (CHOICE, 3.0, 3),
        (fields.Email, "mo.o'neil+test@supplier.example", "mo.o'neil+test@supplier.example"),
    ],
)
def test_what_is_meant_is_taken(field: Any, value: Any, expected: Any) -> None:
    assert read(field, value) == expected


@pytest.mark.parametrize("hidden", ["\0", "\n", "\r", "\t", "\x1b[2J", "\x7f", "\x85", "\u2028", "\u202e", "\u2066"])
def test_a_line_holds_nothing_that_ends_it_or_moves_what_shows_it(hidden: str) -> None:
    with pytest.raises(ValidationError):
        read(fields.Line, f"before{hidden}after")


@pytest.mark.parametrize("hidden", ["\0", "\x1b[2J", "\x0c", "\x7f", "\u202e", "\u2069"])
def test_a_text_holds_line_breaks_and_no_other_control_characters(hidden: str) -> None:
    with pytest.raises(ValidationError):
        read(fields.Text, f"before{hidden}after")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (fields.Day, 1_894_320_000),
        (fields.Day, "2029-01-15T00:00:00"),
        (fields.Instant, 1_894_320_000),
        (fields.Instant, "2029-01-15T00:00:00"),
        (fields.Count, True),
        (fields.Count, 3.5),
        (fields.Count, "3"),
        (fields.Flag, "yes"),
        (fields.Flag, 1),
        (CHOICE, True),
        (CHOICE, 3.5),
        (CHOICE, 6),
        (fields.Email, "nobody"),
        (fields.Line, "   "),
    ],
)
def test_nothing_is_read_into_a_value_that_it_does_not_say(field: Any, value: Any) -> None:
    with pytest.raises(ValidationError):
        read(field, value)


def test_every_pattern_is_told_in_words() -> None:
    told = {
        error["ctx"]["pattern"]
        for field, value in ((fields.Line, "a\nb"), (fields.Text, "a\0b"), (fields.Email, "nobody"))
        for error in _errors(field, value)
    }
    assert told == set(fields.EXPECTED)


def _errors(field: Any, value: Any) -> list[Any]:
    with pytest.raises(ValidationError) as refused:
        read(field, value)
    return list(refused.value.errors())
