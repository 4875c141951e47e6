"""What a command led to, as HTTP: the body, and the headers by which the caller goes on; and files."""

from urllib.parse import quote

from fastapi.responses import JSONResponse, Response

from chassis.eventstore.runtime import Outcome


def etag(version: int) -> dict[str, str]:
    """A stream's version as the header that its commands compare If-Match with."""
    return {"ETag": f'"{version}"'}


def respond(outcome: Outcome, status: int = 200) -> JSONResponse:
    """The answer to the caller of a command."""
    headers = {**etag(outcome.version), "Assay-Position": f"{outcome.source}={outcome.position}"}
    content = {"id": outcome.id, "version": outcome.version, **outcome.reply}
    return JSONResponse(content, status_code=status, headers=headers)


def file_reply(data: bytes, name: str, media_type: str) -> Response:
    """A file to be saved, never to be shown or guessed at by a browser, nor kept on the way."""
    quoted = quote(name)
    # Not every client knows the second way: curl -J takes the first alone.
    named = f'filename="{name}"' if quoted == name else f"filename*=UTF-8''{quoted}"
    headers = {
        "Content-Disposition": f"attachment; {named}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(data, media_type=media_type, headers=headers)
