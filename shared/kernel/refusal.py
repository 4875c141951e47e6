"""What every refusal of a rule says: what was wrong, what would be right, and the clause."""

from datetime import date
from enum import StrEnum
from typing import ClassVar, TypeVar

from kernel.days import in_words


class Kind(StrEnum):
    """How a request fails a rule. Only the HTTP edge knows which status each kind becomes."""

    INVALID = "invalid"  # what was sent breaks a rule and must be changed
    CONFLICT = "conflict"  # right in itself, at the wrong moment or in the wrong state
    UNKNOWN = "unknown"  # it names something that does not exist
    TOO_LARGE = "too-large"  # more than is taken at once
    FORBIDDEN = "forbidden"  # someone else may, you may not


class Refusal(Exception):
    """A rule says no.

    A subclass is a dataclass whose docstring is the message and whose fields are the facts; both the docstring and
    `remedy` are format strings over the fields::

        @dataclass(unsafe_hash=True)
        class StartTooEarly(Refusal):
            '''A start on {start} leaves {given} Working Days; {needed} are required.'''

            remedy = "Choose {earliest} or a later date."
            clause = "CTSD 5.6.1.1"
            start: date
            given: int
            needed: int
            earliest: date
    """

    kind: ClassVar[Kind] = Kind.INVALID
    remedy: ClassVar[str]
    clause: ClassVar[str | None] = None
    """Where the rule stands that says no; `citing` names another place for one refusal."""

    @property
    def message(self) -> str:
        """What was wrong."""
        return (self.__doc__ or type(self).__name__).format(**self._said())

    @property
    def remedy_text(self) -> str:
        """What would be right."""
        return self.remedy.format(**self._said())

    @property
    def facts(self) -> dict[str, object]:
        """The values the message speaks of, by name."""
        return {name: value for name, value in vars(self).items() if name != "clause"}

    def _said(self) -> dict[str, object]:
        """The values as people read them: a day with its weekday."""
        return {name: in_words(value) if type(value) is date else value for name, value in vars(self).items()}

    def __str__(self) -> str:
        return f"{self.message} {self.remedy_text}"


R = TypeVar("R", bound=Refusal)


def citing(refusal: R, clause: str | None) -> R:
    """The refusal with the clause of the procedure at hand, which can be another than that of its class."""
    if clause is not None:
        vars(refusal)["clause"] = clause
    return refusal
