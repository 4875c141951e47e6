"""The gateway's lists, work queue and pages with many engagements: a few real ones, and their rows once more.

The rows are multiplied in the gateway's own database: ids, Parties and days are each copy's own. Then people ask
through the API, one request after the other.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing, redirect_stdout
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
from tests.benchmarks.report import Line, Tell, print_report

from assay_lab.fixtures import TestKafka, TestPostgres, TestServers
from chassis.process.database import Connection
from contracts import Contract
from contracts.artefact_review import ArtefactsReviewed, Deficiency
from contracts.disputes import MatterReferred
from contracts.notification import DeadlineRow, NotificationAcknowledged, TimetableChanged
from gateway.settings import Settings
from gateway.wiring import build
from rulebook.engine.profile import profile
from testing.notice import NOTIFIED_AT, notified
from testing.probe import Kafka, Postgres, Probe, running

SIZES = (2_000, 20_000)
REQUESTS = 200
AIM_MS = 100.0
PARTIES = 400
PARTY = "CROWD"
SEEN_BY = f"{PARTY}7"
"""A Party of some copies."""
GROWN = (
    """INSERT INTO engagement (id, procedure, rulebook, subject_kind, subject_id, subject_name, subject_fields,
           participants, start_date, phase, notified_at, next_due, tasks_derived)
       SELECT md5(id::text || n)::uuid, procedure, rulebook, subject_kind, replace(subject_id, $1, $1 || n % $4),
           replace(subject_name, $1, $1 || n % $4), replace(subject_fields::text, $1, $1 || n % $4)::jsonb,
           replace(participants::text, $1, $1 || n % $4)::jsonb, start_date + n % 60,
           CASE n % 5 WHEN 0 THEN 'execution' WHEN 1 THEN 'notified' ELSE phase END,
           notified_at - n * interval '1 minute', next_due + n % 60, true
       FROM engagement CROSS JOIN generate_series($2::int, $3::int) AS copy (n) WHERE subject_id = $1 || '/ES'""",
    """INSERT INTO reader (engagement, role, organisation, notified_at)
       SELECT md5(engagement::text || n)::uuid, role, replace(organisation, $1, $1 || n % $4),
           reader.notified_at - n * interval '1 minute'
       FROM reader JOIN engagement ON id = engagement CROSS JOIN generate_series($2::int, $3::int) AS copy (n)
       WHERE subject_id = $1 || '/ES'""",
    """INSERT INTO step (engagement, key, ref, action, sender, recipient, method, clause, opens, due, conditional, why,
           holder)
       SELECT md5(engagement::text || n)::uuid, key, ref, action, sender, recipient, method, clause, opens + n % 60,
           due + n % 60, conditional, why, replace(holder, $1, $1 || n % $4)
       FROM step JOIN engagement ON id = engagement CROSS JOIN generate_series($2::int, $3::int) AS copy (n)
       WHERE subject_id = $1 || '/ES'""",
    """INSERT INTO task (engagement, kind, key, role, holder, action, clause, due, begun_at, begun_on, details)
       SELECT md5(engagement::text || n)::uuid, kind, key, role, replace(holder, $1, $1 || n % $4), action, clause, due,
           begun_at, begun_on + n % 60, details
       FROM task JOIN engagement ON id = engagement CROSS JOIN generate_series($2::int, $3::int) AS copy (n)
       WHERE subject_id = $1 || '/ES'""",
    """INSERT INTO fact (engagement, source, sequence, type, at, data)
       SELECT md5(engagement::text || n)::uuid, source, sequence, type, at, data
       FROM fact JOIN engagement ON id = engagement CROSS JOIN generate_series($2::int, $3::int) AS copy (n)
       WHERE subject_id = $1 || '/ES'""",
)


def facts() -> Iterator[Contract]:
    """What happened in an engagement of which copies are made: something waits for everybody."""
    yield notified(PARTY)
    yield NotificationAcknowledged(
        contact={"name": "Dee", "email": "dee@dcc.invalid"}, initiation_meeting_on=None, acknowledged_at=NOTIFIED_AT
    )
    steps = profile("uept").procedure.steps
    yield TimetableChanged(reason="", deadlines=tuple(_row(n, each) for n, each in enumerate(steps)), withdrawn=())
    found = tuple(Deficiency(id=f"D{n}", artefact="test-plan", text="It says nothing of it.") for n in range(3))
    yield ArtefactsReviewed(
        submission=1, outcome="returned", deficiencies=found, reviewed_by="dee", reviewed_at=NOTIFIED_AT
    )
    yield MatterReferred(
        right="descoping#1",
        route="descoping",
        clause="CTSD 5.2.7",
        body="panel",
        grounds="It can't be produced.",
        role="participant",
        referred_by="mo",
        referred_at=NOTIFIED_AT,
    )


def _row(number: int, step: Any) -> DeadlineRow:
    due = NOTIFIED_AT.date() + timedelta(days=3 * number)
    return DeadlineRow(
        **{name: getattr(step, name) for name in ("ref", "action", "sender", "recipient", "method", "clause")},
        key=step.ref,
        opens=None if number % 3 else due - timedelta(days=5),
        due=due,
        conditional=step.conditional,
        why="",
    )


@asynccontextmanager
async def gateway(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Probe]:
    """A gateway alone, with one engagement of which copies can be made."""
    async with running(build, postgres, kafka, Settings, now=NOTIFIED_AT + timedelta(days=40)) as it:
        engagement = str(uuid4())
        for fact in facts():
            await it.deliver(fact, engagement)
        yield it


async def grow(connection: Connection, first: int, last: int) -> None:
    """Make so many copies more, and let the database know how many there are."""
    for statement in GROWN:
        parameters = (PARTY, first, last, PARTIES) if "$4" in statement else (PARTY, first, last)
        await connection.execute(statement, *parameters, timeout=120)
    await connection.execute("VACUUM ANALYZE", timeout=120)


async def nodes(connection: Connection, query: str, *parameters: object) -> list[Mapping[str, Any]]:
    """Every node of the plan by which PostgreSQL answers a query, with how many rows it really read."""
    answer = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *parameters)
    return list(_nodes(orjson.loads(answer)[0]["Plan"]))


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for each in node.get("Plans", ()):
        yield from _nodes(each)


async def measure(sizes: tuple[int, ...], requests: int, tell: Tell) -> list[Line]:
    """How long people wait, at each size; the first requests warm everything up."""
    lines: list[Line] = []
    # What the gateway logs is no figure.
    with closing(TestServers()) as servers, redirect_stdout(sys.stderr):
        async with gateway(TestPostgres(servers), TestKafka(servers)) as it:
            there = 0
            for size in sizes:
                tell(f"{size} engagements")
                async with it.runtime.pool.acquire() as connection:
                    await grow(connection, there + 1, size)
                there = size
                lines += [line async for line in _waited(it, size, requests)]
    return lines


async def _waited(it: Probe, size: int, requests: int) -> AsyncIterator[Line]:
    async with it.client("dcc") as dcc, it.client("participant", SEEN_BY) as party, it.client("panel") as panel:
        first = (await dcc.get("/engagements", params={"limit": 200})).json()
        queue = (await dcc.get("/work-queue", params={"limit": 200})).json()
        page = f"/engagements/{first['items'][-1]['id']}/overview"
        asked: tuple[tuple[str, str, Any, str, dict[str, Any]], ...] = (
            ("work queue", "DCC's, the first 50", dcc, "/work-queue", {}),
            ("work queue", "DCC's, 200 further on", dcc, "/work-queue", {"limit": 200, "cursor": queue["next"]}),
            ("work queue", "a Party's", party, "/work-queue", {}),
            ("work queue", "the Panel's", panel, "/work-queue", {}),
            ("list", "DCC's, the newest 50", dcc, "/engagements", {}),
            ("list", "DCC's, 200 further on", dcc, "/engagements", {"limit": 200, "cursor": first["next"]}),
            ("list", "in a phase that none is in", dcc, "/engagements", {"phase": "certified"}),
            ("list", "what is due first", dcc, "/engagements", {"due_before": str(NOTIFIED_AT.date())}),
            ("list", "found by words", dcc, "/engagements", {"text": SEEN_BY}),
            ("list", "of one Party, for DCC", dcc, "/engagements", {"organisation": SEEN_BY}),
            ("list", "a Party's own", party, "/engagements", {}),
            ("page", "of one engagement", dcc, page, {}),
        )
        for of, what, client, path, wanted in asked:
            times = []
            for _ in range(requests + requests // 10):
                began = time.perf_counter()
                (await client.get(path, params=wanted)).raise_for_status()
                times.append((time.perf_counter() - began) * 1_000)
            value = round(statistics.quantiles(times[requests // 10 :], n=100)[98], 1)
            yield Line(of, f"{size:,} engagements, {what}, p99 in ms", value, f"at most {AIM_MS:.0f}", value <= AIM_MS)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(prog="assay benchmark lists", description=__doc__)
    parser.add_argument("--engagements", type=int, action="append", help=f"how many; {SIZES} when left out")
    parser.add_argument("--requests", type=int, default=REQUESTS)
    chosen = parser.parse_args()
    sizes = tuple(sorted(chosen.engagements or SIZES))
    if min(sizes) < 1 or chosen.requests < 2:
        parser.error("Name at least one engagement and two requests.")
    print_report(lambda tell: asyncio.run(measure(sizes, chosen.requests, tell)))


if __name__ == "__main__":
    main()
