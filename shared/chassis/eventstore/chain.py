"""The hash chain of a service's events, and how it shows who changed, removed or added one outside the service.

Each event is sealed in the order of commits: its seal is a hash over the seal before it and the event's content, which
is hashed with a key of the service that the database does not hold. Heads of the chain leave the database (to Kafka,
and printed in certificates), so that a chain that was made anew, or cut off at its end, shows as well.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chassis.process.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent / "chain.sql")
GENESIS = bytes(32)
NO_KEY = b""
SHORTEST_KEY = 32
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
PREFETCH = 1_000
MOST_BREAKS = 100
"""As many are told; a chain that is broken more often is simply not the service's."""


@dataclass(frozen=True)
class ChainHead:
    """The last seal of a service's chain: how many events it seals, and its hash in hexadecimal."""

    position: int
    hash: str


@dataclass(frozen=True)
class PublishedHead(ChainHead):
    """A head that has left the database. Where little room is, only the beginning of its hash is told."""

    where: str = "published"


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold: at which position, what was found there, and in which event, if one is there."""

    position: int
    found: str
    stream: str | None = None
    version: int | None = None


@dataclass(frozen=True)
class Verdict:
    """What the verification of a chain came to."""

    events: int
    head: ChainHead
    heads_checked: int
    breaks: tuple[Break, ...]

    @property
    def intact(self) -> bool:
        """Whether the database holds what the service stored, all of it and nothing else."""
        return not self.breaks


@dataclass
class _Walk:
    """How far the verification has come."""

    told: Mapping[int, set[PublishedHead]]
    key: bytes
    position: int = 0
    hash: bytes = GENESIS
    keyed: bool = False
    events: int = 0
    known: set[int] = field(default_factory=set)


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


async def verify(connection: Connection, told: Iterable[PublishedHead] = (), key: bytes = NO_KEY) -> Verdict:
    """Check every event against its seal, the seals against one another, and both against heads told before.

    Seals that were made before there was a key need none. After the first that was made with it, each needs it.
    """
    heads: dict[int, set[PublishedHead]] = {}
    for each in told:
        heads.setdefault(each.position, set()).add(each)
    walk, breaks = _Walk(heads, key), list[Break]()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        stored = await head(connection)
        async for row in connection.cursor(QUERIES["sealed_events"], prefetch=PREFETCH):
            if len(breaks) < MOST_BREAKS:
                breaks.extend(_checked(row, walk))
    breaks.extend(_ended(walk, stored))
    return Verdict(walk.events, stored, sum(map(len, heads.values())), tuple(breaks[:MOST_BREAKS]))


def _checked(row: Mapping[str, Any], walk: _Walk) -> Iterator[Break]:
    walk.events += row["seq"] is not None
    if row["position"] is None:
        yield _break(walk.position, f"event {row['seq']} was added: nothing seals it", row)
        return
    expected = walk.position + 1
    if row["position"] != expected:
        yield Break(expected, f"the seals {expected} to {row['position'] - 1} were removed")
        walk.hash = b""
    yield from _compared(row, walk)
    walk.position, walk.hash, walk.keyed = row["position"], row["hash"], walk.keyed or row["keyed"]
    yield from _remade(row, walk)


def _compared(row: Mapping[str, Any], walk: _Walk) -> Iterator[Break]:
    if row["seq"] is None:
        yield Break(row["position"], f"event {row['event']} was removed")
    elif row["seq"] in walk.known:
        yield _break(row["position"], f"event {row['seq']} is sealed twice", row)
    elif walk.keyed and not row["keyed"]:
        yield _break(row["position"], f"event {row['seq']} was added: it is sealed without the service's key", row)
    elif row["keyed"] and not walk.key:
        yield _break(row["position"], f"event {row['seq']} is sealed with a key, which is not at hand", row)
    elif walk.hash and _next(walk.hash, row, walk.key) != row["hash"]:
        yield _break(row["position"], f"event {row['seq']} was changed", row)
    walk.known.add(row["event"])


def _remade(row: Mapping[str, Any], walk: _Walk) -> Iterator[Break]:
    """Heads that were told at this position and are not of this chain."""
    told = walk.told.get(walk.position, ())
    if others := sorted({each.where for each in told if not walk.hash.hex().startswith(each.hash)}):
        said = f"the chain was made anew: another head was told at this position ({', '.join(others)})"
        yield _break(walk.position, said, row)


def _break(position: int, found: str, row: Mapping[str, Any]) -> Break:
    return Break(position, found, row["stream"], row["version"])


def _next(last: bytes, row: Mapping[str, Any], key: bytes) -> bytes:
    stream, version, type = row["stream"], row["version"], row["type"]
    needed = key if row["keyed"] else NO_KEY
    held = content(stream, version, type, row["data"], row["metadata"], row["recorded_at"], needed)
    return hashlib.sha256(last + held).digest()


def _ended(walk: _Walk, stored: ChainHead) -> Iterator[Break]:
    if stored != ChainHead(walk.position, walk.hash.hex()):
        yield Break(walk.position, f"the chain ends here, but its head says {stored.position}")
    if beyond := [told for position, told in walk.told.items() if position > walk.position]:
        last = max((each for told in beyond for each in told), key=lambda each: each.position)
        yield Break(walk.position, f"the chain was cut off: a head was told at position {last.position} ({last.where})")
