"""Lets every engagement count with the days that were declared otherwise, each once, also by several replicas."""

import asyncio
import time

import structlog

from chassis.eventstore.cause import Cause
from chassis.eventstore.runtime import Runtime
from chassis.eventstore.store import Conflict
from chassis.process.database import TRANSIENT
from notification import read_models
from notification.aggregates import ENGAGEMENT
from notification.domain.timekeeping import FollowDeclarations
from rulebook.engine.errors import RulebookError

POLL_SECONDS = 1.0
OVERTAKEN_SECONDS = 60.0
"""How long after a declaration it is looked for engagements that were begun while it was made: no transaction takes
longer."""

log = structlog.get_logger()


async def follow_declared_days(runtime: Runtime) -> None:
    """Look for ever whether a day was declared; at the start, and for a while after each, also who is behind."""
    known, until = -1, 0.0
    while True:
        try:
            declarations = await read_models.declarations(runtime.pool)
            if len(declarations) != known:
                until = time.monotonic() + OVERTAKEN_SECONDS
            if time.monotonic() < until:
                await catch_up(runtime)
            known = len(declarations)
        except (Conflict, *TRANSIENT) as error:
            log.warning("the declared days wait for the database", error=repr(error))
        await asyncio.sleep(POLL_SECONDS)


async def catch_up(runtime: Runtime) -> None:
    """Let every engagement that is behind count with what was declared."""
    declarations = await read_models.declarations(runtime.pool)
    for id in await read_models.behind_declarations(runtime.pool, len(declarations)):
        command = FollowDeclarations(str(id), declarations, runtime.clock.now())
        try:
            await runtime.handle(Cause.timer(f"declared:{len(declarations)}"), ENGAGEMENT, str(id), command)
        except RulebookError as error:  # one engagement that can't be dated must not keep the others from it
            log.error("an engagement can't follow a declared day", engagement=str(id), error=str(error))
