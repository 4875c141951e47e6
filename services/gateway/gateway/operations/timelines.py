"""Where every service stands against what it has published, and the new timeline of one whose database is behind."""

import asyncio
from typing import Any

import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel

from chassis.messaging import timeline
from chassis.messaging.timeline import Begun, Standing
from chassis.web.http import Caller, Run, house_command, house_query
from chassis.web.operations import Begin
from gateway.edge.upstream import ServiceAway, Upstream
from gateway.operations.services import ANSWER_SECONDS, ServiceName, ask, pass_on


class ServiceStanding(BaseModel):
    """Where one service stands; nothing where it does not answer."""

    service: ServiceName
    standing: Standing | None


class Standings(BaseModel):
    """Where every service stands, and which do not answer."""

    services: list[ServiceStanding]
    away: list[ServiceName]


class TimelineRoutes:
    """Asks the services on behalf of operations; the gateway has a timeline of its own."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(prefix="/operations", tags=["gateway"])
        looking, deciding = house_query("operations"), house_command("operations")
        router.add_api_route("/timelines", self.timelines_everywhere, **looking)
        router.add_api_route("/{service}/timeline", self.standing, response_model=Standing, **looking)
        beginning = {**deciding, "response_model": Begun}
        router.add_api_route("/{service}/timeline", self.begin, methods=["POST"], **beginning)
        return router

    async def timelines_everywhere(self, request: Request, runtime: Run) -> Standings:
        """Where every service stands: its timeline, what is ahead of its database, what it handled that is no more."""
        names = self._upstream.names
        own, *others = await asyncio.gather(
            timeline.standing(runtime), *(self._standing_of(name, request) for name in names)
        )
        found = [("gateway", own), *zip(names, others, strict=True)]
        services = [ServiceStanding.model_validate({"service": name, "standing": each}) for name, each in found]
        return Standings(services=services, away=[each.service for each in services if each.standing is None])

    async def standing(self, service: ServiceName, request: Request, runtime: Run) -> Any:
        """Where one service stands, with the facts that its database has lost and those it handled that are no more."""
        return await timeline.standing(runtime) if service == "gateway" else await self._pass(service, request)

    async def begin(self, service: ServiceName, body: Begin, request: Request, runtime: Run, caller: Caller) -> Any:
        """Begin a new timeline of a service whose database was brought back; answers with what was lost."""
        if service == "gateway":
            return await timeline.begin(runtime, caller, body.reason)
        return await self._pass(service, request, body)

    async def _pass(self, service: str, request: Request, body: Begin | None = None) -> Any:
        return await pass_on(self._upstream, service, request, "/timeline", body)

    async def _standing_of(self, service: str, request: Request) -> Any:
        try:
            answer = await ask(self._upstream, service, request, "/timeline", None, ANSWER_SECONDS)
            return orjson.loads(await answer.whole()) if answer.is_success else None
        except ServiceAway:
            return None
