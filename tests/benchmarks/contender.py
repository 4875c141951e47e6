"""What every contender of the hop is given, and what it answers. Each runs in a process of its own."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from tests.benchmarks.work import Message, Shape, Work, messages

from contracts.topics import TOPICS

PARTITIONS = 3
BATCH = 1_000
"""Messages at most that a contender takes at once: as many as the product."""
PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.02


class Stalled(RuntimeError):
    """A contender did not finish."""


@dataclass(frozen=True)
class Task:
    """Servers, a database and topics of its own, and how much is to be done."""

    dsn: str
    kafka: str
    prefix: str
    work: Work
    count: int
    shape: Shape | None = None
    """What the product made of each fact; the others write and publish as much."""

    @property
    def output(self) -> str:
        """Where those publish that know no topics of the product."""
        return f"{self.prefix}output"

    @property
    def input(self) -> str:
        """Where the facts are."""
        return f"{self.prefix}{self.work.fact(0).TOPIC}"

    def due(self, number: int, each: float) -> int:
        """How many of what follows `each` times on average follow from the message of this number."""
        return int((number + 1) * each + 1e-9) - int(number * each + 1e-9)


@dataclass(frozen=True)
class Result:
    """How long it took from the first batch to the last acknowledgement."""

    messages: int
    seconds: float
    processor_seconds: float
    """Of the contender's own process: it depends less on what else the machine does."""
    shape: Shape | None = None


class Stopwatch:
    """Begins when it is made."""

    def __init__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def result(self, messages: int, shape: Shape | None = None) -> Result:
        """What it shows now."""
        began, worked = self._began
        return Result(messages, time.perf_counter() - began, time.process_time() - worked, shape)


async def fill(task: Task) -> None:
    """Make the topics, and put every fact on its topic before anybody looks."""
    admin = AIOKafkaAdminClient(bootstrap_servers=task.kafka)
    await admin.start()
    try:
        names = [*(f"{task.prefix}{topic.name}" for topic in TOPICS), task.output]
        await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
    finally:
        await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=task.kafka, max_batch_size=256_000, linger_ms=5)
    await producer.start()
    try:
        sent = [await _send(producer, task, message) for message in messages(task.work, task.count)]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def _send(producer: AIOKafkaProducer, task: Task, message: Message) -> "asyncio.Future[object]":
    sent: asyncio.Future[object] = await producer.send(
        f"{task.prefix}{message.topic}", message.value, key=message.subject.encode(), headers=message.headers
    )
    return sent


async def until(finished: Callable[[], bool], progress: Callable[[], float], *workers: "asyncio.Task[None]") -> None:
    """Wait for the end, as long as there is progress and nothing has failed."""
    last, since = progress(), time.monotonic()
    while not finished():
        await asyncio.sleep(POLL_SECONDS)
        for worker in workers:
            if worker.done():
                worker.result()
                raise Stalled("a part of it has ended")
        if progress() != last:
            last, since = progress(), time.monotonic()
        elif time.monotonic() - since > PATIENCE_SECONDS:
            raise Stalled(f"no progress after {last:.0f} messages")
