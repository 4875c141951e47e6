"""Reading one's own results in the dashboard: waiting, bounded, until the stream job has counted them."""

import asyncio

from chassis.eventstore.runtime import Runtime
from execution_tracker import read_models
from execution_tracker.domain.dashboard import Tally
from execution_tracker.settings import Settings, generation

POLL_SECONDS = 0.05


async def wait_for_figures(runtime: Runtime, engagement: str) -> tuple[Tally, int]:
    """The tally once it counts every event published so far, or as it is when that takes too long.

    Also the sequence that it had to reach.
    """
    published = await read_models.published_sequence(runtime.pool, engagement)
    deadline = asyncio.get_running_loop().time() + _patience(runtime)
    while True:
        tally = await read_models.tally(runtime.pool, engagement, generation(runtime.settings))
        if tally.sequence >= published or asyncio.get_running_loop().time() >= deadline:
            return tally, published
        await runtime.woken(POLL_SECONDS)


def _patience(runtime: Runtime) -> float:
    return runtime.settings.dashboard_wait_seconds if isinstance(runtime.settings, Settings) else 0.0
