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
from chassis.messaging.inbox import Inbox
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
    """Before message {parked}, which has sequence {sequence}, {expected} is expected and has not come."""

    kind = Kind.CONFLICT
    remedy = "Wait for what is missing, or release over the gap with `over_gap`, saying why nothing is lost by it."
    parked: int
    sequence: int
    expected: int


@dataclass(frozen=True)
class Release:
    """What a release came to: how many messages were handled, and the first that still can't be, if any."""

    released: int
    remaining: int | None
    reason: str | None


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
        row, problem = await self._step(parked, by, decision, reason, value, over_gap)
        released = int(problem is None and decision != "skipped")
        while problem is None and released < MOST_RELEASED:
            behind = await self._runtime.pool.fetchrow(QUERIES["first_parked"], row["source"], row["subject"])
            if behind is None:
                return Release(released, None, None)
            parked = behind["seq"]
            try:
                row, problem = await self._step(parked, by, "retried", f"behind {row['seq']}: {reason}", None, False)
            except (GapBefore, NotFirst, NotParked) as refusal:
                return Release(released, parked, refusal.message)
            released += problem is None
        return Release(released, parked, problem or "There are more: go on with the one that remains.")

    async def _step(
        self, parked: int, by: Principal, decision: Decision, reason: str, value: bytes | None, over_gap: bool
    ) -> tuple[Any, str | None]:
        """One message in one transaction: its row, and why it still can't be handled, if so."""
        row = None
        for attempt in range(1, timing.CONFLICT_ATTEMPTS + 1):
            try:
                async with self._runtime.transaction() as connection:
                    row = await _locked(connection, parked)
                    await self._act(connection, row, decision, value, over_gap)
                    await self._keep(connection, row, by, decision, reason, value, None)
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
                return row, problem
        log.info("parked message released", parked=parked, decision=decision, by=by.name, reason=reason)
        self._runtime.wake(enqueued=True)
        return row, None

    async def _still_wrong(
        self, row: Any, by: Principal, decision: Decision, reason: str, value: bytes | None, problem: str
    ) -> None:
        log.warning("parked message still can't be handled", parked=row["seq"], by=by.name, problem=problem)
        async with self._runtime.transaction() as connection:
            await connection.execute(QUERIES["still_wrong"], row["seq"], problem)
            await self._keep(connection, row, by, decision, reason, value, problem)
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
    ) -> None:
        key = (row["seq"], row["source"], row["subject"], row["id"])
        decided = (decision, reason, by.name, row["value"], self._runtime.clock.now(), value, problem)
        await connection.execute(QUERIES["keep_decision"], *key, *decided)

    async def _act(
        self, connection: Connection, row: Any, decision: Decision, value: bytes | None, over_gap: bool
    ) -> None:
        if row["sequence"] is not None and not over_gap:
            await _require_no_gap(connection, row)
        if decision != "skipped":
            await self._inbox.handle_parked(connection, parked_message(row, value))
        await connection.execute(QUERIES["remove_parked"], row["seq"])
        if row["sequence"] is not None:
            timeline = parked_message(row).envelope.timeline
            await connection.execute(QUERIES["pass"], row["source"], row["subject"], timeline, row["sequence"] + 1)


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


async def _require_no_gap(connection: Connection, row: Any) -> None:
    expected = await connection.fetchval(QUERIES["expected"], row["source"], row["subject"]) or 1
    if row["sequence"] > expected:
        raise GapBefore(row["seq"], row["sequence"], expected)
