"""Parked messages, and what operations do about them: try again, edit, or skip, each with a reason that is kept.

Messages of one source and subject are released in their order. A release that succeeds goes on with those behind it
until one fails again; a release that fails leaves everything as it was, with the new reason.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson
import structlog

from chassis import timing
from chassis.eventstore.runtime import Runtime
from chassis.eventstore.store import Conflict
from chassis.messaging.inbox import Inbox, multirange
from chassis.messaging.ordering import Gap
from chassis.messaging.quarantine import describe_error, lock_subject, parked_message
from chassis.process.database import TRANSIENT, Connection, load_queries
from chassis.process.failpoints import failpoint
from kernel.principal import Principal
from kernel.refusal import Kind, Refusal

QUERIES = load_queries(Path(__file__).parent / "parking.sql")
MOST_LISTED = 1_000
MOST_RELEASED = 1_000
"""Those behind a released message follow by so many at once; the reply names the next."""

log = structlog.get_logger()

Decision = Literal["retried", "edited", "skipped"]


@dataclass(unsafe_hash=True)
class NotParked(Refusal):
    """No message is parked under the number {parked}."""

    kind = Kind.UNKNOWN
    remedy = "List what is parked: another release may have taken it along."
    parked: int


@dataclass(unsafe_hash=True)
class NotFirst(Refusal):
    """Message {parked} is parked behind message {first} of the same source and subject."""

    kind = Kind.CONFLICT
    remedy = "Release or skip {first} first; those behind it follow by themselves."
    parked: int
    first: int


@dataclass(unsafe_hash=True)
class GapBefore(Refusal):
    """Before message {parked}, which has sequence {sequence}, {missing} is missing."""

    kind = Kind.CONFLICT
    remedy = (
        "Get what is missing with `{command}`, or release over the gap with `over_gap`, saying why nothing is "
        "lost by it: it is then missing for ever."
    )
    parked: int
    sequence: int
    missing: str
    command: str


@dataclass(frozen=True)
class Release:
    """What a release came to: how many messages were handled, and the first that still can't be, if any.

    `missing_for_ever` is what was released over: should it come now, it counts as known.
    """

    released: int
    remaining: int | None
    reason: str | None
    missing_for_ever: Gap | None = None


@dataclass(frozen=True)
class _Step:
    """What became of one message: its row, why it still can't be handled, if so, and the gap it was released over."""

    row: Any
    problem: str | None
    gap: Gap | None = None


