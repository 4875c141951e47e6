"""Whether a Kafka client of ours still hears the broker, or has gone deaf by itself.

A client that waits for a broker that is away goes on by itself, and is left alone. One that hears nothing while the
broker answers others does not, whatever the reason: it is given up and made anew.
"""

import asyncio
import time
from dataclasses import dataclass

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from chassis.process.tasks import Work, to_its_end

BOUND_SECONDS = 10.0
DEAF_SECONDS = 30.0
"""Longer than a group takes to be formed anew when a member is silent."""
START_SECONDS = 60.0
STOP_SECONDS = 20.0


class Deaf(Exception):
    """A client of ours has heard nothing for long, though Kafka answers others."""


class Unstoppable(Exception):
    """A client does not come to its end. Nothing in the process can help: the process is to end."""


@dataclass
class Hearing:
    """What is known of one client."""

    bootstrap: str
    _missing_since: float | None = None

    async def check(self, heard: bool) -> None:
        """Take note of a look at the client. Raises Deaf."""
        now = time.monotonic()
        if heard or not await answers(self.bootstrap):
            self._missing_since = None
        elif self._missing_since is None:
            self._missing_since = now
        elif now - self._missing_since >= DEAF_SECONDS:
            raise Deaf(f"no answer for {now - self._missing_since:.0f} s, though Kafka answers others")


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
    """Start a client. Raises Deaf when that does not come to its end."""
    try:
        async with asyncio.timeout(START_SECONDS):
            await to_its_end(starting)
    except TimeoutError as error:
        raise Deaf(f"it did not start within {START_SECONDS:.0f} s") from error


async def stop(bootstrap: str, stopping: Work) -> None:
    """Stop a client, however long that takes while Kafka answers nobody.

    Raises Unstoppable when it does not come to its end though Kafka answers, and Interrupted when the client's own
    tasks cut its end short.
    """
    ending = asyncio.create_task(to_its_end(stopping))
    try:
        while not (await asyncio.wait((ending,), timeout=STOP_SECONDS))[0]:
            if await answers(bootstrap):
                raise Unstoppable(f"it did not stop within {STOP_SECONDS:.0f} s, though Kafka answers")
        ending.result()
    finally:
        ending.cancel()
