"""What the fields of requests are made of: bounded text without control characters, days as text, whole numbers.

JSON knows a number from a truth value and a text from a number; so do these. What is printed, mailed or shown on a
terminal later holds no character that would move the cursor, end a line where none ends, or turn the reading
direction round.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BeforeValidator, Field, StrictBool, StringConstraints

HIDDEN: Final = r"\u007f-\u009f\u2028-\u202e\u2066-\u2069"
LINE: Final = rf"^[^\u0000-\u001f{HIDDEN}]*$"
TEXT: Final = rf"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f{HIDDEN}]*$"
LOCAL_PART: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
DOMAIN_LABEL: Final = r"[A-Za-z0-9-]+"
ADDRESS: Final = rf"^{LOCAL_PART}(\.{LOCAL_PART})*@{DOMAIN_LABEL}(\.{DOMAIN_LABEL})+$"

EXPECTED: Final[Mapping[str, str]] = {
    LINE: "One line of text is wanted, without line breaks and control characters",
    TEXT: "Plain text is wanted, without control characters",
    ADDRESS: "An e-mail address is wanted, like name@example.com",
}
"""What each pattern asks for, in words."""


def _day(value: Any) -> Any:
    if isinstance(value, str) and len(value) != len("2027-02-23"):
        raise ValueError("a day is wanted, like 2027-02-23")
    return _text(value)


def _text(value: Any) -> Any:
    if isinstance(value, int | float):
        raise ValueError("a text is wanted, not a number")
    return value


def whole(value: Any) -> Any:
    """A whole number, however JSON writes it: 3.0 is one, true and "3" are none."""
    if isinstance(value, bool | str):
        raise ValueError("a whole number is wanted")
    return int(value) if isinstance(value, float) and value.is_integer() else value


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=LINE)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000, pattern=TEXT)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000, pattern=TEXT)]
"""A text that may be empty."""
Email = Annotated[str, StringConstraints(max_length=254, pattern=ADDRESS)]
Day = Annotated[date, BeforeValidator(_day)]
Instant = Annotated[AwareDatetime, BeforeValidator(_text)]
Flag = StrictBool
Whole = Annotated[int, BeforeValidator(whole)]
Count = Annotated[Whole, Field(ge=0, le=1_000_000)]
