"""Topics read to where they end now, once: by a comparison, an audit or a test, not by a service that goes on."""

from collections.abc import AsyncIterator

from aiokafka import AIOKafkaConsumer, ConsumerRecord

READ_MS = 500
READ_RECORDS = 5_000


async def lying(consumer: AIOKafkaConsumer, last: int | None = None) -> "AsyncIterator[ConsumerRecord[bytes, bytes]]":
    """What lies in the partitions of a consumer: everything, or so many of the last records of each.

    The consumer has started, belongs to no group, and is the caller's to stop.
    """
    partitions = sorted(consumer.assignment())
    begins, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
    for each in partitions:
        consumer.seek(each, begins[each] if last is None else max(begins[each], ends[each] - last))
    while any([await consumer.position(each) < ends[each] for each in partitions]):
        for records in (await consumer.getmany(timeout_ms=READ_MS, max_records=READ_RECORDS)).values():
            for record in records:
                yield record
