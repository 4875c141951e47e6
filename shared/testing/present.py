"""A value that may be absent, where a test has it by construction."""

from typing import TypeVar

T = TypeVar("T")


def present(value: T | None) -> T:
    """The value. Where there is none, the test fails at the line that asked for it."""
    __tracebackhide__ = True
    if value is None:
        raise AssertionError("There is no such value here: the test has one by construction.")
    return value
