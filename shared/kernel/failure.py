"""The one way in which the stack says that it can't go on."""

import errno
from pathlib import Path

TAIL = 20
DISK_IS_FULL = ("No space left", "free disk space")
"""What programs say of a full disk, PostgreSQL among them."""
MAKE_ROOM = "Make room on the disk, or set ASSAY_HOME to a folder on another, and try again."


class Failure(Exception):
    """What happened, what to do about it and, where a process died, the end of what it logged."""

    def __init__(self, what: str, remedy: str, log: Path | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.log = tail(log) if log else ""

    def __str__(self) -> str:
        return "\n".join(part for part in (f"{self.what} {self.remedy}", self.log) if part)


def tail(log: Path, lines: int = TAIL) -> str:
    """The last lines of a log; empty where there is none."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def remedy_of(error: Exception) -> str:
    """What to do about something that the machine refused."""
    number = getattr(error, "errno", None)
    if number in (errno.ENOSPC, errno.EDQUOT) or any(said in str(error) for said in DISK_IS_FULL):
        return MAKE_ROOM
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "Run it as the user who made it, or set ASSAY_HOME to a folder that you may write."
    return "Mend that, and try again."
