"""What the databases and topics of a stack hold for each engagement, and what is read of it while nobody asks."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.benchmarks.report import Line, Tell
from tests.benchmarks.year_of_engagements import connected

from assay_stack.home import Home
from assay_stack.services import GATEWAY, SERVICES
from contracts.topics import TOPICS

BYTES_AIM = 2_000_000
IDLE_SECONDS = 30
COUNTED_AFTER_SECONDS = 12
"""So long after the last statement a session of PostgreSQL has told what it read."""
IDLE_ROWS_SHOWN = 50
SMALLEST_SHOWN = 5_000
"""Bytes of an engagement: tables and topics that take less are told together."""

Sizes = Mapping[str, int]


def sizes(home: Home) -> Iterator[Line]:
    """Bytes of an engagement, by table and topic."""
    count, tables = asyncio.run(_tables(home))
    topics = _topics(home)
    everything = sum(tables.values()) + sum(topics.values())
    each = round(everything / count)
    yield Line("size", "bytes of an engagement", each, f"at most {BYTES_AIM:,}", each <= BYTES_AIM)
    for kind, held in (("table", tables), ("topic", topics)):
        yield Line("size", f"of these in {kind}s", round(sum(held.values()) / count))
        shown = {name: size for name, size in held.items() if size / count >= SMALLEST_SHOWN}
        for name, size in sorted(shown.items(), key=lambda item: -item[1]):
            yield Line("size", f"{kind} {name}", round(size / count))
        yield Line("size", f"all other {kind}s", round((sum(held.values()) - sum(shown.values())) / count))


async def _tables(home: Home) -> tuple[int, Sizes]:
    """How many engagements there are, and the bytes of each table with its indexes."""
    sizes: dict[str, int] = {}
    for service in SERVICES:
        async with connected(home, service.name) as connection:
            rows = await connection.fetch(
                "SELECT relname, pg_total_relation_size(oid) AS bytes FROM pg_class "
                "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            )
            sizes |= {f"{service.name}.{row['relname']}": row["bytes"] for row in rows}
    async with connected(home, GATEWAY.name) as connection:
        return await connection.fetchval("SELECT count(*) FROM engagement"), sizes


def _topics(home: Home) -> Sizes:
    """The bytes of each topic's segments, without their indexes, whose files are made longer than they are."""
    return {
        topic.name: sum(
            file.stat().st_size
            for number in range(topic.partitions)
            for file in Path(home.kafka / "data" / f"{topic.name}-{number}").glob("*.log")
        )
        for topic in TOPICS
    }


def idle(home: Home, tell: Tell) -> Iterator[Line]:
    """What is read while nobody asks: a task that looks at everything each second shows here."""
    tell("nobody asks for a while")
    time.sleep(COUNTED_AFTER_SECONDS)
    before = asyncio.run(_rows_read(home))
    time.sleep(IDLE_SECONDS)
    after = asyncio.run(_rows_read(home))
    each = {name: (after[name] - before.get(name, 0)) / IDLE_SECONDS for name in after}
    for name, rows in sorted(each.items(), key=lambda item: -item[1]):
        if rows >= IDLE_ROWS_SHOWN:
            yield Line("idle", f"rows of {name} read each second", round(rows))


async def _rows_read(home: Home) -> Sizes:
    """How many rows were ever read of each table."""
    read: dict[str, int] = {}
    for service in SERVICES:
        async with connected(home, service.name) as connection:
            rows = await connection.fetch(
                "SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) AS rows FROM pg_stat_user_tables"
            )
            read |= {f"{service.name}.{row['relname']}": row["rows"] for row in rows}
    return read
