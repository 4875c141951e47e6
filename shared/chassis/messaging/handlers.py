"""What a service receives, and what it answers: a message of another source, and the commands it leads to."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from chassis.eventstore.aggregate import AnyAggregate
from chassis.process.database import Connection
from contracts import Contract

C_co = TypeVar("C_co", bound=Contract, covariant=True)


@dataclass(frozen=True)
class Received(Generic[C_co]):
    """A fact of another source. `sequence` counts gaplessly per source and subject; outside systems send none."""

    id: str
    source: str
    subject: str
    sequence: int | None
    contract: C_co
    at: datetime


@dataclass(frozen=True)
class CommandFor:
    """A command for one stream."""

    aggregate: AnyAggregate
    id: str
    command: Any


Handler = Callable[[Received[Any]], Sequence[CommandFor]]
Handlers = Mapping[type[Contract], Handler]


@dataclass(frozen=True)
class Projection:
    """A read side kept from what others publish: `apply` runs inside the batch's transaction."""

    contracts: tuple[type[Contract], ...]
    apply: Callable[[Connection, Sequence[Received[Any]]], Awaitable[None]]
