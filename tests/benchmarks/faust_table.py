"""A Faust agent that counts the facts of each engagement in a table and forwards as many messages as the product."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import faust
from tests.benchmarks.contender import (
    PARTITIONS,
    PATIENCE_SECONDS,
    POLL_SECONDS,
    Result,
    Stalled,
    Stopwatch,
    Task,
    fill,
)


@dataclass
class Progress:
    """How far the agent has come."""

    watch: Stopwatch | None = None
    seen: int = 0
    sent: list[Awaitable[Any]] = field(default_factory=list)


async def run(task: Task) -> Result:
    """Count and forward every fact."""
    await fill(task)
    progress = Progress()
    app = _app(task, progress)
    await app.start()
    try:
        await _finished(task, progress)
        await asyncio.gather(*progress.sent)
        assert progress.watch
        return progress.watch.result(task.count)
    finally:
        await app.stop()


async def _finished(task: Task, progress: Progress) -> None:
    last, since = 0, time.monotonic()
    while progress.seen < task.count:
        await asyncio.sleep(POLL_SECONDS)
        if progress.seen != last:
            last, since = progress.seen, time.monotonic()
        elif time.monotonic() - since > PATIENCE_SECONDS:
            raise Stalled(f"no progress after {last} messages")


def _app(task: Task, progress: Progress) -> faust.App:
    assert task.shape
    shape, payload = task.shape, b"x" * task.shape.publication_bytes
    app = faust.App(
        f"{task.prefix}faust",
        datadir=str(Path(tempfile.gettempdir()) / f"{task.prefix}faust"),
        broker=f"kafka://{task.kafka}",
        store="memory://",
        loop=asyncio.get_running_loop(),
        web_enabled=False,
        topic_disable_leader=True,
        topic_partitions=PARTITIONS,
        topic_replication_factor=1,
        consumer_auto_offset_reset="earliest",
        autodiscover=False,
    )
    source = app.topic(task.input, key_type=bytes, key_serializer="raw", value_serializer="json")
    output = app.topic(task.output, key_serializer="raw", value_serializer="raw")
    counts: Any = app.Table("counts", partitions=PARTITIONS, key_type=str, default=int)

    async def count(stream: Any) -> None:
        async for event in stream.events():
            progress.watch = progress.watch or Stopwatch()
            counts[event.key.decode()] += 1
            for _ in range(task.due(progress.seen, shape.publications)):
                progress.sent.append(await output.send(key=event.key, value=payload))
            progress.seen += 1

    app.agent(source, name="count", concurrency=1)(count)
    return app
