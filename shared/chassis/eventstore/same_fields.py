"""Between private events and public facts of the same fields: a field that both have is written once on each side, and
nowhere between them."""

from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

from pydantic import TypeAdapter

from contracts import Contract

E = TypeVar("E")


def public_as(contracts: ModuleType) -> Callable[[object], Contract | None]:
    """The public fact of an event: of the contract in a module that is called as the event is; None without one.

    Each field is taken by its name; what the contract does not have stays private.
    """
    named = {name: each for name, each in vars(contracts).items() if _is_defined_in(contracts, each)}

    def contract(event: object) -> Contract | None:
        found = named.get(type(event).__name__)
        return None if found is None else found.model_validate(event, from_attributes=True)

    return contract


def _is_defined_in(module: ModuleType, value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Contract) and value.__module__ == module.__name__


def taken_as(event: type[E]) -> Callable[[Contract], E]:
    """What a fact of another source is here: an event of the fields that it takes from the fact, each by its name."""
    adapter: TypeAdapter[Any] = TypeAdapter(event)

    def taken(fact: Contract) -> E:
        here: E = adapter.validate_python(fact.model_dump())
        return here

    return taken
