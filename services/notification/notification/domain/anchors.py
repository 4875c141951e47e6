"""What happened in other services, and which anchor of the timetable it sets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import count
from types import MappingProxyType
from typing import Final

from rulebook.engine.dating.timetable import Facts, Review
from rulebook.engine.dating.timing import FREE
from rulebook.engine.dating.working_days import calendar

OWN: Final = "notification"
NOTIFIED: Final = "notification.engagement-notified"
ACKNOWLEDGED: Final = "notification.notification-acknowledged"
MEETING_HELD: Final = "notification.initiation-meeting-held"
ENTRY_GATE: Final = "artefact-review.entry-gate-held"
EXECUTED: Final = "execution-tracker.execution-completed"
EXIT_GATE: Final = "certification.exit-gate-held"
ANCHORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        EXECUTED: "execution-completed",
        "certification.completion-report-submitted": "report-received",
        "certification.report-receipt-confirmed": "receipt-confirmed",
        EXIT_GATE: "gate-held",
    }
)
"""The anchor that each fact sets; the entry gate confirms those that people choose."""

SET_BY: Final[Mapping[str, str]] = MappingProxyType(
    {anchor: fact for fact, anchor in ANCHORS.items()} | dict.fromkeys(FREE, ENTRY_GATE)
)
"""The fact of another service that sets an anchor, or confirms it."""


@dataclass(frozen=True)
class Occurrence:
    """One fact of another service.

    `fact` is the name the rulebook uses, `identity` tells it from others of its kind, `period` is the week or day
    it is about, `on` the day on which it was done where that is not the day it was said, `meeting_on` the day of the
    meeting on which it was decided, `start_date` and `last_day` the schedule that the entry gate confirmed, `details`
    what people are to be told of it.
    """

    fact: str
    identity: str
    happened_at: datetime
    by: str
    on: date | None = None
    period: str | None = None
    outcome: str | None = None
    start_date: date | None = None
    last_day: date | None = None
    details: tuple[str, ...] = ()
    meeting_on: date | None = None

    @property
    def day(self) -> date:
        """The day on which it was done."""
        return self.on or calendar().day_of(self.happened_at)

    @property
    def anchor(self) -> date:
        """The day from which what follows counts: that of the meeting, where there was one (CTSD 5.20.1)."""
        return self.meeting_on or self.day


def anchored(facts: Facts, occurrence: Occurrence) -> Facts:
    """The anchors after an occurrence; most occurrences set none."""
    match occurrence.fact, occurrence.outcome:
        case "artefact-review.artefacts-reviewed", outcome:
            review = Review(on=occurrence.day, accepted=outcome == "accepted")
            return replace(facts, reviews=(*facts.reviews, review))
        case "artefact-review.entry-gate-held", "ready":
            start = occurrence.start_date or facts.start_date
            return replace(facts, start_date=start, planned_last_day=occurrence.last_day)
        case "certification.exit-gate-held", "further-testing":
            return facts.reopened(occurrence.day)
        case fact, _ if fact in ANCHORS:
            return facts.having(ANCHORS[fact], occurrence.anchor, round_of(facts, fact))
        case _:
            return facts


def round_of(facts: Facts, fact: str) -> int:
    """In which execution a fact belongs that comes next: 0 in the first, then those that a gate asked for (5.19.2).

    Each service goes by what it said itself, so that this is the same in whichever order services are heard: execution
    is completed once in each, and what certification says belongs to the execution that its gate asked for last.
    """
    if fact == EXECUTED:
        return next(number for number in count() if facts.in_round(number).execution_completed_on is None)
    return len(facts.opened()) if _service(fact) == _service(EXIT_GATE) else 0


def said_by_another(anchor: str, fact: str) -> bool:
    """Whether an anchor is set by a service other than the one that says a fact.

    What one service says comes in its order, so that only facts of different services can overtake each other; what
    this service says itself overtakes nothing.
    """
    setter = SET_BY.get(anchor)
    return setter is not None and _service(setter) != _service(fact) != OWN


def _service(fact: str) -> str:
    return fact.partition(".")[0]
