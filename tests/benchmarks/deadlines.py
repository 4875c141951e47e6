"""The timer at many open deadlines: what it asks each second, and what gauges count, in a database of its own."""

import secrets
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import orjson
from tests.benchmarks.report import Line, Tell

from assay_stack.home import CHECKOUT
from assay_stack.postgres import Postgres, create_database
from chassis.eventstore.cause import SYSTEM
from chassis.process.database import CHASSIS_MIGRATIONS, migrate
from notification.read_models import QUERIES

COUNTS = (10_000, 100_000, 1_000_000)
STEPS = 20
"""Open deadlines of an engagement under way; as many engagements have ended, with as many steps that were done."""
DAYS = 150
"""The next looks of the timer are spread over so many days from today on."""
ASKED = 100
SLOWEST_SECONDS = 5.0
TICK_AIM_MS = 10.0

FILL = """
WITH numbered AS (
    SELECT number, gen_random_uuid() AS id, number <= $1 AS under_way FROM generate_series(1, 2 * $1) AS number
), begun AS (
    INSERT INTO engagement (id, procedure, subject, notified_at) SELECT id, 'uept', 'SUPP/ES', $3 FROM numbered
), registered AS (
    INSERT INTO party (signifier, name, acceded_on, reference)
    SELECT 'SUPP-' || number, 'Supplier plc', $3::date, 'REF-1' FROM numbered
), named AS (
    INSERT INTO participant (engagement, organisation, name)
    SELECT id, 'SUPP-' || number, 'Supplier plc' FROM numbered
)
INSERT INTO deadline (engagement, key, ref, action, sender, recipient, method, clause, opens, due, conditional, why,
                      done_on, done_by, in_time, next_check, changed_at)
SELECT id, '5.6.1.' || step, '5.6.1.' || step, 'Submit the Test Readiness Report of the week', 'participant', 'dcc',
       'e-mail', 'CTSD 5.6.1', NULL, ($3 + look)::date, false, '5 Working Days before Mon 1 March 2027',
       CASE WHEN under_way THEN NULL ELSE $3::date END, CASE WHEN under_way THEN NULL ELSE 'participant' END,
       CASE WHEN under_way THEN NULL ELSE true END, CASE WHEN under_way THEN $3 + look ELSE NULL END, $3
FROM numbered, generate_series(1, $2) AS step,
     LATERAL (SELECT (1 + (number * 31 + step * 17) % $4) * interval '1 day' AS look) AS spread
"""


@dataclass(frozen=True)
class Asked:
    """A query that a service asks again and again."""

    name: str
    what: str
    arguments: tuple[Any, ...] = ()
    aim: float | None = None


async def tick(server: Postgres, largest: int, tell: Tell) -> list[Line]:
    """What the timer costs at each number of open deadlines, up to the largest."""
    lines: list[Line] = []
    for count in [each for each in COUNTS if each <= largest] or [largest]:
        name = f"deadlines_{count}"
        dsn = await create_database(server, name, secrets.token_hex(8))
        await migrate(dsn, CHASSIS_MIGRATIONS, CHECKOUT / "services/notification/migrations")
        connection = await asyncpg.connect(dsn, command_timeout=600)
        try:
            began, today = time.monotonic(), datetime.now(UTC)
            await connection.execute(FILL, max(1, count // STEPS), STEPS, today, DAYS)
            await connection.execute("VACUUM ANALYZE")
            tell(f"{count:,} open deadlines after {time.monotonic() - began:.0f} s")
            for asked in _questions(today):
                lines.append(await _measured(connection, count, asked, tell))
        finally:
            await connection.close()
        await _drop(server, name)
    return lines


def _questions(today: datetime) -> Sequence[Asked]:
    return (
        Asked("due_for_check", "tick, nothing due", (today,), TICK_AIM_MS),
        Asked("due_for_check", "tick, a day's deadlines due", (today + timedelta(days=1, minutes=1),)),
        Asked("behind_declarations", "who is behind the declared days: nobody", (0,), TICK_AIM_MS),
        Asked("misnamed", "tick of names"),
        Asked("under_way", "at the start: who is to follow the calendar", (SYSTEM.identity, "calendar:")),
        Asked("deadlines_due", "gauge: due"),
        Asked("deadlines_late", "gauge: late"),
        Asked("deadlines_unchecked", "gauge: unchecked", (today,)),
    )


async def _measured(connection: "asyncpg.Connection[asyncpg.Record]", count: int, asked: Asked, tell: Tell) -> Line:
    query = QUERIES[asked.name]
    plan = orjson.loads(
        await connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT json) {query}", *asked.arguments)
    )[0]
    pages = plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
    tell(f"{asked.what} at {count:,}: {pages:,} pages; {_nodes(plan['Plan'])}")
    times: list[float] = []
    while len(times) < ASKED and sum(times) < SLOWEST_SECONDS * 1_000:
        began = time.perf_counter()
        await connection.fetch(query, *asked.arguments)
        times.append((time.perf_counter() - began) * 1_000)
    value = round(statistics.quantiles(times, n=100)[98] if len(times) > 1 else times[0], 2)
    aim = f"at most {asked.aim:.0f}" if asked.aim else ""
    met = value <= asked.aim if asked.aim else None
    return Line(f"{count:,} deadlines", f"{asked.what}, {pages:,} pages, p99 in ms", value, aim, met)


def _nodes(plan: Mapping[str, Any]) -> str:
    """The plan in a line: each node, what it goes through, and how many rows came of it."""
    through = plan.get("Index Name") or plan.get("Relation Name")
    own = f"{plan['Node Type']}{f' of {through}' if through else ''}: {plan['Actual Rows']:g} rows"
    below = " + ".join(_nodes(each) for each in plan.get("Plans", ()))
    return f"{own} ({below})" if below else own


async def _drop(server: Postgres, name: str) -> None:
    connection = await asyncpg.connect(server.dsn)
    try:
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await connection.close()
