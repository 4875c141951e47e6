"""Announces that a Party acceded to the Code: `accede.py KAFKA SIGNIFIER NAME`."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from uuid import uuid4

from aiokafka import AIOKafkaProducer


async def accede(kafka: str, signifier: str, name: str) -> None:
    """Send one event to the Code Administrator's topic."""
    now = datetime.now(UTC)
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid4()),
        "ce_source": "dcc.code-administrator",
        "ce_type": "dcc.code-administrator.party-acceded.v1",
        "ce_subject": signifier,
        "ce_time": now.isoformat(),
        "content-type": "application/json",
    }
    value = {"signifier": signifier, "name": name, "acceded_on": str(now.date()), "reference": "tutorial"}
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        await producer.send_and_wait(
            "dcc.code-administrator",
            json.dumps(value).encode(),
            key=signifier.encode(),
            headers=[(key, text.encode()) for key, text in headers.items()],
        )
    print(f"{signifier} acceded.")


if __name__ == "__main__":
    asyncio.run(accede(*sys.argv[1:4]))
