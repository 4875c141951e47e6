"""What read models write: rows that a transaction collects, and sends in few round trips."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from chassis.eventstore.aggregate import Change
from chassis.process.database import Connection


class RowBuffer:
    """The RowWriter of a transaction: it keeps what read models write, and sends equal statements together.

    A batch would otherwise wait for a round trip with each row.
    """

    def __init__(self) -> None:
        self._statements: list[tuple[str, tuple[Any, ...]]] = []

    async def execute(self, query: str, *arguments: Any) -> None:
        """Keep a statement."""
        self._statements.append((query, arguments))

    async def executemany(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        """Keep a statement for each row."""
        self._statements.extend((query, tuple(row)) for row in rows)

    async def flush(self, connection: Connection) -> None:
        """Execute everything in the order in which it came."""
        for query, statements in groupby(self._statements, key=itemgetter(0)):
            await connection.executemany(query, [arguments for _, arguments in statements])


def interleaved(changes: Iterable[Change]) -> list[Change]:
    """The first change of each stream, then the second of each, and so on; among those, equal events stand together.

    Each stream keeps its order, and a batch of like streams becomes a few statements with many rows.
    """
    counts: Counter[str] = Counter()
    rounds: list[tuple[int, str, Change]] = []
    for change in changes:
        counts[change.id] += 1
        rounds.append((counts[change.id], type(change.event).__name__, change))
    return [change for *_, change in sorted(rounds, key=itemgetter(0, 1))]
