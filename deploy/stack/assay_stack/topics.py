"""Creates the topics of the contracts; the deployment does, nothing else."""

from assay_stack.kafka import START_SECONDS, await_broker, create_topics
from contracts.topics import TOPICS
from kernel.broker import ClientOptions


async def create(kafka: ClientOptions) -> list[str]:
    """Wait for the broker and create the topics that it lacks; their names."""
    await await_broker(kafka, START_SECONDS)
    wanted = [(topic.name, topic.partitions, dict(topic.config)) for topic in TOPICS]
    return await create_topics(kafka, wanted)
