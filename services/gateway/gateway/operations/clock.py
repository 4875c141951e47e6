"""Rehearsal time, moved for all services together."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel

from chassis.eventstore.runtime import Runtime
from chassis.process.clock import RehearsalClock, store_offset
from chassis.web.http import Body, Run, house_command, house_query
from chassis.web.problems import problem
from gateway.edge.forwarding import caller_headers
from gateway.edge.upstream import ServiceAway, Upstream
from gateway.read_side.read_models import QUERIES
from gateway.refusals import ClockGoesBack, ClockNotMovable, ClockTooFar

FARTHEST = timedelta(seconds=3_200_000_000)


class Now(Body):
    """The instant that it is to be."""

    now: AwareDatetime


class ClockView(BaseModel):
    """What time it is, and whether that can be moved."""

    now: datetime
    rehearsal: bool


class ClockMoves:
    """Moves the clocks of all services, then the gateway's own."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._one_at_a_time = asyncio.Lock()

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(tags=["gateway"])
        router.add_api_route("/clock", self.read_clock, **house_query())
        moving = {**house_command("operations"), "response_model": ClockView}
        router.add_api_route("/clock", self.move_clock, methods=["PUT"], **moving)
        return router

    async def read_clock(self, runtime: Run) -> ClockView:
        """What time it is."""
        return _view(runtime)

    async def move_clock(self, body: Now, runtime: Run, request: Request) -> Response | ClockView:
        """Move rehearsal time forward everywhere; answers when all have moved. The same instant can be repeated."""
        if not isinstance(runtime.clock, RehearsalClock):
            raise ClockNotMovable
        async with self._one_at_a_time:
            offset = await _wanted_offset(runtime, runtime.clock, body.now)
            answers = await self._move_all(offset, caller_headers(request))
            if behind := [name for name, moved in answers.items() if not moved]:
                return _behind(behind)
            async with runtime.transaction() as connection:
                runtime.clock.offset = await store_offset(connection, offset)
        runtime.wake()
        return _view(runtime)

    async def _move_all(self, offset: timedelta, headers: Mapping[str, str]) -> dict[str, bool]:
        names = self._upstream.names
        moved = await asyncio.gather(*(self._move(name, offset, headers) for name in names))
        return dict(zip(names, moved, strict=True))

    async def _move(self, service: str, offset: timedelta, headers: Mapping[str, str]) -> bool:
        body = orjson.dumps({"offset_seconds": offset.total_seconds()})
        sent = {**headers, "content-type": "application/json"}
        try:
            answer = await self._upstream.ask(service, "PUT", b"/clock", sent, body)
        except ServiceAway:
            return False
        return answer.is_success


async def _wanted_offset(runtime: Runtime, clock: RehearsalClock, wanted: datetime) -> timedelta:
    """The offset that an instant asks for, kept before anything moves: repeated, the instant asks for the same one."""
    async with runtime.transaction() as connection:
        last = await connection.fetchrow(QUERIES["clock_move"])
        wall = clock.now() - clock.offset
        offset = timedelta(seconds=last["offset_seconds"]) if last else clock.offset
        if last and last["wanted"] == wanted:
            return offset
        if wanted < (now := max(clock.now(), wall + offset)):
            raise ClockGoesBack(now=now)
        if wanted - wall > FARTHEST:
            raise ClockTooFar(wanted=wanted, latest=wall + FARTHEST)
        await connection.execute(QUERIES["put_clock_move"], wanted, (wanted - wall).total_seconds())
        return wanted - wall


def _view(runtime: Runtime) -> ClockView:
    return ClockView(now=runtime.clock.now(), rehearsal=isinstance(runtime.clock, RehearsalClock))


def _behind(services: list[str]) -> Response:
    return problem(
        503,
        "clock-not-moved-everywhere",
        f"The clock has not moved in: {', '.join(services)}.",
        "Send the same request again in a moment.",
        {"Retry-After": "2"},
    )
