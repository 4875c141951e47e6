"""How far a consumer is behind the ends of its partitions, and whether it moves."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from chassis import timing


@dataclass
class Lag(ConsumerRebalanceListener):  # type: ignore[misc]
    """What a consumer has done of its partitions.

    `pause_reason` says what it waits for, when that is not its own fault.
    """

    member: bool = False
    """whether its group has given it its part, which may be nothing where others do it all"""
    messages: int = 0
    pause_reason: str | None = None
    _done: dict[TopicPartition, int] = field(default_factory=dict)
    _total: int = -1
    _moved_at: float = field(default_factory=time.monotonic)

    def done(self, topic: str, partition: int, offset: int) -> None:
        """Everything up to this record was handled and its offset committed."""
        self._done[TopicPartition(topic, partition)] = offset + 1

    def stalled_for(self) -> float:
        """For how many seconds there was something to do and nothing was done, not counting a pause with a reason."""
        return time.monotonic() - self._moved_at if self.messages and not self.pause_reason else 0.0

    def left(self) -> None:
        """The consumer has ended: whether the next one has something to do is not known."""
        self.member, self.messages = False, 0

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """The group is formed anew, or this consumer was thrown out of it."""
        self.member = False

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Forget how far the partitions were handled: others may have gone on with them meanwhile, the broker knows."""
        self.member = True
        self._done.clear()

    async def measure(self, consumer: AIOKafkaConsumer) -> int | None:
        """Ask the broker how many messages there are to handle; None where nobody can know."""
        try:
            async with asyncio.timeout(timing.KAFKA_ANSWER_SECONDS):
                behind = await self._behind(consumer)
        except (KafkaError, ConnectionError, TimeoutError):
            behind = None
        if behind is None or not self.member:
            self._moved_at = time.monotonic()  # nobody is to blame
            return None
        self._observe(behind)
        return behind

    async def _behind(self, consumer: AIOKafkaConsumer) -> int:
        partitions = list(consumer.assignment())
        if not partitions:
            await consumer.topics()  # so that also a consumer without a part knows whether the broker answers
        ends = await consumer.end_offsets(partitions) if partitions else {}
        for each in partitions:
            if each not in self._done:
                self._done.setdefault(each, await _first_uncommitted(consumer, each))
        # A partition may have been given back meanwhile, and what was done of it forgotten.
        return sum(max(0, ends[each] - self._done.get(each, ends[each])) for each in partitions)

    def _observe(self, behind: int) -> None:
        total = sum(self._done.values())
        if behind == 0 or total != self._total or self.pause_reason or self.messages == 0:
            self._moved_at = time.monotonic()
        self._total, self.messages = total, behind


async def _first_uncommitted(consumer: AIOKafkaConsumer, partition: TopicPartition) -> int:
    """The offset from which the group has not committed a partition yet: good enough to tell how far it is behind."""
    committed: int | None = await consumer.committed(partition)
    return committed or int((await consumer.beginning_offsets([partition]))[partition])
