"""Calls participants as they are registered, also where their accession was confirmed or corrected after the notice."""

import asyncio

import structlog

from chassis.eventstore.cause import Cause
from chassis.eventstore.runtime import Runtime
from chassis.eventstore.store import Conflict
from chassis.process.database import TRANSIENT
from notification import read_models
from notification.aggregates import ENGAGEMENT
from notification.domain.naming import NameParticipant

POLL_SECONDS = 1.0

log = structlog.get_logger()


async def follow_names(runtime: Runtime) -> None:
    """Find for ever who is registered under another name than they are called."""
    while True:
        try:
            await name_participants(runtime)
        except (Conflict, *TRANSIENT) as error:
            log.warning("the names wait for the database", error=repr(error))
        await asyncio.sleep(POLL_SECONDS)


async def name_participants(runtime: Runtime) -> None:
    """Call everybody as they are registered, in every engagement."""
    for row in await read_models.misnamed(runtime.pool):
        id, organisation, name = str(row["engagement"]), row["organisation"], row["name"]
        command = NameParticipant(id, organisation, name)
        await runtime.handle(Cause.timer(f"name:{organisation}:{name}"), ENGAGEMENT, id, command)
