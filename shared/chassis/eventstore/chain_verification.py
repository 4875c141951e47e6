"""Whether the events of a service are those that it stored: what an auditor checks.

Every event is compared with its seal, the seals with one another, and both with heads that have left the database.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chassis.eventstore.chain import GENESIS, NO_KEY, ChainHead, content, head
from chassis.process.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent / "chain_verification.sql")
PREFETCH = 1_000
MOST_BREAKS = 100
"""As many are reported; a chain that is broken more often is simply not the service's."""


@dataclass(frozen=True)
class PublishedHead(ChainHead):
    """A head that has left the database. Where there is little room, only the beginning of its hash is given."""

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

    published: Mapping[int, set[PublishedHead]]
    key: bytes
    position: int = 0
    hash: bytes = GENESIS
    keyed: bool = False
    events: int = 0
    known: set[int] = field(default_factory=set)


async def verify(connection: Connection, published: Iterable[PublishedHead] = (), key: bytes = NO_KEY) -> Verdict:
    """Check every event against its seal, the seals against one another, and both against heads published before.

    Seals that were made before there was a key need none. After the first that was made with it, each needs it.
    """
    heads: dict[int, set[PublishedHead]] = {}
    for each in published:
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
    yield from _compare(row, walk)
    walk.position, walk.hash, walk.keyed = row["position"], row["hash"], walk.keyed or row["keyed"]
    yield from _rewritten(row, walk)


def _compare(row: Mapping[str, Any], walk: _Walk) -> Iterator[Break]:
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


def _rewritten(row: Mapping[str, Any], walk: _Walk) -> Iterator[Break]:
    """Heads that were published at this position and are not of this chain."""
    published = walk.published.get(walk.position, ())
    if others := sorted({each.where for each in published if not walk.hash.hex().startswith(each.hash)}):
        said = f"the chain was made anew: another head was published at this position ({', '.join(others)})"
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
    if beyond := [heads for position, heads in walk.published.items() if position > walk.position]:
        last = max((each for heads in beyond for each in heads), key=lambda each: each.position)
        yield Break(
            walk.position, f"the chain was cut off: a head was published at position {last.position} ({last.where})"
        )
