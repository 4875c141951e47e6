"""Kafka as a deployment runs it: nobody is let in without a certificate, and nobody writes to another's topic."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError

import artefact_review.wiring
import certification.settings
import certification.wiring
import disputes.wiring
import execution_tracker.settings
import execution_tracker.wiring
import gateway.settings
import gateway.wiring
import notification.settings
import notification.wiring
from assay_lab.fixtures import TestPostgres
from assay_stack.home import CHECKOUT, Home
from assay_stack.kafka import START_SECONDS, Kafka, guarded
from assay_stack.kafka_keys import BROKER, CLIENTS, OPERATOR, OUTSIDE, SERVICE_NAMES, client_folder, make_kafka_keys
from assay_stack.kafka_rules import rules, set_rules, writers
from assay_stack.keys import seal_key
from assay_stack.ports import free_port
from assay_stack.prepare import make_all_keys, make_kafka
from assay_stack.process import await_port, end, launch
from chassis.messaging.cloudevents import Envelope
from chassis.process.settings import Settings
from chassis.service import Running, Service, started
from contracts.code_administrator import PartyAcceded
from contracts.topics import CODE_ADMINISTRATOR, NOTIFICATION, TOPICS
from kernel.broker import ClientOptions, client_options
from testing.probe import AUDIENCE, ISSUER, Issuer

pytestmark = pytest.mark.real
COMPOSE = (CHECKOUT / "deploy" / "compose.yaml").read_text()


@dataclass(frozen=True)
class Broker:
    """A broker that knows who its clients are."""

    home: Home
    address: str

    def as_(self, client: str) -> ClientOptions:
        """How a client speaks to it."""
        return client_options(self.address, str(client_folder(self.home, client)))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A stack's folder with every key."""
    home = Home(tmp_path_factory.mktemp("guarded"))
    make_all_keys(home)
    return home


def run(home: Home, kafka: Kafka) -> Generator[Broker, None, None]:
    """A broker, until it is no longer needed."""
    kafka.prepare()
    program, log = kafka.program(), kafka.folder / "kafka.log"
    process = launch(program, log)
    try:
        await_port(process, program, kafka.port, log, START_SECONDS)
        yield Broker(home, kafka.bootstrap)
    finally:
        end(process, program)


