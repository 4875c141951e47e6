"""What tests of services stand on: decisions by given/when/then, and a real service in process.

>>> spec = deciding(ENGAGEMENT)
>>> spec.given(EngagementNotified(...)).when(Acknowledge(...)).then(NotificationAcknowledged(...))
>>> spec.given().when(Acknowledge(...)).then_refused(UnknownEngagement)
"""

import asyncio
import itertools
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Generic, Protocol, TypeVar

import httpx
import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from chassis.eventstore.aggregate import Aggregate
from chassis.eventstore.runtime import Runtime
from chassis.eventstore.seal import SealKey
from chassis.messaging.cloudevents import Envelope, envelope
from chassis.messaging.parking import Parking
from chassis.messaging.republishing import Republishing
from chassis.process.clock import RehearsalClock
from chassis.process.settings import Settings
from chassis.service import Service, started
from contracts import REGISTRY, Contract
from contracts.topics import AUDIT, TOPICS
from kernel.refusal import Refusal
from testing.golden import golden as golden

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")
FactT = TypeVar("FactT", bound=Contract)
SettingsT = TypeVar("SettingsT", bound=Settings)

ISSUER = "https://issuer.assay.invalid"
AUDIENCE = "assay"
PATIENCE_SECONDS = 20.0
SEAL_KEY = SealKey(b"what the services of tests seal with")


class Postgres(Protocol):
    """The fixture `postgres`: a real server."""

    def database(self) -> str: ...

    @property
    def dsn(self) -> str: ...


class Kafka(Protocol):
    """The fixture `kafka`: a real broker."""

    @property
    def bootstrap(self) -> str: ...


@dataclass(frozen=True)
class Spec(Generic[C, S, E]):
    """What has happened, to decide upon."""

    aggregate: Aggregate[C, S, E]
    history: tuple[E, ...] = ()
    before: "Spec[C, S, E] | None" = field(default=None, repr=False)
    """What it goes on from: the history begins with its history."""

    def given(self, *events: E) -> "Spec[C, S, E]":
        """These events have happened (after those given before)."""
        return Spec(self.aggregate, (*self.history, *events), self)

    @cached_property
    def state(self) -> S:
        """The state the history folds to; what went before is folded once, for all that goes on from it."""
        state, folded = (self.before.state, len(self.before.history)) if self.before else (self.aggregate.initial(), 0)
        for event in self.history[folded:]:
            state = self.aggregate.evolve(state, event)
        return state

    def when(self, command: C) -> "Decision[C, S, E]":
        """The command is given."""
        try:
            return Decision(self, tuple(self.aggregate.decide(command, self.state)), None)
        except Refusal as refusal:
            return Decision(self, (), refusal)


@dataclass(frozen=True)
class Decision(Generic[C, S, E]):
    """What followed from a command."""

    spec: Spec[C, S, E]
    events: tuple[E, ...]
    refusal: Refusal | None

    def then(self, *expected: E) -> "Spec[C, S, E]":
        """Exactly these events followed; goes on from them."""
        assert self.refusal is None, f"refused: {self.refusal}"
        assert self.events == expected
        return self.accepted()

    def accepted(self) -> "Spec[C, S, E]":
        """Something followed; goes on from it."""
        assert self.refusal is None, f"refused: {self.refusal}"
        _stored_as_it_is(self.spec.aggregate, self.events)
        return self.spec.given(*self.events)

    def then_nothing(self) -> None:
        """Nothing followed, and nothing was refused."""
        self.then()

    def then_refused(self, expected: type[Refusal] | Refusal) -> Refusal:
        """The command was refused for this reason (a class, or the very refusal with its facts)."""
        assert self.refusal is not None, f"accepted: {self.events}"
        if isinstance(expected, Refusal):
            assert self.refusal == expected
        else:
            assert isinstance(self.refusal, expected), repr(self.refusal)
        assert self.refusal.message, "a refusal says what was wrong"
        assert self.refusal.remedy_text, "a refusal says what would be right"
        return self.refusal


def deciding(aggregate: Aggregate[C, S, E]) -> Spec[C, S, E]:
    """Begin a sentence about an aggregate's decisions."""
    return Spec(aggregate)


def _stored_as_it_is(aggregate: Aggregate[C, S, E], events: Sequence[E]) -> None:
    """Every decided event comes back from its stored form as it was."""
    for event in events:
        assert aggregate.codec.decode(*aggregate.codec.encode(event)) == event


