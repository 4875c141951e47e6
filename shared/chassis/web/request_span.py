"""A span around every request, in the trace of whoever sent it."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from opentelemetry.trace import SpanKind, StatusCode

from chassis.eventstore.runtime import Runtime
from kernel.identifiers import SUBJECT, uuid_of

PROBES = frozenset(("/health/live", "/health/ready", "/metrics"))

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class RequestSpan:
    """Opens a span whose parent is the request's `traceparent`. Probes, which come every few seconds, get none."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        runtime: Runtime | None = scope["app"].state.runtime if scope["type"] == "http" else None
        if runtime is None or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        parent = dict(scope["headers"]).get(b"traceparent", b"").decode("latin-1")
        with runtime.telemetry.work(scope["method"], SpanKind.SERVER, parent=parent) as span:

            async def answering(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            try:
                await self._app(scope, receive, answering)
            finally:
                span.update_name(f"{scope['method']} {_route(scope)}")
                if subject := uuid_of(str(scope.get("path_params", {}).get(SUBJECT, ""))):
                    span.set_attribute(f"{SUBJECT}.id", str(subject))


def _route(scope: Message) -> str:
    """The path with its parameters' names in their values' place: nothing that a client can choose."""
    if "endpoint" not in scope:
        return "(no route)"
    names = {str(value): f"{{{name}}}" for name, value in scope.get("path_params", {}).items()}
    return "/".join(names.get(part, part) for part in scope["path"].split("/"))
