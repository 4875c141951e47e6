"""How far every service is behind."""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import APIRouter, Response
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel, Field

from chassis.web.app import ready
from chassis.web.http import Run, house_query
from gateway.edge.upstream import ServiceAway, Upstream
from gateway.operations.services import ANSWER_SECONDS, ServiceName

GAUGES = {
    "outbox_pending": "assay_outbox_pending",
    "outbox_oldest_seconds": "assay_outbox_oldest_seconds",
    "consumer_lag": "assay_consumer_lag",
    "parked_messages": "assay_parked_messages",
    "parked_subjects": "assay_parked_subjects",
}


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


class LagRoutes:
    """Asks every service how far it is behind; the gateway has a lag of its own."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(prefix="/operations", tags=["gateway"])
        router.add_api_route("/lag", self.lag, **house_query("operations"))
        return router

    async def lag(self, runtime: Run) -> Lag:
        """How far every service is behind: what it has to publish, to handle and to release, and what it waits for."""
        await runtime.gauges.refresh(runtime.clock.now())
        health = await ready(runtime, Response())
        own = _lag(runtime.name, generate_latest(runtime.metrics.registry).decode(), health)
        services = [own, *await asyncio.gather(*map(self._lag_of, self._upstream.names))]
        return Lag(services=services, away=[each.service for each in services if each.away])

    async def _lag_of(self, service: str) -> ServiceLag:
        try:
            metrics = await self._upstream.ask(service, "GET", b"/metrics", {}, b"", ANSWER_SECONDS)
            health = await self._upstream.ask(service, "GET", b"/health/ready", {}, b"", ANSWER_SECONDS)
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
