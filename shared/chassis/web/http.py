"""The HTTP edge: who may call a route, what a request says of its cause, and uploads of bounded size."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict
from starlette.datastructures import UploadFile as StarletteUpload

from chassis.eventstore.cause import Cause
from chassis.eventstore.runtime import Runtime
from chassis.web.identity import NotAuthenticated, TokenVerifier
from kernel.audience import Duty, require_role
from kernel.principal import Principal
from kernel.refusal import Kind, Refusal

LARGEST_UPLOAD = 20_000_000
LONGEST_KEY = 200
LONGEST_FILE_NAME = 200


ACTING_AS = {
    "name": "Assay-Acting-As",
    "in": "header",
    "required": False,
    "description": "The role, and the organisation, that the caller acts in; needed where the token gives several.",
    "schema": {"type": "string", "examples": ["participant/EXSUP", "dcc"]},
}
COMMAND_HEADERS = [
    ACTING_AS,
    {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "The same key with the same request again is answered as the first time, and done once.",
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    },
    {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": "The ETag that was read: refused with 412 when something has changed since.",
        "schema": {"type": "string", "examples": ['"3"']},
    },
]


class Body(BaseModel):
    """What a request's JSON is read into: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Problem(BaseModel):
    """RFC 9457. `remedy` says what to do, `clause` which rule it is, `facts` the values it speaks of."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str | None = None
    clause: str | None = None
    facts: dict[str, Any] | None = None


class Accepted(BaseModel):
    """A command was accepted: the stream's id and its version after it, which is also the ETag."""

    model_config = ConfigDict(extra="allow")

    id: str
    version: int


@dataclass(unsafe_hash=True)
class UploadTooLarge(Refusal):
    """{file} has more than {limit} bytes."""

    kind = Kind.TOO_LARGE
    remedy = "Send a file of at most {limit} bytes."
    file: str
    limit: int


@dataclass(unsafe_hash=True)
class HeaderMalformed(Refusal):
    """The header {header} can't be read."""

    remedy = "Send it like this: {example}."
    header: str
    example: str


async def current_runtime(request: Request) -> Runtime:
    """The running service."""
    runtime: Runtime = request.app.state.runtime
    return runtime


async def current_principal(request: Request) -> Principal:
    """The verified caller as they chose to act; raises NotAuthenticated, ActingAsNotHeld or ActingAsMissing."""
    verifier: TokenVerifier = request.app.state.verifier
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAuthenticated("no bearer token was sent")
    identity = await verifier.verify(token.strip())
    return identity.acting_as(request.headers.get("assay-acting-as"))


Run = Annotated[Runtime, Depends(current_runtime)]
Caller = Annotated[Principal, Depends(current_principal)]


async def request_cause(request: Request, caller: Caller) -> Cause:
    """What a request says of itself: Idempotency-Key, If-Match, and (from the gateway) Assay-After."""
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= LONGEST_KEY:
        raise HeaderMalformed("Idempotency-Key", f"a text of 1 to {LONGEST_KEY} characters")
    id = f"request:{uuid4()}"
    return Cause(
        id=id,
        actor=caller,
        duty=duty_of(request),
        key=key or id,  # the shell may try again after a commit of which it did not hear
        fingerprint=await _fingerprint(request) if key is not None else "",
        expected_versions=_expected_versions(request.headers.getlist("if-match")),
        after=positions(request.headers.getlist("assay-after")),
    )


Caused = Annotated[Cause, Depends(request_cause)]


def command(duty: Duty) -> dict[str, Any]:
    """Of a route that changes an engagement: the duty that its procedure must have given to the caller's role."""
    return _changing(_of_engagement(duty))


def query(duty: Duty = "read") -> dict[str, Any]:
    """Of a route that reads an engagement: the duty that the caller needs in it."""
    return _of_engagement(duty)


def house_command(*roles: str) -> dict[str, Any]:
    """Of a route that changes something which is no engagement: which roles may call it."""
    return _changing(_of_house(roles))


def house_query(*roles: str) -> dict[str, Any]:
    """Of a route that reads something which is no engagement: which roles may call it, or all who are signed in."""
    return _of_house(roles)


