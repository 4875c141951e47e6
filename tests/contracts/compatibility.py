"""Whether a contract may change like this: old readers read what new writers write, and the other way round."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

TOLD = ("type", "format", "$ref", "const", "enum", "items", "additionalProperties", "anyOf")
"""What must stay as it is in a field's schema; titles, descriptions and defaults may change."""


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """What in a new schema would break a reader or a message of the old one."""
    return [problem for name, was in _objects(old) for problem in _compared(name, was, dict(_objects(new)).get(name))]


def _objects(schema: Schema) -> Iterator[tuple[str, Schema]]:
    yield "", schema
    yield from schema.get("$defs", {}).items()


def _compared(name: str, old: Schema, new: Schema | None) -> Iterator[str]:
    if new is None:
        yield f"{name} is gone"
        return
    before, after = old.get("properties", {}), new.get("properties", {})
    place = f"{name}." if name else ""
    for field, was in before.items():
        if field not in after:
            yield f"{place}{field} is gone"
        elif _told(was) != _told(after[field]):
            yield f"{place}{field} is of another kind"
    for field in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{place}{field} is required now"
    for field in sorted((set(old.get("required", ())) & set(after)) - set(new.get("required", ()))):
        yield f"{place}{field} may be missing now"


def _told(schema: Any) -> Any:
    if isinstance(schema, Mapping):
        return {key: _told(value) for key, value in schema.items() if key in TOLD}
    return [_told(each) for each in schema] if isinstance(schema, list) else schema
