"""By which Message-ID a mail is known, to its readers' programs and in what comes back of it."""

import re
from hashlib import sha256

OURS = re.compile(r"<?(?P<local>[0-9a-f]{40})@")


def local_part(key: str) -> str:
    """What stands before the @ of the Message-ID of the mail that has a key."""
    return sha256(key.encode()).hexdigest()[:40]


def message_id(key: str, sender: str) -> str:
    """The Message-ID of the mail that has a key."""
    return f"<{local_part(key)}@{sender.rpartition('@')[2]}>"


def local_part_of(text: str) -> str | None:
    """The local part of a Message-ID that is one of ours."""
    found = OURS.match(text.strip())
    return found["local"] if found else None
