"""Who is to be called about what happened: each webhook whose owner may read the engagement and wants such events."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from chassis.eventstore.runtime import Runtime
from chassis.eventstore.store import load
from chassis.process.database import TRANSIENT, Connection
from kernel.audience import Audience
from kernel.principal import Principal
from kernel.refusal import Refusal
from notification.aggregates import ENGAGEMENT
from notification.domain.engagement import Engagement, State
from notification.webhooks.events import payload_of
from notification.webhooks.tables import QUERIES

POLL_SECONDS = 1.0
PAUSE_SECONDS = 0.1
PORTION = 100

log = structlog.get_logger()


async def address_events(runtime: Runtime) -> None:
    """Find for ever whom to call about what happened since."""
    while True:
        try:
            while await address_next(runtime):
                runtime.wake()
        except TRANSIENT as error:
            log.warning("the webhooks wait for the database", error=repr(error))
        await asyncio.sleep(PAUSE_SECONDS)
        await runtime.woken(POLL_SECONDS)


async def address_next(runtime: Runtime) -> bool:
    """Find whom to call about the next portion of events; whether there was one.

    Events are marked and not counted from: one that commits late is not passed over.
    """
    async with runtime.transaction() as connection:
        events = await connection.fetch(QUERIES["new_webhook_events"], PORTION)
        if not events:
            return False
        webhooks = await connection.fetch(QUERIES["live_webhooks"])
        states = await _states(runtime, connection, {str(event["engagement"]) for event in events})
        for event in events:
            state = states[str(event["engagement"])]
            called = [each["id"] for each in webhooks if _wants(each, event["type"]) and may_read(each, state.audience)]
            if called and isinstance(state, Engagement):
                await _tell(connection, event, state)
                await connection.executemany(QUERIES["call_webhook"], [(each, event["seq"]) for each in called])
        await connection.execute(QUERIES["webhook_events_addressed"], [event["seq"] for event in events])
    return True


async def _states(runtime: Runtime, connection: Connection, ids: set[str]) -> Mapping[str, State]:
    streams = {ENGAGEMENT.stream(id): ENGAGEMENT for id in ids}
    loaded = await load(connection, runtime.cache, streams)
    return {id: loaded[ENGAGEMENT.stream(id)].state for id in ids}


async def _tell(connection: Connection, event: Mapping[str, Any], state: Engagement) -> None:
    """Write what is sent, once: each attempt sends the same bytes."""
    id = str(event["engagement"])
    [stored] = await connection.fetch(QUERIES["stored_event"], ENGAGEMENT.stream(id), event["version"])
    happened = ENGAGEMENT.codec.decode(stored["type"], stored["data"])
    await connection.execute(QUERIES["tell_webhook_event"], event["seq"], payload_of(id, happened, state, event["at"]))


def _wants(webhook: Mapping[str, Any], type: str) -> bool:
    events: Sequence[str] = webhook["events"]
    return not events or type in events


def may_read(webhook: Mapping[str, Any], audience: Audience | None) -> bool:
    """Whether the owner of a webhook may read an engagement; nobody reads one that is not known yet."""
    if audience is None:
        return False
    try:
        Principal("", webhook["role"], webhook["party"]).must("read", audience)
    except Refusal:
        return False
    return True
