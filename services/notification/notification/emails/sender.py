"""The mailer: hands what was written to the mail server, at least once, and tries again what was not taken."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from typing import Any

import aiosmtplib
import structlog

from chassis.eventstore.runtime import Runtime
from chassis.process.database import TRANSIENT
from notification.read_models import QUERIES
from notification.settings import Settings

POLL_SECONDS = 1.0
PAUSE_SECONDS = 0.1
CLAIM = timedelta(seconds=30)
"""How long one process has a mail to itself: longer than sending takes, short enough after a crash."""
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
    now = runtime.clock.now()
    row = await runtime.pool.fetchrow(QUERIES["claim_mail"], now, now + CLAIM)
    if row is None:
        return False
    address = row["address"] or settings.mailbox_of(row["role"])
    try:
        await _send(message(row, settings.mail_from, address), settings.mail_from, address, smtp)
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        await _failed(runtime, row, error)
    else:
        await runtime.pool.execute(QUERIES["mail_sent"], row["seq"], runtime.clock.now(), address)
        log.info("mail sent", mail=row["key"], engagement_id=str(row["engagement"]))
    return True


async def _send(mail: EmailMessage, sender: str, address: str, smtp: str) -> None:
    host, _, port = smtp.rpartition(":")
    await aiosmtplib.send(
        mail, sender=sender, recipients=[address], hostname=host, port=int(port), timeout=TIMEOUT_SECONDS
    )


async def _failed(runtime: Runtime, row: Mapping[str, Any], error: Exception) -> None:
    wait = timedelta(seconds=min(2 ** (row["attempts"] + 1), LONGEST_WAIT_SECONDS))
    problem = f"{type(error).__name__}: {error}"
    await runtime.pool.execute(QUERIES["mail_failed"], row["seq"], runtime.clock.now() + wait, problem)
    waits = wait.total_seconds()
    log.warning("mail not taken", mail=row["key"], engagement_id=str(row["engagement"]), problem=problem, waits=waits)


def message(row: Mapping[str, Any], sender: str, address: str) -> EmailMessage:
    """The message of a written mail. Its Message-ID follows from its key, so that a second copy can be told."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, address, row["subject"]
    mail["Date"] = row["written_at"]
    mail["Message-ID"] = f"<{sha256(row['key'].encode()).hexdigest()[:40]}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(row["body"])
    return mail
