"""Answers that are sent once: whoever has the same already is told so."""

from hashlib import sha256

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

KEPT_BY_THE_CALLER_ALONE = "private, no-cache"


def tagged(request: Request, shown: BaseModel) -> Response:
    """The answer with an ETag of its content, or 304 where `If-None-Match` names it (RFC 9110, 13.1.2)."""
    body = shown.model_dump_json(by_alias=True).encode()
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": KEPT_BY_THE_CALLER_ALONE}
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")
