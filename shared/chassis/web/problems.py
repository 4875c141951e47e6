"""RFC 9457 problem documents: one table from what went wrong to a status, a stable type and a text that helps."""

import re
from http import HTTPStatus
from typing import Any

import asyncpg
import structlog
from aiokafka.errors import KafkaError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import TypeAdapter
from starlette.exceptions import HTTPException
from starlette.routing import Match

from chassis.eventstore.runtime import KeyReused, NotServing, NotYetSeen, StaleVersion
from chassis.eventstore.store import LARGEST_MESSAGE, Conflict, MessageTooLarge
from chassis.messaging.kafka_clients import ClientUnresponsive
from chassis.process.database import TRANSIENT
from chassis.process.files import FileUnusable
from chassis.web.fields import EXPECTED
from chassis.web.identity import KeysUnreachable, NotAuthenticated
from chassis.web.replies import etag
from kernel.refusal import Kind, Refusal

STATUS_OF_KIND = {
    Kind.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.UNKNOWN: HTTPStatus.NOT_FOUND,
    Kind.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
}
MEDIA_TYPE = "application/problem+json"
ANYTHING = TypeAdapter[Any](Any)
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
REMEDIES = {
    400: "Send a well-formed request: JSON in UTF-8, or multipart/form-data with its boundary in Content-Type.",
    404: "Look for the right path in the API document, /openapi.json.",
    405: "Use one of: {allowed}.",
    408: "Send the request again, faster.",
    413: "Send less at once.",
}
"""What would be right, for what is refused before a route is reached."""

log = structlog.get_logger()


