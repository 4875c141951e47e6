"""The message that the mail server is handed: headers, text and HTML, and the documents that go with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from mimetypes import guess_type
from typing import Any

from chassis.process.files import Files
from notification.domain.occurrence import NamedFile
from notification.emails.identity import message_id
from notification.emails.rendering import html_of, readable
from notification.read_models import FILES

BINARY = "application/octet-stream"
LONGEST_NAME = 100
TOO_LARGE = "Not attached, because together they are too large to be mailed: {names}. They can be read through Assay."


@dataclass(frozen=True)
class Attachment:
    """A document, as it is attached."""

    file_name: str
    data: bytes


async def attachments(row: Mapping[str, Any], files: Files, limit: int) -> tuple[Sequence[Attachment], Sequence[str]]:
    """The documents of a written mail up to so many bytes in all, and the names of those that do not fit.

    Raises FileUnusable where the store has other bytes than were registered, or none.
    """
    fitting, left_out, room = list[Attachment](), list[str](), limit
    for named in FILES.validate_json(row["files"]):
        data = await files.read(named.stored_as, named.sha256)
        if len(data) > room:
            left_out.append(_name(named))
        else:
            room -= len(data)
            fitting.append(Attachment(_name(named), data))
    return fitting, left_out


def message(
    row: Mapping[str, Any], sender: str, address: str, attached: Sequence[Attachment] = (), left_out: Sequence[str] = ()
) -> EmailMessage:
    """The message of a written mail. Its Message-ID follows from its key, so that a second copy can be told.

    All that one role is told of an engagement is one thread: each refers to the first. A digest is in none.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, address, row["subject"]
    mail["Date"] = row["written_at"]
    mail["Message-ID"] = message_id(row["key"], sender)
    if row["thread"] not in (None, row["key"]):
        mail["In-Reply-To"] = mail["References"] = message_id(row["thread"], sender)
    mail["Auto-Submitted"] = "auto-generated"
    body = row["body"] + ("\n\n" + TOO_LARGE.format(names=", ".join(left_out)) if left_out else "")
    mail.set_content(body)
    mail.add_alternative(html_of(row["subject"], body), subtype="html")
    for each in attached:
        main, _, sub = (guess_type(each.file_name)[0] or BINARY).partition("/")
        if main in ("text", "message", "multipart"):  # these are changed on their way
            main, sub = BINARY.split("/")
        mail.add_attachment(each.data, maintype=main, subtype=sub, filename=each.file_name)
    return mail


def _name(named: NamedFile) -> str:
    """What a document is called where it is saved: no folder, nothing that can't be seen, no endless name."""
    bare = readable(named.file_name).replace("\\", "/").rpartition("/")[2].strip(". ")
    stem, dot, suffix = bare.rpartition(".")
    return f"{(stem or bare)[: LONGEST_NAME - len(suffix)]}{dot}{suffix}"[:LONGEST_NAME] or named.sha256[:16]
