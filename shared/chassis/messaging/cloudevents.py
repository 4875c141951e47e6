"""CloudEvents 1.0 on Kafka, binary mode: the envelope is in the headers, the contract's JSON is the value."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

SPECVERSION = ("ce_specversion", b"1.0")
CONTENT_TYPE = ("content-type", b"application/json")
LARGEST_SEQUENCE = 2**63 - 2
LARGEST_TIMELINE = 2**31 - 1
LONGEST_ATTRIBUTE = 1_000
"""Bytes: two of them make a key that the database's indexes take."""

READ = frozenset(
    (
        *("ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_timeline", "ce_sequence", "ce_causationid"),
        "traceparent",
    )
)
"""What else stands in a record's headers is nobody's business here."""

Headers = Iterable[tuple[str, bytes | None]]


class Unreadable(ValueError):
    """A record whose headers are not those of a CloudEvent, or not of one that its topic carries."""


@dataclass(frozen=True)
class Envelope:
    """The attributes of one event. `sequence` is absent where the source is an outside system.

    `timeline` counts how often the source's database was brought back to an earlier state: sequences go on from there.
    """

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    sequence: int | None = None
    causation: str = ""
    traceparent: str = ""
    timeline: int = 1

    def headers(self) -> list[tuple[str, bytes]]:
        """The record's headers; the sequence is zero-padded so that it sorts as text."""
        headers = [
            SPECVERSION,
            ("ce_id", self.id.encode()),
            ("ce_source", self.source.encode()),
            ("ce_type", self.type.encode()),
            ("ce_subject", self.subject.encode()),
            ("ce_time", self.time.isoformat().encode()),
        ]
        if self.sequence is not None:
            headers += (("ce_timeline", b"%d" % self.timeline), ("ce_sequence", b"%020d" % self.sequence))
        if self.causation:
            headers.append(("ce_causationid", self.causation.encode()))
        if self.traceparent:
            headers.append(("traceparent", self.traceparent.encode()))
        headers.append(CONTENT_TYPE)
        return headers


def message_id(subject: str, timeline: int, sequence: int) -> str:
    """The id of a public message: what was lost with a database and what took its place differ in their timeline."""
    return f"{subject}:{sequence}" if timeline == 1 else f"{subject}:{timeline}:{sequence}"


def envelope(headers: Headers) -> Envelope:
    """The envelope of a record's headers, or Unreadable with what is missing or wrong. No value is none."""
    try:
        given = {name: _text(name, value) for name, value in headers if name in READ and value is not None}
        sequence = given.get("ce_sequence")
        return Envelope(
            id=given["ce_id"],
            source=given["ce_source"],
            type=given["ce_type"],
            subject=given["ce_subject"],
            time=_instant(given["ce_time"]),
            sequence=_number("ce_sequence", sequence, LARGEST_SEQUENCE) if sequence else None,
            causation=given.get("ce_causationid", ""),
            traceparent=given.get("traceparent", ""),
            timeline=_number("ce_timeline", given.get("ce_timeline", "1"), LARGEST_TIMELINE),
        )
    except KeyError as error:
        raise Unreadable(f"the header {error.args[0]} is missing") from error
    except ValueError as error:
        raise Unreadable(f"a header can't be read: {error}") from error


def _text(name: str, value: bytes) -> str:
    text = value.decode()
    if "\0" in text:
        raise ValueError("it holds NUL")
    if len(value) > LONGEST_ATTRIBUTE:
        raise ValueError(f"{name} is longer than {LONGEST_ATTRIBUTE} bytes")
    return text


def _number(name: str, text: str, largest: int) -> int:
    number = int(text)
    if not 0 < number <= largest:
        raise ValueError(f"{name} is not between 1 and {largest}")
    return number


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("ce_time has no offset")
    return instant
