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
from chassis.process.failpoints import failpoint
from chassis.process.files import FileUnusable
from notification.emails.claim import Claim, ClaimedSession, ClaimLost
from notification.emails.digest import as_digest
from notification.emails.mime import attachments, message
from notification.read_models import QUERIES
from notification.settings import Settings

POLL_SECONDS = 1.0
PAUSE_SECONDS = 0.1
TIMEOUT_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 300
LONGEST_PROBLEM = 1_000
PERMANENT = 500
"""From here on an SMTP answer is final; from 400 on it may be another one later (RFC 5321, 4.2.1)."""

log = structlog.get_logger()


class Needless(Exception):
    """Nobody needs to be told any more; `args[0]` says why."""


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
    try:
        said = await _attempt(runtime, settings, claim, row, address, smtp)
    except ClaimLost:
        log.warning("mail left to another sender", **_about(row))
    except Needless as needless:
        await _ended(runtime, row, address, "needless", None, str(needless))
    except (aiosmtplib.SMTPException, FileUnusable, OSError, ValueError) as error:
        code, problem = answer_of(error)
        if is_final(error, code):
            await _ended(runtime, row, address, "refused", code, problem)
        else:
            await _deferred(runtime, row, address, code, problem)
    else:
        failpoint("mail.accepted")
        await _sent(runtime, row["seq"], address, said)
        log.info("mail sent", **_about(row))
    return True


async def _attempt(
    runtime: Runtime, settings: Settings, claim: Claim, row: Mapping[str, Any], address: str, smtp: str
) -> str:
    """What the mail server said as it took the mail."""
    whole = row if row["digest"] is None else await as_digest(runtime, row)
    if whole is None or (row["digest"] is None and row["needless"]):
        raise Needless("It was done, or its date moved, before anybody was reminded.")
    fitting = await attachments(whole, runtime.files, settings.mail_attachments_bytes)
    mail = message(whole, settings.mail_from, address, *fitting)
    return await _while_claimed(claim, _send(claim, mail, settings.mail_bounces or settings.mail_from, address, smtp))


async def _while_claimed(claim: Claim, work: Coroutine[Any, Any, str]) -> str:
    """Do it while the claim is kept. Raises ClaimLost, or what the work raises."""
    keeping, working = asyncio.create_task(claim.keep()), asyncio.create_task(work)
    try:
        await asyncio.wait((keeping, working), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClaimLost
        return working.result()
    finally:
        keeping.cancel()
        working.cancel()
        await asyncio.gather(keeping, working, return_exceptions=True)


async def _send(claim: Claim, mail: EmailMessage, sender: str, address: str, smtp: str) -> str:
    async with ClaimedSession(claim, smtp, TIMEOUT_SECONDS) as session:
        _, said = await session.send_message(mail, sender=sender, recipients=[address])
        return said


async def _sent(runtime: Runtime, mail: int, address: str, said: str) -> None:
    """Store that the mail server took it, however long the database is away: else it would be sent again."""
    while True:
        try:
            await runtime.pool.execute(QUERIES["mail_sent"], mail, runtime.clock.now(), address, said)
            return
        except TRANSIENT as error:
            log.warning("the mailer waits for the database", error=repr(error))
            await asyncio.sleep(PAUSE_SECONDS)


async def _deferred(runtime: Runtime, row: Mapping[str, Any], address: str, code: int | None, problem: str) -> None:
    wait = timedelta(seconds=min(2 ** (row["attempts"] + 1), LONGEST_WAIT_SECONDS))
    about = (row["seq"], row["claim"], wait, problem, runtime.clock.now(), address, code)
    await runtime.pool.execute(QUERIES["mail_deferred"], *about)
    log.warning("mail not taken", **_about(row), problem=problem, waits=wait.total_seconds())


async def _ended(
    runtime: Runtime, row: Mapping[str, Any], address: str, outcome: str, code: int | None, problem: str
) -> None:
    about = (row["seq"], row["claim"], runtime.clock.now(), outcome, problem, address, code)
    await runtime.pool.execute(QUERIES["mail_ended"], *about)
    log.warning("mail given up", **_about(row), outcome=outcome, problem=problem)


def _about(row: Mapping[str, Any]) -> dict[str, str]:
    return {"mail": row["key"], "engagement_id": str(row["engagement"])}


def answer_of(error: Exception) -> tuple[int | None, str]:
    """The code of the mail server's answer, where there was one, and what went wrong in words."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        return answer_of(error.recipients[0])
    code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else None
    return code, f"{type(error).__name__}: {error}"[:LONGEST_PROBLEM]


def is_final(error: Exception, code: int | None) -> bool:
    """Whether it would be refused again however often it is tried: the recipient or the content, or no such message
    can be made. What is wrong with the sender or the connection is mended by operations."""
    refused = (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError)
    return isinstance(error, ValueError) or (isinstance(error, refused) and code is not None and code >= PERMANENT)
