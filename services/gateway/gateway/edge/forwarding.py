"""Passing requests on to the services that own them, and their answers back."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import closing
from functools import partial
from tempfile import SpooledTemporaryFile
from types import MappingProxyType
from typing import IO, Any
from uuid import UUID, uuid4

import orjson
from fastapi import APIRouter
from opentelemetry.trace import SpanKind
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from chassis.eventstore.runtime import Runtime
from chassis.observability.telemetry import traceparent
from chassis.process.database import TRANSIENT
from chassis.web import problems
from chassis.web.http import positions
from gateway.edge.access import Access
from gateway.edge.api_documents import ApiDocument, Endpoint, endpoints
from gateway.edge.upstream import SMALL, Answer, NotForwardable, ServiceAway, Spooled, Upstream
from gateway.read_side.read_models import acknowledge, seen_of
from kernel.identifiers import uuid_of
from kernel.principal import Principal

CALLER = ("authorization", "assay-acting-as")
PASSED_ON = (*CALLER, "idempotency-key", "if-match", "content-type", "accept", "accept-language")
PASSED_BACK = (
    *("content-type", "etag", "assay-position", "retry-after", "location", "content-disposition", "www-authenticate"),
    *("cache-control", "last-modified", "allow"),
    *("content-security-policy", "referrer-policy", "x-content-type-options"),
)
RETRY_AFTER_SECONDS = 2
PAUSES_SECONDS = (0.05, 0.2)


class Forwarder:
    """One route for every endpoint that a service's document names."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._access = Access()

    def add_routes(self, router: APIRouter, service: str, document: ApiDocument) -> None:
        """Add a service's endpoints to a router."""
        for endpoint in endpoints(service, document):
            router.routes.append(Route(endpoint.path, self._endpoint(endpoint), methods=[endpoint.method]))

    def _endpoint(self, endpoint: Endpoint) -> Any:
        async def forward(request: Request) -> Response:
            return await self._forward(request, endpoint)

        return forward

    async def _forward(self, request: Request, endpoint: Endpoint) -> Response:
        runtime: Runtime = request.app.state.runtime
        engagement = uuid_of(request.path_params.get("engagement", ""))
        caller = await self._access.check(request, endpoint, engagement, runtime)
        about: dict[str, Any] = {"engagement_id": str(engagement)} if engagement else {}
        with runtime.telemetry.work(f"ask {endpoint.service}", SpanKind.CLIENT, **about):
            headers = await self._headers(request, endpoint, engagement, runtime)
            answer = await self._ask(request, endpoint, headers)
        if isinstance(answer, Response):
            return answer
        try:
            await self._remember(caller, endpoint, engagement, answer, runtime)
        except TRANSIENT:
            # The command is done. Sent again with its key it gets the same answer, once that can be remembered.
            return away("The gateway's database", headers)
        return passed_back(answer)

    async def _headers(
        self, request: Request, endpoint: Endpoint, engagement: UUID | None, runtime: Runtime
    ) -> Mapping[str, str]:
        headers = _chosen(request, PASSED_ON)
        headers |= {"accept-encoding": "identity", "traceparent": traceparent()}
        if endpoint.changes:
            # With a key of ours where the client sent none, a request that was cut off can be repeated safely.
            headers.setdefault("idempotency-key", f"gateway-{uuid4()}")
            if engagement is not None:
                headers["assay-after"] = _as_header(await seen_of(runtime.pool, engagement), but=endpoint.service)
        return headers

    async def _ask(self, request: Request, endpoint: Endpoint, headers: Mapping[str, str]) -> Answer | Response:
        query = request.scope["query_string"]
        target = request.scope["raw_path"] + (b"?" + query if query else b"")
        with closing(SpooledTemporaryFile(max_size=SMALL)) as file:
            try:
                body = await _body(request, file)
                return await self._upstream.ask(endpoint.service, request.method, target, headers, body)
            except ServiceAway:
                return away(f"The service {endpoint.service}", headers)
            except NotForwardable as error:
                raise HTTPException(400, f"The request can't be passed on: {error}.") from error
            except ClientDisconnect:
                return Response(status_code=400)  # nobody is there to read it

    async def _remember(
        self, caller: Principal, endpoint: Endpoint, engagement: UUID | None, answer: Answer, runtime: Runtime
    ) -> None:
        position = answer.headers.get("assay-position")
        if not position or not answer.is_success:
            return
        if engagement is None and endpoint.duty == "start":
            engagement = uuid_of(str(orjson.loads(answer.body or b"{}")["id"]))
            if engagement is not None:
                self._access.learn(engagement, caller)
        if engagement is not None:
            # Before the answer goes back: no gateway may let the caller overtake this command, not even a new one.
            await _patiently(partial(acknowledge, runtime, caller, engagement, positions([position])))


def caller_headers(request: Request) -> dict[str, str]:
    """What tells a service who is calling, and in which role."""
    return _chosen(request, CALLER)


def _chosen(request: Request, names: Iterable[str]) -> dict[str, str]:
    return {name: request.headers[name] for name in names if name in request.headers}


def _as_header(seen: Mapping[str, int], but: str) -> str:
    """`notification=5,artefact-review=2`, without the service that is told."""
    return ",".join(f"{name}={position}" for name, position in sorted(seen.items()) if name != but and position > 0)


async def _body(request: Request, file: IO[bytes]) -> bytes | Spooled:
    """The whole body, on disk where it is large: it may have to be sent more than once."""
    size = 0
    async for chunk in request.stream():
        size += file.write(chunk)
    file.seek(0)
    return file.read() if size <= SMALL else Spooled(file, size)


def passed_back(answer: Answer) -> Response:
    """A service's answer as the gateway's own."""
    headers = {name: answer.headers[name] for name in PASSED_BACK if name in answer.headers}
    if answer.body is not None:
        return Response(answer.body, answer.status, headers)
    if "content-length" in answer.headers:
        headers["content-length"] = answer.headers["content-length"]
    return StreamingResponse(answer.stream(), answer.status, headers)


def away(what: str, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    """What is answered for a service, or the gateway's own database, that is away."""
    remedy, key = "Send the same request again in a moment.", headers.get("idempotency-key")
    if key:
        remedy = f"Send the same request again in a moment with Idempotency-Key: {key}; it is carried out once at most."
    return problems.problem(
        503,
        "service-away",
        f"{what} does not answer at the moment.",
        remedy,
        {"Retry-After": str(RETRY_AFTER_SECONDS), **({"Idempotency-Key": key} if key else {})},
    )


async def _patiently(work: Callable[[], Awaitable[None]]) -> None:
    """Do it, again where that failed for a moment."""
    for pause in PAUSES_SECONDS:
        try:
            return await work()
        except TRANSIENT:
            await asyncio.sleep(pause)
    return await work()
