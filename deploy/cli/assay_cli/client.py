"""Asks a gateway, and turns every way in which it can say no into a failure that says what to do."""

from collections.abc import Mapping
from typing import Any

import httpx

from assay_cli.target import GATEWAY, TOKEN, Target
from kernel.failure import Failure

PATIENCE_SECONDS = 60.0


def ask(target: Target, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """The JSON document that the gateway answers."""
    headers = {"authorization": f"Bearer {target.token}"}
    try:
        reply = httpx.request(method, f"{target.gateway}{path}", json=body, headers=headers, timeout=PATIENCE_SECONDS)
    except httpx.HTTPError as error:
        raise unreachable(target, error) from error
    document = _document(reply)
    if reply.is_success and document is not None:
        return document
    raise failure_of(target, reply)


def unreachable(target: Target, error: httpx.HTTPError) -> Failure:
    """Why nothing was answered."""
    return Failure(
        f"The gateway {target.gateway} does not answer: {error or type(error).__name__}.",
        f"Check that it runs and that {GATEWAY} names it; on a local stack, `./assay status` shows its processes.",
    )


def _document(reply: httpx.Response) -> Any:
    try:
        return reply.json()
    except ValueError:
        return None


def failure_of(target: Target, reply: httpx.Response) -> Failure:
    """What a gateway's no says: what was wrong, what would be right, and the clause."""
    status, document = reply.status_code, _document(reply)
    if not isinstance(document, dict) or "detail" not in document:
        return Failure(
            f"{target.gateway} answered {status}, but not as a gateway of Assay does.",
            f"Set {GATEWAY} to the gateway's base address.",
        )
    if status == httpx.codes.UNAUTHORIZED:
        return Failure(
            f"The gateway {target.gateway} does not accept the token: {document['detail']}",
            f"Give a valid token of the gateway's issuer in {TOKEN}, or a file that holds it with --token-file.",
        )
    clause = f" ({document['clause']})" if document.get("clause") else ""
    return Failure(f"{document['detail']}{clause}", document.get("remedy", "Look into the logs of the gateway."))
