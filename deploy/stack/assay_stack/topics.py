"""Creates the topics of the contracts; the deployment does, nothing else."""

from assay_stack import kafka
from contracts.topics import TOPICS


async def create(bootstrap: str) -> list[str]:
    """Wait for the broker and create the topics that it lacks; their names."""
    await kafka.await_broker(bootstrap, kafka.START_SECONDS)
    wanted = [(topic.name, topic.partitions, dict(topic.config)) for topic in TOPICS]
    return await kafka.create_topics(bootstrap, wanted)
