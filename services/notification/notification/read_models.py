"""The read models: Parties, engagements, their timetables, and what people are told."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter

from chassis.eventstore.aggregate import Change, RowWriter
from chassis.process.database import Connection, Pool, load_queries
from kernel.engagement import EngagementWithdrawn
from notification.domain.declared_days import DayDeclared
from notification.domain.engagement import Engagement
from notification.domain.events import (
    CalendarChanged,
    DeadlineMissed,
    DeadlineReminded,
    EngagementNotified,
    Event,
    ParticipantNamed,
    StepCompleted,
    TimetableChanged,
)
from notification.domain.occurrence import NamedFile
from notification.domain.reminders import next_check
from notification.domain.timetabling import next_extension, open_rows
from notification.emails.identity import local_part
from notification.emails.templates import Email, emails
from notification.webhooks.events import name_of
from notification.webhooks.tables import QUERIES as WEBHOOKS

Row = Mapping[str, Any]

FILES: Final[TypeAdapter[tuple[NamedFile, ...]]] = TypeAdapter(tuple[NamedFile, ...])
QUERIES = load_queries(Path(__file__).parent / "queries.sql")


async def project_party(connection: RowWriter, changes: Sequence[Change]) -> None:
    """Keep the Parties."""
    for change in changes:
        party = change.event
        await connection.execute(QUERIES["put_party"], party.signifier, party.name, party.acceded_on, party.reference)


async def project_calendar(connection: RowWriter, changes: Sequence[Change]) -> None:
    """Keep the days that were declared otherwise."""
    for change in changes:
        event = change.event
        said = (event.why, event.role, event.declared_by, event.declared_at)
        await connection.execute(QUERIES["add_declared_day"], event.number, event.day, event.working, *said)


async def project_engagement(connection: RowWriter, changes: Sequence[Change]) -> None:
    """Keep the engagements and their timetables, and write the e-mails that follow."""
    for change in changes:
        await _keep(connection, change.id, change.event, change)
    latest = {change.id: change.state for change in changes}
    for id, state in latest.items():
        if isinstance(state, Engagement):
            await connection.execute(QUERIES["check_again"], id, next_extension(state))
    told = [(each.id, each.version, name, each.at) for each in changes if (name := name_of(each.event)) is not None]
    await connection.executemany(WEBHOOKS["keep_webhook_event"], told)
    mails = [mail for change in changes for mail in _mails(change, latest[change.id])]
    if mails:
        await connection.executemany(QUERIES["write_mail"], mails)


async def _keep(connection: RowWriter, id: str, event: Event, change: Change) -> None:
    """Of the other events, the dates that follow are told by an event of their own."""
    match event:
        case EngagementNotified():
            added = (event.procedure, event.subject.id, event.notified_at, len(event.declared))
            await connection.execute(QUERIES["add_engagement"], id, *added)
            called = {each.organisation: each.name for each in event.participants}
            await connection.executemany(QUERIES["call_participant"], [(id, *each) for each in called.items()])
        case ParticipantNamed():
            await connection.execute(QUERIES["call_participant"], id, event.organisation, event.name)
        case EngagementWithdrawn():
            await connection.execute(QUERIES["end_engagement"], id, change.at)
        case CalendarChanged():
            await connection.execute(QUERIES["count_declarations"], id, event.number)
            # Also where a date stays, the day of its reminder may be another one.
            dated = [_deadline(id, row.key, change) for row in open_rows(change.state)]
            await connection.executemany(QUERIES["put_deadline"], dated)
        case TimetableChanged():
            await _redate(connection, id, event, change)
        case StepCompleted() | DeadlineReminded() | DeadlineMissed():
            await connection.execute(QUERIES["put_deadline"], *_deadline(id, event.key, change))


async def _redate(connection: RowWriter, id: str, event: TimetableChanged, change: Change) -> None:
    datings = [
        (id, row.key, change.version, row.opens, row.due, row.why, event.reason, change.at) for row in event.deadlines
    ]
    await connection.executemany(QUERIES["add_dating"], datings)
    rows = [_deadline(id, row.key, change) for row in event.deadlines]
    await connection.executemany(QUERIES["put_deadline"], rows)
    await connection.execute(QUERIES["withdraw_deadlines"], id, list(event.withdrawn), change.at)


def _deadline(id: str, key: str, change: Change) -> tuple[object, ...]:
    state: Engagement = change.state
    row, done = state.rows[key], state.done.get(key)
    return (
        id,
        *(row.key, row.ref, row.action, row.sender, row.recipient, row.method, row.clause),
        *(row.opens, row.due, row.conditional, row.why, row.at, row.about),
        row.due is not None and (key, row.due) in state.missed,
        *((done.done_on, done.done_by, done.in_time) if done else (None, None, None)),
        next_check(state, row),
        change.at,
    )


def _mails(change: Change, latest: object) -> list[tuple[object, ...]]:
    """One mail to each role at most for each event, so that its key is the event's place and the role."""
    # The notice is told with the dates that follow from it.
    state = latest if isinstance(change.event, EngagementNotified) else change.state
    if not isinstance(state, Engagement):
        return []  # nobody is known who could be told
    return [_mail(change, email) for email in emails(change.event, state, change.id)]


