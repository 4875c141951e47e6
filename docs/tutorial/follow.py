"""Prints what the services said of an engagement, up to a certain fact: `follow.py KAFKA ENGAGEMENT SERVICE.FACT`."""

import asyncio
import sys

from aiokafka import AIOKafkaConsumer

PATIENCE_SECONDS = 60


async def follow(kafka: str, engagement: str, until: str) -> None:
    """Read the topic of the service that tells the fact, from its beginning."""
    service, _, fact = until.partition(".")
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        AIOKafkaConsumer(f"assay.{service}", bootstrap_servers=kafka, auto_offset_reset="earliest") as consumer,
    ):
        async for record in consumer:
            headers = {key: value.decode() for key, value in record.headers}
            if headers.get("ce_subject") != engagement:
                continue
            name = headers["ce_type"].split(".")[2]
            print(service, int(headers["ce_sequence"]), name)
            if name == fact:
                return


if __name__ == "__main__":
    asyncio.run(follow(*sys.argv[1:4]))
