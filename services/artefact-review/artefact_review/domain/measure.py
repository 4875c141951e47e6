"""What the checks work with: the measure that documents are held against, and what is found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from artefact_review.domain.documents import ArtefactKind
from rulebook.engine.dating.working_days import Calendar
from rulebook.engine.scope.scope import Scope


@dataclass(frozen=True)
class Finding:
    """The verdict of one rule: what was seen, and where (`sheet!row`)."""

    rule: str
    clause: str
    passed: bool
    message: str
    artefact: ArtefactKind | None = None
    location: str | None = None


@dataclass(frozen=True)
class Proposed:
    """The reason for each `(kind, item)` that the notification proposed to descope, and which of them DCC refused."""

    reasons: Mapping[tuple[str, str], str]
    refused: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Measure:
    """What the documents are measured against."""

    full: Scope
    scope: Scope
    start: date
    calendar: Calendar
    proposed: Proposed


@dataclass(frozen=True)
class Offence:
    """One thing that breaks a rule, and where."""

    message: str
    artefact: ArtefactKind
    location: str | None = None
