"""Routes about e-mails: what became of them, what came back, and how people want to be told."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request

from chassis.eventstore.runtime import Runtime
from chassis.web.fields import Email
from chassis.web.http import Caller, Run, UploadTooLarge, house_command, house_query, query
from kernel.principal import Principal
from kernel.refusal import Kind, Refusal
from notification import read_models
from notification.aggregates import ENGAGEMENT
from notification.api.known import Own
from notification.api.mail_schemas import MailPreference, MailPreferenceView, MailView, Reported, Undelivered
from notification.emails.bounces import ReportedMailUnknown, read_report
from notification.read_models import QUERIES
from notification.settings import Settings

LARGEST_REPORT = 1_000_000
PAGE = 200
LATEST = 5
"""Of so many engagements about which an address was told last, the caller must be of the audience of one."""

router = APIRouter(tags=["notification"])


@router.get("/engagements/{engagement}/mail", **query("read"))
async def read_mail(own: Own, runtime: Run) -> list[MailView]:
    """Who was told what, when it was sent, and what became of it."""
    settings = settings_of(runtime)
    rows = await read_models.mail(runtime.pool, own.id)
    addressed = ({**row, "address": row["address"] or settings.mailbox_of(row["role"])} for row in rows)
    return [MailView.model_validate(row, from_attributes=True) for row in addressed]


@router.get("/mail/undelivered", **house_query("operations", "auditor"))
async def read_undelivered(runtime: Run, before: Annotated[int, Query(ge=1, le=2**62)] = 2**62) -> list[Undelivered]:
    """Mails of every engagement that were refused or came back, the newest first; `before` is the last id seen."""
    rows = await read_models.undelivered(runtime.pool, before, PAGE)
    return [Undelivered.model_validate(row) for row in rows]


@router.post("/mail/reports", **{**house_command("operations"), "response_model": Reported})
async def report_delivery(request: Request, runtime: Run) -> Reported:
    """Hand over a delivery status notification (RFC 3464) as it came: what bounced, is delayed or was delivered."""
    about, reports = read_report(await _whole(request.stream()))
    now, new = runtime.clock.now(), 0
    async with runtime.transaction() as connection:
        if not await connection.fetchval(QUERIES["mail_known"], about):
            raise ReportedMailUnknown()
        for each in reports:
            done = await connection.execute(QUERIES["mail_reported"], about, now, each.outcome, each.address, each.said)
            new += int(done.rpartition(" ")[2])
    return Reported(new=new)


async def _whole(stream: AsyncIterator[bytes]) -> bytes:
    data = bytearray()
    async for chunk in stream:
        data += chunk
        if len(data) > LARGEST_REPORT:
            raise UploadTooLarge(file="The report", limit=LARGEST_REPORT)
    return bytes(data)


@dataclass(unsafe_hash=True)
class AddressNotYours(Refusal):
    """Nothing was mailed to {address} in your role, of which you may know."""

    kind = Kind.FORBIDDEN
    remedy = "Name the address of a contact of your side in an engagement, or none for the mailbox of your role."
    address: str


@router.get("/mail/preference", **house_query())
async def read_preference(runtime: Run, caller: Caller, address: Email | None = None) -> MailPreferenceView:
    """How an address of the caller's side is told what need not be told at once."""
    addressee = await _addressee(runtime, caller, address)
    chosen = await runtime.pool.fetchval(QUERIES["preference"], addressee)
    return MailPreferenceView(address=address, delivery=chosen or "at-once")


@router.put("/mail/preference", **{**house_command(), "response_model": MailPreferenceView})
async def choose_preference(body: MailPreference, runtime: Run, caller: Caller) -> MailPreferenceView:
    """Choose to be told at once or once a day; what must be told at once is, in any case."""
    addressee = await _addressee(runtime, caller, body.address)
    async with runtime.transaction() as connection:
        await connection.execute(QUERIES["prefer"], addressee, body.delivery, caller.identity, runtime.clock.now())
        if body.delivery == "at-once":
            await connection.execute(QUERIES["wait_no_longer"], addressee)
    runtime.wake()
    return MailPreferenceView(address=body.address, delivery=body.delivery)


async def _addressee(runtime: Runtime, caller: Principal, address: str | None) -> str:
    """The addressee, where the caller may read an engagement of which it was told last."""
    for row in await runtime.pool.fetch(QUERIES["engagements_told"], caller.role, address, LATEST):
        state, _ = await runtime.state(ENGAGEMENT, str(row["engagement"]))
        try:
            caller.must("read", state.audience)
        except Refusal:
            continue
        return address or f"role:{caller.role}"
    raise AddressNotYours(address or "the mailbox of your role")


def settings_of(runtime: Runtime) -> Settings:
    """The settings, which are this service's own."""
    settings = runtime.settings
    assert isinstance(settings, Settings)  # noqa: S101 - the service is built with its own settings
    return settings
