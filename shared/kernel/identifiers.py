"""What names the subject of a stream in logs, traces and paths."""

from functools import lru_cache
from typing import Final
from uuid import UUID

SUBJECT: Final = "engagement"
"""What a subject whose id is a UUID is called. It has a trace of its own, whose id is that UUID."""


@lru_cache(maxsize=4_096)
def uuid_of(subject: str) -> UUID | None:
    """The UUID that a subject is; None where it names something else."""
    try:
        return UUID(subject)
    except ValueError:
        return None
