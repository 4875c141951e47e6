"""What the checks work with: the measure that documents are held against, and what is found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from artefact_review.domain.artefacts import Document
from rulebook.engine.dating.working_days import Calendar
from rulebook.engine.scope.scope import Scope

FindingSeverity = Literal["failure", "warning"]


@dataclass(frozen=True)
class Finding:
    """What one rule found, and where (`sheet!row`).

    A `failure` has not passed and stands in the way of acceptance; a `warning` has passed and is to be looked at.
    """

    rule: str
    clause: str
    passed: bool
    message: str
    artefact: str | None = None
    location: str | None = None
    severity: FindingSeverity | None = None


@dataclass(frozen=True)
class Measure:
    """What the documents are measured against.

    `full` are the tests of the engagement with nothing left out, `scope` those to execute. `proposed` has the reason of
    each `(kind, item)` that is proposed to be descoped; `refused` are those of them that were refused.
    """

    full: Scope
    scope: Scope
    start: date
    calendar: Calendar
    proposed: Mapping[tuple[str, str], str]
    refused: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Offence:
    """One thing that breaks a rule, in which document and where."""

    message: str
    document: type[Document]
    location: str | None = None
    severity: FindingSeverity = "failure"
