"""Routes of calendars: that of an engagement, and the feeds of a person at addresses with a secret."""

import time
from datetime import datetime
from functools import partial
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from fastapi import APIRouter, HTTPException, Response
from pydantic import BaseModel

from chassis.web.http import Caller, Caused, Run, house_command, house_query, public, query
from notification import read_models
from notification.api.known import Own
from notification.calendars.ical import calendar_of, entry_of
from notification.calendars.person import PERIOD_SECONDS, Readings, feed_of, hash_of, secret_of
from notification.calendars.refusals import FeedsTooMany, FeedUnknown
from notification.calendars.tables import QUERIES, times_dated
from notification.emails.names import engagement_named, role_named
from rulebook.engine.dating.working_days import calendar

MOST: Final = 10
MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
READINGS: Final = Readings()

router = APIRouter(tags=["notification"])


class FeedView(BaseModel):
    """A feed of the caller. Its address is not shown again."""

    id: UUID
    created_at: datetime


class FeedAddress(BaseModel):
    """A new feed, and the address to which a calendar program subscribes; it is shown this once."""

    id: UUID
    url: str


@router.get("/engagements/{engagement}/calendar.ics", response_class=Response, **query("read"))
async def read_calendar(own: Own, runtime: Run, caller: Caller) -> Response:
    """The dates of an engagement as a calendar (iCalendar)."""
    rows = await read_models.deadlines(runtime.pool, own.id)
    times = await times_dated(runtime.pool, (own.id,))
    today, name = calendar().day_of(runtime.clock.now()), f"{engagement_named(own.state)}: {own.state.profile.title}"
    called = partial(role_named, state=own.state)
    entries = (
        entry_of(own.id, row, times.get((own.id, row["key"]), 1), today, caller.role, called)
        for row in rows
        if row["due"] is not None
    )
    return Response(calendar_of(name, entries), media_type=MEDIA_TYPE)


@router.post("/calendar-feeds", status_code=201, **{**house_command(), "response_model": FeedAddress})
async def add_feed(runtime: Run, cause: Caused) -> FeedAddress:
    """Have a calendar of all open deadlines that the caller's role owes or waits for, at an address with a secret."""
    person = cause.actor
    id = uuid5(NAMESPACE_URL, f"calendar/{person.identity}/{cause.key}")
    if await runtime.pool.fetchval(QUERIES["count_feeds"], person.identity, id) >= MOST:
        raise FeedsTooMany(MOST)
    secret = secret_of(runtime.origin.key.secret, str(id))
    about = (id, hash_of(secret), person.identity, person.role, person.party, runtime.clock.now())
    await runtime.pool.execute(QUERIES["add_feed"], *about)
    base = runtime.settings.public_url.rstrip("/")
    return FeedAddress(id=id, url=f"{base}/calendar-feeds/{secret}/calendar.ics")


@router.get("/calendar-feeds", **house_query())
async def read_feeds(runtime: Run, caller: Caller) -> list[FeedView]:
    """The caller's own feeds."""
    rows = await runtime.pool.fetch(QUERIES["feeds"], caller.identity)
    return [FeedView.model_validate(dict(row)) for row in rows]


@router.delete("/calendar-feeds/{feed}", status_code=204, **{**house_command(), "response_model": None})
async def revoke_feed(feed: UUID, runtime: Run, caller: Caller) -> None:
    """Let nobody read a feed any more."""
    if not await runtime.pool.fetchval(QUERIES["revoke_feed"], feed, caller.identity, runtime.clock.now()):
        raise FeedUnknown()


@router.get("/calendar-feeds/{secret}/calendar.ics", response_class=Response, **public())
async def read_feed(secret: str, runtime: Run) -> Response:
    """The calendar of whoever has the secret; 404 where there is no such feed, or none any more."""
    owner = await runtime.pool.fetchrow(QUERIES["feed_of_secret"], hash_of(secret))
    if owner is None:
        raise FeedUnknown()
    if not READINGS.admit(str(owner["id"]), time.monotonic()):
        wait = f"{PERIOD_SECONDS:.0f}"
        raise HTTPException(429, "This calendar is read too often.", {"Retry-After": wait})
    headers = {"cache-control": "private, max-age=300", "referrer-policy": "no-referrer"}
    return Response(await feed_of(runtime, owner), media_type=MEDIA_TYPE, headers=headers)
