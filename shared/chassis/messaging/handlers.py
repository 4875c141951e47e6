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


def for_subject(aggregate: AnyAggregate, translate: Callable[[Any], Any]) -> Handler:
    """The handler of a fact that leads to a command in the stream of its subject, or is translated to None."""

    def handler(received: Received[Any]) -> Sequence[CommandFor]:
        command = translate(received.contract)
        return () if command is None else (CommandFor(aggregate, received.subject, command),)

    return handler


@dataclass(frozen=True)
class Projection:
    """A read side kept from what others publish: `apply` runs inside the batch's transaction."""

    contracts: tuple[type[Contract], ...]
    apply: Callable[[Connection, Sequence[Received[Any]]], Awaitable[None]]
