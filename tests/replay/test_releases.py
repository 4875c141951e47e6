"""An engagement that an earlier release has left half-way comes to its certificate with today's code, from every step.

How the story of a release is kept: see README.md.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.replay.releases import RELEASES, HalfWay, Services, Step, services, story

from chassis.service import Service
from contracts.execution_tracker import ExecutionCompleted
from testing.probe import Kafka, Postgres

pytestmark = pytest.mark.real

KEPT = sorted(file.name.partition(".")[0] for file in RELEASES.glob("*.jsonl.gz"))
NUMBERED = "SELECT sequence FROM public_message WHERE subject = $1 AND type = $2"
PASSED_BY = "SELECT unhandled @> $2::bigint FROM inbox WHERE source = 'assay.execution-tracker' AND subject = $1"


@pytest.mark.parametrize("release", KEPT)
async def test_an_engagement_comes_to_its_certificate_from_every_step(
    postgres: Postgres, kafka: Kafka, tmp_path: Path, release: str
) -> None:
    """All together, each from its step on; and one whose completed execution the release had no use for."""
    kept = story(release)
    half_way = [HalfWay(step, f"P{number}-HALF-WAY") for number, step in enumerate(kept.steps)]
    (completed,) = (n for n, step in enumerate(kept.steps) if any("execution-completion" in a.path for a in step.asked))
    passed_by = HalfWay(kept.steps[completed], "PASSED-BY")
    async with services(postgres, kafka, tmp_path, kept, [*half_way, passed_by]) as they:
        for number, step in enumerate(kept.steps):
            if step.clock:
                they.move_to(step.clock)
            await taken(they, step, half_way[: number + 1])
            if number == completed:
                await completed_and_passed_by(they, step, passed_by)
            elif number > completed:
                await taken(they, step, [passed_by])
        await they.until_certified([*half_way, passed_by])
        for name, probe in they.probes.items():
            assert await probe.parking.listed() == [], name


async def completed_and_passed_by(they: Services, step: Step, engagement: HalfWay) -> None:
    """Execution is completed while a certification runs that has no use for that; then today's runs again."""
    await they.stop("certification")
    await they.start("certification", without_completion)
    await taken(they, step, [engagement])
    tracker, certification = (they.probes[name].runtime for name in ("execution-tracker", "certification"))
    number = await tracker.pool.fetchval(NUMBERED, engagement.engagement, ExecutionCompleted.TYPE)
    async with asyncio.timeout(20):
        while not await certification.pool.fetchval(PASSED_BY, engagement.engagement, number):
            await certification.woken(0.1)
    await they.stop("certification")
    await they.start("certification")


def without_completion(today: Service) -> Service:
    """A release of certification that had no use for a completed execution."""
    handlers = {fact: each for fact, each in today.handlers.items() if fact is not ExecutionCompleted}
    return replace(today, handlers=handlers)


async def taken(they: Services, step: Step, engagements: Sequence[HalfWay]) -> None:
    """Everything that was asked for in a step is asked for of each engagement."""
    for asked in step.commands:
        await asyncio.gather(*(they.ask(each, asked) for each in engagements))
