"""The mailer: hands what was written to the mail server, at least once, and tries again what was not taken.

Of several replicas one sends a mail, whatever their clocks say (claim.py). SMTP itself is at-least-once, and a second
copy remains possible: when the mail server took a mail and its answer did not come back, or could not be stored before
the claim ended; and when a process is frozen, for longer than a claim lasts, between the last look at its claim and the
end of the content. Both copies then have the same Message-ID.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import aiosmtplib
import structlog

from chassis.eventstore.runtime import Runtime
from chassis.process.database import TRANSIENT
from chassis.process.files import FileUnusable
from notification.emails.claim import Claim, ClaimedSession, ClaimLost
from notification.emails.mime import attachments, message
from notification.read_models import QUERIES
from notification.settings import Settings

POLL_SECONDS = 1.0
PAUSE_SECONDS = 0.1
TIMEOUT_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 300

log = structlog.get_logger()


async def deliver_mail(runtime: Runtime, settings: Settings) -> None:
    """Send for ever what is to be sent. Without a mail server everything stays pending."""
    while True:
        try:
            while settings.smtp and await send_next(runtime, settings, settings.smtp):
                pass
        except TRANSIENT as error:
            log.warning("the mailer waits for the database", error=repr(error))
        await asyncio.sleep(PAUSE_SECONDS)  # not at every commit of a busy time
        await runtime.woken(POLL_SECONDS)


async def send_next(runtime: Runtime, settings: Settings, smtp: str) -> bool:
    """Try the oldest mail that may be tried now; whether there was one."""
    lasts = timedelta(seconds=settings.mail_claim_seconds)
    row = await runtime.pool.fetchrow(QUERIES["claim_mail"], lasts)
    if row is None:
        return False
    claim = Claim(runtime.pool, row["seq"], row["claim"], lasts)
    address = row["address"] or settings.mailbox_of(row["role"])
    about = {"mail": row["key"], "engagement_id": str(row["engagement"])}
    try:
        fitting = await attachments(row, runtime.files, settings.mail_attachments_bytes)
        mail = message(row, settings.mail_from, address, *fitting)
        await _while_claimed(claim, _send(claim, mail, settings.mail_from, address, smtp))
    except ClaimLost:
        log.warning("mail left to another sender", **about)
    except (aiosmtplib.SMTPException, FileUnusable, OSError, ValueError) as error:
        await _failed(runtime, row, error)
    else:
        await _sent(runtime, row["seq"], address)
        log.info("mail sent", **about)
    return True


async def _while_claimed(claim: Claim, work: Coroutine[Any, Any, None]) -> None:
    """Do it while the claim is kept. Raises ClaimLost, or what the work raises."""
    keeping, working = asyncio.create_task(claim.keep()), asyncio.create_task(work)
    try:
        await asyncio.wait((keeping, working), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClaimLost
        working.result()
    finally:
        keeping.cancel()
        working.cancel()
        await asyncio.gather(keeping, working, return_exceptions=True)


async def _send(claim: Claim, mail: EmailMessage, sender: str, address: str, smtp: str) -> None:
    async with ClaimedSession(claim, smtp, TIMEOUT_SECONDS) as session:
        await session.send_message(mail, sender=sender, recipients=[address])


async def _sent(runtime: Runtime, mail: int, address: str) -> None:
    """Store that the mail server took it, however long the database is away: else it would be sent again."""
    while True:
        try:
            await runtime.pool.execute(QUERIES["mail_sent"], mail, runtime.clock.now(), address)
            return
        except TRANSIENT as error:
            log.warning("the mailer waits for the database", error=repr(error))
            await asyncio.sleep(PAUSE_SECONDS)


async def _failed(runtime: Runtime, row: Mapping[str, Any], error: Exception) -> None:
    wait = timedelta(seconds=min(2 ** (row["attempts"] + 1), LONGEST_WAIT_SECONDS))
    problem = f"{type(error).__name__}: {error}"
    await runtime.pool.execute(QUERIES["mail_failed"], row["seq"], row["claim"], wait, problem)
    waits = wait.total_seconds()
    log.warning("mail not taken", mail=row["key"], engagement_id=str(row["engagement"]), problem=problem, waits=waits)
