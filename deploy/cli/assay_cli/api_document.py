"""What a gateway can be asked, as its OpenAPI document says it: each operation with what is sent with it. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

Schema = Mapping[str, Any]

JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
OF_ENGAGEMENT: Final = "/engagements/{engagement}/"
METHODS: Final = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Parameter:
    """A value in the path or the query."""

    name: str
    schema: Schema
    required: bool
    description: str


@dataclass(frozen=True)
class Field:
    """A part of the body by its path, for example `test_manager.name`."""

    path: tuple[str, ...]
    schema: Schema
    required: bool
    description: str


@dataclass(frozen=True)
class Operation:
    """One operation: of which service, what it is called there, how it is asked, and what is sent with it."""

    service: str
    name: str
    method: str
    path: str
    summary: str
    path_parameters: tuple[Parameter, ...]
    query: tuple[Parameter, ...]
    body: Literal["json", "form"] | None
    fields: tuple[Field, ...]
    free_fields: bool
    """Whether a form takes fields of any name."""

    @property
    def changes(self) -> bool:
        """Whether it may change something, so that it is sent with an idempotency key."""
        return self.method != "GET"


def operations(document: Mapping[str, Any]) -> tuple[Operation, ...]:
    """Every operation, in the order of the document. Of two that a service calls alike, one says of what it is."""
    found = tuple(_operations(document))
    called = Counter((each.service, each.name) for each in found)
    return tuple(_of_engagement(each) if called[each.service, each.name] > 1 else each for each in found)


def _of_engagement(operation: Operation) -> Operation:
    if not operation.path.startswith(OF_ENGAGEMENT):
        return operation
    return replace(operation, name=f"{operation.name}-of-engagement")


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    schemas = document.get("components", {}).get("schemas", {})
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield _operation(path, method, item[method], schemas)


def _operation(path: str, method: str, given: Mapping[str, Any], schemas: Mapping[str, Schema]) -> Operation:
    kind, schema = _body(given, schemas)
    free = kind == "form" and not schema.get("properties")
    return Operation(
        service=given["tags"][0],
        name=_name(given["operationId"], path, method),
        method=method.upper(),
        path=path,
        summary=given.get("description") or given.get("summary", ""),
        path_parameters=tuple(_parameters(given, path)),
        query=tuple(_in(given, "query", schemas)),
        body=kind,
        fields=tuple(_fields(schema, schemas, ())) if kind else (),
        free_fields=free,
    )


def _name(operation_id: str, path: str, method: str) -> str:
    """The name of an operation in its service, without the path that follows it in the document."""
    name = operation_id.rpartition(".")[2]
    following = re.sub(r"\W", "_", f"{path}_{method}")
    return name.removesuffix(following).strip("_").replace("_", "-")


def _parameters(given: Mapping[str, Any], path: str) -> Iterator[Parameter]:
    """Those of the path, in its order; a service need not describe each."""
    described = {each["name"]: each for each in given.get("parameters", ()) if each["in"] == "path"}
    for name in re.findall(r"\{([^}:]+)[^}]*\}", path):
        each = described.get(name, {})
        yield Parameter(name, each.get("schema", {"type": "string"}), True, each.get("description", ""))


def _in(given: Mapping[str, Any], where: str, schemas: Mapping[str, Schema]) -> Iterator[Parameter]:
    for each in given.get("parameters", ()):
        if each["in"] == where:
            schema = resolved(each.get("schema", {}), schemas)
            yield Parameter(each["name"], schema, each.get("required", False), each.get("description", ""))


def _body(given: Mapping[str, Any], schemas: Mapping[str, Schema]) -> tuple[Literal["json", "form"] | None, Schema]:
    content = given.get("requestBody", {}).get("content", {})
    if JSON in content:
        return "json", resolved(content[JSON].get("schema", {}), schemas)
    if FORM in content:
        return "form", resolved(content[FORM].get("schema", {}), schemas)
    return None, {}


def resolved(schema: Schema, schemas: Mapping[str, Schema]) -> Schema:
    """A schema itself: what it refers to, and of `this or null` this."""
    if "$ref" in schema:
        return {**resolved(schemas[schema["$ref"].rpartition("/")[2]], schemas), **_beside(schema)}
    given = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if len(given) == 1:
        return {**resolved(given[0], schemas), **_beside(schema)}
    return schema


def _beside(schema: Schema) -> Schema:
    return {name: value for name, value in schema.items() if name in ("description", "default")}


def _fields(schema: Schema, schemas: Mapping[str, Schema], under: Sequence[str]) -> Iterator[Field]:
    """The fields of an object; those of an object in it too, by their path."""
    wanted = set(schema.get("required", ()))
    for name, given in schema.get("properties", {}).items():
        part, path = resolved(given, schemas), (*under, name)
        if part.get("properties"):
            yield from _fields(part, schemas, path)
        else:
            required = name in wanted and not under
            yield Field(path, part, required, part.get("description", ""))