@dataclass
class Issuer:
    """An OpenID Connect issuer with a key of its own."""

    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "test", "use": "sig"}))

    def jwks(self) -> bytes:
        """Its public keys."""
        return orjson.dumps(KeySet([self.key]).as_dict(private=False))

    def token(self, role: str, party: str | list[str] | None = None, name: str = "someone", **claims: Any) -> str:
        """A bearer token; `claims` override."""
        now = int(time.time())
        held = {"iss": ISSUER, "aud": AUDIENCE, "sub": name, "iat": now, "exp": now + 3600, "roles": [str(role)]}
        party_claim = {"party": party} if party else {}
        return jwt.encode({"alg": "ES256", "kid": "test"}, {**held, **party_claim, **claims}, self.key)


class TestClock(RehearsalClock):
    """A rehearsal clock that tests move."""

    __test__ = False

    @classmethod
    def showing(cls, now: datetime | None) -> "TestClock":
        """A clock that shows an instant, or what it is."""
        clock = cls()
        if now:
            clock.move_to(now)
        return clock

    def move_to(self, instant: datetime) -> None:
        """Go forward to an instant."""
        self.offset = instant - datetime.now(UTC)


class Probe:
    """A running service, as a test sees it."""

    def __init__(self, runtime: Runtime, app: FastAPI, issuer: Issuer, producer: AIOKafkaProducer) -> None:
        self.runtime = runtime
        self.app = app
        self.issuer = issuer
        self.background: asyncio.Task[None] | None = None
        """what the service does beside answering"""
        self._producer = producer
        self._sequences: Counter[tuple[str, str]] = Counter()
        self._published: list[tuple[Envelope, Contract]] = []
        self._arrived = asyncio.Condition()
        self._outside = itertools.count(1)

    @property
    def clock(self) -> TestClock:
        """The service's clock."""
        assert isinstance(self.runtime.clock, TestClock)
        return self.runtime.clock

    @property
    def parking(self) -> Parking:
        """The service's parked messages."""
        parking: Parking = self.app.state.parking
        return parking

    @property
    def republishing(self) -> Republishing:
        """What publishes the service's messages again."""
        republishing: Republishing = self.app.state.republishing
        return republishing

    def move_to(self, instant: datetime) -> None:
        """Move the service's clock, and wake what waits for it."""
        self.clock.move_to(instant)
        self.runtime.wake()

    def client(self, role: str | None = None, party: str | None = None, **headers: str) -> httpx.AsyncClient:
        """An HTTP client with a token for a role (none: without token)."""
        authorization = {"authorization": f"Bearer {self.issuer.token(role, party)}"} if role else {}
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False),
            base_url="http://assay.test",
            headers={**authorization, **headers},
        )

    async def deliver(self, contract: Contract, subject: str, at: datetime | None = None) -> None:
        """Publish another source's fact, and wait until the service has handled (or parked) it."""
        owner = next(topic.owner for topic in TOPICS if topic.name == contract.TOPIC)
        if contract.TYPE.startswith("assay."):
            self._sequences[owner, subject] += 1
            sequence = self._sequences[owner, subject]
            event = Envelope(
                f"{subject}:{sequence}", f"assay.{owner}", contract.TYPE, subject, at or self.clock.now(), sequence
            )
        else:
            outside = f"outside-{next(self._outside)}"
            event = Envelope(outside, f"dcc.{owner}", contract.TYPE, subject, at or self.clock.now())
        await self.send(contract.TOPIC, event, contract.model_dump_json().encode())
        await self.until(lambda: self._has_come(event), f"{contract.TYPE} was not handled")

    async def send(self, topic: str, event: Envelope, value: bytes) -> None:
        """Put a record on a topic as it is."""
        prefixed = f"{self.runtime.settings.topic_prefix}{topic}"
        await self._producer.send_and_wait(prefixed, value, key=event.subject.encode(), headers=event.headers())

    async def until(self, condition: Callable[[], Awaitable[Any]], otherwise: str) -> None:
        """Wait until a condition of the database holds; `otherwise` says what did not happen."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not await condition():
            assert time.monotonic() < deadline, otherwise
            await self.runtime.woken(0.1)

    async def published(self, contract: type[FactT], subject: str, count: int = 1) -> FactT:
        """The latest fact of a type about a subject, once the service has published `count` of them."""
        return (await self.all_published(contract, subject, count))[-1]

    async def all_published(self, contract: type[FactT], subject: str, count: int = 1) -> list[FactT]:
        """Every fact of a type about a subject, once there are `count` of them."""

        def found() -> list[FactT]:
            return [fact for event, fact in self._published if isinstance(fact, contract) and event.subject == subject]

        def enough() -> bool:
            return len(found()) >= count

        async with self._arrived:
            try:
                await asyncio.wait_for(self._arrived.wait_for(enough), PATIENCE_SECONDS)
            except TimeoutError:
                types = [event.type for event, _ in self._published if event.subject == subject]
                raise AssertionError(f"{count} of {contract.TYPE} were expected, published: {types}") from None
        return found()

    async def listen(self, consumer: AIOKafkaConsumer) -> None:
        """Collect what the service publishes, for ever."""
        async for record in consumer:
            event = envelope(record.headers)
            async with self._arrived:
                self._published.append((event, REGISTRY[event.type].model_validate_json(record.value)))
                self._arrived.notify_all()

    async def _has_come(self, event: Envelope) -> bool:
        if event.sequence is None:
            query = "SELECT true FROM received WHERE source = $1 AND id = $2"
            return bool(await self.runtime.pool.fetchval(query, event.source, event.id))
        query = """
            SELECT true FROM inbox WHERE source = $1 AND subject = $2 AND next_sequence > $3
            UNION ALL SELECT true FROM parked WHERE source = $1 AND subject = $2 AND sequence = $3
        """
        return bool(await self.runtime.pool.fetchval(query, event.source, event.subject, event.sequence))


@asynccontextmanager
async def running(
    build: Callable[[SettingsT], Service],
    postgres: Postgres,
    kafka: Kafka,
    settings_class: type[SettingsT] = Settings,  # type: ignore[assignment]
    awaited: bool = True,
    now: datetime | None = None,
    **settings: Any,
) -> AsyncIterator[Probe]:
    """A real service in process, on a database and topics of its own; `settings` override.

    It is ready, unless it is not to be awaited. Its clock shows `now` before it does anything.
    """
    issuer, prefix = Issuer(), f"t{secrets.token_hex(4)}."
    with TemporaryDirectory(prefix="assay-") as folder:
        jwks = Path(folder) / "jwks.json"
        jwks.write_bytes(issuer.jwks())
        key = Path(folder) / "seal.key"
        key.write_bytes(SEAL_KEY.secret)
        given = {
            "http_port": 1,
            "database_url": postgres.database(),
            "kafka": kafka.bootstrap,
            "topic_prefix": prefix,
            "oidc_issuer": ISSUER,
            "oidc_audience": AUDIENCE,
            "oidc_jwks": str(jwks),
            "files": Path(folder) / "files",
            "telemetry": Path(folder) / "telemetry",
            "seal_key": key,
            "rehearsal": True,
            **settings,
        }
        await create_topics(kafka.bootstrap, prefix := given["topic_prefix"])
        service = build(chosen := settings_class(**given))
        producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
        consumer = AIOKafkaConsumer(
            *(f"{prefix}{topic.name}" for topic in TOPICS if topic.owner == service.name or topic is AUDIT),
            bootstrap_servers=kafka.bootstrap,
            auto_offset_reset="earliest",
        )
        try:
            await producer.start()
            await consumer.start()
            async with started(service, chosen) as process:
                process.runtime.clock = TestClock.showing(now)
                probe = Probe(process.runtime, process.app, issuer, producer)
                probe.background = process.background
                listening = asyncio.create_task(probe.listen(consumer))
                try:
                    if awaited:
                        await _ready(probe, process.background)
                    yield probe
                finally:
                    listening.cancel()
        finally:
            try:
                await consumer.stop()
            finally:
                await producer.stop()


async def _ready(probe: Probe, background: "asyncio.Task[None]") -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while probe.runtime.pending_dependencies() or not probe.runtime.readiness:
        assert time.monotonic() < deadline, f"the service waits for {probe.runtime.pending_dependencies()}"
        if background.done():
            await background
        await asyncio.sleep(0.02)


async def create_topics(bootstrap: str, prefix: str) -> None:
    """Create every topic under a prefix."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(f"{prefix}{topic.name}", 3, 1) for topic in TOPICS])
    finally:
        await admin.close()
