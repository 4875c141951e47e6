"""Routes of webhooks: each caller has those of the role and the organisation acted for."""

from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import Annotated, Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from fastapi import APIRouter, Query

from chassis.eventstore.runtime import Runtime
from chassis.web.http import Caller, Caused, Run, house_command, house_query
from kernel.principal import Principal
from notification.api.mail import settings_of
from notification.webhooks.addresses import resolved
from notification.webhooks.refusals import (
    EventUnknown,
    ReplayOfNothing,
    WebhookOfNobody,
    WebhooksTooMany,
    WebhookUnknown,
)
from notification.webhooks.schemas import (
    AttemptView,
    DeliveryLog,
    NewWebhook,
    Replay,
    Replayed,
    WebhookSecret,
    WebhookView,
)
from notification.webhooks.signing import secret_of, shown
from notification.webhooks.tables import QUERIES
from rulebook.engine.files import events
from rulebook.engine.roles import every_role

MOST: Final = 10
PAGE: Final = 100
BOTH_COUNT: Final = timedelta(hours=24)
"""So long after a rotation the secret before still counts."""

router = APIRouter(prefix="/webhooks", tags=["notification"])


def _changes(model: Any) -> dict[str, Any]:
    return {**house_command(), "response_model": model}


@router.post("", status_code=201, **_changes(WebhookSecret))
async def add_webhook(body: NewWebhook, runtime: Run, cause: Caused) -> WebhookSecret:
    """Be called at an address when something happens in an engagement that the caller may read.

    The answer has the secret, which is not shown again.
    """
    owner = cause.actor
    if owner.party is None and every_role().get(owner.role):
        raise WebhookOfNobody(owner.role)
    for event in body.events:
        if event not in events():
            near = ", ".join(get_close_matches(event, events(), n=3) or sorted(events())[-3:])
            raise EventUnknown(event, near)
    await resolved(body.url, settings_of(runtime).webhook_private)
    id = uuid5(NAMESPACE_URL, f"{owner.identity}/{cause.key}")
    async with runtime.transaction() as connection:
        await connection.execute(QUERIES["lock_owner"], owner.role, owner.party)
        known = await connection.fetchval(QUERIES["webhook"], id, owner.role, owner.party)
        if known is None and await connection.fetchval(QUERIES["count_webhooks"], owner.role, owner.party) >= MOST:
            raise WebhooksTooMany(MOST)
        about = (id, owner.role, owner.party, body.url, list(body.events), owner.identity, runtime.clock.now())
        await connection.execute(QUERIES["add_webhook"], *about)
    return _secret(runtime, id, 1)


@router.get("", **house_query())
async def read_webhooks(runtime: Run, caller: Caller) -> list[WebhookView]:
    """The webhooks of the caller's role and organisation."""
    rows = await runtime.pool.fetch(QUERIES["webhooks"], caller.role, caller.party)
    return [WebhookView.model_validate(dict(row)) for row in rows]


@router.delete("/{webhook}", status_code=204, **_changes(None))
async def delete_webhook(webhook: UUID, runtime: Run, caller: Caller) -> None:
    """Be called no more."""
    await _own(runtime, caller, webhook)
    await runtime.pool.execute(QUERIES["delete_webhook"], webhook, runtime.clock.now())


@router.post("/{webhook}/secret", **_changes(WebhookSecret))
async def rotate_secret(webhook: UUID, runtime: Run, cause: Caused) -> WebhookSecret:
    """Have another secret; for a day messages are signed with the one before, too."""
    await _own(runtime, cause.actor, webhook)
    await runtime.pool.execute(QUERIES["rotate_secret"], webhook, cause.key, BOTH_COUNT)
    row = await _own(runtime, cause.actor, webhook)
    return _secret(runtime, webhook, row["secret_number"])


@router.post("/{webhook}/enabling", **_changes(WebhookView))
async def enable_webhook(webhook: UUID, runtime: Run, caller: Caller) -> WebhookView:
    """Be called again, also about what waited, once the receiver takes it."""
    await _own(runtime, caller, webhook)
    await runtime.pool.execute(QUERIES["enable_webhook"], webhook)
    runtime.wake()
    return WebhookView.model_validate(dict(await _own(runtime, caller, webhook)))


@router.get("/{webhook}/deliveries", **house_query())
async def read_deliveries(
    webhook: UUID, runtime: Run, caller: Caller, before: Annotated[int, Query(ge=1, le=2**62)] = 2**62
) -> list[DeliveryLog]:
    """What it was or is to be called about, the newest first, each with its attempts; `before` is the last id seen."""
    await _own(runtime, caller, webhook)
    rows = await runtime.pool.fetch(QUERIES["webhook_deliveries"], webhook, before, PAGE)
    attempts: dict[int, list[AttemptView]] = {row["id"]: [] for row in rows}
    for row in await runtime.pool.fetch(QUERIES["webhook_attempts"], list(attempts)):
        attempts[row["delivery"]].append(AttemptView.model_validate(dict(row)))
    return [DeliveryLog.model_validate({**row, "attempts": attempts[row["id"]]}) for row in rows]


@router.post("/{webhook}/replay", **_changes(Replayed))
async def replay(webhook: UUID, body: Replay, runtime: Run, caller: Caller) -> Replayed:
    """Be called again about one delivery, or all about what happened from an instant on, under the same ids.

    Of what happened while the webhook was disabled there is no delivery.
    """
    await _own(runtime, caller, webhook)
    if body.delivery is None and body.since is None:
        raise ReplayOfNothing()
    done = await runtime.pool.execute(QUERIES["replay_webhook"], webhook, body.delivery, body.since)
    runtime.wake()
    return Replayed(deliveries=int(done.rpartition(" ")[2]))


async def _own(runtime: Runtime, caller: Principal, webhook: UUID) -> Mapping[str, Any]:
    row = await runtime.pool.fetchrow(QUERIES["webhook"], webhook, caller.role, caller.party)
    if row is None:
        raise WebhookUnknown()
    own: Mapping[str, Any] = row
    return own


def _secret(runtime: Runtime, webhook: UUID, number: int) -> WebhookSecret:
    secret = secret_of(runtime.origin.key.secret, str(webhook), number)
    return WebhookSecret(id=webhook, secret=shown(secret))
