"""The services that operations may ask, how one is asked on their behalf, and how long each may take to answer."""

from typing import Literal

from fastapi import Request, Response

from chassis.observability.telemetry import traceparent
from chassis.web.http import Body
from gateway.edge.forwarding import away, caller_headers, passed_back
from gateway.edge.upstream import Answer, ServiceAway, Upstream

ServiceName = Literal["gateway", "notification", "artefact-review", "execution-tracker", "certification", "disputes"]
ANSWER_SECONDS = 2.0
"""So long a service may be away before it is said to be."""


async def ask(
    upstream: Upstream, service: str, request: Request, path: str, body: Body | None, patience: float | None = None
) -> Answer:
    """What a service answers to the caller of a request. Raises ServiceAway."""
    headers = {**caller_headers(request), "traceparent": traceparent()}
    sent = body.model_dump_json().encode() if body else b""
    if body:
        headers["content-type"] = "application/json"
    return await upstream.ask(service, request.method, path.encode(), headers, sent, patience)


async def pass_on(upstream: Upstream, service: str, request: Request, path: str, body: Body | None = None) -> Response:
    """The reply of a service, or that it is away."""
    try:
        return passed_back(await ask(upstream, service, request, path, body))
    except ServiceAway:
        return away(f"The service {service}")
