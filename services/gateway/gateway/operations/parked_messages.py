"""The handles of operations at the one door: what every service has parked, its release, and how far each is behind."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel, Field

from chassis.messaging.parking import Parking, Release
from chassis.observability.telemetry import traceparent
from chassis.web.app import ready
from chassis.web.http import Body, Caller, Run, command, query
from chassis.web.operations import Edit, Number, Retry, Skip, current_parking
from gateway.edge.forwarding import away, passed_back
from gateway.edge.upstream import Answer, ServiceAway, Upstream
from kernel.principal import Role

ServiceName = Literal["gateway", "notification", "artefact-review", "execution-tracker", "certification", "disputes"]
LOOK_SECONDS = 2.0
"""So long a service may be away before it is said to be."""
GAUGES = {
    "outbox_pending": "assay_outbox_pending",
    "outbox_oldest_seconds": "assay_outbox_oldest_seconds",
    "consumer_lag": "assay_consumer_lag",
    "parked_messages": "assay_parked_messages",
    "parked_subjects": "assay_parked_subjects",
}

Own = Annotated[Parking, Depends(current_parking)]


class Parked(BaseModel):
    """A message that could not be handled, under its number in the service that parked it."""

    seq: int
    source: str
    subject: str
    id: str
    sequence: int | None
    type: str
    topic: str
    reason: str
    parked_at: datetime


class Decision(BaseModel):
    """What somebody did about a parked message, and why; `problem` says why it did not help."""

    decision: Literal["retried", "edited", "skipped"]
    reason: str
    actor: str
    decided_at: datetime
    problem: str | None


class ParkedMessage(Parked):
    """The message with its content."""

    headers: dict[str, str]
    value: str
    decisions: list[Decision]


class ParkedSomewhere(Parked):
    """A parked message and the service that parked it."""

    service: ServiceName


class AllParked(BaseModel):
    """What all services together have parked; what a service that is away has parked is not in it."""

    items: list[ParkedSomewhere]
    away: list[ServiceName]


class ServiceLag(BaseModel):
    """How far one service is behind; no figures where it is away."""

    service: ServiceName
    away: bool = False
    pending_dependencies: list[str] = Field(default_factory=list)
    outbox_pending: int | None = None
    outbox_oldest_seconds: float | None = None
    consumer_lag: int | None = None
    parked_messages: int | None = None
    parked_subjects: int | None = None


class Lag(BaseModel):
    """How far every service is behind, and which are away."""

    services: list[ServiceLag]
    away: list[ServiceName]


class Operations:
    """Asks the services on behalf of operations; the gateway has parked messages and a lag of its own."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(prefix="/operations", tags=["gateway"])
        looking, releasing = query(Role.OPERATIONS), {**command(Role.OPERATIONS), "response_model": Release}
        router.add_api_route("/lag", self.lag, **looking)
        router.add_api_route("/parked", self.everywhere, **looking)
        router.add_api_route("/{service}/parked", self.listed, response_model=list[Parked], **looking)
        router.add_api_route("/{service}/parked/{parked}", self.shown, response_model=ParkedMessage, **looking)
        one = "/{service}/parked/{parked}"
        router.add_api_route(f"{one}/retry", self.retry, methods=["POST"], **releasing)
        router.add_api_route(f"{one}/edit", self.edit, methods=["POST"], **releasing)
        router.add_api_route(f"{one}/skip", self.skip, methods=["POST"], **releasing)
        return router

    async def lag(self, runtime: Run) -> Lag:
        """How far every service is behind: what it has to publish, to handle and to release, and what it waits for."""
        await runtime.gauges.refresh(runtime.clock.now())
        health = await ready(runtime, Response())
        own = _lag(runtime.name, generate_latest(runtime.metrics.registry).decode(), health)
        services = [own, *await asyncio.gather(*map(self._lag_of, self._upstream.names))]
        return Lag(services=services, away=[each.service for each in services if each.away])

    async def everywhere(self, request: Request, parking: Own) -> AllParked:
        """What all services together could not handle, oldest first."""
        names = self._upstream.names
        answers = await asyncio.gather(*(self._parked_of(name, request) for name in names))
        found = {"gateway": await parking.listed(), **dict(zip(names, answers, strict=True))}
        items = [ParkedSomewhere(service=name, **row) for name, rows in found.items() for row in rows or ()]
        silent: list[Any] = [name for name, rows in found.items() if rows is None]
        return AllParked(items=sorted(items, key=lambda item: item.parked_at), away=silent)

    async def listed(self, service: ServiceName, request: Request, parking: Own) -> Any:
        """What a service could not handle, oldest first."""
        return await parking.listed() if service == "gateway" else await self._pass(service, request)

    async def shown(self, service: ServiceName, parked: Number, request: Request, parking: Own) -> Any:
        """One parked message with its content and what was decided about it."""
        return await parking.shown(parked) if service == "gateway" else await self._pass(service, request, f"/{parked}")

    async def retry(
        self, service: ServiceName, parked: Number, body: Retry, request: Request, parking: Own, caller: Caller
    ) -> Any:
        """Handle it again, and then those behind it."""
        if service == "gateway":
            return await parking.retry(parked, caller, body.reason, body.over_gap)
        return await self._pass(service, request, f"/{parked}/retry", body)

    async def edit(
        self, service: ServiceName, parked: Number, body: Edit, request: Request, parking: Own, caller: Caller
    ) -> Any:
        """Handle other content in its place, and then those behind it."""
        if service == "gateway":
            return await parking.edit(parked, caller, body.reason, body.value.encode())
        return await self._pass(service, request, f"/{parked}/edit", body)

    async def skip(
        self, service: ServiceName, parked: Number, body: Skip, request: Request, parking: Own, caller: Caller
    ) -> Any:
        """Leave it out for good, and handle those behind it."""
        if service == "gateway":
            return await parking.skip(parked, caller, body.reason)
        return await self._pass(service, request, f"/{parked}/skip", body)

    async def _pass(self, service: str, request: Request, rest: str = "", body: Body | None = None) -> Response:
        try:
            return passed_back(await self._ask(service, request, rest, body))
        except ServiceAway:
            return away(f"The service {service}")

    async def _ask(
        self, service: str, request: Request, rest: str, body: Body | None, patience: float | None = None
    ) -> Answer:
        headers = {"authorization": request.headers["authorization"], "traceparent": traceparent()}
        sent = body.model_dump_json().encode() if body else b""
        if body:
            headers["content-type"] = "application/json"
        return await self._upstream.ask(service, request.method, f"/parked{rest}".encode(), headers, sent, patience)

    async def _parked_of(self, service: str, request: Request) -> list[dict[str, Any]] | None:
        try:
            answer = await self._ask(service, request, "", None, LOOK_SECONDS)
            return orjson.loads(await answer.whole()) if answer.is_success else None
        except ServiceAway:
            return None

    async def _lag_of(self, service: str) -> ServiceLag:
        try:
            metrics = await self._upstream.ask(service, "GET", b"/metrics", {}, b"", LOOK_SECONDS)
            health = await self._upstream.ask(service, "GET", b"/health/ready", {}, b"", LOOK_SECONDS)
            return _lag(service, (await metrics.whole()).decode(), orjson.loads(await health.whole()))
        except ServiceAway:
            return ServiceLag.model_validate({"service": service, "away": True})


def _lag(service: str, metrics: str, health: Mapping[str, Any]) -> ServiceLag:
    families = text_string_to_metric_families(metrics)
    told = {sample.name: sample.value for family in families for sample in family.samples if not sample.labels}
    figures = {name: told[gauge] for name, gauge in GAUGES.items()}
    return ServiceLag.model_validate(
        {"service": service, "pending_dependencies": health["pending_dependencies"], **figures}
    )
