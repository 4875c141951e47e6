"""Every route of every service lets in whom it says, and nobody else."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any, get_args
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from structlog.testing import capture_logs
from tests.architecture.house import SERVICES, package

from chassis.web.app import application, common_routes
from chassis.web.identity import TokenVerifier
from gateway.settings import Settings as GatewaySettings
from gateway.wiring import build as build_gateway
from kernel.audience import Duty
from rulebook.engine.roles import every_role, holders
from testing.probe import AUDIENCE, ISSUER, Issuer

BEHIND = [service for service in SERVICES if service != "gateway"]
NOBODY = (401, "not-authenticated")
WRONG_ROLE = (403, "wrong-role")


def router_of(service: str) -> APIRouter:
    """A service's own routes."""
    if service != "gateway":
        router: APIRouter = import_module(f"{package(service)}.api").router
        return router
    nowhere: dict[str, Any] = {
        "http_port": 1,
        "database_url": "",
        "kafka": "",
        "files": "/nowhere",
        "telemetry": "/nowhere",
        "seal_key": "/nowhere",
    }
    settings = GatewaySettings(**nowhere, oidc_issuer="", oidc_audience="", oidc_jwks="")
    return build_gateway(settings).router


@dataclass(frozen=True)
class Walked:
    """An operation: its method, a path that fits, and what it says of who may call it."""

    method: str
    path: str
    duty: str | None
    roles: frozenset[str]
    public: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def walked(app: Any) -> list[Walked]:
    """Every operation. A service's own come before those that all have."""
    named = {
        (method, route.path): route.openapi_extra for route in routes(common_routes) for method in route.methods or ()
    }
    for path, item in app.openapi()["paths"].items():
        named |= {(method.upper(), path): operation for method, operation in item.items()}
    return [_walked(method, path, said or {}) for (method, path), said in named.items()]


def _walked(method: str, path: str, said: dict[str, Any]) -> Walked:
    roles = frozenset(said.get("x-roles", ()))
    return Walked(method, fitting(path), said.get("x-duty"), roles, public="security" not in said)


def fitting(path: str) -> str:
    """A path with values in the place of its parameters."""
    known = {"{engagement}": str(uuid4()), "{number}": "1", "{issue}": "1"}
    for name, value in known.items():
        path = path.replace(name, value)
    return "/".join("x" if part.startswith("{") else part for part in path.split("/"))


class Walk:
    """An application without anything behind it: who gets past the guard meets an error."""

    def __init__(self, service: str, folder: Path) -> None:
        self.issuer = Issuer()
        (folder / "jwks.json").write_bytes(self.issuer.jwks())
        verifier = TokenVerifier(ISSUER, AUDIENCE, str(folder / "jwks.json"))
        self.app = application(service, router_of(service), None, verifier)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client without a token."""
        # Whoever gets past the guard meets an error that is logged; hundreds of them are not to be written out.
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        with capture_logs():
            async with httpx.AsyncClient(transport=transport, base_url="http://assay.test") as client:
                yield client

    def as_(self, role: str) -> dict[str, str]:
        """The header of a token for a role."""
        return {"authorization": f"Bearer {self.issuer.token(role, 'SUPP')}"}


@pytest.fixture(params=SERVICES)
def walk(request: pytest.FixtureRequest, tmp_path: Path) -> Walk:
    return Walk(request.param, tmp_path)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """The status and the last part of the problem's type."""
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


async def test_without_a_token_nobody_gets_in_but_where_it_is_public(walk: Walk) -> None:
    async with walk.client() as client:
        for route in walked(walk.app):
            answer = await client.request(route.method, route.path)
            assert (answer.status_code != 401) if route.public else (refusal(answer) == NOBODY), str(route)


async def test_every_role_gets_in_where_it_is_named_and_nowhere_else(walk: Walk) -> None:
    """What is about an engagement, its procedure decides: that is walked in `test_foreign_party`."""
    async with walk.client() as client:
        for route in walked(walk.app):
            for role in every_role() if route.duty is None else ():
                answer = await client.request(route.method, route.path, headers=walk.as_(role))
                if route.roles and role not in route.roles:
                    assert refusal(answer) == WRONG_ROLE, f"{route} as {role}"
                else:
                    assert answer.status_code not in (401, 403, 404, 405), f"{route} as {role}"


async def test_nobody_starts_anything_whose_role_starts_nothing_in_any_procedure(tmp_path: Path) -> None:
    walk = Walk("gateway", tmp_path)
    assert set(holders("start")) < set(every_role())
    async with walk.client() as client:
        for route in walked(walk.app):
            for role in set(every_role()) - set(holders("start")) if route.duty == "start" else ():
                answer = await client.request(route.method, route.path, headers=walk.as_(role))
                assert refusal(answer) == WRONG_ROLE, f"{route} as {role}"


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_names_its_duty_or_its_roles_and_is_documented(service: str) -> None:
    own = list(routes(router_of(service)))
    assert own
    for route in own:
        said = route.openapi_extra or {}
        assert ("x-duty" in said) != ("x-roles" in said), route.path
        assert said.get("x-duty") in (None, *get_args(Duty)), route.path
        assert not (route.methods == {"POST"} and said.get("x-duty") == "read"), f"{route.path} changes something"
        assert ("x-duty" in said) or "{engagement}" not in route.path, f"{route.path} is about an engagement"
        assert route.include_in_schema or route.path == "/docs", route.path


@pytest.mark.parametrize("service", BEHIND)
def test_every_operation_says_what_it_does_and_stands_under_its_service(service: str) -> None:
    for path, item in application(service, router_of(service), None, None).openapi()["paths"].items():
        for method, operation in item.items():
            assert operation.get("description"), f"{method} {path}"
            assert "{id}" not in path, "an engagement's id is {engagement} everywhere: the gateway looks for it"


def routes(router: APIRouter) -> Iterator[APIRoute]:
    """Every route of FastAPI in a router; those that the gateway forwards are none, and are walked above."""
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        if isinstance(inner, APIRouter):
            yield from routes(inner)
        elif isinstance(route, APIRoute):
            yield route


def test_nothing_that_a_route_depends_on_waits_for_a_thread() -> None:
    offenders = sorted(
        {
            f"{service}: {call.__qualname__} is no coroutine function: each request hands it to a thread and waits"
            for service in SERVICES
            for route in routes(application(service, router_of(service), None, None).router)
            for call in (route.endpoint, *depended_on(route.dependant))
            if not iscoroutinefunction(call)
        }
    )
    assert offenders == []


def depended_on(dependant: Dependant) -> Iterator[Any]:
    """Every function that is called before a route's own."""
    for each in dependant.dependencies:
        yield each.call
        yield from depended_on(each)
