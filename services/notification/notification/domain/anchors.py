"""What happened in other services, and which anchor of the timetable it sets."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from rulebook.timetable import Facts, Review
from rulebook.working_days import calendar


@dataclass(frozen=True)
class Occurrence:
    """One fact of another service.

    `fact` is the name the rulebook uses, `identity` tells it from others of its kind, `period` is the week or day
    it is about, `on` the day it counts from, `start_date` and `last_day` the schedule that the entry gate confirmed,
    `details` what people are to be told of it.
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

    @property
    def day(self) -> date:
        """The day from which it counts."""
        return self.on or calendar().day_of(self.happened_at)


def anchored(facts: Facts, occurrence: Occurrence) -> Facts:
    """The anchors after an occurrence; most occurrences set none."""
    match occurrence.fact, occurrence.outcome:
        case "artefact-review.artefacts-reviewed", outcome:
            review = Review(on=occurrence.day, accepted=outcome == "accepted")
            return replace(facts, reviews=(*facts.reviews, review))
        case "artefact-review.entry-gate-held", "ready":
            start = occurrence.start_date or facts.start_date
            return replace(facts, start_date=start, planned_last_day=occurrence.last_day)
        case "execution-tracker.execution-completed", _:
            return replace(facts, execution_completed_on=occurrence.day)
        case "certification.completion-report-submitted", _:
            return replace(facts, report_received_on=occurrence.day)
        case "certification.report-receipt-confirmed", _:
            return replace(facts, receipt_confirmed_on=occurrence.day)
        case "certification.exit-gate-held", "complete":
            return replace(facts, gate_held_on=occurrence.day)
        case _:
            return facts
