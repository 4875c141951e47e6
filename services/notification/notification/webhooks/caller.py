"""Calls webhooks: signed, at least once, again after growing pauses, and never inside the house.

Of several replicas one calls: it claims the delivery by the database's clock, for longer than a call can last.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from ssl import SSLContext
from typing import Any, Final

import httpx
import structlog

from chassis.eventstore.runtime import Runtime
from chassis.process.database import TRANSIENT
from chassis.process.failpoints import failpoint
from notification.settings import Settings
from notification.webhooks.addresses import AddressRefused, Target, resolved
from notification.webhooks.signing import secret_of, signed_headers
from notification.webhooks.tables import QUERIES

POLL_SECONDS = 1.0
PAUSE_SECONDS = 0.1
CALL_SECONDS: Final = 15.0
CLAIM: Final = timedelta(seconds=60)
LONGEST_ANSWER: Final = 500
GONE: Final = 410
PAUSES: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Between one attempt and the next; after the last there is none. They grow to a day, as Standard Webhooks advises."""
TOGETHER: Final = 8
"""So many calls run at once, so that a slow answer does not keep the others waiting."""

log = structlog.get_logger()


async def call_webhooks(runtime: Runtime, settings: Settings) -> None:
    """Call for ever whom there is to call."""
    async with asyncio.TaskGroup() as group:
        for _ in range(TOGETHER):
            group.create_task(_call(runtime, settings))


async def _call(runtime: Runtime, settings: Settings) -> None:
    while True:
        try:
            while await call_next(runtime, settings):
                pass
        except TRANSIENT as error:
            log.warning("the webhooks wait for the database", error=repr(error))
        await asyncio.sleep(PAUSE_SECONDS)
        await runtime.woken(POLL_SECONDS)


async def call_next(runtime: Runtime, settings: Settings) -> bool:
    """Try the delivery that has waited longest; whether there was one."""
    row = await runtime.pool.fetchrow(QUERIES["claim_webhook_delivery"], CLAIM)
    if row is None:
        return False
    try:
        target = await resolved(row["url"], settings.webhook_private)
        async with asyncio.timeout(CALL_SECONDS):
            status, said = await call(target, _headers(runtime, row), row["payload"].encode())
        failpoint("webhook.answered")
    except AddressRefused as refused:
        status, said = None, refused.message
    except (httpx.HTTPError, OSError, TimeoutError, ValueError) as error:
        status, said = None, f"{type(error).__name__}: {error}"[:LONGEST_ANSWER]
    await _record(runtime, settings, row, status, said)
    return True


def _headers(runtime: Runtime, row: Mapping[str, Any]) -> Mapping[str, str]:
    number = row["secret_number"]
    counting = (number, number - 1) if row["previous_counts"] else (number,)
    key = runtime.origin.key.secret
    secrets = [secret_of(key, str(row["webhook"]), each) for each in counting]
    return signed_headers(secrets, row["key"], row["seconds"], row["payload"].encode())


async def call(target: Target, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
    """The status and the beginning of the answer. No redirect is followed, and no proxy is asked.

    Connected to is the address that was checked; name and certificate are those of the receiver.
    """
    host = target.url.netloc.decode()
    sent = {**headers, "host": host, "content-type": "application/json", "user-agent": "Assay"}
    trusted = _trusted()
    async with httpx.AsyncClient(
        verify=trusted, trust_env=False, follow_redirects=False, timeout=CALL_SECONDS
    ) as client:
        extensions = {"sni_hostname": target.url.raw_host.decode()}
        request = client.build_request("POST", target.connected, headers=sent, content=body, extensions=extensions)
        answer = await client.send(request, stream=True)
        try:
            return answer.status_code, await _beginning(answer)
        finally:
            await answer.aclose()


@cache
def _trusted() -> SSLContext:
    """The authorities that are trusted, read once: it takes a while."""
    return httpx.create_ssl_context(trust_env=False)


async def _beginning(answer: httpx.Response) -> str:
    data = b""
    async for chunk in answer.aiter_raw():
        data += chunk
        if len(data) >= LONGEST_ANSWER:
            break
    return "".join(each for each in data[:LONGEST_ANSWER].decode(errors="replace") if each.isprintable())


async def _record(runtime: Runtime, settings: Settings, row: Mapping[str, Any], status: int | None, said: str) -> None:
    """Keep how the attempt ended; try again later, or call this receiver no more."""
    about, now = (row["id"], row["claim"]), runtime.clock.now()
    if status is not None and 200 <= status < 300:
        await runtime.pool.execute(QUERIES["webhook_delivered"], *about, now, status, said)
        return
    left = PAUSES[row["attempts"] :]
    await runtime.pool.execute(QUERIES["webhook_failed"], *about, now, status, said, left[0] if left else None)
    log.warning("webhook not taken", webhook=str(row["webhook"]), status=status, problem=said)
    patience = timedelta(days=settings.webhook_disable_days)
    if status == GONE:
        why = "The receiver answered that it is gone (410)."
    else:
        why = f"Nothing was taken for {settings.webhook_disable_days:g} days: {said}"[:LONGEST_ANSWER]
    at_once = timedelta(0) if status == GONE else patience
    if await runtime.pool.fetchval(QUERIES["disable_webhook"], row["webhook"], now, why, at_once):
        log.error("webhook disabled", webhook=str(row["webhook"]), why=why)
