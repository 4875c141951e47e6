"""The certificate goes out with its e-mail, by a real mail server; other bytes than were registered never do."""

import asyncio
from pathlib import Path
from typing import Any

from notification.emails.identity import message_id
from testing.probe import Kafka, Postgres, Probe

from .serving import Inbox, accede, acknowledge, mail_server, notify, read, service
from .test_emails_of_steps import PDF, certificate


async def problem_of(it: Probe, engagement: str, headline: str) -> Any:
    """Why a mail was not taken."""
    async with asyncio.timeout(20):
        while True:
            mails = await read(it, f"/engagements/{engagement}/mail")
            if problems := [mail["problem"] for mail in mails if headline in mail["subject"] and mail["problem"]]:
                return problems[0]
            await it.runtime.woken(0.1)


async def test_the_certificate_is_attached_and_only_with_the_bytes_that_were_registered(
    postgres: Postgres, kafka: Kafka
) -> None:
    inbox = Inbox()
    async with mail_server(inbox) as address, service(postgres, kafka, smtp=address) as it:
        await accede(it)
        id = (await notify(it)).json()["id"]
        await acknowledge(it, id)
        sha256 = await it.runtime.files.put(PDF)
        stored = Path(it.runtime.settings.files) / "certificates/TCC-1.pdf"
        stored.parent.mkdir()
        stored.write_bytes(b"%PDF-1.7 a forgery")
        await it.deliver(certificate(sha256), id)
        assert "was registered" in await problem_of(it, id, "certificate issued")
        stored.write_bytes(PDF)
        async with asyncio.timeout(20):
            while len(issued := [each for each in inbox.mails if "certificate issued" in each["Subject"]]) < 2:
                await it.runtime.woken(0.1)
    for mail in issued:
        [attached] = mail.iter_attachments()
        assert (attached.get_filename(), attached.get_content()) == ("TCC-1.pdf", PDF)
        side = "participant" if mail["To"] == "mo@supplier.invalid" else "dcc"
        assert mail["In-Reply-To"] == message_id(f"{id}/1/{side}", it.runtime.settings.mail_from)  # type: ignore[attr-defined]
