"""Replies that are files."""

from fastapi import Response


def attachment(data: bytes, name: str, media_type: str) -> Response:
    """A file to be saved, never to be shown or guessed at by a browser. `name` is plain ASCII."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(data, media_type=media_type, headers=headers)
