"""The ledger as a process of its own, which tests kill, freeze and start again."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis.eventstore import chain_verification
from chassis.messaging.cloudevents import Envelope, envelope
from chassis.messaging.reading import lying
from testing.ledger_facts import NOW
from testing.probe import AUDIENCE, ISSUER, SEAL_KEY, Issuer, Kafka, Postgres, create_topics

PATIENCE_SECONDS = 60.0


@dataclass
class Outside:
    """The process and all that it stands on."""

    environment: Mapping[str, str]
    issuer: Issuer
    producer: AIOKafkaProducer
    process: subprocess.Popen[bytes] | None = None
    exits: list[int] = field(default_factory=list)
    source: str = ""
    """other Python to run than the ledger's own"""
    _sequences: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def start(self, **environment: str) -> None:
        """Start the process."""
        given = {**os.environ, **self.environment, **environment}
        command = (sys.executable, *(("-c", self.source) if self.source else ("-m", "testing.ledger")))
        self.process = subprocess.Popen(command, env=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ended(self) -> bool:
        """Whether the process has ended; its exit code is then in `exits`."""
        assert self.process
        if self.process.poll() is None:
            return False
        self.exits.append(self.process.returncode)
        return True

    def kill(self) -> None:
        """End the process at once."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    async def until(self, condition: Any, what: str) -> Any:
        """What the condition answers once it is true; whenever the process has ended it is started again."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            if self.ended():
                self.start()
            try:
                if found := await condition():
                    return found
            except (httpx.TransportError, OSError, asyncpg.UndefinedTableError):
                pass
            assert time.monotonic() < deadline, f"{what}; exits: {self.exits}"
            await asyncio.sleep(0.1)

    def client(self, role: str, party: str | None = None, **headers: str) -> httpx.AsyncClient:
        """An HTTP client with a token."""
        authorization = {"authorization": f"Bearer {self.issuer.token(role, party)}", **headers}
        port = self.environment["ASSAY_HTTP_PORT"]
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=authorization)

    async def has_died(self) -> bool:
        """Whether it has ended, and was started again."""
        return bool(self.exits)

    async def is_ready(self) -> bool:
        """Whether the process says so."""
        async with self.client("operations") as client:
            return (await client.get("/health/ready")).status_code == 200

    async def send(self, contract: Any, subject: str) -> None:
        """Publish a fact of another service."""
        source = contract.TOPIC  # our services are named as their topics
        self._sequences[source, subject] += 1
        number = self._sequences[source, subject]
        event = Envelope(f"{subject}:{number}", source, contract.TYPE, subject, NOW, number)
        topic = f"{self.environment['ASSAY_TOPIC_PREFIX']}{contract.TOPIC}"
        value = contract.model_dump_json().encode()
        await self.producer.send_and_wait(topic, value, key=subject.encode(), headers=event.headers())

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """What the database answers."""
        connection = await asyncpg.connect(self.environment["ASSAY_DATABASE_URL"])
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()

    async def verdict(self) -> chain_verification.Verdict:
        """Whether the chain of events holds."""
        connection = await asyncpg.connect(self.environment["ASSAY_DATABASE_URL"])
        try:
            return await chain_verification.verify(connection, key=SEAL_KEY)
        finally:
            await connection.close()

    async def published(self, topic: str) -> dict[str, list[int]]:
        """The sequences that lie on a topic, by subject, in their order; a repetition is left out."""
        name = f"{self.environment['ASSAY_TOPIC_PREFIX']}{topic}"
        address = self.environment["ASSAY_KAFKA"]
        consumer = AIOKafkaConsumer(name, bootstrap_servers=address, auto_offset_reset="earliest")
        found: dict[str, list[int]] = defaultdict(list)
        try:
            await consumer.start()
            async for record in lying(consumer):
                event = envelope(record.headers)
                if event.sequence is not None and event.sequence not in found[event.subject]:
                    found[event.subject].append(event.sequence)
        finally:
            await consumer.stop()
        return found


@asynccontextmanager
async def outside(postgres: Postgres, kafka: Kafka, **environment: str) -> AsyncIterator[Outside]:
    """A ledger that is not started yet, with a database and topics of its own."""
    issuer, prefix = Issuer(), f"t{token_hex(4)}."
    with TemporaryDirectory(prefix="assay-") as folder:
        jwks = Path(folder) / "jwks.json"
        jwks.write_bytes(issuer.jwks())
        key = Path(folder) / "seal.key"
        key.write_bytes(SEAL_KEY.secret)
        given = {
            "ASSAY_HTTP_PORT": str(free_port()),
            "ASSAY_DATABASE_URL": postgres.database(),
            "ASSAY_KAFKA": kafka.bootstrap,
            "ASSAY_TOPIC_PREFIX": prefix,
            "ASSAY_OIDC_ISSUER": ISSUER,
            "ASSAY_OIDC_AUDIENCE": AUDIENCE,
            "ASSAY_OIDC_JWKS": str(jwks),
            "ASSAY_FILES": f"{folder}/files",
            "ASSAY_TELEMETRY": f"{folder}/telemetry",
            "ASSAY_SEAL_KEY": str(key),
            **environment,
        }
        await create_topics(kafka.bootstrap, prefix)
        producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
        await producer.start()
        it = Outside(given, issuer, producer)
        try:
            yield it
        finally:
            it.kill()
            await producer.stop()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