class Parking:
    """A service's parked messages."""

    def __init__(self, runtime: Runtime, inbox: Inbox) -> None:
        self._runtime = runtime
        self._inbox = inbox

    async def listed(self) -> list[dict[str, Any]]:
        """What is parked, oldest first, without the messages' content."""
        rows = await self._runtime.pool.fetch(QUERIES["list_parked"], MOST_LISTED)
        return [{key: value for key, value in row.items() if key not in ("value", "headers")} for row in rows]

    async def shown(self, parked: int) -> dict[str, Any]:
        """One parked message with its content, and what was decided about it so far."""
        async with self._runtime.transaction() as connection:
            row = await _found(connection, parked)
            decided = await connection.fetch(QUERIES["decisions"], parked)
        content = {"headers": orjson.loads(row["headers"]), "value": bytes(row["value"]).decode(errors="replace")}
        return {**row, **content, "decisions": [dict(each) for each in decided]}

    async def retry(self, parked: int, by: Principal, reason: str, over_gap: bool = False) -> Release:
        """Handle the message again, and then those behind it."""
        return await self._release(parked, by, "retried", reason, over_gap=over_gap)

    async def edit(self, parked: int, by: Principal, reason: str, value: bytes) -> Release:
        """Replace the message's content, handle it, and then those behind it; nothing changes when that fails."""
        return await self._release(parked, by, "edited", reason, value=value)

    async def skip(self, parked: int, by: Principal, reason: str) -> Release:
        """Leave the message out for good, and handle those behind it."""
        return await self._release(parked, by, "skipped", reason)

    async def _release(
        self,
        parked: int,
        by: Principal,
        decision: Decision,
        reason: str,
        value: bytes | None = None,
        over_gap: bool = False,
    ) -> Release:
        step = await self._step(parked, by, decision, reason, value, over_gap)
        released, gap = int(step.problem is None and decision != "skipped"), step.gap
        while step.problem is None and released < MOST_RELEASED:
            row = step.row
            behind = await self._runtime.pool.fetchrow(QUERIES["first_parked"], row["source"], row["subject"])
            if behind is None:
                return Release(released, None, None, gap)
            parked = behind["seq"]
            try:
                step = await self._step(parked, by, "retried", f"behind {row['seq']}: {reason}", None, False)
            except (GapBefore, NotFirst, NotParked) as refusal:
                return Release(released, parked, refusal.message, gap)
            released += step.problem is None
        return Release(released, parked, step.problem or "There are more: go on with the one that remains.", gap)

    async def _step(
        self, parked: int, by: Principal, decision: Decision, reason: str, value: bytes | None, over_gap: bool
    ) -> _Step:
        """One message in one transaction."""
        row = None
        for attempt in range(1, timing.CONFLICT_ATTEMPTS + 1):
            try:
                async with self._runtime.transaction() as connection:
                    row = await _locked(connection, parked)
                    gap = await self._act(connection, row, decision, value, over_gap)
                    await self._keep(connection, row, by, decision, reason, value, None, gap)
                    failpoint("parking.released")
                failpoint("parking.committed")
                break
            except (Conflict, *TRANSIENT):
                if attempt == timing.CONFLICT_ATTEMPTS:
                    raise
                await asyncio.sleep(timing.CONFLICT_PAUSE_SECONDS * 2**attempt)
            except (NotParked, NotFirst, GapBefore):
                raise
            except Exception as error:
                if row is None:
                    raise
                await self._still_wrong(row, by, decision, reason, value, problem := describe_error(error))
                return _Step(row, problem)
        log.info("parked message released", parked=parked, decision=decision, by=by.name, reason=reason)
        if gap:
            log.warning("what was released over is missing for ever", missing=str(gap), by=by.name, reason=reason)
        self._runtime.wake(enqueued=True)
        return _Step(row, None, gap)

    async def _still_wrong(
        self, row: Any, by: Principal, decision: Decision, reason: str, value: bytes | None, problem: str
    ) -> None:
        log.warning("parked message still can't be handled", parked=row["seq"], by=by.name, problem=problem)
        async with self._runtime.transaction() as connection:
            await connection.execute(QUERIES["still_wrong"], row["seq"], problem)
            await self._keep(connection, row, by, decision, reason, value, problem, None)
            failpoint("parking.still-wrong")

    async def _keep(
        self,
        connection: Connection,
        row: Any,
        by: Principal,
        decision: Decision,
        reason: str,
        value: bytes | None,
        problem: str | None,
        gap: Gap | None,
    ) -> None:
        key = (row["seq"], row["source"], row["subject"], row["id"])
        decided = (decision, reason, by.name, row["value"], self._runtime.clock.now(), value, problem)
        await connection.execute(QUERIES["keep_decision"], *key, *decided, str(gap) if gap else None)

    async def _act(
        self, connection: Connection, row: Any, decision: Decision, value: bytes | None, over_gap: bool
    ) -> Gap | None:
        """Do what was decided; the gap that it was done over."""
        gap = await _gap_before(connection, row)
        if gap and not over_gap:
            raise GapBefore(row["seq"], row["sequence"], str(gap), gap.command)
        unhandled = decision != "skipped" and not await self._inbox.handle_parked(
            connection, parked_message(row, value)
        )
        await connection.execute(QUERIES["remove_parked"], row["seq"])
        if (sequence := row["sequence"]) is not None:
            timeline, left = parked_message(row).envelope.timeline, multirange([sequence] if unhandled else [])
            await connection.execute(QUERIES["pass"], row["source"], row["subject"], timeline, sequence + 1, left)
        return gap


async def _found(connection: Connection, parked: int) -> Any:
    row = await connection.fetchrow(QUERIES["find_parked"], parked)
    if row is None:
        raise NotParked(parked)
    return row


async def _locked(connection: Connection, parked: int) -> Any:
    """The parked message, when it is the first of its source and subject; nobody else adds or releases meanwhile."""
    row = await _found(connection, parked)
    await lock_subject(connection, row["source"], row["subject"])
    first = await connection.fetchrow(QUERIES["first_parked"], row["source"], row["subject"])
    if first is None:
        raise NotParked(parked)
    if first["seq"] != parked:
        raise NotFirst(parked, first["seq"])
    return first


async def _gap_before(connection: Connection, row: Any) -> Gap | None:
    """What has not come before the first parked message of its source and subject."""
    if row["sequence"] is None:
        return None
    expected = await connection.fetchval(QUERIES["expected"], row["source"], row["subject"]) or 1
    if row["sequence"] <= expected:
        return None
    return Gap(row["source"], row["subject"], expected, row["sequence"] - 1)
