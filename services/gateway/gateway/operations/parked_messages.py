"""What every service has parked, and its release."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from chassis.messaging.parking import Parking, Release
from chassis.web.http import Body, Caller, house_command, house_query
from chassis.web.operations import Edit, Number, Retry, Skip, current_parking
from gateway.edge.upstream import ServiceAway, Upstream
from gateway.operations.services import ANSWER_SECONDS, ServiceName, ask, pass_on

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
    """What somebody did about a parked message, and why.

    `problem` says why it did not help, `passed_over` what was missing before the message and is missing for ever.
    """

    decision: Literal["retried", "edited", "skipped"]
    reason: str
    actor: str
    decided_at: datetime
    problem: str | None
    passed_over: str | None


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


class ParkedMessageRoutes:
    """Asks the services on behalf of operations; the gateway has parked messages of its own."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(prefix="/operations", tags=["gateway"])
        looking = house_query("operations")
        releasing = {**house_command("operations"), "response_model": Release}
        router.add_api_route("/parked", self.parked_everywhere, **looking)
        router.add_api_route("/{service}/parked", self.listed, response_model=list[Parked], **looking)
        router.add_api_route("/{service}/parked/{parked}", self.shown, response_model=ParkedMessage, **looking)
        one = "/{service}/parked/{parked}"
        router.add_api_route(f"{one}/retry", self.retry, methods=["POST"], **releasing)
        router.add_api_route(f"{one}/edit", self.edit, methods=["POST"], **releasing)
        router.add_api_route(f"{one}/skip", self.skip, methods=["POST"], **releasing)
        return router

    async def parked_everywhere(self, request: Request, parking: Own) -> AllParked:
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
        return await pass_on(self._upstream, service, request, f"/parked{rest}", body)

    async def _parked_of(self, service: str, request: Request) -> list[dict[str, Any]] | None:
        try:
            answer = await ask(self._upstream, service, request, "/parked", None, ANSWER_SECONDS)
            return orjson.loads(await answer.whole()) if answer.is_success else None
        except ServiceAway:
            return None
