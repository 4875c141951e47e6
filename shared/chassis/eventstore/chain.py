"""The hash chain over the seals of a service's events, by which one that was removed or moved shows.

A seal needs no order, so no command waits for another. The order comes after the commit: the relay's leader, which is
alone, compares each event with its seal and links it: a link's hash is that of the link before it and the seal. Heads
of the chain leave the database (to Kafka, and printed in certificates), so that a chain that was made anew, or cut off
at its end, shows as well.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chassis.eventstore.seal import SealKey
from chassis.process.database import Connection, load_queries

QUERIES = load_queries(Path(__file__).parent / "chain.sql")
GENESIS = bytes(32)
BATCH = 1_000


@dataclass(frozen=True)
class ChainHead:
    """The last link of a service's chain: how many events it seals, and its hash in hexadecimal."""

    position: int
    hash: str


class ChainBroken(Exception):
    """The stored chain is not the one that this process has linked: somebody else wrote to it."""


async def head(connection: Connection) -> ChainHead:
    """The last link."""
    row = await connection.fetchrow(QUERIES["head"])
    return ChainHead(row["position"], row["hash"].hex()) if row else ChainHead(0, GENESIS.hex())


def next_hash(last: bytes, seal: bytes) -> bytes:
    """The hash of the link after `last`."""
    return hashlib.sha256(last + seal).digest()


def is_sealed(event: Mapping[str, Any], key: SealKey) -> bool:
    """Whether an event is as the service stored it."""
    parts = (event["stream"], event["version"], event["type"], event["data"], event["metadata"], event["recorded_at"])
    return bool(event["seal"] == key.event(*parts))


class Chain:
    """The chain as its one writer knows it: nothing is linked to a head that this process has not verified."""

    def __init__(self, key: SealKey, verified: ChainHead) -> None:
        self._key = key
        self.head = verified
        self.forged: set[int] = set()
        """the numbers of unlinked events that are not as the service stored them: they stay unlinked"""

    async def extend(self, connection: Connection, epoch: int) -> bool:
        """Link what is committed and not linked, a batch at most; whether there was any.

        Raises ChainBroken where the stored head is another than the verified one, or the epoch has ended.
        """
        rows = await connection.fetch(QUERIES["unchained"], list(self.forged), BATCH)
        self.forged.update(row["event"] for row in rows if row["stream"] is None or not is_sealed(row, self._key))
        links = [row for row in rows if row["event"] not in self.forged]
        if links:
            last, hashes = bytes.fromhex(self.head.hash), list[bytes]()
            for row in links:
                hashes.append(last := next_hash(last, row["seal"]))
            events = [row["event"] for row in links]
            before = (self.head.position, bytes.fromhex(self.head.hash))
            if not await connection.fetchval(QUERIES["link"], events, hashes, *before, epoch):
                raise ChainBroken(f"the stored head is not the one at position {self.head.position}")
            self.head = ChainHead(self.head.position + len(links), last.hex())
        return bool(rows)
