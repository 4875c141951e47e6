"""A batch's read models are written together, and each stream's in its order."""

from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from assay_lab.fixtures import TestPostgres
from chassis.eventstore.cause import Cause
from chassis.eventstore.store import Draft, Numbered, Origin, load, write
from chassis.process.database import CHASSIS_MIGRATIONS, Connection, migrate
from kernel.recent import Recent
from testing import ledger
from testing.probe import SEAL_KEY

AT = datetime(2027, 1, 4, 9, tzinfo=UTC)
IDS = ("one", "two", "three")
WORDS = ("first", "second", "third")


async def test_rows_of_many_streams_are_written_in_each_streams_order(postgres: TestPostgres) -> None:
    dsn = postgres.database()
    await migrate(dsn, CHASSIS_MIGRATIONS, Path(ledger.MIGRATIONS))
    connection: Connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("ALTER TABLE entry ADD place bigint GENERATED ALWAYS AS IDENTITY")
        async with connection.transaction():
            await write(connection, Origin(SEAL_KEY), (await _drafted(connection)).decided, Numbered((), {}))
        for id in IDS:
            rows = await connection.fetch("SELECT entry FROM entry WHERE id = $1 ORDER BY place", id)
            assert tuple(row["entry"] for row in rows) == WORDS
    finally:
        await connection.close()


async def _drafted(connection: Connection) -> Draft:
    """Every ledger is opened and gets its words, one ledger after the other."""
    draft = Draft(await load(connection, Recent(10), {ledger.LEDGER.stream(id): ledger.LEDGER for id in IDS}))
    for id in IDS:
        for command in (ledger.Open("SUPP"), *map(ledger.Enter, WORDS)):
            draft.stage(draft.decide(Cause.timer("test"), ledger.LEDGER, id, command, AT, ""))
    return draft
