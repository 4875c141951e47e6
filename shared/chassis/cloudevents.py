"""CloudEvents 1.0 on Kafka, binary mode: the envelope is in the headers, the contract's JSON is the value."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

CONTENT_TYPE = "application/json"
LARGEST_SEQUENCE = 2**63 - 2


class Unreadable(ValueError):
    """A record whose headers are not those of a CloudEvent."""


@dataclass(frozen=True)
class Envelope:
    """The attributes of one event. `sequence` is absent where the source is an outside system."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    sequence: int | None = None
    causation: str = ""
    traceparent: str = ""

    def headers(self) -> list[tuple[str, bytes]]:
        """The record's headers; the sequence is zero-padded so that it sorts as text."""
        attributes = {
            "ce_specversion": "1.0",
            "ce_id": self.id,
            "ce_source": self.source,
            "ce_type": self.type,
            "ce_subject": self.subject,
            "ce_time": self.time.isoformat(),
            "ce_sequence": "" if self.sequence is None else f"{self.sequence:020d}",
            "ce_causationid": self.causation,
            "traceparent": self.traceparent,
            "content-type": CONTENT_TYPE,
        }
        return [(name, value.encode()) for name, value in attributes.items() if value]


def envelope(headers: Iterable[tuple[str, bytes]]) -> Envelope:
    """The envelope of a record's headers, or Unreadable with what is missing or wrong."""
    try:
        given = {name: value.decode() for name, value in headers}
        if any("\0" in value for value in given.values()):
            raise ValueError("it holds NUL")
        sequence = given.get("ce_sequence")
        return Envelope(
            id=given["ce_id"],
            source=given["ce_source"],
            type=given["ce_type"],
            subject=given["ce_subject"],
            time=_instant(given["ce_time"]),
            sequence=_sequence(sequence) if sequence else None,
            causation=given.get("ce_causationid", ""),
            traceparent=given.get("traceparent", ""),
        )
    except KeyError as error:
        raise Unreadable(f"the header {error.args[0]} is missing") from error
    except ValueError as error:
        raise Unreadable(f"a header can't be read: {error}") from error


def _sequence(text: str) -> int:
    sequence = int(text)
    if not 0 < sequence <= LARGEST_SEQUENCE:
        raise ValueError(f"ce_sequence is not between 1 and {LARGEST_SEQUENCE}")
    return sequence


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("ce_time has no offset")
    return instant
