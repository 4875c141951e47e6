"""What the one shell needs to know of each kind of stream a service keeps."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from pydantic import TypeAdapter

from contracts import Contract
from kernel.audience import Audience

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")

Upcast = Callable[[bytes | str], tuple[str, str]]


@dataclass(frozen=True)
class Publication:
    """A public fact to be published: its contract and the subject it is about."""

    contract: Contract
    subject: str


@dataclass(frozen=True)
class Change:
    """An event as a read model sees it: in its stream, with the state after it."""

    id: str
    version: int
    event: Any
    state: Any
    at: datetime
    actor: str


class RowWriter(Protocol):
    """What a read model is given. It can only write: what a read model needs to know stands in the changes."""

    async def execute(self, query: str, *arguments: Any) -> Any:
        """Execute a statement, in its turn."""

    async def executemany(self, query: str, rows: Iterable[Sequence[Any]]) -> Any:
        """Execute a statement for each row."""


class UnknownEvent(LookupError):
    """A stored name that this release does not know: a newer release wrote it."""


class Codec:
    """Between a stream's events and what is stored. Stored names are literals and never change.

    `upcasts` turns an old name and its stored JSON into a current name and JSON.
    """

    def __init__(self, events: Mapping[str, type], upcasts: Mapping[str, Upcast] | None = None) -> None:
        self._adapters = {name: TypeAdapter[Any](event) for name, event in events.items()}
        self._names = {event: name for name, event in events.items()}
        self._upcasts = dict(upcasts or {})

    @property
    def stored_names(self) -> tuple[str, ...]:
        """Every name that may stand in a stream: the current ones, and the old ones that are brought up to date."""
        return (*self._adapters, *self._upcasts)

    @property
    def events(self) -> Mapping[str, type]:
        """The class of every current name."""
        return {name: event for event, name in self._names.items()}

    def encode(self, event: object) -> tuple[str, str]:
        """The stored name and JSON of an event."""
        name = self._names[type(event)]
        return name, self._adapters[name].serializer.to_json(event).decode()

    def decode(self, name: str, data: bytes | str) -> Any:
        """The event of a stored name and JSON, brought up to today's shape."""
        while name in self._upcasts:
            name, data = self._upcasts[name](data)
        if name not in self._adapters:
            raise UnknownEvent(name)
        return self._adapters[name].validator.validate_json(data)


def _no_publication(_id: str, _event: Any, _state: Any) -> Iterable[Publication]:
    return ()


def _no_audience(_state: Any) -> Audience | None:
    return None


@dataclass(frozen=True)
class Aggregate(Generic[C, S, E]):
    """One kind of stream: how it decides, how it folds, how it is stored, published and projected.

    A state may be kept between transactions, so `evolve` never changes the state it is given.
    """

    category: str
    initial: Callable[[], S]
    decide: Callable[[C, S], Sequence[E]]
    evolve: Callable[[S, E], S]
    codec: Codec
    publish: Callable[[str, E, S], Iterable[Publication]] = _no_publication
    project: Callable[[RowWriter, Sequence[Change]], Awaitable[None]] | None = None
    audience: Callable[[S], Audience | None] = _no_audience

    def stream(self, id: str) -> str:
        """The name of the stream of one id."""
        return f"{self.category}-{id}"


AnyAggregate = Aggregate[Any, Any, Any]
