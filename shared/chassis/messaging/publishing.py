"""Messages to Kafka in batches that are made here: one future, one look at the metadata for each batch of a partition.

A batch is acknowledged or refused as a whole. An idempotent client numbers its records as it numbers single messages:
the broker knows a batch that it sends again, as it does for ever while there is no answer.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer.message_accumulator import BatchBuilder

from chassis.process.failpoints import failpoint

KEYS = 16_384
"""So many keys' partitions are remembered: to hash a key costs as much as to write its message."""
partitioner = DefaultPartitioner()


@dataclass(frozen=True)
class Outgoing:
    """A message to be published on a topic."""

    topic: str
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]]


async def publish(producer: AIOKafkaProducer, messages: Iterable[Outgoing]) -> None:
    """Publish messages, and wait until Kafka has acknowledged them all.

    In each partition they keep their order, and nothing is sent before all that is to come before it is acknowledged.
    Raises what Kafka refuses; what else is on its way then may arrive.
    """
    by_partition: dict[tuple[str, int], list[Outgoing]] = {}
    counts: dict[str, int] = {}
    for message in messages:
        if message.topic not in counts:
            counts[message.topic] = len(await producer.partitions_for(message.topic))
        place = (message.topic, partition_of(message.key, counts[message.topic]))
        by_partition.setdefault(place, []).append(message)
    for batches in zip_longest(*(_batches(producer, each) for each in by_partition.values())):
        acknowledgements = [
            await producer.send_batch(batch, topic, partition=partition)
            for (topic, partition), batch in zip(by_partition, batches, strict=True)
            if batch is not None
        ]
        failpoint("relay.sent")
        await asyncio.gather(*acknowledgements)


@lru_cache(maxsize=KEYS)
def partition_of(key: bytes, partitions: int) -> int:
    """Where every client puts a key."""
    return int(partitioner(key, range(partitions), ()))


def _batches(producer: AIOKafkaProducer, messages: Iterable[Outgoing]) -> Iterator[BatchBuilder]:
    """The messages in as few batches as they fit into."""
    batch = producer.create_batch()
    for message in messages:
        if not _fits(batch, message):
            yield batch
            batch = producer.create_batch()
            _fits(batch, message)  # one that is too large for a batch has one to itself
    batch.close()  # else the client would add what is sent next
    yield batch


def _fits(batch: BatchBuilder, message: Outgoing) -> bool:
    """Whether a message was added; a batch that has no room for it is closed."""
    added = batch.append(timestamp=None, key=message.key, value=message.value, headers=message.headers)
    return added is not None