def _mail(change: Change, email: Email) -> tuple[object, ...]:
    key = f"{change.id}/{change.version}/{email.role}"
    return (
        *(key, change.id, email.role, email.address, email.subject, email.body, change.at),
        *(FILES.dump_json(email.files).decode(), email.mandatory, local_part(key)),
        *email.reminds,
    )


async def party_names(connection: Connection, signifiers: Collection[str]) -> Mapping[str, str]:
    """What the Parties are called whose registration is known."""
    rows = await connection.fetch(QUERIES["party_names"], list(signifiers))
    return {row["signifier"]: row["name"] for row in rows}


async def deadlines(pool: Pool, id: UUID) -> list[Row]:
    """The steps of an engagement, in the order of their refs."""
    rows = await pool.fetch(QUERIES["deadlines"], id)
    return sorted(map(dict, rows), key=lambda row: (_order(row["ref"]), row["key"]))


def _order(ref: str) -> tuple[tuple[int, str], ...]:
    """Numbers by their value, and whatever else a ref has by its letters."""
    return tuple((int(part), "") if part.isdecimal() else (0, part) for part in ref.split("."))


async def datings(pool: Pool, id: UUID) -> dict[str, list[Row]]:
    """Every pair of dates that each step was given, oldest first."""
    kept: dict[str, list[Row]] = {}
    for row in await pool.fetch(QUERIES["datings"], id):
        kept.setdefault(row["key"], []).append(dict(row))
    return kept


async def due_for_check(pool: Pool, now: datetime) -> list[UUID]:
    """The engagements of which something is to be said by `now`."""
    return [row["engagement"] for row in await pool.fetch(QUERIES["due_for_check"], now)]


async def under_way(pool: Pool, caller: str, key: str) -> list[UUID]:
    """The engagements with a step that is still to be done, but those of which a command of a caller was answered: its
    key is `key`, and the engagement's id."""
    return [row["engagement"] for row in await pool.fetch(QUERIES["under_way"], caller, key)]


async def declarations(connection: Connection | Pool) -> tuple[DayDeclared, ...]:
    """Every day that was declared otherwise, in the order in which they were."""
    return tuple(DayDeclared(**row) for row in await connection.fetch(QUERIES["declared_days"]))


async def behind_declarations(pool: Pool, number: int) -> list[UUID]:
    """The engagements under way that count fewer declarations than so many."""
    return [row["id"] for row in await pool.fetch(QUERIES["behind_declarations"], number)]


async def misnamed(pool: Pool) -> list[Row]:
    """Participants that are registered under another name than they are called, each with the engagement."""
    return list(await pool.fetch(QUERIES["misnamed"]))


async def mail(pool: Pool, id: UUID) -> list[Row]:
    """Who was told what about an engagement, when, and what became of it."""
    log: dict[int, list[Row]] = {}
    for row in await pool.fetch(QUERIES["mail_log"], id):
        log.setdefault(row["mail"], []).append(dict(row))
    rows = await pool.fetch(QUERIES["mail"], id)
    return [{**row, "files": FILES.validate_json(row["files"]), "log": log.get(row["seq"], [])} for row in rows]


async def undelivered(pool: Pool, before: int, most: int) -> list[Row]:
    """Mails that were refused or came back, of whatever engagement, the newest first."""
    return [dict(row) for row in await pool.fetch(QUERIES["undelivered"], before, most)]
