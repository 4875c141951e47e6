"""Seals: keyed hashes by which a service knows again what it stored and published itself.

Every stored event and every public message carries one, and every published head of the chain of events. The key is
one of the service, in a file, and never in the database: whoever can write there can't seal what they wrote.
"""

import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from struct import Struct

SHORTEST_KEY = 32
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LENGTH = Struct(">I").pack


@dataclass(frozen=True)
class SealKey:
    """A service's key, and what it seals. Each part is preceded by its length, so that nothing moves between parts."""

    secret: bytes = field(repr=False)

    def event(self, stream: str, version: int, type: str, data: str, metadata: str, at: datetime) -> bytes:
        """The seal of a stored event."""
        return self._sealed(b"event", stream, version, type, data, metadata, _microseconds(at))

    def message(
        self,
        topic: str,
        type: str,
        subject: str,
        timeline: int,
        sequence: int,
        at: datetime,
        causation: str,
        trace: str,
        value: bytes,
    ) -> bytes:
        """The seal of a public message."""
        named = (topic, type, subject, timeline, sequence, _microseconds(at), causation, trace)
        return self._sealed(b"message", *named, value)

    def head(self, service: str, timeline: int, number: int, position: int, hash: str) -> str:
        """The seal of a published head, in hexadecimal."""
        return self._sealed(b"head", service, timeline, number, position, hash).hex()

    def timeline(self, number: int, position: int, hash: bytes, reason: str, actor: str) -> bytes:
        """The seal of a timeline that was begun."""
        return self._sealed(b"timeline", number, position, hash, reason, actor)

    def _sealed(self, kind: bytes, *parts: str | int | bytes) -> bytes:
        encoded = [kind, *[part if isinstance(part, bytes) else str(part).encode() for part in parts]]
        seal = self._begun.copy()
        seal.update(b"".join([LENGTH(len(each)) + each for each in encoded]))
        return seal.digest()

    @cached_property
    def _begun(self) -> hmac.HMAC:
        """What every seal begins with, so that the key is taken in once."""
        return hmac.new(self.secret, digestmod="sha256")


def read_key(file: Path | str) -> SealKey:
    """The key in a file."""
    secret = Path(file).read_bytes()
    if len(secret) < SHORTEST_KEY:
        raise ValueError(f"the key in {file} has less than {SHORTEST_KEY} bytes")
    return SealKey(secret)


def _microseconds(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND
