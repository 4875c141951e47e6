"""Bodies that a route's schema lets pass, so that its guard is what answers."""

from typing import Any, Final

KNOWN: Final = {
    "date": "2027-03-01",
    "date-time": "2027-03-01T10:00:00Z",
    "uuid": "0190a1b2-0000-7000-8000-000000000001",
}
WEEK: Final = "2027-W05"


def request(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    """What httpx is told to send to an operation."""
    asked = [each for each in operation.get("parameters", ()) if each["in"] == "query" and each.get("required")]
    params = {each["name"]: value(document, each["schema"]) for each in asked}
    return {"params": params, **_body(document, operation.get("requestBody", {}).get("content", {}))}


def _body(document: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    if "application/json" in content:
        return {"json": value(document, content["application/json"]["schema"])}
    if "multipart/form-data" in content:
        return _form(document, content["multipart/form-data"]["schema"])
    return {}


def value(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """A value that fits a schema, with what is required alone."""
    schema = _resolved(document, schema)
    if "anyOf" in schema:
        return value(document, schema["anyOf"][0])
    for word in ("const", "enum", "default"):
        if word in schema:
            return schema[word][0] if word == "enum" else schema[word]
    match schema.get("type"):
        case "object":
            return {name: value(document, schema["properties"][name]) for name in schema.get("required", ())}
        case "array":
            return [value(document, schema["items"])] * schema.get("minItems", 0)
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case _:
            return KNOWN.get(schema.get("format", ""), WEEK if "-W" in schema.get("pattern", "") else "x@x.example")


def _form(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    fields = _resolved(document, schema).get("properties", {"file": {"contentMediaType": "any"}})
    files = {name: ("x.csv", b"a,b\n1,2\n") for name, field in fields.items() if _is_file(field)}
    required = set(_resolved(document, schema).get("required", ())) - set(files)
    return {"files": files, "data": {name: value(document, fields[name]) for name in required}}


def _is_file(schema: dict[str, Any]) -> bool:
    """A file, or a list of files."""
    return any("contentMediaType" in each for each in (schema, schema.get("items", {}), *schema.get("anyOf", ())))


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema
