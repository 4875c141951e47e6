"""One API document and one page for all services."""

import re
from dataclasses import replace
from typing import Any

import orjson

from gateway.edge.api_documents import Endpoint, api_documents, endpoints
from gateway.edge.openapi import merged

OWN: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "Assay gateway", "version": "1"}, "paths": {}}


def service(path: str, schemas: dict[str, Any], method: str = "get") -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/View"}}}
    operation = {"operationId": "read", "x-roles": ["dcc"], "responses": {"200": {"content": content}}}
    return {**OWN, "paths": {path: {method: operation}}, "components": {"schemas": schemas}}


def references(document: Any) -> set[str]:
    return set(re.findall(r'"#/components/schemas/([^"]+)"', orjson.dumps(document).decode()))


async def test_the_document_holds_every_operation_of_every_service_with_who_may_call_it(gateway: Any) -> None:
    async with gateway.client() as nobody:
        document = (await nobody.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    for name, given in api_documents().items():
        for endpoint in endpoints(name, given):
            shown = document["paths"][endpoint.path][endpoint.method.lower()]
            assert shown["tags"] == ["gateway"] or _as_shown(shown, endpoint) == endpoint
    shown = [operation for item in document["paths"].values() for operation in item.values()]
    assert all("x-roles" in operation or "x-duty" in operation for operation in shown)
    assert len({operation["operationId"] for operation in shown}) == len(shown)
    assert references(document) <= set(document["components"]["schemas"])


def _as_shown(shown: dict[str, Any], endpoint: Endpoint) -> Endpoint:
    """An endpoint as the whole document shows it."""
    roles = frozenset(shown.get("x-roles", ()))
    return replace(endpoint, duty=shown.get("x-duty"), roles=roles, public="security" not in shown)


def test_a_document_says_which_duty_or_role_an_endpoint_asks_for_or_that_it_is_public() -> None:
    bearer: dict[str, Any] = {"security": [{"bearer": []}]}
    paths = {
        "/a": {"get": {"x-duty": "read", **bearer}, "post": {"x-roles": ["operations"], **bearer}},
        "/b": {"get": {"x-roles": [], **bearer}, "put": {"x-roles": []}},
    }
    assert list(endpoints("one", {"paths": paths})) == [
        Endpoint("one", "GET", "/a", duty="read"),
        Endpoint("one", "POST", "/a", roles=frozenset({"operations"})),
        Endpoint("one", "GET", "/b"),
        Endpoint("one", "PUT", "/b", public=True),
    ]


async def test_every_path_has_one_name_for_its_parameters(gateway: Any) -> None:
    async with gateway.client() as nobody:
        document = (await nobody.get("/openapi.json")).json()
    shapes = [re.sub(r"\{[^}]*\}", "{}", path) for path in document["paths"]]
    assert len(set(shapes)) == len(shapes)


def test_schemas_that_are_called_alike_but_differ_get_their_services_name() -> None:
    first = service("/a", {"View": {"type": "string"}})
    second = service("/b", {"View": {"type": "integer"}})
    document = merged(OWN, {"one": first, "two-more": second})
    assert set(document["components"]["schemas"]) == {"View", "TwoMoreView"}
    assert references(document["paths"]["/b"]) == {"TwoMoreView"}


def test_what_refers_to_a_renamed_schema_is_renamed_too() -> None:
    list_of_parts = {"type": "array", "items": {"$ref": "#/components/schemas/Part"}}
    first = service("/a", {"View": list_of_parts, "Part": {"type": "string"}})
    second = service("/b", {"View": list_of_parts, "Part": {"type": "integer"}})
    document = merged(OWN, {"one": first, "two": second})
    assert references(document["paths"]["/b"]) == {"TwoView"}
    assert references(document["components"]["schemas"]["TwoView"]) == {"TwoPart"}


def test_where_two_answer_the_gateway_comes_first() -> None:
    own = service("/a", {"View": {"type": "string"}})
    document = merged(own, {"one": service("/a", {"View": {"type": "string"}})})
    assert document["paths"]["/a"]["get"]["tags"] == ["gateway"]


async def test_the_page_lists_every_operation_and_needs_nothing_from_outside(gateway: Any) -> None:
    async with gateway.client() as nobody:
        page = await nobody.get("/docs")
        document = (await nobody.get("/openapi.json")).json()
    assert page.headers["content-type"].startswith("text/html")
    assert not re.search(r"https?://|<script|<link", page.text)
    assert page.text.count("<details>") == sum(len(item) for item in document["paths"].values())
