"""A service's HTTP application: its own routes, and those that every service has."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.openapi.utils import get_openapi
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import Field
from starlette.exceptions import HTTPException

from chassis import timing
from chassis.eventstore.runtime import Runtime
from chassis.process.clock import RehearsalClock, store_offset
from chassis.web import operations, problems
from chassis.web.http import LARGEST_UPLOAD, Body, Problem, Run, house_command, house_query, public
from chassis.web.identity import TokenVerifier
from chassis.web.request_span import Message, Receive, RequestSpan, Send

SERVED_ALWAYS = ("/health", "/metrics", "/timeline", "/parked", "/operations")
LARGEST_REQUEST = 4 * LARGEST_UPLOAD + 1_000_000

Describe = Callable[[dict[str, Any]], dict[str, Any]]

common_routes = APIRouter()


class Offset(Body):
    """How many seconds rehearsal time is ahead of the wall clock; at most a hundred years."""

    offset_seconds: Annotated[float, Field(ge=0, le=3_200_000_000)]


@common_routes.get("/health/live", include_in_schema=False, **public())
async def live(runtime: Run, response: Response) -> dict[str, Any]:
    """The process answers, and no liveness check fails."""
    failing = runtime.failing_checks()
    response.status_code = 503 if failing else 200
    return {"status": "failing", "failing_checks": failing} if failing else {"status": "live"}


@common_routes.get("/health/ready", include_in_schema=False, **public())
async def ready(runtime: Run, response: Response) -> dict[str, Any]:
    """The service can do its work; if not, what it waits for."""
    waiting = runtime.pending_dependencies() + ([] if await runtime.has_database() else ["PostgreSQL"])
    waiting = list(dict.fromkeys(waiting))
    response.status_code = 503 if waiting else 200
    return {"status": "waiting" if waiting else "ready", "pending_dependencies": waiting}


@common_routes.get("/metrics", include_in_schema=False, **public())
async def metrics(runtime: Run) -> Response:
    """Prometheus metrics."""
    await runtime.gauges.refresh(runtime.clock.now())
    return Response(generate_latest(runtime.metrics.registry), media_type=CONTENT_TYPE_LATEST)


@common_routes.get("/clock", include_in_schema=False, **house_query())
async def clock(runtime: Run) -> dict[str, Any]:
    """The service's time."""
    return {"now": runtime.clock.now(), "rehearsal": isinstance(runtime.clock, RehearsalClock)}


@common_routes.put("/clock", include_in_schema=False, **{**house_command("operations"), "response_model": None})
async def move_clock(body: Offset, runtime: Run) -> dict[str, Any]:
    """Move rehearsal time forward, here alone: the gateway moves all services together."""
    if not isinstance(runtime.clock, RehearsalClock):
        raise HTTPException(409, "This stack runs in real time: its clock can't be moved.")
    async with runtime.transaction() as connection:
        runtime.clock.offset = await store_offset(connection, timedelta(seconds=body.offset_seconds))
    runtime.wake()
    return {"now": runtime.clock.now(), "rehearsal": True}


class LimitBody:
    """Refuses a request whose body is larger than anything we take, or does not come to its end in time."""

    def __init__(self, app: Any, limit: int = LARGEST_REQUEST, seconds: float = timing.REQUEST_SECONDS) -> None:
        self._app = app
        self._limit = limit
        self._seconds = seconds

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        received, more, until = 0, True, asyncio.get_running_loop().time() + self._seconds

        async def counted() -> Message:
            nonlocal received, more
            try:
                # After the body, whoever waits here waits for the client to go away.
                async with asyncio.timeout_at(until if more else None):
                    message = await receive()
            except TimeoutError as error:
                raise HTTPException(408, f"The whole request must be here within {self._seconds:g} s.") from error
            received, more = received + len(message.get("body", b"")), message.get("more_body", False)
            if received > self._limit:
                raise HTTPException(413, f"A request has at most {self._limit} bytes.")
            return message

        await self._app(scope, counted if scope["type"] == "http" else receive, send)


class HeadAsGet:
    """Answers HEAD as GET, with the body left out."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope.get("method") != "HEAD":
            await self._app(scope, receive, send)
            return

        async def bodiless(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, bodiless)


class ServeWhenCurrent:
    """Serves nothing but the handles of operations while the database is behind what the service has published."""

    def __init__(self, app: Any, runtime: Runtime | None) -> None:
        self._app = app
        self._runtime = runtime

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        runtime = self._runtime
        always = scope["type"] != "http" or scope["path"].startswith(SERVED_ALWAYS)
        if runtime and runtime.behind and not always:
            await problems.not_serving(runtime.why_not_serving)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def application(
    title: str,
    router: APIRouter,
    runtime: Runtime | None,
    verifier: TokenVerifier | None,
    describe: Describe = lambda document: document,
) -> FastAPI:
    """The application; without runtime and verifier, only good for its OpenAPI document, which `describe` may change.

    A service's own route comes before one that every service has.
    """
    app = FastAPI(title=title, version="1", docs_url=None, redoc_url=None)
    app.state.runtime, app.state.verifier = runtime, verifier
    app.include_router(router)
    app.include_router(common_routes)
    app.include_router(operations.router)
    app.include_router(operations.republications)
    app.include_router(operations.timelines)
    app.add_middleware(ServeWhenCurrent, runtime=runtime)
    app.add_middleware(LimitBody)
    app.add_middleware(RequestSpan)
    app.add_middleware(HeadAsGet)
    problems.install(app)
    app.openapi = lambda: _openapi(app, describe)  # type: ignore[method-assign]
    return app


def _openapi(app: FastAPI, describe: Describe) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        components = document.setdefault("components", {})
        components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
        components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
        app.openapi_schema = describe(document)
    return app.openapi_schema
