"""Whether a Kafka client of ours still gets answers from the broker, or has become unresponsive by itself.

A client that waits for a broker that is away recovers by itself, and is left alone. One that gets no answer while the
broker answers others does not recover, whatever the reason: it is closed and replaced.
"""

import asyncio
import time
from dataclasses import dataclass

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from chassis.process.tasks import Work, run_to_completion

BOUND_SECONDS = 10.0
UNRESPONSIVE_SECONDS = 30.0
"""Longer than a group takes to be formed anew when a member is silent."""
START_SECONDS = 60.0
STOP_SECONDS = 20.0


class ClientUnresponsive(Exception):
    """A client of ours has had no answer for long, though Kafka answers others."""


class Unstoppable(Exception):
    """A client does not come to its end. Nothing in the process can help: the process is to end."""


@dataclass
class ClientHealth:
    """What is known of one client."""

    bootstrap: str
    _missing_since: float | None = None

    async def check(self, responded: bool) -> None:
        """Take note of a look at the client. Raises ClientUnresponsive."""
        now = time.monotonic()
        if responded or not await answers(self.bootstrap):
            self._missing_since = None
        elif self._missing_since is None:
            self._missing_since = now
        elif now - self._missing_since >= UNRESPONSIVE_SECONDS:
            raise ClientUnresponsive(f"no answer for {now - self._missing_since:.0f} s, though Kafka answers others")


async def answers(bootstrap: str) -> bool:
    """Whether Kafka answers a client that has only just come."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    try:
        async with asyncio.timeout(BOUND_SECONDS):
            await client.bootstrap()
        return True
    except (KafkaError, OSError):
        return False
    finally:
        await client.close()


async def start(starting: Work) -> None:
    """Start a client. Raises ClientUnresponsive when that does not come to its end."""
    try:
        async with asyncio.timeout(START_SECONDS):
            await run_to_completion(starting)
    except TimeoutError as error:
        raise ClientUnresponsive(f"it did not start within {START_SECONDS:.0f} s") from error


async def stop(bootstrap: str, stopping: Work) -> None:
    """Stop a client, however long that takes while Kafka answers nobody.

    Raises Unstoppable when it does not come to its end though Kafka answers, and UnexpectedCancel when the client's own
    tasks cut its end short.
    """
    ending = asyncio.create_task(run_to_completion(stopping))
    try:
        while not (await asyncio.wait((ending,), timeout=STOP_SECONDS))[0]:
            if await answers(bootstrap):
                raise Unstoppable(f"it did not stop within {STOP_SECONDS:.0f} s, though Kafka answers")
        ending.result()
    finally:
        ending.cancel()
