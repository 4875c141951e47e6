"""Under which name an event is stored: a literal that stands at its class, and never changes."""

from collections.abc import Callable, Mapping
from types import UnionType
from typing import Any, TypeVar, get_args

E = TypeVar("E")

_NAME = "__stored_name__"


def stored(name: str) -> Callable[[type[E]], type[E]]:
    """Mark a class as an event that streams keep under this name."""

    def mark(event: type[E]) -> type[E]:
        setattr(event, _NAME, name)
        return event

    return mark


def stored_name(event: type[Any]) -> str:
    """The name that a class was marked with."""
    return str(vars(event)[_NAME])


def by_stored_name(events: type[Any] | UnionType) -> Mapping[str, type[Any]]:
    """The classes of a union of events, or one alone, each by its stored name.

    Raises TypeError where a class has no name of its own, or two have the same.
    """
    found: dict[str, type[Any]] = {}
    for event in get_args(events) or (events,):
        name = vars(event).get(_NAME)
        if name is None or name in found:
            raise TypeError(f"{event.__name__} needs a stored name of its own, not {name}: @stored('...')")
        found[name] = event
    return found
