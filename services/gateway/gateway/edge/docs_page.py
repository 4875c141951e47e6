"""The page that shows the API, without anything from outside."""

from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from chassis.web.http import public

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
h2{margin-top:2.5rem;border-bottom:1px solid #ccc}details{margin:.4rem 0}summary{cursor:pointer}
code{background:#f3f3f3;padding:.1rem .3rem;border-radius:3px}b{display:inline-block;width:4rem}
pre{background:#f3f3f3;padding:.8rem;overflow:auto}.roles{color:#666}
"""


def docs_page() -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/docs", include_in_schema=False, **public())
    async def docs(request: Request) -> HTMLResponse:
        """Every operation, by service."""
        return HTMLResponse("".join(_page(request.app.openapi())))

    return router


def _page(document: dict[str, Any]) -> Iterator[str]:
    title = escape(document["info"]["title"])
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    yield f'<h1>{title}</h1><p>As <a href="/openapi.json">OpenAPI 3.1</a>. Send a bearer token, and an '
    yield "<code>Idempotency-Key</code> with each command, so that it can be repeated safely.</p>"
    for tag in document["tags"]:
        yield f"<h2>{escape(tag['name'])}</h2>"
        for path, item in document["paths"].items():
            for method, operation in item.items():
                if tag["name"] in operation["tags"]:
                    yield from _operation(document, method, path, operation)


def _operation(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"<details><summary><b>{method.upper()}</b> <code>{escape(path)}</code> {escape(operation['summary'])}"
    yield f' <span class="roles">({escape(_who(operation))})</span></summary>'
    yield f"<p>{escape(operation.get('description', ''))}</p>"
    for parameter in operation.get("parameters", ()):
        yield f"<p><code>{escape(parameter['name'])}</code> in {parameter['in']}</p>"
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Body, <code>{escape(media)}</code>:</p><pre>{escape(_fields(document, content['schema']))}</pre>"
    yield "</details>"


def _who(operation: dict[str, Any]) -> str:
    if duty := operation.get("x-duty"):
        return f"who may {duty}"
    return ", ".join(operation["x-roles"]) or ("who is signed in" if "security" in operation else "everybody")


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> str:
    name = schema.get("$ref", "").rpartition("/")[2]
    known = document["components"]["schemas"].get(name, schema)
    required = known.get("required", ())
    lines = [f"{field}{'' if field in required else '?'}: {_kind(kind)}" for field, kind in _properties(known)]
    return "\n".join([*([name] if name else []), *lines])


def _properties(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from schema.get("properties", {}).items()


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(map(_kind, schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(map(repr, schema["enum"]))
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    return str(schema.get("format") or schema.get("type") or repr(schema.get("const", "any")))
