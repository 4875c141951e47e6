"""A service's life: databases migrated, relay, consumer and tasks running, HTTP answered, all stopped together."""

import asyncio
import contextlib
import faulthandler
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI

from chassis import timing
from chassis.eventstore.runtime import Runtime
from chassis.eventstore.seal import read_key
from chassis.eventstore.store import Origin
from chassis.messaging import timeline
from chassis.messaging.consumer import Consumer
from chassis.messaging.handlers import Handlers, Projection
from chassis.messaging.inbox import Inbox
from chassis.messaging.parking import Parking
from chassis.messaging.relay import Relay
from chassis.messaging.republishing import Republishing
from chassis.observability.logs import configure_logs
from chassis.observability.metrics import Measure, Metrics
from chassis.observability.telemetry import Telemetry
from chassis.process.clock import Clock, RehearsalClock, SystemClock, load_offset
from chassis.process.database import CHASSIS_MIGRATIONS, Pool, migrate, open_pool
from chassis.process.files import Files
from chassis.process.settings import Settings
from chassis.process.tasks import Work, run_forever_together
from chassis.process.watchdog import Watchdog
from chassis.web.app import Describe, application
from chassis.web.identity import TokenVerifier
from contracts.topics import TOPICS

log = structlog.get_logger()

Task = Callable[[Runtime], Work]
SettingsT = TypeVar("SettingsT", bound=Settings)


@dataclass(frozen=True)
class Service:
    """What makes a service: its routes, what it does about others' facts, its own tasks, its tables."""

    name: str
    migrations: Path
    router: APIRouter
    handlers: Handlers = field(default_factory=dict)
    projection: Projection | None = None
    tasks: tuple[Task, ...] = ()
    describe: Describe = lambda document: document
    roles: frozenset[str] | None = None
    """every role that a caller may act in; None: whatever the token says"""
    measures: tuple[Measure, ...] = ()
    """gauges of its own"""

    def topics(self) -> tuple[str, ...]:
        """Every topic it listens to."""
        contracts = (*self.handlers, *(self.projection.contracts if self.projection else ()))
        return tuple(sorted({contract.TOPIC for contract in contracts}))

    def sources(self) -> frozenset[str]:
        """Every source it hears, which is the owner of a topic."""
        owners = {topic.name: f"assay.{topic.owner}" for topic in TOPICS}
        return frozenset(owners[topic] for topic in self.topics())


@dataclass(frozen=True)
class Running:
    """A started service: its runtime, its application, and whether anything in the background has ended."""

    runtime: Runtime
    app: FastAPI
    background: asyncio.Task[None]


@asynccontextmanager
async def started(service: Service, settings: Settings) -> AsyncIterator[Running]:
    """Start everything but the HTTP server, and stop it at the end."""
    await migrate(settings.database_url, CHASSIS_MIGRATIONS, service.migrations)
    pool = await open_pool(settings.database_url, settings.database_connections)
    telemetry = Telemetry(service.name, settings.telemetry)
    try:
        runtime = Runtime(
            name=service.name,
            settings=settings,
            pool=pool,
            clock=await _clock(settings, pool),
            files=Files.at(settings.files),
            telemetry=telemetry,
            metrics=Metrics(),
            origin=Origin(read_key(settings.seal_key)),
            sources=service.sources(),
            measures=service.measures,
            unverified="what Kafka knows of this service: its database may have been brought back to an earlier state",
        )
        verifier = TokenVerifier(settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks, service.roles)
        app = application(f"Assay {service.name}", service.router, runtime, verifier, service.describe)
        inbox = Inbox(runtime, service.handlers, service.projection)
        app.state.parking = Parking(runtime, inbox)
        app.state.republishing = Republishing(runtime)
        background = asyncio.create_task(_background(service, runtime, inbox))
        try:
            yield Running(runtime, app, background)
        finally:
            background.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await background
    finally:
        await pool.close()
        telemetry.close()


async def _background(service: Service, runtime: Runtime, inbox: Inbox) -> None:
    await timeline.verify_until_current(runtime)
    relay = Relay(runtime)
    runtime.readiness["the relay's Kafka connection"] = relay.ready
    runtime.liveness_checks.append(relay.stalled)
    works = [relay.run(), *(task(runtime) for task in service.tasks)]
    if topics := service.topics():
        consumer = Consumer(runtime, inbox, topics)
        runtime.readiness["the consumer's Kafka group"] = consumer.ready
        runtime.readiness["the release of parked messages: there are too many"] = consumer.room
        runtime.readiness["PostgreSQL"] = consumer.database
        runtime.liveness_checks.append(consumer.stalled)
        works.append(consumer.run())
    await run_forever_together(*works)


async def _clock(settings: Settings, pool: Pool) -> Clock:
    if not settings.rehearsal:
        return SystemClock()
    async with pool.acquire() as connection:
        return RehearsalClock(await load_offset(connection))


def run(build: Callable[[SettingsT], Service], settings_class: type[SettingsT]) -> None:
    """Run a service until it is told to stop, or until something in it fails: then the exit code is 1.

    On Python's own event loop: uvloop raises on a connection that was just lost what aiokafka does not expect, and its
    client stays unresponsive for good (decision 0018).
    """
    try:
        asyncio.run(_serve(build, settings_class()))
    except SystemExit as ended:
        # Past the threads of libraries that would still be waited for, for ever where one of them hangs.
        sys.stdout.flush()
        os._exit(int(ended.code or 0))


async def _serve(build: Callable[[SettingsT], Service], settings: SettingsT) -> None:
    service = build(settings)
    configure_logs(service.name)
    async with started(service, settings) as running:
        server = uvicorn.Server(
            uvicorn.Config(
                running.app,
                host=settings.http_host,
                port=settings.http_port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=timing.HTTP_STOP_SECONDS,
                timeout_keep_alive=timing.KEEP_ALIVE_SECONDS,
                lifespan="off",
            )
        )
        serving = asyncio.create_task(server.serve())
        watchdog = Watchdog(settings.watchdog_seconds, running.runtime.failing_checks)
        heartbeat = asyncio.create_task(watchdog.heartbeat())
        watchdog.watch()
        log.info("started", port=settings.http_port)
        done, _ = await asyncio.wait({serving, running.background}, return_when=asyncio.FIRST_COMPLETED)
        if running.background in done:
            # It says where it hangs, and ends at once.
            faulthandler.dump_traceback_later(timing.PROCESS_END_SECONDS, exit=True)
        server.should_exit = True
        await serving
        watchdog.stop()
        heartbeat.cancel()
        for task in done - {serving}:
            log.critical("a background task failed, the process ends", exc_info=task.exception())
            raise SystemExit(1)
