"""A row of `public_message`: whether it is the service's own, and as which record it is published."""

import asyncpg

from chassis.eventstore.seal import SealKey
from chassis.messaging.cloudevents import Envelope, message_id

SEALED = ("topic", "type", "subject", "timeline", "sequence", "time", "causation", "trace", "value")


def is_own(row: asyncpg.Record, key: SealKey) -> bool:
    """Whether a message is as the service enqueued it."""
    return bool(row["seal"] == key.message(*(row[name] for name in SEALED)))


def published_as(source: str, row: asyncpg.Record) -> Envelope:
    """What its record says in the headers."""
    return Envelope(
        id=message_id(row["subject"], row["timeline"], row["sequence"]),
        source=source,
        type=row["type"],
        subject=row["subject"],
        time=row["time"],
        sequence=row["sequence"],
        timeline=row["timeline"],
        causation=row["causation"],
        traceparent=row["trace"],
    )
