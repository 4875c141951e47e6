"""What can have happened between the two sides of a review: reviewers, sign-offs, what is said of deficiencies."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from kernel.stored import stored

DeficiencySeverity = Literal["major", "minor"]
Turn = Literal["comment", "resolution-proposed", "resolution-accepted", "resolution-refused"]


@dataclass(frozen=True)
class Deficiency:
    """One deficiency that was found; `id` counts within the engagement, `2.1` is the first of the second submission.

    It was found in the file `sha256`. One of an accepted submission is a condition, to be resolved by `due`.
    """

    id: str
    artefact: str
    text: str
    location: str | None
    severity: DeficiencySeverity = "major"
    sha256: str | None = None
    due: date | None = None


@dataclass(frozen=True)
class Override:
    """That a check which fails does not stand in the way, and why."""

    check: str
    reason: str


@dataclass(frozen=True)
class Attachment:
    """A file that was sent along, `sha256` of its bytes."""

    file_name: str
    sha256: str
    size: int


@stored("reviewers-assigned")
@dataclass(frozen=True)
class ReviewersAssigned:
    """From now on these people review for a role; nobody named: whoever acts in it."""

    role: str
    reviewers: tuple[str, ...]
    assigned_by: str
    assigned_at: datetime


@stored("artefacts-signed-off")
@dataclass(frozen=True)
class ArtefactsSignedOff:
    """One of several reviewing roles accepts a submission, perhaps with conditions; the others are awaited."""

    submission: int
    role: str
    overrides: tuple[Override, ...]
    signed_off_by: str
    signed_off_at: datetime
    deficiencies: tuple[Deficiency, ...] = ()


@stored("deficiency-discussed")
@dataclass(frozen=True)
class DeficiencyDiscussed:
    """A turn of the conversation on a deficiency, by a side, perhaps with files."""

    deficiency: str
    turn: Turn
    text: str
    attachments: tuple[Attachment, ...]
    role: str
    said_by: str
    said_at: datetime
