"""A gateway before a real notification service: both on one Kafka, with one issuer of tokens."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import uvicorn

from certification.settings import Settings as CertificationSettings
from certification.wiring import build as build_certification
from chassis.service import Service
from contracts.code_administrator import PartyAcceded
from gateway.settings import Settings
from gateway.wiring import build
from notification.settings import Settings as NotificationSettings
from notification.wiring import build as build_notification
from testing.probe import Kafka, Postgres, Probe, running

NOTICE = datetime(2026, 12, 1, 10, tzinfo=UTC)
INTENTION: dict[str, Any] = {
    "procedure": "uept",
    "subject": {"role": "ES"},
    "start_date": "2027-03-01",
    "test_manager": {"name": "Mo Manager", "email": "mo@supplier.invalid"},
    "confirmations": ["code-administrator-notified"],
}


class Wire:
    """A connection to a server that can be cut when an answer comes back: the work is done, nobody is told."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self.armed = False
        self.cuts = 0
        self.in_vain = asyncio.Event()
        """Somebody wanted to go through while nobody was there."""

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        try:
            there = await asyncio.open_connection("127.0.0.1", self._behind)
        except OSError:
            self.in_vain.set()
            writer.close()
            return
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(self._asked(reader, there[1]), self._answered(there[0], writer))

    async def _asked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            if self.armed:
                self.armed = False
                self.cuts += 1
                break
            writer.write(data)
            await writer.drain()
        writer.close()


class Server:
    """An application on a port of its own, which can be stopped and started again."""

    def __init__(self, app: Any) -> None:
        self._app = app
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Answer requests."""
        config = uvicorn.Config(self._app, port=self.port, log_config=None, lifespan="off", access_log=False)
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server.serve())
        async with asyncio.timeout(10):
            while not self._server.started:  # noqa: ASYNC110 - uvicorn has nothing else to wait for
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Answer no more."""
        assert self._server
        assert self._serving
        self._server.should_exit = self._server.force_exit = True
        await self._serving


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[Server]:
    """A started server."""
    server = Server(app)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def wired(port: int) -> AsyncIterator[tuple[Wire, str]]:
    """A wire to a port, and its address."""
    wire = Wire(port)
    listening = await asyncio.start_server(wire.connected, "127.0.0.1", 0)
    async with listening:
        yield wire, f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


@dataclass
class Door:
    """The gateway, and the notification service behind it."""

    gateway: Probe
    notification: Probe
    server: Server
    wire: Wire

    def client(self, role: str | None = None, party: str | None = None, **headers: str) -> httpx.AsyncClient:
        """A client of the gateway."""
        return self.gateway.client(role, party, **headers)

    async def notify(self, party: str = "SUPP", **changes: Any) -> str:
        """A new engagement of a Party, notified through the gateway."""
        async with self.client("participant", party=party) as participant:
            answer = await participant.post("/engagements", json={**INTENTION, **changes})
            assert answer.status_code == 201, answer.text
            return str(answer.json()["id"])


@pytest.fixture(scope="module")
async def door(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Door]:
    async with (
        running(build_notification, postgres, kafka, NotificationSettings) as notification,
        serving(notification.app) as server,
        wired(server.port) as (wire, address),
        running(
            build,
            postgres,
            kafka,
            Settings,
            topic_prefix=notification.runtime.settings.topic_prefix,
            oidc_jwks=notification.runtime.settings.oidc_jwks,
            services={"notification": address},
            patience_seconds=5,
        ) as gateway,
    ):
        gateway.issuer = notification.issuer
        for probe in (notification, gateway):
            probe.move_to(NOTICE)
        for party in ("SUPP", "OTHER"):
            accession = PartyAcceded(signifier=party, name=party, acceded_on=NOTICE.date(), reference="A1")
            await notification.deliver(accession, party)
        yield Door(gateway, notification, server, wire)


@pytest.fixture(scope="module")
async def gateway(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Probe]:
    """A gateway alone, with nothing behind it."""
    async with running(build, postgres, kafka, Settings) as it:
        it.move_to(NOTICE)
        yield it


@pytest.fixture(scope="module")
async def certification(
    postgres: Postgres, kafka: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Probe]:
    """A real certification service that signs nothing, so that it needs no key."""
    signing = tmp_path_factory.mktemp("signing")

    def without_signer(settings: CertificationSettings) -> Service:
        return replace(build_certification(settings), tasks=())

    async with running(without_signer, postgres, kafka, CertificationSettings, signing=signing) as it:
        yield it


@pytest.fixture(scope="module")
async def before_certification(postgres: Postgres, kafka: Kafka, certification: Probe) -> AsyncIterator[Probe]:
    """A gateway before the certification service."""
    ours = certification.runtime.settings
    async with (
        serving(certification.app) as server,
        running(
            build,
            postgres,
            kafka,
            Settings,
            topic_prefix=ours.topic_prefix,
            oidc_jwks=ours.oidc_jwks,
            services={"certification": f"http://127.0.0.1:{server.port}"},
        ) as it,
    ):
        it.issuer = certification.issuer
        yield it


@pytest.fixture
def wire(door: Door) -> Wire:
    """What lies between the gateway and the notification service."""
    door.wire.cuts = 0
    door.wire.in_vain.clear()
    return door.wire
