"""Sends what a command asks for, again under the same key while the gateway is away, and prints the answer."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx

from assay_cli.api_options import ApiRequest
from assay_cli.client import PATIENCE_SECONDS, failure_of, unreachable
from assay_cli.printing import document, outline, plain, tell, whole_table
from assay_cli.target import Target
from kernel.failure import Failure

KEY: Final = "Idempotency-Key"
AWAY: Final = (502, 503, 504)
"""How a gateway, or what stands before it, says that nobody answers at the moment."""
SHORTEST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
ASK_AGAIN_SECONDS = 0.5
CHUNK = 1 << 16


def with_key(request: ApiRequest) -> ApiRequest:
    """The request with an idempotency key where it changes something; the key is told before it is sent.

    Whoever sends the same command again with that key gets the first answer, and it is done once.
    """
    if request.method != "GET" and KEY not in request.headers:
        request.headers[KEY] = str(uuid4())
        tell(f"To repeat this command safely, give it --idempotency-key {request.headers[KEY]}")
    return request


def send(target: Target, request: ApiRequest, output: Path | None) -> Any:
    """The answer: a JSON document, bytes, or None where it was written to `output`. Raises Failure with the reason."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    pause = SHORTEST_PAUSE_SECONDS
    while True:
        is_last = time.monotonic() + LONGEST_PAUSE_SECONDS > deadline
        try:
            with _answered(target, request) as answer:
                if answer.status_code not in AWAY or is_last:
                    return _taken(target, answer, output)
                pause = _pause(answer, pause)
        except httpx.TransportError as error:
            if is_last:
                raise unreachable(target, error) from error
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _pause(answer: httpx.Response, otherwise: float) -> float:
    """How many seconds `Retry-After` asks for; what stands before the gateway may name an hour there instead."""
    wanted = answer.headers.get("retry-after", "")
    if not wanted.isdecimal():
        return otherwise
    return min(max(float(wanted), SHORTEST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)


@contextmanager
def _answered(target: Target, request: ApiRequest) -> Iterator[httpx.Response]:
    with ExitStack() as opened, httpx.Client(timeout=PATIENCE_SECONDS) as client:
        headers = {**request.headers, "authorization": f"Bearer {target.token}"}
        sent: dict[str, Any] = {"params": request.query}
        if request.json is not None:
            sent["json"] = request.json
        elif request.files or request.form:
            sent |= {"files": request.opened(opened), "data": request.form}
        address = f"{target.gateway}{request.path}"
        with client.stream(request.method, address, headers=headers, **sent) as answer:
            yield answer


def _taken(target: Target, answer: httpx.Response, output: Path | None) -> Any:
    if not answer.is_success:
        answer.read()
        raise failure_of(target, answer)
    if output is not None:
        with output.open("wb") as file:
            for chunk in answer.iter_bytes(CHUNK):
                file.write(chunk)
        return None
    body = answer.read()
    if answer.headers.get("content-type", "").partition(";")[0] == "application/json":
        return json.loads(body)
    return body


def show(answer: Any, as_json: bool, columns: Mapping[str, str]) -> None:
    """Print an answer: as it came, or for a person; a file's bytes as they are."""
    if isinstance(answer, bytes):
        sys.stdout.buffer.write(answer)
    elif as_json:
        document(answer)
    elif columns and isinstance(answer, dict):
        whole_table(
            tuple(columns), [{name: _at(row, path) for name, path in columns.items()} for row in answer["items"]]
        )
        if answer.get("next"):
            tell(f"There is more: --cursor {answer['next']}")
    else:
        outline(answer)


def awaited(ask: Callable[[], Any], until: str | None) -> Any:
    """The answer, asked for again until it says what is wanted: what follows from a command may take a moment."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = ask()
        if until is None or _says(answer, until):
            return answer
        if time.monotonic() > deadline:
            raise Failure(
                f"After {PATIENCE_SECONDS:.0f} s the answer still does not say {until}.", "Look at it with --json."
            )
        time.sleep(ASK_AGAIN_SECONDS)


def _says(answer: Any, until: str) -> bool:
    path, _, wanted = until.partition("=")
    try:
        return plain(value_at(answer, path)) == wanted
    except Failure:
        return False


def value_at(answer: Any, path: str) -> Any:
    """One value of an answer: by the names of its fields and the numbers of its rows, with dots between them."""
    value = answer
    for name in path.split("."):
        try:
            value = value[int(name)] if isinstance(value, list) else value[name]
        except (LookupError, TypeError, ValueError) as error:
            raise Failure(
                f"The answer has no {path!r}: there is no {name!r}.", f"There is: {_there(value)}."
            ) from error
    return value


def _there(value: Any) -> str:
    match value:
        case dict():
            return ", ".join(value)
        case list():
            return f"{len(value)} rows"
        case _:
            return plain(value)


def _at(row: Mapping[str, Any], path: str) -> Any:
    value: Any = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return "" if value is None else value
