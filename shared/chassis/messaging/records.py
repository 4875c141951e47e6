"""A record as Kafka delivered it, and what is published of one that was rejected."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace

from chassis.eventstore.aggregate import Publication
from chassis.messaging.cloudevents import Headers
from contracts.rejected import MessageRejected

LARGEST_KEPT, LONGEST_HEADER, MOST_HEADERS = 500_000, 1_000, 50
"""Of a rejected record: bytes of its value, characters of a header. The whole record stays where it lies."""


@dataclass(frozen=True)
class Record:
    """A record as Kafka delivered it."""

    topic: str
    partition: int
    offset: int
    headers: tuple[tuple[str, bytes | None], ...]
    value: bytes
    damage: str = ""
    """why nothing but its place is known"""

    @property
    def place(self) -> str:
        """Where it lies."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    def bare(self) -> "Record":
        """Its place alone, without anything that somebody sent."""
        return replace(self, headers=(), value=b"")


def rejection(service: str, record: Record, why: str) -> Publication:
    """What tells of a rejected record, with as much of it as is kept elsewhere."""
    whole = len(record.value) <= LARGEST_KEPT
    headers = list(header_texts(record.headers).items())[:MOST_HEADERS]
    contract = MessageRejected(
        rejected_by=service,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        reason=why if whole else f"{why} (of its value, only the first {LARGEST_KEPT} bytes are kept here)",
        headers={name: text[:LONGEST_HEADER] for name, text in headers},
        value=base64.b64encode(record.value[:LARGEST_KEPT]).decode(),
    )
    return Publication(contract, record.place)


def header_texts(headers: Headers) -> Mapping[str, str]:
    """Headers as text, whatever their bytes are; those without a value are left out."""
    return {name: value.decode(errors="replace") for name, value in headers if value is not None}
