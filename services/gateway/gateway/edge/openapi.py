"""One OpenAPI document for all services."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from gateway.edge.api_documents import METHODS, ApiDocument

REFERENCE: Final = "#/components/schemas/"
SECTION: Final = re.compile(r"/engagements/\{engagement\}/[a-z-]+")
CURSORS: Final = ("cursor", "after")
"""What the query parameter is called by which a list goes on."""


def merged(own: ApiDocument, others: Mapping[str, ApiDocument]) -> dict[str, Any]:
    """The gateway's own document with the operations of all services; where both have one, the gateway answers.

    Schemas that are called alike but are not alike get their service's name before their own.
    """
    document: dict[str, Any] = {**own, "paths": {}, "components": {**own.get("components", {})}}
    document["info"] = {"title": "Assay", "version": own["info"]["version"]}
    schemas: dict[str, Any] = {}
    tags = []
    for service, given in (("gateway", own), *others.items()):
        renamed = _renamed(service, given, schemas)
        schemas.update(renamed["components"]["schemas"])
        _add_paths(document["paths"], service, renamed)
        tags.append({"name": service})
    document["components"]["schemas"] = schemas
    document["tags"] = tags
    return document


def _renamed(service: str, document: ApiDocument, taken: Mapping[str, Any]) -> dict[str, Any]:
    """The document with other names for the schemas that collide, directly or through what they refer to."""
    schemas = document.get("components", {}).get("schemas", {})
    names = {name for name, schema in schemas.items() if taken.get(name, schema) != schema}
    while more := {name for name in set(schemas) - names if name in taken and _references(schemas[name]) & names}:
        names |= more
    text = orjson.dumps({**document, "components": {"schemas": schemas}}).decode()
    prefix = "".join(part.capitalize() for part in service.split("-"))
    for name in names:
        text = text.replace(f'"{REFERENCE}{name}"', f'"{REFERENCE}{prefix}{name}"')
    renamed: dict[str, Any] = orjson.loads(text)
    kept = renamed["components"]["schemas"]
    renamed["components"]["schemas"] = {f"{prefix}{name}" if name in names else name: kept[name] for name in kept}
    return renamed


def _references(schema: Any) -> set[str]:
    return set(re.findall(f'"{REFERENCE}([^"]+)"', orjson.dumps(schema).decode()))


def _add_paths(paths: dict[str, Any], service: str, document: ApiDocument) -> None:
    for path, item in document["paths"].items():
        target = paths.setdefault(path, {})
        for method, operation in item.items():
            if method in METHODS and method not in target:
                id = f"{service}.{operation['operationId']}"
                target[method] = {**operation, "operationId": id, "tags": [service]}


def readable_links(documents: Iterable[ApiDocument]) -> tuple[str, ...]:
    """The paths under an engagement that can be read without knowing anything else."""
    pattern = re.compile(r"/engagements/\{engagement\}/[a-z.-]+")
    paths = (path for document in documents for path, item in document["paths"].items() if "get" in item)
    return ("/engagements/{engagement}/timeline", *filter(pattern.fullmatch, paths))


@dataclass(frozen=True)
class Section:
    """What a service answers of an engagement to whoever may read it, without being told anything else.

    `cursor` is the query parameter by which it goes on where it comes in pages, of at most `largest_page` rows.
    """

    service: str
    name: str
    path: str
    cursor: str | None
    largest_page: int | None


def sections(documents: Mapping[str, ApiDocument]) -> tuple[Section, ...]:
    """Every such route of the services, by the name that ends its path."""
    return tuple(
        found
        for service, document in documents.items()
        for path, item in document["paths"].items()
        if (found := _section(service, path, item.get("get", {}))) is not None
    )


def _section(service: str, path: str, operation: Mapping[str, Any]) -> Section | None:
    content = operation.get("responses", {}).get("200", {}).get("content", {})
    query = {each["name"]: each for each in operation.get("parameters", ()) if each["in"] == "query"}
    cursor = next((name for name in CURSORS if name in query), None)
    is_question = bool(query) and cursor is None
    if SECTION.fullmatch(path) is None or set(content) != {"application/json"} or is_question:
        return None
    largest = query.get("limit", {}).get("schema", {}).get("maximum")
    return Section(service, path.rpartition("/")[2], path, cursor, largest)
