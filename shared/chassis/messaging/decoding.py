"""Which records are messages: what their headers say, and whether who says so may say it there."""

from collections.abc import Iterable
from dataclasses import dataclass

from chassis.messaging.cloudevents import Envelope, Unreadable, envelope
from chassis.messaging.records import Record
from contracts import REGISTRY
from contracts.topics import TOPICS

OWN_PREFIX = "assay."
OWNERS = {topic.name: topic.owner for topic in TOPICS}

Key = tuple[str, str]
Unread = tuple[Record, str]
"""A record that can't be read, and why."""


@dataclass(frozen=True)
class Message:
    """A record whose headers could be read."""

    record: Record
    envelope: Envelope

    @property
    def key(self) -> Key:
        """Within which its order counts."""
        return self.envelope.source, self.envelope.subject


def read(records: Iterable[Record]) -> tuple[list[Message], list[Unread]]:
    """The messages, and the records that are none."""
    messages, unreadable = [], []
    for record in records:
        try:
            messages.append(_message(record))
        except Unreadable as error:
            unreadable.append((record, str(error)))
    return messages, unreadable


def _message(record: Record) -> Message:
    if record.damage:
        raise Unreadable(record.damage)
    given = envelope(record.headers)
    _require_origin(record.topic, given)
    return Message(record, given)


def _require_origin(topic: str, given: Envelope) -> None:
    """On a topic of ours only its owner speaks, in sequence; on another nobody speaks for us, and none is counted."""
    known, ours = REGISTRY.get(given.type), topic.startswith(OWN_PREFIX)
    if known is not None and topic != known.TOPIC:
        raise Unreadable(f"{given.type} is published on {known.TOPIC} alone")
    if given.source != f"{OWN_PREFIX}{OWNERS.get(topic)}" if ours else given.source.startswith(OWN_PREFIX):
        raise Unreadable(f"{given.source} does not publish on {topic}")
    if (given.sequence is not None) != ours:
        raise Unreadable(
            "the header ce_sequence is missing" if ours else "an outside system's ce_sequence counts nothing"
        )
