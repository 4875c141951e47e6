"""The one way in which the stack says that it can't go on."""

from pathlib import Path

TAIL = 20


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