@pytest.fixture(scope="module")
def guarded_kafka(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Generator[Broker, None, None]:
    """A broker as a deployment has it, with its topics and rules."""
    port = free_port()
    kafka = Kafka(tmp_path_factory.mktemp("kafka"), port, free_port(besides=[port]), client_folder(home, BROKER))
    for broker in run(home, kafka):
        asyncio.run(make_kafka(home, broker.address))
        yield broker


async def may_write(kafka: ClientOptions, topic: str) -> bool:
    """Whether a client may write to a topic."""
    async with AIOKafkaProducer(**kafka, enable_idempotence=True) as producer:
        try:
            await producer.send_and_wait(topic, b"forged", key=b"nobody")
        except TopicAuthorizationFailedError:
            return False
    return True


async def may_read(kafka: ClientOptions, topic: str) -> bool:
    """Whether a client may read a topic on which something lies."""
    consumer = AIOKafkaConsumer(topic, **kafka, auto_offset_reset="earliest")
    try:
        async with asyncio.timeout(20):
            await consumer.start()
            await consumer.getone()
    except TopicAuthorizationFailedError:
        return False
    finally:
        await consumer.stop()
    return True


@pytest.mark.parametrize("client", [each for each in CLIENTS if each != OPERATOR])
async def test_each_client_writes_to_its_own_topics_alone(guarded_kafka: Broker, client: str) -> None:
    allowed = {topic.name for topic in TOPICS if await may_write(guarded_kafka.as_(client), topic.name)}
    assert allowed == {topic.name for topic in TOPICS if client in writers(topic)}


async def test_setting_the_rules_again_changes_nothing(guarded_kafka: Broker) -> None:
    assert await set_rules(guarded_kafka.as_(OPERATOR)) == len(set(rules())) == len(list(rules()))
    assert not await may_write(guarded_kafka.as_("disputes"), NOTIFICATION.name)


async def joins(kafka: ClientOptions, group: str) -> bool:
    """Whether a client may read in a group."""
    consumer = AIOKafkaConsumer(NOTIFICATION.name, **kafka, group_id=group, enable_auto_commit=False)
    try:
        await consumer.start()
        await consumer.getmany(timeout_ms=100)
    except GroupAuthorizationFailedError:
        return False
    finally:
        await consumer.stop()
    return True


async def test_a_service_does_not_take_part_in_the_group_of_another(guarded_kafka: Broker) -> None:
    assert await joins(guarded_kafka.as_("gateway"), "assay.gateway")
    assert not await joins(guarded_kafka.as_("gateway"), "assay.notification")


async def test_an_outside_system_writes_its_facts_and_reads_nothing(guarded_kafka: Broker) -> None:
    (administrator,) = OUTSIDE
    assert await may_write(guarded_kafka.as_("notification"), NOTIFICATION.name)
    assert await may_write(guarded_kafka.as_(administrator), CODE_ADMINISTRATOR.name)
    assert not await may_read(guarded_kafka.as_(administrator), NOTIFICATION.name)
    assert await may_read(guarded_kafka.as_("disputes"), NOTIFICATION.name)


async def test_a_service_makes_no_topic_and_no_rule(guarded_kafka: Broker) -> None:
    admin = AIOKafkaAdminClient(**guarded_kafka.as_("certification"))
    await admin.start()
    try:
        answer = await admin.create_topics([NewTopic("assay.own", 1, 1)])
        assert [error for _, error, *_ in answer.topic_errors] == [TopicAuthorizationFailedError.errno]
    finally:
        await admin.close()
    with pytest.raises(Exception, match="did not take a rule"):
        await set_rules(guarded_kafka.as_("certification"))


async def connects(kafka: ClientOptions) -> bool:
    producer = AIOKafkaProducer(**kafka, request_timeout_ms=2_000)
    try:
        await producer.start()
    except (KafkaError, OSError):
        return False
    finally:
        await producer.stop()
    return True


async def test_nobody_is_let_in_without_a_certificate_of_ours(guarded_kafka: Broker, tmp_path: Path) -> None:
    make_kafka_keys(stranger := Home(tmp_path))
    theirs = client_folder(stranger, "notification")
    (theirs / "ca.pem").write_bytes((client_folder(guarded_kafka.home, BROKER) / "ca.pem").read_bytes())
    assert await connects(guarded_kafka.as_("notification"))
    assert not await connects(client_options(guarded_kafka.address, str(theirs)))
    assert not await connects(client_options(guarded_kafka.address))


async def test_without_the_authorizer_a_service_speaks_for_another(home: Home, tmp_path: Path) -> None:
    """The safety taken away."""

    class Unguarded(Kafka):
        def settings(self) -> dict[str, str]:
            return {name: value for name, value in super().settings().items() if name != "authorizer.class.name"}

    port = free_port()
    kafka = Unguarded(tmp_path, port, free_port(besides=[port]), client_folder(home, BROKER))
    brokers = run(home, kafka)
    broker = await asyncio.to_thread(next, brokers)
    try:
        admin = AIOKafkaAdminClient(**broker.as_(OPERATOR))
        await admin.start()
        await admin.create_topics([NewTopic(NOTIFICATION.name, 1, 1)])
        await admin.close()
        assert await may_write(broker.as_("disputes"), NOTIFICATION.name)
    finally:
        await asyncio.to_thread(brokers.close)


BUILDS: dict[str, tuple[Callable[[Any], Service], type[Settings]]] = {
    "gateway": (gateway.wiring.build, gateway.settings.Settings),
    "notification": (notification.wiring.build, notification.settings.Settings),
    "artefact-review": (artefact_review.wiring.build, Settings),
    "execution-tracker": (execution_tracker.wiring.build, execution_tracker.settings.Settings),
    "certification": (certification.wiring.build, certification.settings.Settings),
    "disputes": (disputes.wiring.build, Settings),
}


@asynccontextmanager
async def serving(broker: Broker, postgres: TestPostgres, name: str, folder: Path) -> AsyncIterator[Running]:
    """A service with the certificate that it has in the deployment."""
    (folder / "jwks.json").write_bytes(Issuer().jwks())
    build, settings_class = BUILDS[name]
    given: dict[str, Any] = {
        "http_port": 1,
        "database_url": postgres.database(),
        "kafka": broker.address,
        "kafka_tls": str(client_folder(broker.home, name)),
        "oidc_issuer": ISSUER,
        "oidc_audience": AUDIENCE,
        "oidc_jwks": str(folder / "jwks.json"),
        "files": folder / "files",
        "telemetry": folder / "telemetry",
        "seal_key": str(seal_key(broker.home, name)),
        **({"signing": broker.home.signing} if name == "certification" else {}),
    }
    settings = settings_class(**given)
    async with started(build(settings), settings) as running:
        yield running


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + 40
    while not await condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("name", BUILDS)
async def test_a_service_may_do_all_that_it_needs(
    guarded_kafka: Broker, postgres: TestPostgres, tmp_path: Path, name: str
) -> None:
    async with serving(guarded_kafka, postgres, name, tmp_path) as it:

        async def ready() -> bool:
            return not it.runtime.pending_dependencies()

        await until(ready)


async def test_a_fact_from_outside_is_heard_and_what_follows_is_published(
    guarded_kafka: Broker, postgres: TestPostgres, tmp_path: Path
) -> None:
    async with serving(guarded_kafka, postgres, "notification", tmp_path) as it:
        fact = PartyAcceded(signifier="SUPP", name="Supplier plc", acceded_on=date(2026, 11, 2), reference="CA-1")
        event = Envelope("a1", "dcc.code-administrator", PartyAcceded.TYPE, "SUPP", datetime.now(UTC))
        async with AIOKafkaProducer(**guarded_kafka.as_("code-administrator")) as outside:
            value = fact.model_dump_json().encode()
            await outside.send_and_wait(CODE_ADMINISTRATOR.name, value, key=b"SUPP", headers=event.headers())

        async def published() -> bool:
            pool = it.runtime.pool
            known = await pool.fetchval("SELECT true FROM publication WHERE subject = 'SUPP'")
            return bool(known) and not await pool.fetchval("SELECT count(*) FROM outbox")

        await until(published)


def test_compose_has_the_broker_that_was_tried_here(home: Home) -> None:
    told = dict(re.findall(r"^ +KAFKA_(\w+): (.+)$", COMPOSE, re.MULTILINE))
    for name, value in guarded(Path("/state/kafka")).items():
        assert told[name.upper().replace(".", "_")].replace("$$", "$") == value, name
    assert "PLAINTEXT" not in COMPOSE
    shown = re.findall(r"target: /state/kafka, .*subpath: ([\w-]+)", COMPOSE)
    assert sorted(shown) == sorted((BROKER, *SERVICE_NAMES)), "each container is shown a folder of its own"
