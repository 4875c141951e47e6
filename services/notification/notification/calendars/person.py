"""The feed of a person: what their role owes or waits for, in every engagement that they may read.

A calendar program has no token, so that the feed has a secret in its address. It is made of the service's key and the
feed's id, and its hash alone is stored.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any, Final

from icalendar import Event

from chassis.eventstore.runtime import Runtime
from chassis.eventstore.store import load
from kernel.recent import Recent
from notification.aggregates import ENGAGEMENT
from notification.calendars.ical import calendar_of, entry_of
from notification.calendars.tables import QUERIES, times_dated
from notification.domain.engagement import Engagement
from notification.emails.names import engagement_named, role_named
from notification.webhooks.addressing import may_read
from rulebook.engine.dating.working_days import calendar

MOST_EVENTS: Final = 1_000
LOST_DAYS: Final = 90
"""So long a step that fell away is told as cancelled."""
REMEMBERED: Final = 10_000
MOST_READINGS: Final = 30
PERIOD_SECONDS: Final = 60.0


def secret_of(key: bytes, feed: str) -> str:
    """The secret of a feed."""
    return urlsafe_b64encode(hmac.digest(key, f"calendar/{feed}".encode(), sha256)).decode().rstrip("=")


def hash_of(secret: str) -> bytes:
    """What is stored of a secret. It can't be guessed, so that nothing needs to slow a guess down."""
    return sha256(secret.encode()).digest()


class Readings:
    """How often each feed was read lately, by this process."""

    def __init__(self) -> None:
        self._times: Recent[str, tuple[float, ...]] = Recent(REMEMBERED)

    def admit(self, feed: str, at: float) -> bool:
        """Whether a feed may be read at a monotonic time: so often in a minute at most."""
        lately = tuple(each for each in self._times.get(feed) or () if each > at - PERIOD_SECONDS)
        if len(lately) >= MOST_READINGS:
            return False
        self._times.put(feed, (*lately, at))
        return True


async def feed_of(runtime: Runtime, owner: Mapping[str, Any]) -> bytes:
    """The calendar of a feed's owner."""
    now, role = runtime.clock.now(), owner["role"]
    async with runtime.pool.acquire() as connection:
        asked = (role, owner["party"], now - timedelta(days=LOST_DAYS), MOST_EVENTS)
        rows = await connection.fetch(QUERIES["deadlines_of_role"], *asked)
        ids = {row["engagement"] for row in rows}
        loaded = await load(connection, runtime.cache, {ENGAGEMENT.stream(str(id)): ENGAGEMENT for id in ids})
        times = await times_dated(connection, ids)
    name = " for ".join(filter(None, (f"Assay: {role}", owner["party"])))
    today = calendar().day_of(now)
    entries = list[Event]()
    for row in rows:
        id = row["engagement"]
        state = loaded[ENGAGEMENT.stream(str(id))].state
        if isinstance(state, Engagement) and may_read(owner, state.audience):
            called, of = partial(role_named, state=state), engagement_named(state)
            entries.append(entry_of(id, row, times.get((id, row["key"]), 1), today, role, called, of))
    return calendar_of(name, entries)
