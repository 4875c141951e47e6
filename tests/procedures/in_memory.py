"""All services without a server: each decides, stores, publishes and hears as it does behind its door.

What one publishes reaches the others as a record of Kafka: written by its contract, with headers and a sequence, and
read by the consumer that every service has.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, TypeVar

import artefact_review.aggregates
import artefact_review.event_handlers
import certification.aggregates
import certification.event_handlers
import disputes.aggregates
import disputes.event_handlers
import execution_tracker.aggregates
import execution_tracker.event_handlers
import notification.aggregates
import notification.event_handlers
from chassis.eventstore.aggregate import Aggregate, Change
from chassis.messaging.cloudevents import Envelope
from chassis.messaging.decoding import Message, read
from chassis.messaging.handlers import Handlers, Received
from chassis.messaging.records import Record
from contracts import REGISTRY, Contract
from gateway.read_side.digests import digest

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")
FactT = TypeVar("FactT", bound=Contract)

HANDLERS: Final[Mapping[str, Handlers]] = MappingProxyType(
    {
        "notification": notification.event_handlers.HANDLERS,
        "artefact-review": artefact_review.event_handlers.HANDLERS,
        "execution-tracker": execution_tracker.event_handlers.HANDLERS,
        "certification": certification.event_handlers.HANDLERS,
        "disputes": disputes.event_handlers.HANDLERS,
    }
)
OWNERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        notification.aggregates.ENGAGEMENT.category: "notification",
        notification.aggregates.PARTY.category: "notification",
        artefact_review.aggregates.REVIEW.category: "artefact-review",
        execution_tracker.aggregates.EXECUTION.category: "execution-tracker",
        certification.aggregates.COMPLETION.category: "certification",
        disputes.aggregates.MATTERS.category: "disputes",
    }
)
"""Which service keeps a kind of stream; the Party of artefact-review follows none of these stories."""


class Rows:
    """Takes what a read model writes, and keeps nothing."""

    async def execute(self, query: str, *arguments: Any) -> Any: ...

    async def executemany(self, query: str, rows: Iterable[Sequence[Any]]) -> Any:
        list(rows)


@dataclass
class Services:
    """The streams of every service as they are stored, and every record that was published, in order.

    `now` is what their clocks show.
    """

    now: datetime
    stored: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    _sequences: Counter[tuple[str, str]] = field(default_factory=Counter)
    _heard: Counter[str] = field(default_factory=Counter)

    async def handle(self, aggregate: Aggregate[C, S, E], id: str, command: C) -> tuple[E, ...]:
        """Have a command decided, and every service hear what follows, until nothing follows any more."""
        events = await self._decide(OWNERS[aggregate.category], aggregate, id, command)
        while [service for service in HANDLERS if await self._hear(service)]:
            pass
        return events

    def state(self, aggregate: Aggregate[C, S, E], id: str) -> S:
        """What a stream folds to, from its events as they are stored."""
        state = aggregate.initial()
        for name, data in self.stored.get(aggregate.stream(id), ()):
            state = aggregate.evolve(state, aggregate.codec.decode(name, data))
        return state

    def published(self, contract: type[FactT], subject: str) -> list[FactT]:
        """Every fact of a kind about a subject, as a consumer reads it."""
        messages, _ = read(self.records)
        facts = (_contract(each) for each in messages if each.envelope.subject == subject)
        return [fact for fact in facts if isinstance(fact, contract)]

    async def _decide(self, service: str, aggregate: Aggregate[C, S, E], id: str, command: C) -> tuple[E, ...]:
        before = self.state(aggregate, id)
        events = tuple(aggregate.decide(command, before))
        stream = self.stored.setdefault(aggregate.stream(id), [])
        state, changes = before, []
        for event in events:
            state = aggregate.evolve(state, event)
            stream.append(aggregate.codec.encode(event))
            changes.append(Change(id, len(stream), event, state, self.now, "somebody"))
            for publication in aggregate.publish(id, event, state):
                self.records.append(self._record(service, publication.contract, publication.subject))
        if aggregate.project:
            await aggregate.project(Rows(), changes)
        return events

    def _record(self, service: str, contract: Contract, subject: str) -> Record:
        source = f"assay.{service}"
        self._sequences[source, subject] += 1
        sequence = self._sequences[source, subject]
        sent = Envelope(f"{source}/{subject}/{sequence}", source, contract.TYPE, subject, self.now, sequence)
        digest(contract)  # what the gateway keeps of it
        value = contract.model_dump_json().encode()
        return Record(contract.TOPIC, 0, len(self.records), tuple(sent.headers()), value)

    async def _hear(self, service: str) -> bool:
        """Handle what was published since; whether there was anything."""
        messages, unreadable = read(self.records[self._heard[service] :])
        assert not unreadable, unreadable
        self._heard[service] = len(self.records)
        for message in messages:
            handler = HANDLERS[service].get(type(_contract(message)))
            for to in handler(_received(message)) if handler else ():
                await self._decide(service, to.aggregate, to.id, to.command)
        return bool(messages)


def _contract(message: Message) -> Contract:
    return REGISTRY[message.envelope.type].model_validate_json(message.record.value)


def _received(message: Message) -> Received[Any]:
    sent = message.envelope
    return Received(sent.id, sent.source, sent.subject, sent.sequence, _contract(message), sent.time)
