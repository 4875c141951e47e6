"""Whether the events of a service are those that it stored: what an auditor checks, and the relay before it goes on.

Every event is compared with its seal, the seals with the links between them, and those with heads that have left the
database.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chassis.eventstore.chain import GENESIS, ChainBroken, ChainHead, head, is_sealed, next_hash
from chassis.eventstore.seal import SealKey
from chassis.process.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent / "chain_verification.sql")
PREFETCH = 1_000
MOST_BREAKS = 100
"""As many are reported; a chain that is broken more often is simply not the service's."""
NOTHING = ChainHead(0, GENESIS.hex())


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
    waiting: int = 0
    """events that are stored and not linked yet"""

    @property
    def intact(self) -> bool:
        """Whether the database holds what the service stored, all of it and nothing else."""
        return not self.breaks


@dataclass
class _Walk:
    """How far the verification has come."""

    published: Mapping[int, set[PublishedHead]]
    key: SealKey | None
    position: int = 0
    hash: bytes = GENESIS
    events: int = 0
    waiting: int = 0


async def verify(
    connection: Connection, published: Iterable[PublishedHead] = (), key: SealKey | None = None
) -> Verdict:
    """Check every event against its seal, the links against the seals, and both against heads published before.

    Without the key nobody can tell whether an event fits its seal: then each is said to be unverified.
    """
    heads: dict[int, set[PublishedHead]] = {}
    for each in published:
        heads.setdefault(each.position, set()).add(each)
    walk, breaks = _Walk(heads, key), list[Break]()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        stored = await head(connection)
        async for row in connection.cursor(QUERIES["linked_events"], prefetch=PREFETCH):
            if len(breaks) < MOST_BREAKS:
                breaks.extend(_checked(row, walk))
    breaks.extend(_ended(walk, stored))
    return Verdict(walk.events, stored, sum(map(len, heads.values())), tuple(breaks[:MOST_BREAKS]), walk.waiting)


async def verified_head(connection: Connection, key: SealKey, since: ChainHead = NOTHING) -> ChainHead:
    """The stored head, after everything linked since a head that is known to be right was checked.

    Raises ChainBroken with the first thing that is wrong.
    """
    walk = _Walk({}, key, since.position, bytes.fromhex(since.hash))
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        stored = await head(connection)
        if since != NOTHING and await connection.fetchval(QUERIES["hash_at"], since.position) != walk.hash:
            raise ChainBroken(f"at position {since.position}: another head was published there")
        async for row in connection.cursor(QUERIES["linked_since"], since.position, prefetch=PREFETCH):
            for broken in _linked(row, walk):
                raise ChainBroken(f"at position {broken.position}: {broken.found}")
    for broken in _ended(walk, stored):
        raise ChainBroken(f"at position {broken.position}: {broken.found}")
    return stored


def _checked(row: Mapping[str, Any], walk: _Walk) -> Iterator[Break]:
    walk.events += row["seq"] is not None
    if row["position"] is not None:
        yield from _linked(row, walk)
    elif row["seq"] is None:
        yield Break(walk.position, f"event {row['event']} was removed before it was linked")
    elif not row["waiting"]:
        yield _break(walk.position, f"event {row['seq']} was added, or taken out of the chain: nothing links it", row)
    else:
        walk.waiting += 1
        yield from _unsealed(walk.position, row, walk)


def _linked(row: Mapping[str, Any], walk: _Walk) -> Iterator[Break]:
    expected = walk.position + 1
    if row["position"] != expected:
        yield Break(expected, f"the links {expected} to {row['position'] - 1} were removed")
        walk.hash = b""
    if row["seq"] is None:
        yield Break(row["position"], f"event {row['event']} was removed")
    elif (changed := list(_unsealed(row["position"], row, walk))) or not walk.hash:
        yield from changed
    elif next_hash(walk.hash, row["seal"]) != row["hash"]:
        yield _break(row["position"], f"event {row['seq']} was moved, or has another seal than the one linked", row)
    walk.position, walk.hash = row["position"], row["hash"]
    yield from _rewritten(row, walk)


def _unsealed(position: int, row: Mapping[str, Any], walk: _Walk) -> Iterator[Break]:
    if walk.key is None:
        yield _break(position, f"event {row['seq']} is sealed with a key, which is not at hand", row)
    elif not is_sealed(row, walk.key):
        yield _break(position, f"event {row['seq']} was changed, or added without the service's key", row)


def _rewritten(row: Mapping[str, Any], walk: _Walk) -> Iterator[Break]:
    """Heads that were published at this position and are not of this chain."""
    published = walk.published.get(walk.position, ())
    if others := sorted({each.where for each in published if not walk.hash.hex().startswith(each.hash)}):
        said = f"the chain was made anew: another head was published at this position ({', '.join(others)})"
        yield _break(walk.position, said, row)


def _break(position: int, found: str, row: Mapping[str, Any]) -> Break:
    return Break(position, found, row["stream"], row["version"])


def _ended(walk: _Walk, stored: ChainHead) -> Iterator[Break]:
    if stored != ChainHead(walk.position, walk.hash.hex()):
        yield Break(walk.position, f"the chain ends here, but its head says {stored.position}")
    if beyond := [heads for position, heads in walk.published.items() if position > walk.position]:
        last = max((each for heads in beyond for each in heads), key=lambda each: each.position)
        yield Break(
            walk.position, f"the chain was cut off: a head was published at position {last.position} ({last.where})"
        )