def problem(
    status: int, type: str, detail: str, remedy: str = "", headers: dict[str, str] | None = None, **more: Any
) -> Response:
    """A problem document. `type` is the stable last part of its URN."""
    document = {
        "type": f"urn:assay:problem:{type}",
        "title": type.replace("-", " ").capitalize(),
        "status": int(status),
        "detail": detail,
        "remedy": remedy,
        **more,
    }
    kept = {key: value for key, value in document.items() if value not in (None, "")}
    return Response(ANYTHING.dump_json(kept), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def of_refusal(refusal: Refusal) -> Response:
    """A rule's no: what was wrong, what would be right, and the clause."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", type(refusal).__name__).lower()
    status = STATUS_OF_KIND[refusal.kind]
    return problem(
        status, name, refusal.message, refusal.remedy_text, clause=refusal.clause, facts=_plain(refusal.facts)
    )


def _plain(facts: dict[str, object]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if value is not None}


async def _refused(_request: Request, error: Refusal) -> Response:
    return of_refusal(error)


async def _malformed(request: Request, error: RequestValidationError) -> Response:
    if any(each["type"] == "model_attributes_type" and each["loc"] == ("body",) for each in error.errors()):
        return _no_json(request)
    errors = [_described(each) for each in error.errors()]
    detail = "; ".join(f"{each['pointer']}: {each['message']}" for each in errors)
    return problem(422, "malformed-request", detail, "Send what the API document describes.", errors=errors)


def _described(error: Any) -> dict[str, str]:
    """One thing that is wrong: where, as a JSON pointer, and what would be right there, in words."""
    where, said = error["loc"], error["msg"].removeprefix("Value error, ")
    match error["type"]:
        case "json_invalid" if isinstance(where[-1], int):
            where, said = where[:1], f"No JSON: {error['ctx']['error']} (at character {where[-1]})"
        case "string_pattern_mismatch":
            said = EXPECTED.get(error.get("ctx", {}).get("pattern"), said)
        case "value_error" if "UploadFile" in said:
            said = "A file is wanted: a part of multipart/form-data with a filename"
    return {"pointer": "/" + "/".join(map(str, where)), "message": said}


def _no_json(request: Request) -> Response:
    sent = request.headers.get("content-type", "")
    if sent.partition(";")[0].strip().lower() == "application/json":
        return problem(422, "malformed-request", "/body: A JSON object is wanted.", "Send a JSON object.")
    detail = f"The body came as {sent or 'nothing that Content-Type names'}; this takes application/json."
    return problem(415, "unsupported-media-type", detail, "Send JSON, with Content-Type: application/json.")


async def _unauthenticated(request: Request, error: NotAuthenticated) -> Response:
    remedy = "Send a valid bearer token in the Authorization header."
    challenge = 'Bearer error="invalid_token"' if request.headers.get("authorization") else "Bearer"
    return problem(401, "not-authenticated", _sentence(error), remedy, {"WWW-Authenticate": challenge})


def _sentence(error: Exception) -> str:
    said = str(error)
    return f"{said[:1].upper()}{said[1:]}."


async def _stale(_request: Request, error: StaleVersion) -> Response:
    current = error.args[0]
    remedy = f'Read it again, and send If-Match: "{current}" if the change still applies.'
    if current == 0:
        remedy = "There is nothing to compare with yet: leave If-Match out."
    detail = f"The version in If-Match is not the current one, which is {current}."
    return problem(412, "stale-version", detail, remedy, etag(current), current=current)


async def _reused(_request: Request, error: KeyReused) -> Response:
    detail = f"The Idempotency-Key {error.args[0]!r} was used before, for another request."
    return problem(422, "idempotency-key-reused", detail, "Send a new key with a new request.")


async def _not_yet(_request: Request, _error: Exception) -> Response:
    detail = "What this request builds on has not arrived here yet; nothing was changed."
    return problem(503, "not-yet", detail, "Send the same request again in a moment.", {"Retry-After": "1"})


async def _not_serving(_request: Request, error: NotServing) -> Response:
    return not_serving(error.args[0])


def not_serving(why: str) -> Response:
    """Why nothing is served at this moment."""
    detail = f"The service does not serve, it waits for: {why}. Nothing was changed."
    return problem(503, "not-serving", detail, "Send the same request again later.", {"Retry-After": "5"})


async def _unstorable(_request: Request, error: asyncpg.DataError) -> Response:
    log.info("a value could not be stored", error=repr(error))
    detail = "A value can't be stored: it holds a character or a number outside of what is allowed."
    return problem(422, "malformed-request", detail, "Send text without NUL, and numbers of a sensible size.")


async def _too_large(_request: Request, error: MessageTooLarge) -> Response:
    remedy = f"Send less at once: what is published of it may have {LARGEST_MESSAGE} bytes."
    return problem(422, "too-much-at-once", _sentence(error), remedy, facts={"limit": LARGEST_MESSAGE})


async def _busy(_request: Request, _error: Conflict) -> Response:
    detail = "Others are changing the same at this moment; nothing was changed by this request."
    return problem(503, "busy", detail, "Send the same request again in a moment.", {"Retry-After": "1"})


async def _no_keys(_request: Request, error: KeysUnreachable) -> Response:
    log.error("the issuer's keys can't be read", error=repr(error.__cause__))
    detail = "The token can't be checked: the issuer's keys can't be read at this moment."
    return problem(503, "issuer-away", detail, "Send the same request again in a moment.", {"Retry-After": "5"})


async def _no_kafka(_request: Request, error: Exception) -> Response:
    log.warning("Kafka does not answer", error=repr(error))
    detail = "What was published can't be read: Kafka does not answer at this moment. Nothing was changed."
    return problem(503, "kafka-away", detail, "Send the same request again in a moment.", {"Retry-After": "5"})


async def _unusable(request: Request, error: FileUnusable) -> Response:
    request.app.state.runtime.metrics.files_unusable.inc()
    log.error("a stored file can't be used", file=error.name, why=error.why)
    detail = "The stored file is not what was registered, or is missing: nothing of it is sent."
    return problem(
        500, "file-unusable", detail, "Tell operations, who were alarmed: they put back the registered file."
    )


async def _http(request: Request, error: HTTPException) -> Response:
    phrase = HTTPStatus(error.status_code).phrase
    said, headers, allowed = str(error.detail), dict(error.headers or {}), ", ".join(_allowed(request))
    if said == phrase:
        said = f"{phrase}: {request.method} {request.url.path}"
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = allowed
    remedy = REMEDIES.get(error.status_code, "").format(allowed=allowed)
    type = phrase.lower().replace(" ", "-")
    return problem(error.status_code, type, f"{said.rstrip('.')}.", remedy, headers=headers or None)


def _allowed(request: Request) -> list[str]:
    """Every method that some route has for the path; the framework names those of the first route alone."""

    def taken(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)

    return [method for method in METHODS if taken(method)]


async def _unknown(_request: Request, error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    return problem(500, "internal-error", "Something unexpected happened; nothing was changed.", "Try again later.")


def install(app: FastAPI) -> None:
    """Make every error of an application a problem document."""
    handlers: dict[type[Exception], Any] = {
        Refusal: _refused,
        RequestValidationError: _malformed,
        NotAuthenticated: _unauthenticated,
        StaleVersion: _stale,
        KeyReused: _reused,
        NotYetSeen: _not_yet,
        NotServing: _not_serving,
        Conflict: _busy,
        MessageTooLarge: _too_large,
        KeysUnreachable: _no_keys,
        FileUnusable: _unusable,
        KafkaError: _no_kafka,
        ClientUnresponsive: _no_kafka,
        asyncpg.DataError: _unstorable,
        HTTPException: _http,
        Exception: _unknown,
        **dict.fromkeys(TRANSIENT, _not_yet),
    }
    for error, handler in handlers.items():
        app.add_exception_handler(error, handler)
