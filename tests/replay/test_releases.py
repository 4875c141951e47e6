"""An engagement that an earlier release has left half-way comes to its certificate with today's code, from every step.

How the story of a release is kept: see README.md.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from tests.replay.releases import RELEASES, HalfWay, Services, services, story

from chassis.service import Service
from contracts.execution_tracker import ExecutionCompleted
from testing.probe import Kafka, Postgres

pytestmark = pytest.mark.real

KEPT = sorted(file.name.partition(".")[0] for file in RELEASES.glob("*.jsonl.gz"))
SEEN = "SELECT unhandled::text FROM inbox WHERE source = 'assay.execution-tracker' AND subject = $1"


@pytest.fixture(scope="module")
async def they(postgres: Postgres, kafka: Kafka, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Services]:
    async with services(postgres, kafka, tmp_path_factory.mktemp("releases")) as they:
        yield they


def without_completion(today: Service) -> Service:
    """A release of certification that had no use for a completed execution."""
    return replace(
        today, handlers={fact: each for fact, each in today.handlers.items() if fact is not ExecutionCompleted}
    )


async def test_what_the_release_passed_by_is_not_missing_for_ever(they: Services) -> None:
    steps = story(KEPT[0])
    (last,) = [n for n, step in enumerate(steps) if any("execution-completion" in each.path for each in step.asked)]
    half_way = HalfWay(steps[last], "PASSED-BY")
    await they.stop("certification")
    await they.start("certification", without_completion)
    they.move_to(max(step.clock for step in steps[: last + 1] if step.clock))
    await they.load(half_way)
    for asked in steps[last].commands:
        await they.ask(half_way, asked)
    async with asyncio.timeout(20):
        runtime = they.probes["certification"].runtime
        while await runtime.pool.fetchval(SEEN, half_way.engagement) == "{}":
            await runtime.woken(0.1)
    await they.stop("certification")
    await they.start("certification")
    for step in steps[last + 1 :]:
        if step.clock:
            they.move_to(step.clock)
        for asked in step.commands:
            await they.ask(half_way, asked)
    await they.until_certified([half_way])


@pytest.mark.parametrize("release", KEPT)
async def test_an_engagement_comes_to_its_certificate_from_every_step(they: Services, release: str) -> None:
    under_way: list[HalfWay] = []
    for number, step in enumerate(story(release)):
        if step.clock:
            they.move_to(step.clock)
        under_way.append(HalfWay(step, f"P{number}-{release.upper()}"))
        await they.load(under_way[-1])
        for asked in step.commands:
            await asyncio.gather(*(they.ask(each, asked) for each in under_way))
    await they.until_certified(under_way)
    for name, probe in they.probes.items():
        assert await probe.parking.listed() == [], name
