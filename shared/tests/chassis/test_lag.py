"""How far a consumer is behind, also after partitions went to another one and came back."""

from secrets import token_hex

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from chassis.messaging.lag import Lag
from testing.probe import Kafka, create_topics

PARTITIONS = 3
MESSAGES = 4
"""in each partition"""


@pytest.fixture
async def topic(kafka: Kafka) -> str:
    prefix = f"t{token_hex(4)}."
    await create_topics(kafka.bootstrap, prefix)
    name = f"{prefix}assay.notification"
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for partition in range(PARTITIONS):
            for _ in range(MESSAGES):
                await producer.send_and_wait(name, b"x", partition=partition)
    return name


def member(kafka: Kafka, topic: str, lag: Lag) -> AIOKafkaConsumer:
    """A consumer in the topic's group."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, group_id=topic, enable_auto_commit=False)
    consumer.subscribe([topic], listener=lag)
    return consumer


async def test_what_others_did_of_a_partition_that_comes_back_between_two_looks_counts(
    kafka: Kafka, topic: str
) -> None:
    lag = Lag()
    ours = member(kafka, topic, lag)
    async with ours:
        assert await lag.measure(ours) == PARTITIONS * MESSAGES
        async with member(kafka, topic, Lag()) as other:
            theirs: set[TopicPartition] = other.assignment()
            await other.commit(dict.fromkeys(theirs, MESSAGES))
        while len(ours.assignment()) < PARTITIONS or not lag.member:
            await ours.getmany(timeout_ms=100)
        assert theirs
        assert await lag.measure(ours) == (PARTITIONS - len(theirs)) * MESSAGES
