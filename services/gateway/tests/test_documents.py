"""One API document and one page for all services."""

import re
from typing import Any

import orjson

from gateway.edge.openapi import merged
from gateway.edge.service_documents import documents, operations

OWN: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "Assay gateway", "version": "1"}, "paths": {}}


def service(path: str, schemas: dict[str, Any], method: str = "get") -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/View"}}}
    operation = {"operationId": "read", "x-roles": ["dcc"], "responses": {"200": {"content": content}}}
    return {**OWN, "paths": {path: {method: operation}}, "components": {"schemas": schemas}}


def references(document: Any) -> set[str]:
    return set(re.findall(r'"#/components/schemas/([^"]+)"', orjson.dumps(document).decode()))


async def test_the_document_holds_every_operation_of_every_service_with_its_roles(door: Any) -> None:
    async with door.client() as nobody:
        document = (await nobody.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    for name, given in documents().items():
        for operation in operations(name, given):
            shown = document["paths"][operation.path][operation.method.lower()]
            assert set(shown["x-roles"]) == set(operation.roles) or shown["tags"] == ["gateway"]
    shown = [operation for item in document["paths"].values() for operation in item.values()]
    assert all("x-roles" in operation for operation in shown)
    assert len({operation["operationId"] for operation in shown}) == len(shown)
    assert references(document) <= set(document["components"]["schemas"])


async def test_every_path_has_one_name_for_its_parameters(door: Any) -> None:
    async with door.client() as nobody:
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


async def test_the_page_lists_every_operation_and_needs_nothing_from_outside(door: Any) -> None:
    async with door.client() as nobody:
        page = await nobody.get("/docs")
        document = (await nobody.get("/openapi.json")).json()
    assert page.headers["content-type"].startswith("text/html")
    assert not re.search(r"https?://|<script|<link", page.text)
    assert page.text.count("<details>") == sum(len(item) for item in document["paths"].values())
