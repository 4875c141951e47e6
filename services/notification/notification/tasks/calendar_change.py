"""Follows the calendar: when the rulebook's Working Days are others than before, every open date is given anew."""

import asyncio

import structlog

from chassis.eventstore.cause import SYSTEM, Cause
from chassis.eventstore.runtime import Runtime
from chassis.eventstore.store import Conflict
from chassis.process.database import TRANSIENT
from notification import read_models
from notification.aggregates import ENGAGEMENT
from notification.domain.timekeeping import FollowCalendar
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.errors import RulebookError

PAUSE_SECONDS = 1.0

log = structlog.get_logger()


async def follow_calendar(runtime: Runtime) -> None:
    """Give the open dates anew once: the calendar is data of the release, it can't change while the service runs."""
    while True:
        try:
            await redate(runtime)
            break
        except (Conflict, *TRANSIENT) as error:
            log.warning("the calendar waits for the database", error=repr(error))
            await asyncio.sleep(PAUSE_SECONDS)
    await asyncio.Event().wait()


async def redate(runtime: Runtime) -> None:
    """Let every engagement under way follow the calendar, each once for each calendar.

    Those that do are not asked again: a start would otherwise take the longer, the more engagements are under way.
    """
    key = f"calendar:{calendar().fingerprint}:"
    for id in await read_models.under_way(runtime.pool, SYSTEM.identity, key):
        cause = Cause.internal(f"{key}{id}")
        try:
            await runtime.handle(cause, ENGAGEMENT, str(id), FollowCalendar(str(id)))
        except RulebookError as error:  # one engagement that can't be dated must not keep the others from it
            log.error("an engagement can't follow the calendar", engagement=str(id), error=str(error))
