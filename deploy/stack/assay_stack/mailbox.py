"""The mail of a development stack: an SMTP server that delivers nothing and keeps every mail as a file."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from assay_stack.ports import LOOPBACK


@dataclass(frozen=True)
class Mail:
    """A mail that was caught."""

    file: Path
    sender: str
    recipients: str
    subject: str
    date: str
    text: str


def mails(folder: Path) -> Iterator[Mail]:
    """The mails of a folder, in the order in which they came."""
    for file in sorted(folder.glob("*.eml")):
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        yield _mail(file, message)


def _mail(file: Path, message: EmailMessage) -> Mail:
    body = message.get_body(("plain", "html"))
    names = ("From", "To", "Subject", "Date")
    sender, recipients, subject, date = (str(message.get(name, "")).strip() for name in names)
    return Mail(file, sender, recipients, subject, date, str(body.get_content()).strip() if body else "")


class Sink:
    """Keeps each mail as `<nanoseconds>.eml`, written as a whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Keep one mail."""
        name = f"{time.time_ns()}.eml"
        new = self._folder / f".{name}"
        new.write_bytes(envelope.content)
        os.replace(new, self._folder / name)
        return "250 kept"


async def serve(folder: Path, port: int) -> None:
    """Catch mail until this process is told to end."""
    from aiosmtpd.smtp import SMTP

    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    server = await loop.create_server(lambda: SMTP(Sink(folder), enable_SMTPUTF8=True, loop=loop), LOOPBACK, port)
    async with server:
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
