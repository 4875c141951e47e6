"""What came back of a mail: a delivery status notification (RFC 3464), as a mail server hands it over.

Whoever runs the mail server lets what comes to the address of `ASSAY_MAIL_BOUNCES` be posted here as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import Final

from kernel.refusal import Kind, Refusal
from notification.emails.identity import local_part_of
from notification.emails.rendering import one_line

OUTCOMES: Final = {"failed": "bounced", "delayed": "delayed", "delivered": "delivered", "relayed": "delivered"}
LONGEST: Final = 500


@dataclass(unsafe_hash=True)
class ReportUnreadable(Refusal):
    """This is no report on the delivery of a mail: {problem}."""

    remedy = "Send the whole message as it came, of the type multipart/report (RFC 3464)."
    problem: str


@dataclass(unsafe_hash=True)
class ReportedMailUnknown(Refusal):
    """The report is about a mail that was not sent from here."""

    kind = Kind.UNKNOWN
    remedy = "Hand over reports on mails of this service alone."


@dataclass(frozen=True)
class Report:
    """What became of a mail at one address."""

    outcome: str
    address: str
    said: str


def read_report(data: bytes) -> tuple[str, tuple[Report, ...]]:
    """The local part of the Message-ID of the mail that a report is about, and what it says of each address.

    Raises ReportUnreadable or ReportedMailUnknown. Headers are taken as they are written: reading them by their grammar
    fails where they break it.
    """
    mail = message_from_bytes(data)
    parts = list(mail.walk())
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    if status is None:
        raise ReportUnreadable("it has no part message/delivery-status")
    reports = tuple(_reports(status))
    if not reports:
        raise ReportUnreadable("it says of no address what became of the mail")
    about = next((found for part in parts if (found := _about(part))), None)
    if about is None:
        raise ReportedMailUnknown()
    return about, reports


def _reports(status: Message) -> Iterator[Report]:
    payload = status.get_payload()
    for block in payload if isinstance(payload, list) else ():
        action = str(block.get("action", "")).strip().lower() if isinstance(block, Message) else ""
        if isinstance(block, Message) and action in OUTCOMES:
            address = str(block.get("final-recipient") or block.get("original-recipient") or "").rpartition(";")[2]
            said = " ".join(str(block.get(name, "")) for name in ("status", "diagnostic-code"))
            yield Report(OUTCOMES[action], one_line(address)[:LONGEST], one_line(said)[:LONGEST] or action)


def _about(part: Message) -> str | None:
    """The Message-ID of what was returned: the whole message, or its headers alone."""
    if part.get_content_type() == "text/rfc822-headers":
        part = message_from_bytes(part.get_payload(decode=True) or b"")  # type: ignore[arg-type]
    elif part.get_content_type() != "message/rfc822":
        return None
    else:
        inner = part.get_payload(0)
        part = inner if isinstance(inner, Message) else part
    return local_part_of(str(part.get("message-id", "")))
