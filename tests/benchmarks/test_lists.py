"""With 2,000 engagements, a page of a list or of a queue is read by an index, and no more than it is read."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from tests.benchmarks.lists import SEEN_BY, gateway, grow, nodes

from assay_lab.fixtures import TestKafka, TestPostgres
from gateway.read_side.api import NEWEST
from gateway.read_side.read_models import QUERIES
from gateway.read_side.tasks import QUERIES as WORK
from gateway.read_side.work_queue import BEGINNING
from testing.probe import Probe

pytestmark = pytest.mark.timeout(120)
ENGAGEMENTS = 2_000
PAGE = 51
FEW = 4 * PAGE
"""Rows that may be read for a page: some are not shown, because their first day has not come."""
TODAY = date(2027, 1, 10)


@pytest.fixture(scope="module")
async def crowd(postgres: TestPostgres, kafka: TestKafka) -> AsyncIterator[Probe]:
    async with gateway(postgres, kafka) as it:
        async with it.runtime.pool.acquire() as connection:
            await grow(connection, 1, ENGAGEMENTS)
        yield it


def read(plan: list[Mapping[str, Any]]) -> tuple[set[str], float]:
    """The tables that were read from end to end, and how many rows the widest part of a plan came to."""
    scanned = {node["Relation Name"] for node in plan if node["Node Type"] == "Seq Scan"}
    dropped = max((node.get("Rows Removed by Filter", 0) * node["Actual Loops"] for node in plan), default=0)
    return scanned, max(*(node["Actual Rows"] * node["Actual Loops"] for node in plan), dropped)


async def plan_of(crowd: Probe, query: str, *parameters: object) -> list[Mapping[str, Any]]:
    async with crowd.runtime.pool.acquire() as connection:
        return await nodes(connection, query, *parameters)


@pytest.mark.parametrize("holder", ["dcc", f"participant/{SEEN_BY}", "panel", "auditor"])
async def test_a_page_of_the_list_is_read_by_its_index(crowd: Probe, holder: str) -> None:
    middle = (datetime(2026, 12, 1, 9, tzinfo=UTC), UUID(int=0))
    for place in (NEWEST, middle):
        scanned, rows = read(await plan_of(crowd, QUERIES["engagements"], holder, *place, PAGE))
        assert (scanned, rows <= FEW) == (set(), True), rows


@pytest.mark.parametrize("holder", ["dcc", f"participant/{SEEN_BY}", "panel"])
async def test_a_page_of_the_queue_is_read_by_its_indexes(crowd: Probe, holder: str) -> None:
    wanted = (TODAY, None, None, None)
    for place in (BEGINNING, (date(2026, 12, 20), UUID(int=1 << 127), "step", "")):
        scanned, rows = read(await plan_of(crowd, WORK["work_items"], holder, *wanted, *place, PAGE))
        assert (scanned, rows <= FEW) == (set(), True), rows


@pytest.mark.parametrize(
    ("condition", "value", "found"),
    [
        ("search @@ to_tsquery('simple', $5)", f"{SEEN_BY}:*", "engagement_by_words"),
        ("next_due < $5", date(2020, 1, 1), "engagement_by_due"),
        ("phase = $5", "certified", "engagement_by_phase"),
        ("participants @> $5::jsonb", f'[{{"organisation": "{SEEN_BY}"}}]', "engagement_by_participant"),
    ],
)
async def test_what_few_engagements_are_is_found_by_an_index(
    crowd: Probe, condition: str, value: object, found: str
) -> None:
    query = QUERIES["engagements_found"].replace(":conditions", condition)
    plan = await plan_of(crowd, query, "dcc", *NEWEST, PAGE, value)
    scanned, _ = read(plan)
    assert (scanned, found in {node.get("Index Name") for node in plan}) == (set(), True)
