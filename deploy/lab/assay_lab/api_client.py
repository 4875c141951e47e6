"""A caller at the gateway: sends requests as one role, and goes on when a service or the gateway comes back."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from kernel.failure import Failure

PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.05
AWAY = (502, 503, 504)

T = TypeVar("T")


class Refused(Exception):
    """The API said no; `problem` is its problem document."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('detail', '')} {problem.get('remedy', '')}".strip())
        self.status = status
        self.problem = problem

    @property
    def reason(self) -> str:
        """The last part of the problem's type, for example `start-too-early`."""
        return str(self.problem.get("type", "")).rpartition(":")[2]


class ApiClient:
    """One role's way into the gateway. Every command carries an idempotency key, so that it can be sent again."""

    def __init__(self, url: str, token: str | None) -> None:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=40)
        self.new_key: Callable[[], object] = uuid4
        """the idempotency key of each command"""

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def get(self, path: str, **params: str) -> Any:
        """The JSON of a query."""
        return self._answer("GET", path, params=params or None).json()

    def file(self, path: str) -> bytes:
        """The bytes of a query."""
        return self._answer("GET", path).content

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        """Replace something."""
        return self._answer("PUT", path, json=body).json()

    def post(self, path: str, body: Any = None) -> Any:
        """Give a command."""
        return self._answer("POST", path, json=body, headers={"idempotency-key": str(self.new_key())}).json()

    def upload(self, path: str, files: Mapping[str, Path], fields: Mapping[str, str] | None = None) -> Any:
        """Give a command that carries files."""
        parts = {name: (file.name, file.read_bytes()) for name, file in files.items()}
        headers = {"idempotency-key": str(self.new_key())}
        return self._answer("POST", path, files=parts, data=dict(fields or {}), headers=headers).json()

    def _answer(self, method: str, path: str, **request: Any) -> httpx.Response:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                reply = self._client.request(method, path, **request)
            except httpx.TransportError as error:
                if time.monotonic() > deadline:
                    raise Failure(f"The gateway does not answer: {error!r}.", "See `./assay status`.") from error
            else:
                if reply.status_code not in AWAY or time.monotonic() > deadline:
                    return _accepted(reply)
            time.sleep(POLL_SECONDS)


def _accepted(reply: httpx.Response) -> httpx.Response:
    if reply.is_success:
        return reply
    try:
        problem = reply.json()
    except ValueError:
        problem = {"detail": reply.text[:500]}
    raise Refused(reply.status_code, problem)


def eventually(look: Callable[[], T | None], what: str) -> T:
    """What `look` finds, as soon as it finds something; a failure when it takes too long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise Failure(f"{what} did not happen within {PATIENCE_SECONDS:.0f} s.", "See `./assay status` and `logs`.")
        time.sleep(POLL_SECONDS)
