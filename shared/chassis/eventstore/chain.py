"""The hash chain of a service's events, by which it shows when one was changed, removed or added outside the service.

Each event is sealed in the order of commits: its seal is a hash over the seal before it and the event's content, which
is hashed with a key of the service that the database does not hold. Heads of the chain leave the database (to Kafka,
and printed in certificates), so that a chain that was made anew, or cut off at its end, shows as well.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chassis.process.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent / "chain.sql")
GENESIS = bytes(32)
NO_KEY = b""
SHORTEST_KEY = 32
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class ChainHead:
    """The last seal of a service's chain: how many events it seals, and its hash in hexadecimal."""

    position: int
    hash: str


def content(stream: str, version: int, type: str, data: str, metadata: str, at: datetime, key: bytes = NO_KEY) -> bytes:
    """The hash of what an event holds, by the service's key where it has one.

    Each part is preceded by its length, so that nothing moves between parts.
    """
    microseconds = (at - EPOCH) // MICROSECOND
    parts = (part.encode() for part in (stream, str(version), type, data, metadata, str(microseconds)))
    framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.digest(key, framed, "sha256") if key else hashlib.sha256(framed).digest()


def read_key(file: Path | str) -> bytes:
    """The key in a file; none where no file is named."""
    if not file:
        return NO_KEY
    key = Path(file).read_bytes()
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"the key in {file} has less than {SHORTEST_KEY} bytes")
    return key


async def seal(connection: Connection, appended: Sequence[tuple[int, bytes]], keyed: bool = False) -> None:
    """Seal events (by number and content's hash) in their order.

    The head's row lock is held to the end of the transaction: nothing that could wait for long may follow.
    """
    events, contents = zip(*appended, strict=True)
    await connection.execute(QUERIES["seal"], list(events), list(contents), keyed)


async def head(connection: Connection) -> ChainHead:
    """The last seal."""
    row = await connection.fetchrow(QUERIES["head"])
    return ChainHead(row["position"], row["hash"].hex()) if row else ChainHead(0, GENESIS.hex())


async def is_keyed(connection: Connection) -> bool:
    """Whether the last seal was made with a key: then all that follow need it."""
    return bool(await connection.fetchval(QUERIES["is_keyed"]))
