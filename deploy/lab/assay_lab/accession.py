"""The Code Administrator's system: it feeds a Party's accession in, as an event on its topic."""

import asyncio
import time
from datetime import date, datetime
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from chassis.messaging.cloudevents import Envelope
from contracts.code_administrator import PartyAcceded
from kernel.failure import Failure

SOURCE = "dcc.code-administrator"
PATIENCE_SECONDS = 60.0
ATTEMPT_SECONDS = 10.0
RETRY_SECONDS = 0.5


def accede(kafka: str, signifier: str, name: str, acceded_on: date, reference: str, at: datetime) -> None:
    """Publish that a Party acceded to the Code (CTSD 5.8.1a)."""
    fact = PartyAcceded(signifier=signifier, name=name, acceded_on=acceded_on, reference=reference)
    event = Envelope(id=str(uuid4()), source=SOURCE, type=fact.TYPE, subject=signifier, time=at)
    asyncio.run(_publish(kafka, fact, event))


async def _publish(kafka: str, fact: PartyAcceded, event: Envelope) -> None:
    """Send it, again where the broker is away: under the same id it acts once."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                return await _send(kafka, fact, event)
        except (KafkaError, OSError) as error:
            if time.monotonic() > until:
                remedy = "See `assay status` and `assay logs kafka`; `assay down` and `assay up` start it again."
                raise Failure(
                    f"Kafka has not answered at {kafka} for {PATIENCE_SECONDS:.0f} seconds.", remedy
                ) from error
            await asyncio.sleep(RETRY_SECONDS)


async def _send(kafka: str, fact: PartyAcceded, event: Envelope) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    try:
        await producer.start()
        value = fact.model_dump_json().encode()
        await producer.send_and_wait(fact.TOPIC, value, key=event.subject.encode(), headers=event.headers())
    finally:
        await producer.stop()
