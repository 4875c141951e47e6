"""The handles of operations: parked messages and their release, what is published again, and new timelines."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import Field, StringConstraints

from chassis.messaging import timeline
from chassis.messaging.parking import Parking, Release
from chassis.messaging.republishing import Republication, Republishing
from chassis.messaging.timeline import Begun, Standing
from chassis.web.http import Body, Caller, Run, house_command, house_query

LARGEST_EDIT = 900_000

router = APIRouter(prefix="/parked")
republications = APIRouter(prefix="/republications")
timelines = APIRouter(prefix="/timeline")

Reason = Annotated[str, StringConstraints(min_length=3, max_length=2_000, pattern=r"^[^\x00]+$")]
Number = Annotated[int, Field(ge=1, le=2**62)]
Subject = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]+$")]


class Retry(Body):
    """Why it should work now. `over_gap` releases a message though earlier ones have not come."""

    reason: Reason
    over_gap: bool = False


class Edit(Body):
    """The content to handle instead, as JSON text, and why."""

    reason: Reason
    value: Annotated[str, StringConstraints(min_length=1, max_length=LARGEST_EDIT, pattern=r"^[^\x00]+$")]


class Skip(Body):
    """Why nothing is to follow from the message."""

    reason: Reason


class Republish(Body):
    """The messages about one subject from a sequence on, or all messages, and why.

    All are published again in portions: `continue_after` is what the answer about the last portion said.
    """

    reason: Reason
    subject: Subject | None = None
    from_sequence: Number | None = None
    continue_after: Subject | None = None


async def current_parking(request: Request) -> Parking:
    """The running service's parked messages."""
    parking: Parking = request.app.state.parking
    return parking


async def current_republishing(request: Request) -> Republishing:
    """What publishes the running service's messages again."""
    republishing: Republishing = request.app.state.republishing
    return republishing


Here = Annotated[Parking, Depends(current_parking)]
READING = house_query("operations")
RELEASING = {**house_command("operations"), "response_model": None}


@router.get("", include_in_schema=False, **READING)
async def listed(parking: Here) -> list[dict[str, Any]]:
    """What could not be handled, oldest first."""
    return await parking.listed()


@router.get("/{parked}", include_in_schema=False, **READING)
async def shown(parked: Number, parking: Here) -> dict[str, Any]:
    """One parked message with its content and what was decided about it."""
    return await parking.shown(parked)


@router.post("/{parked}/retry", include_in_schema=False, **RELEASING)
async def retry(parked: Number, body: Retry, parking: Here, caller: Caller) -> Release:
    """Handle it again, and then those behind it."""
    return await parking.retry(parked, caller, body.reason, body.over_gap)


@router.post("/{parked}/edit", include_in_schema=False, **RELEASING)
async def edit(parked: Number, body: Edit, parking: Here, caller: Caller) -> Release:
    """Handle other content in its place, and then those behind it."""
    return await parking.edit(parked, caller, body.reason, body.value.encode())


@router.post("/{parked}/skip", include_in_schema=False, **RELEASING)
async def skip(parked: Number, body: Skip, parking: Here, caller: Caller) -> Release:
    """Leave it out for good, and handle those behind it."""
    return await parking.skip(parked, caller, body.reason)


class Begin(Body):
    """Why the database was brought back to an earlier state."""

    reason: Reason


@timelines.get("", include_in_schema=False, **READING)
async def standing(runtime: Run) -> Standing:
    """What was published and is not in the database, and which facts of others were handled and are no more."""
    return await timeline.standing(runtime)


@timelines.post("", include_in_schema=False, **RELEASING)
async def begin(body: Begin, runtime: Run, caller: Caller) -> Begun:
    """Begin a new timeline; answers with what was lost."""
    return await timeline.begin(runtime, caller, body.reason)


@republications.post("", include_in_schema=False, **RELEASING)
async def republish(
    body: Republish, caller: Caller, republishing: Annotated[Republishing, Depends(current_republishing)]
) -> Republication:
    """Publish messages again, as they were."""
    which = (body.subject, body.from_sequence, body.continue_after)
    return await republishing.republish(caller, body.reason, *which)
