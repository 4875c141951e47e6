"""Batches keep each key's order, and lie where every client looks for it; after what is refused nothing is sent."""

import asyncio
from collections.abc import AsyncIterator
from secrets import token_hex
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from chassis.messaging.publishing import Outgoing, publish
from chassis.messaging.reading import lying
from testing.probe import Kafka, create_topics

TOPIC = "assay.notification"
BATCH = 20_000
"""Bytes of a batch, so that a few messages fill one."""
TOO_LARGE = 1_100_000


@pytest.fixture
async def topic(kafka: Kafka) -> str:
    prefix = f"t{token_hex(4)}."
    await create_topics(kafka.bootstrap, prefix)
    return prefix + TOPIC


@pytest.fixture
async def producer(kafka: Kafka) -> AsyncIterator[AIOKafkaProducer]:
    async with AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap, enable_idempotence=True, max_batch_size=BATCH
    ) as producer:
        yield producer


@pytest.fixture
async def plain(kafka: Kafka) -> AsyncIterator[AIOKafkaProducer]:
    """A producer whose batches the broker does not number: what keeps their order is the wait alone."""
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, max_batch_size=BATCH) as producer:
        yield producer


def message(topic: str, key: bytes, number: int, size: int = 3_000) -> Outgoing:
    return Outgoing(topic, key, f"{number}".encode().ljust(size), [("ce_id", key)])


async def told(kafka: Kafka, topic: str) -> list[tuple[bytes, int, int]]:
    """Key, number and partition of all that lies on a topic."""
    async with AIOKafkaConsumer(topic, bootstrap_servers=kafka.bootstrap) as consumer:
        return [(record.key or b"", int(record.value or b""), record.partition) async for record in lying(consumer)]


async def test_a_key_keeps_its_order_over_many_batches_where_every_client_puts_it(
    kafka: Kafka, topic: str, producer: AIOKafkaProducer
) -> None:
    keys = [str(uuid4()).encode() for _ in range(12)]
    for key in keys:  # by the client's own way
        await producer.send_and_wait(topic, b"0", key=key)
    numbers = range(1, 31)
    await publish(producer, (message(topic, key, number) for number in numbers for key in keys))
    lies = await told(kafka, topic)
    for key in keys:
        assert [number for each, number, _ in lies if each == key] == [0, *numbers]
        assert len({partition for each, _, partition in lies if each == key}) == 1
    assert len({partition for *_, partition in lies}) > 1


async def test_a_message_larger_than_a_batch_has_one_to_itself(
    kafka: Kafka, topic: str, producer: AIOKafkaProducer
) -> None:
    sizes = {1: 10, 2: 5 * BATCH, 3: 10}
    await publish(producer, (message(topic, b"key", number, size) for number, size in sizes.items()))
    assert [number for _, number, _ in await told(kafka, topic)] == [1, 2, 3]


SIZES = {1: BATCH, 2: TOO_LARGE, 3: BATCH}
"""Of three messages of one key, of which Kafka refuses the second."""


async def test_after_what_kafka_refuses_nothing_of_the_partition_is_sent(
    kafka: Kafka, topic: str, plain: AIOKafkaProducer
) -> None:
    with pytest.raises(MessageSizeTooLargeError):
        await publish(plain, (message(topic, b"key", number, size) for number, size in SIZES.items()))
    await plain.flush()
    assert [number for _, number, _ in await told(kafka, topic)] == [1]


async def test_without_the_wait_for_each_batch_what_comes_later_overtakes_what_is_refused(
    kafka: Kafka, topic: str, plain: AIOKafkaProducer
) -> None:
    hasty = Hasty(plain)
    await publish(hasty, (message(topic, b"key", number, size) for number, size in SIZES.items()))
    answers = await asyncio.gather(*hasty.sent, return_exceptions=True)
    assert [isinstance(each, MessageSizeTooLargeError) for each in answers] == [False, True, False]
    assert [number for _, number, _ in await told(kafka, topic)] == [1, 3]


class Hasty:
    """A producer of which nobody waits for what it was acknowledged."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self.partitions_for, self.create_batch = producer.partitions_for, producer.create_batch
        self.sent: list[asyncio.Future[object]] = []

    async def send_batch(self, batch: object, topic: str, *, partition: int) -> "asyncio.Future[None]":
        """As if it were acknowledged at once."""
        self.sent.append(await self._producer.send_batch(batch, topic, partition=partition))
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        acknowledged.set_result(None)
        return acknowledged