def public() -> dict[str, Any]:
    """Of a route that needs no token."""
    return {"openapi_extra": {"x-roles": []}, "responses": _problems(404, 422)}


def duty_of(request: Request) -> Duty | None:
    """The duty that a route asks for, where it is about an engagement."""
    extra = getattr(request.scope.get("route"), "openapi_extra", None) or {}
    duty: Duty | None = extra.get("x-duty")
    return duty


def _changing(guarded: dict[str, Any]) -> dict[str, Any]:
    described = {**guarded["openapi_extra"], "parameters": COMMAND_HEADERS}
    responses = {**guarded["responses"], **_problems(400, 413, 415)}
    return {**guarded, "openapi_extra": described, "responses": responses, "response_model": Accepted}


def _of_engagement(duty: Duty) -> dict[str, Any]:
    return {
        "dependencies": [Depends(current_principal)],
        "openapi_extra": {"x-duty": duty, "security": [{"bearer": []}], "parameters": [ACTING_AS]},
        "responses": _problems(401, 403, 404, 409, 412, 422, 503),
    }


def _of_house(roles: tuple[str, ...]) -> dict[str, Any]:
    return {
        "dependencies": [Depends(_require(roles) if roles else current_principal)],
        "openapi_extra": {"x-roles": list(roles), "security": [{"bearer": []}], "parameters": [ACTING_AS]},
        "responses": _problems(401, 403, 404, 409, 412, 422, 503),
    }


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": "Refused, with the reason.", "content": content} for status in statuses}


def _require(roles: tuple[str, ...]) -> Callable[[Principal], Awaitable[None]]:
    async def require(caller: Caller) -> None:
        require_role(caller.role, roles)

    return require


def positions(headers: Iterable[str]) -> dict[str, int]:
    """The positions of `notification=5, certification=2`, as services reply them in Assay-Position."""
    pairs = [pair.strip() for header in headers for pair in header.split(",") if pair.strip()]
    if not all(re.fullmatch(r"[a-z-]+=\d{1,18}", pair) for pair in pairs):
        raise HeaderMalformed("Assay-After", "notification=5, artefact-review=2")
    return {name: int(sequence) for name, _, sequence in (pair.partition("=") for pair in pairs)}


def _expected_versions(headers: Sequence[str]) -> frozenset[int] | None:
    """The versions that an If-Match allows (RFC 9110, 13.1.1); a weak tag, or one that is not ours, matches none."""
    tags = [tag.strip() for header in headers for tag in header.split(",")]
    if not tags or tags == ["*"]:
        return None
    if not all(re.fullmatch(r'(W/)?"[^"]*"', tag) for tag in tags):
        raise HeaderMalformed("If-Match", '"3", the ETag that was read')
    return frozenset(int(match[1]) for tag in tags if (match := re.fullmatch(r'"(\d{1,9})"', tag)))


async def _fingerprint(request: Request) -> str:
    digest = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    if request.headers.get("content-type", "").startswith(("multipart/", "application/x-www-form-urlencoded")):
        for name, value in sorted((await request.form()).multi_items(), key=lambda item: item[0]):
            digest.update(name.encode() + b"\0" + await _content(value) + b"\0")
    else:
        digest.update(await request.body())
    return digest.hexdigest()


async def _content(value: StarletteUpload | str) -> bytes:
    if isinstance(value, str):
        return value.encode()
    digest = hashlib.sha256()
    while chunk := await value.read(1 << 20):
        digest.update(chunk)
    await value.seek(0)
    return (value.filename or "").encode() + b"\0" + digest.digest()


async def read_upload(file: StarletteUpload, limit: int = LARGEST_UPLOAD) -> bytes:
    """An uploaded file's bytes, or UploadTooLarge. At most `limit` bytes are read."""
    data = await file.read(limit + 1)
    if len(data) > limit:
        raise UploadTooLarge(file=bare_name(file), limit=limit)
    return data


def bare_name(file: StarletteUpload) -> str:
    """The last part of an uploaded file's name, without what can't be printed, and its last 200 characters at most."""
    letters = "".join(letter for letter in file.filename or "" if letter.isprintable())
    return PureWindowsPath(letters.strip(". ")).name[-LONGEST_FILE_NAME:] or "unnamed"
