"""The Test Schedule that an entry gate confirms: of the Test Plan, or given with the decision (CTSD 5.6.1.9)."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from artefact_review.domain import gate_refusals as refusals
from artefact_review.domain.artefacts import TestPlan
from artefact_review.domain.events import PlannedDay
from artefact_review.domain.plans import schedule_of
from artefact_review.domain.review import Review
from rulebook.engine.dating.working_days import calendar


def confirmed_schedule(given: Sequence[PlannedDay], review: Review) -> tuple[PlannedDay, ...]:
    """The Test Schedule of the Test Plan, or as it was given where there is no plan."""
    if review.documents.find(TestPlan) is None:
        return _given(given, review.start_date)
    if given:
        raise refusals.ScheduleIsInThePlan()
    return planned_schedule(review)


def planned_schedule(review: Review) -> tuple[PlannedDay, ...]:
    """The Test Schedule of the Test Plan, as it runs from the start; empty where there is no plan."""
    plan = review.documents.find(TestPlan)
    return schedule_of(plan, review.start_date, review.calendar) if plan else ()


def last_day(schedule: Sequence[PlannedDay]) -> date | None:
    """The last planned day; None where none is planned."""
    return max((planned.day for planned in schedule), default=None)


def _given(schedule: Sequence[PlannedDay], start: date) -> tuple[PlannedDay, ...]:
    wrong = [planned.day for planned in schedule if planned.day < start or not calendar().covers(planned.day)]
    twice = [day for day, times in Counter(planned.day for planned in schedule).items() if times > 1]
    if wrong or twice:
        days = ", ".join(str(day) for day in sorted({*wrong, *twice}))
        raise refusals.ScheduleNotUsable(days, start)
    return tuple(sorted(schedule, key=lambda planned: planned.day))
