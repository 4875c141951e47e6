"""A small service to try the chassis on: it keeps a ledger of an engagement's readiness, and publishes each entry."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import JSONResponse

from chassis.eventstore.aggregate import Aggregate, Change, Codec, Publication, RowWriter
from chassis.messaging.handlers import CommandFor, Handlers, Received
from chassis.observability.metrics import Measure
from chassis.process.settings import Settings
from chassis.service import Service, run
from chassis.web.http import Body, Caused, Run, command, public, query
from chassis.web.replies import respond
from contracts.certification import ReportReceiptConfirmed
from contracts.disputes import ReferralRightLapsed
from contracts.notification import EngagementNotified, InitiationMeetingHeld
from kernel.audience import Audience, Duty
from kernel.refusal import Kind, Refusal

ROLES = frozenset({"participant", "dcc", "panel", "operations", "auditor"})
MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True)
class Opened:
    party: str


@dataclass(frozen=True)
class Entered:
    entry: str


Event = Opened | Entered


@dataclass(frozen=True)
class Open:
    party: str


@dataclass(frozen=True)
class Enter:
    entry: str


Command = Open | Enter


@dataclass(frozen=True)
class Ledger:
    party: str | None = None
    entries: tuple[str, ...] = ()


@dataclass(unsafe_hash=True)
class NotOpen(Refusal):
    """The ledger is not open."""

    kind = Kind.CONFLICT
    remedy = "Open it first."


@dataclass(unsafe_hash=True)
class UnknownWord(Refusal):
    """The entry {entry} is not a word."""

    clause = "CTSD 1.1.1"
    remedy = "Send a word."
    entry: str


def decide(command: Command, state: Ledger) -> Sequence[Event]:
    if isinstance(command, Open):
        return [] if state.party else [Opened(command.party)]
    if state.party is None:
        raise NotOpen
    if command.entry == "poison":
        raise RuntimeError("this can't be handled")
    if not command.entry.isalpha():
        raise UnknownWord(entry=command.entry)
    return [Entered(command.entry)]


def evolve(state: Ledger, event: Event) -> Ledger:
    if isinstance(event, Opened):
        return Ledger(event.party, state.entries)
    return Ledger(state.party, (*state.entries, event.entry))


def publish(_id: str, event: Event, state: Ledger) -> Sequence[Publication]:
    if isinstance(event, Opened):
        return ()
    fact = ReferralRightLapsed(
        right=str(len(state.entries)), route="ledger", because=event.entry, lapsed_at="2027-01-04T09:00:00Z"
    )
    return (Publication(fact, _id),)


async def project(rows: RowWriter, changes: Sequence[Change]) -> None:
    for change in changes:
        if isinstance(change.event, Entered):
            await rows.execute("INSERT INTO entry VALUES ($1, $2, $3)", change.id, change.version, change.event.entry)


def audience(party: str) -> Audience:
    """The Party may do everything, DCC all but provide files."""
    duties = {
        "participant": frozenset[Duty](("provide", "execute", "read")),
        "dcc": frozenset[Duty](("execute", "read")),
    }
    return Audience(duties, {"participant": party})


LEDGER = Aggregate[Command, Ledger, Event](
    category="ledger",
    initial=Ledger,
    decide=decide,
    evolve=evolve,
    codec=Codec({"opened": Opened, "entered": Entered}),
    publish=publish,
    project=project,
    audience=lambda state: audience(state.party) if state.party else None,
)


def opened(received: Received[EngagementNotified]) -> Sequence[CommandFor]:
    return [CommandFor(LEDGER, received.subject, Open(received.contract.participants[0].organisation))]


def entered(received: Received[InitiationMeetingHeld]) -> Sequence[CommandFor]:
    return [CommandFor(LEDGER, received.subject, Enter(received.contract.guidance))]


def confirmed(received: Received[ReportReceiptConfirmed]) -> Sequence[CommandFor]:
    return [CommandFor(LEDGER, received.subject, Enter(received.contract.confirmed_by))]


HANDLERS: Handlers = {EngagementNotified: opened, InitiationMeetingHeld: entered, ReportReceiptConfirmed: confirmed}

router = APIRouter()


class Entry(Body):
    entry: str


@router.post("/engagements/{engagement}/entries", status_code=201, **command("execute"))
async def enter(engagement: str, body: Entry, runtime: Run, cause: Caused) -> JSONResponse:
    outcome = await runtime.handle(
        cause, LEDGER, engagement, Enter(body.entry), reply=lambda state, _: {"entries": len(state.entries)}
    )
    return respond(outcome, 201)


@router.post("/engagements/{engagement}/files", status_code=201, **command("provide"))
async def enter_file(
    engagement: str, word: Annotated[str, Form()], file: Annotated[UploadFile, File()], runtime: Run, cause: Caused
) -> JSONResponse:
    await runtime.files.put(await file.read())
    return respond(await runtime.handle(cause, LEDGER, engagement, Enter(word)), 201)


@router.get("/engagements/{engagement}/entries", **query("read"))
async def entries(engagement: str, runtime: Run) -> list[str]:
    rows = await runtime.pool.fetch("SELECT entry FROM entry WHERE id = $1 ORDER BY version", engagement)
    return [row["entry"] for row in rows]


@router.post("/block/{seconds}", status_code=200, **public())
async def block(seconds: int) -> None:
    time.sleep(seconds)  # noqa: ASYNC251 - what nobody should do


ENTRIES = Measure(
    "assay_ledger_entries", "Entries before now.", "SELECT count(*) FROM entry WHERE $1 > '2000-01-01'::timestamptz"
)


def build(_settings: Settings) -> Service:
    return Service(
        name="disputes", migrations=MIGRATIONS, router=router, handlers=HANDLERS, measures=(ENTRIES,), roles=ROLES
    )


if __name__ == "__main__":
    run(build, Settings)
