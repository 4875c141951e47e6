"""What is done about the ways in which a Kafka client fails. Each was seen with aiokafka; none shows as an error.

- It stays unresponsive after a broker went away, though the broker is back: ClientHealth has it replaced.
- It does not come to the end of its start: `start` gives it up.
- It does not come to the end of its stop, though Kafka answers: `stop` ends the process by Unstoppable.
- A consumer that is stopped while a fetch pauses after an error cancels its own stop: `stop_consumer` closes the rest.
- A producer that is stopped while Kafka refuses a message holds on to it for ever: `stop_producer` drops what it holds,
  since all of it is still in the outbox.
- It cancels tasks of its own, which would look like an ordinary end: `chassis/process/tasks.py`.
- It fetches and nothing moves: `lag.py` and the watchdog end the process.
- It loses what it has fetched together with a record that it can't decode: the consumer reads on record by record.
- Under uvloop it stays unresponsive for good: the services run on Python's own loop (decision 0018).

A client that waits for a broker that is away recovers by itself, and is left alone.
"""

import asyncio
import time
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from chassis import timing
from chassis.process.tasks import UnexpectedCancel, Work, run_to_completion
from kernel.broker import ClientOptions


class ClientUnresponsive(Exception):
    """A client of ours has had no answer for long, though Kafka answers others."""


class Unstoppable(Exception):
    """A client does not come to its end. Nothing in the process can help: the process is to end."""


@dataclass
class ClientHealth:
    """What is known of one client."""

    kafka: ClientOptions
    _missing_since: float | None = None

    async def check(self, responded: bool) -> None:
        """Take note of whether the client has had an answer. Raises ClientUnresponsive."""
        now = time.monotonic()
        if responded or not await answers(self.kafka):
            self._missing_since = None
        elif self._missing_since is None:
            self._missing_since = now
        elif now - self._missing_since >= timing.CLIENT_UNRESPONSIVE_SECONDS:
            raise ClientUnresponsive(f"no answer for {now - self._missing_since:.0f} s, though Kafka answers others")


async def answers(kafka: ClientOptions) -> bool:
    """Whether Kafka answers a client that is new."""
    client = AIOKafkaClient(**kafka)
    try:
        async with asyncio.timeout(timing.KAFKA_ANSWER_SECONDS):
            await client.bootstrap()
        return True
    except (KafkaError, OSError):
        return False
    finally:
        await client.close()


async def answers_producer(producer: AIOKafkaProducer) -> bool:
    """Whether Kafka answers this producer."""
    try:
        async with asyncio.timeout(timing.KAFKA_ANSWER_SECONDS):
            return bool(await producer.client.force_metadata_update())
    except (KafkaError, TimeoutError):
        return False


async def start(starting: Work) -> None:
    """Start a client. Raises ClientUnresponsive when that does not come to its end."""
    try:
        async with asyncio.timeout(timing.CLIENT_START_SECONDS):
            await run_to_completion(starting)
    except TimeoutError as error:
        raise ClientUnresponsive(f"it did not start within {timing.CLIENT_START_SECONDS:.0f} s") from error


async def stop(kafka: ClientOptions, stopping: Work) -> None:
    """Stop a client, however long that takes while Kafka answers nobody.

    Raises Unstoppable when it does not come to its end though Kafka answers, and UnexpectedCancel when the client's own
    tasks cut its end short.
    """
    ending = asyncio.create_task(run_to_completion(stopping))
    try:
        while not (await asyncio.wait((ending,), timeout=timing.CLIENT_STOP_SECONDS))[0]:
            if await answers(kafka):
                raise Unstoppable(f"it did not stop within {timing.CLIENT_STOP_SECONDS:.0f} s, though Kafka answers")
        ending.result()
    finally:
        ending.cancel()


async def stop_consumer(kafka: ClientOptions, consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer, and close what it leaves open when its own tasks cut its end short. Raises Unstoppable."""
    try:
        await stop(kafka, consumer.stop())
    except UnexpectedCancel:
        await consumer._client.close()


async def stop_producer(producer: AIOKafkaProducer) -> None:
    """Stop a producer soon, whatever it still holds."""
    try:
        async with asyncio.timeout(timing.PRODUCER_FLUSH_SECONDS):
            await run_to_completion(producer.stop())
    except (TimeoutError, UnexpectedCancel):
        producer._sender.sender_task.cancel()
        await producer.client.close()
