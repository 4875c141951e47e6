"""The read models: Parties, engagements, their timetables, and what people are told."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any, assert_never
from uuid import UUID

import orjson

from chassis.eventstore.aggregate import Change, RowWriter
from chassis.process.database import Connection, Pool, load_queries
from notification.domain.anchors import Occurrence
from notification.domain.deadlines import next_look
from notification.domain.engagement import (
    DeadlineMissed,
    DeadlineReminded,
    Engagement,
    EngagementNotified,
    Event,
    FactRecorded,
    InitiationMeetingHeld,
    NotificationAcknowledged,
    StartRescheduled,
    StepCompleted,
    TimetableChanged,
)
from notification.domain.intention import Applicant
from notification.domain.refusals import EngagementUnknown
from notification.emails.templates import letters

Row = Mapping[str, Any]

QUERIES = load_queries(Path(__file__).parent / "queries.sql")


async def project_party(connection: RowWriter, changes: Sequence[Change]) -> None:
    """Keep the Parties."""
    for change in changes:
        party = change.event
        await connection.execute(QUERIES["put_party"], party.signifier, party.name, party.acceded_on, party.reference)


async def project_engagement(connection: RowWriter, changes: Sequence[Change]) -> None:
    """Keep the engagements and their timetables, and write the e-mails that follow."""
    for change in changes:
        await _register(connection, UUID(change.id), change.event, change)
    latest = {change.id: change.state for change in changes}
    mails = [mail for change in changes for mail in _mails(change, latest[change.id])]
    if mails:
        await connection.executemany(QUERIES["write_mail"], mails)


async def _register(connection: RowWriter, id: UUID, event: Event, change: Change) -> None:
    match event:
        case EngagementNotified():
            await connection.execute(QUERIES["add_engagement"], id, *_intention(event))
        case NotificationAcknowledged():
            acknowledged = (_json(asdict(event.contact)), event.initiation_meeting_on, event.acknowledged_at)
            await connection.execute(QUERIES["acknowledge"], id, *acknowledged)
        case InitiationMeetingHeld():
            await connection.execute(QUERIES["meeting_held"], id, event.held_on, event.guidance)
        case StartRescheduled():
            await connection.execute(QUERIES["move_start"], id, event.start_date)
        case TimetableChanged():
            await _redate(connection, id, event, change)
        case StepCompleted() | DeadlineReminded() | DeadlineMissed():
            await connection.execute(QUERIES["put_deadline"], *_deadline(id, event.key, change))
        case FactRecorded(occurrence=Occurrence(start_date=date() as start)) if start == change.state.facts.start_date:
            await connection.execute(QUERIES["move_start"], id, start)
        case FactRecorded():
            pass  # it tells of no start, or of one that a prevented gate has not confirmed
        case _:
            assert_never(event)


async def _redate(connection: RowWriter, id: UUID, event: TimetableChanged, change: Change) -> None:
    datings = [
        (id, row.key, change.version, row.opens, row.due, row.why, event.reason, change.at) for row in event.deadlines
    ]
    await connection.executemany(QUERIES["add_dating"], datings)
    rows = [_deadline(id, row.key, change) for row in event.deadlines]
    await connection.executemany(QUERIES["put_deadline"], rows)
    await connection.execute(QUERIES["withdraw_deadlines"], id, list(event.withdrawn), change.at)


def _intention(event: EngagementNotified) -> tuple[object, ...]:
    return (
        event.procedure,
        event.rulebook,
        event.party,
        event.party_name,
        event.role,
        event.start_date,
        _json(asdict(event.test_manager)),
        _json([asdict(proposal) for proposal in event.descoping]),
        event.notified_at,
    )


def _deadline(id: UUID, key: str, change: Change) -> tuple[object, ...]:
    state: Engagement = change.state
    row, done = state.rows[key], state.done.get(key)
    return (
        id,
        *(row.key, row.ref, row.action, row.sender, row.recipient, row.method, row.clause),
        *(row.opens, row.due, row.conditional, row.why),
        row.due is not None and (key, row.due) in state.missed,
        *((done.done_on, done.done_by, done.in_time) if done else (None, None, None)),
        next_look(state, row),
        change.at,
    )


def _mails(change: Change, latest: Engagement) -> list[tuple[object, ...]]:
    """One mail to each side at most for each event, so that its key is the event's place and the side."""
    # The notification is told with the dates that follow from it.
    state = latest if isinstance(change.event, EngagementNotified) else change.state
    return [
        (
            f"{change.id}/{change.version}/{letter.side}",
            UUID(change.id),
            letter.side,
            letter.address,
            letter.subject,
            letter.body,
            change.at,
        )
        for letter in letters(change.event, state)
    ]


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


async def applicant(connection: Connection, signifier: str) -> Applicant:
    """What is known of a Party that wants to test."""
    return Applicant(signifier, await connection.fetchval(QUERIES["party_name"], signifier))


async def engagement(pool: Pool, id: UUID) -> Row:
    """One engagement, or EngagementUnknown."""
    row = await pool.fetchrow(QUERIES["engagement"], id)
    if row is None:
        raise EngagementUnknown(str(id))
    return dict(row)


async def deadlines(pool: Pool, id: UUID) -> list[Row]:
    """The steps of an engagement, in the order of their refs."""
    rows = await pool.fetch(QUERIES["deadlines"], id)
    return sorted(map(dict, rows), key=lambda row: (*_order(row["ref"]), row["key"]))


def _order(ref: str) -> tuple[int, ...]:
    return tuple(int(part) for part in ref.split("."))


async def datings(pool: Pool, id: UUID) -> dict[str, list[Row]]:
    """Every pair of dates that each step was given, oldest first."""
    kept: dict[str, list[Row]] = {}
    for row in await pool.fetch(QUERIES["datings"], id):
        kept.setdefault(row["key"], []).append(dict(row))
    return kept


async def to_look_at(pool: Pool, now: datetime) -> list[UUID]:
    """The engagements of which something is to be said by `now`."""
    return [row["engagement"] for row in await pool.fetch(QUERIES["to_look_at"], now)]


async def under_way(pool: Pool) -> list[UUID]:
    """The engagements with a step that is still to be done."""
    return [row["engagement"] for row in await pool.fetch(QUERIES["under_way"])]


async def mail(pool: Pool, id: UUID) -> list[Row]:
    """Who was told what about an engagement, and when."""
    return [dict(row) for row in await pool.fetch(QUERIES["mail"], id)]
