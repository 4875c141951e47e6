"""The mail of a development stack."""

import smtplib
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from assay_stack.mailbox import mails
from assay_stack.ports import free_port
from assay_stack.process import Program, await_port, end, launch


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A mail server that keeps what it gets in the test's folder."""
    port = free_port()
    sink = Program("smtp", (sys.executable, "-m", "assay_stack.mailbox", str(tmp_path), str(port)))
    process = launch(sink, tmp_path / "smtp.log")
    await_port(process, sink, port, tmp_path / "smtp.log", seconds=20)
    yield port
    end(process, sink)


def test_a_mail_is_caught_and_listed_in_the_order_it_came(port: int, tmp_path: Path) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        for subject in ("Notification received", "Frist versäumt"):
            server.send_message(letter(subject))
    first, second = mails(tmp_path)
    assert (first.subject, second.subject) == ("Notification received", "Frist versäumt")
    assert (first.sender, first.recipients, first.text) == ("dcc@assay.invalid", "es@party.invalid", "Hello — you.")


def letter(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "dcc@assay.invalid", "es@party.invalid", subject
    message.set_content("Hello — you.")
    return message
