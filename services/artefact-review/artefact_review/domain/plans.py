"""The checks of the Test Plan, with its schedule and descoping, and of the Test Data Plan (CTSD 5.2, 6.4, 7)."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from artefact_review.domain.artefacts import DescopingRow, Documents, ScheduleRow, TestDataPlan, TestPlan
from artefact_review.domain.events import PlannedDay
from artefact_review.domain.measure import Measure, Offence
from kernel.days import in_words
from rulebook.engine.dating.working_days import Calendar, DayOutsideCalendar

COUNTED_DAY = re.compile(r"[Dd]([1-9][0-9]{0,2})")

PLAN_PARTS = {
    "a": "scope of testing",
    "b": "items out of scope",
    "c": "features to be tested",
    "d": "approach to testing",
    "e": "Test Schedule",
    "f": "resources",
}
"""What a Test Plan includes, by its letter in CTSD 6.4.3."""


def schedule_of(plan: TestPlan, start: date, calendar: Calendar) -> tuple[PlannedDay, ...]:
    """The Test Schedule of the plan, as it runs from a start."""
    days = planned_days(plan.schedule, start, calendar)
    return tuple(PlannedDay(day, tests) for day, tests in days.items())


def planned_days(schedule: Sequence[ScheduleRow], start: date, calendar: Calendar) -> Mapping[date, int]:
    """The tests planned for each day that can be read; `D1` is the start date, `D2` the Working Day after it."""
    days: Counter[date] = Counter()
    for row in schedule:
        if day := day_of(row.day, start, calendar):
            days[day] += row.tests
    return dict(sorted(days.items()))


def day_of(day: str, start: date, calendar: Calendar) -> date | None:
    """The date a schedule's day stands for, or None when it can't be read or the calendar does not reach it."""
    try:
        if counted := COUNTED_DAY.fullmatch(day):
            return calendar.add(start, int(counted[1]) - 1)
        named = date.fromisoformat(day)
    except (ValueError, DayOutsideCalendar):
        return None
    return named if calendar.covers(named) else None


def plan_is_whole(documents: Documents, _measure: Measure) -> Iterator[Offence]:
    """The plan has the parts of CTSD 6.4.3, none of them empty."""
    sections = {section.letter: section for section in documents.plan.sections}
    for letter, part in PLAN_PARTS.items():
        section = sections.get(letter)
        if section is None:
            yield Offence(f"The Test Plan has no part {letter}) {part}.", TestPlan, "Plan")
        elif not section.written:
            yield Offence(f"Part {letter}) {part} of the Test Plan is empty.", TestPlan, f"Plan!{section.row}")


def schedule_adds_up(documents: Documents, measure: Measure) -> Iterator[Offence]:
    """The days add up to the tests in scope at least, and to the total where one is written.

    More executions than tests are allowed: a test may be planned again, and no clause forbids it.
    """
    planned, scoped = sum(row.tests for row in documents.plan.schedule), len(measure.scope.tests)
    scheduled = documents.plan.total
    if not documents.plan.schedule:
        yield Offence("The Test Schedule has no day.", TestPlan, "Schedule")
        return
    if scheduled is not None and scheduled != planned:
        message = f"The days of the Test Schedule add up to {planned} tests; its total says {scheduled}."
        yield Offence(message, TestPlan, "Schedule")
    if planned != scoped:
        message = f"The Test Schedule plans {planned} tests; {scoped} are in scope."
        yield Offence(message, TestPlan, "Schedule", "warning" if planned > scoped else "failure")


def schedule_on_working_days(documents: Documents, measure: Measure) -> Iterator[Offence]:
    """Every day is one of the calendar from the start on; one that is no Working Day is only warned of."""
    for row in documents.plan.schedule:
        day, place = day_of(row.day, measure.start, measure.calendar), f"Schedule!{row.row}"
        if wrong := _wrong_with(day, measure):
            yield Offence(f"The schedule's day {row.day} {wrong}.", TestPlan, place)
        elif day and not measure.calendar.is_working_day(day):
            yield Offence(f"The schedule's day {row.day} is not a Working Day.", TestPlan, place, "warning")


def _wrong_with(day: date | None, measure: Measure) -> str | None:
    if day is None:
        return "is neither an ISO date that the calendar reaches nor a Working Day such as D1"
    return f"is before the start of testing on {in_words(measure.start)}" if day < measure.start else None


def data_is_not_personal(documents: Documents, _measure: Measure) -> Iterator[Offence]:
    """No Test Data is declared to be personal data."""
    for item in documents.data.items:
        if item.personal:
            message = f"Test Data {item.id} is declared to be personal data; anonymise it or make it up."
            yield Offence(message, TestDataPlan, f"{documents.data.place}!{item.row}")


def data_is_defined(documents: Documents, _measure: Measure) -> Iterator[Offence]:
    """Each set of Test Data says what it is and where it comes from, by which its likeness to live data is judged."""
    for item in documents.data.items:
        if not item.defined:
            message = f"Test Data {item.id} lacks its description or its source."
            yield Offence(message, TestDataPlan, f"{documents.data.place}!{item.row}")


def data_covers_services(documents: Documents, measure: Measure) -> Iterator[Offence]:
    """Every Service Request in scope has Test Data."""
    covered = {service for item in documents.data.items for service in item.services}
    if "*" in covered:
        return
    for srv in measure.scope.srvs:
        if srv not in covered:
            message = f"No Test Data is planned for Service Request {srv}."
            yield Offence(message, TestDataPlan, documents.data.place)


def descoping_has_reasons(documents: Documents, _measure: Measure) -> Iterator[Offence]:
    """Each item has a reason of CTSD 5.2.2 that it may have."""
    for row in documents.plan.descoping:
        if not allowed(row.kind, row.reason):
            reason = f"reason {row.reason}" if row.reason else "no reason"
            message = (
                f"The plan descopes {row.kind} {row.item} for {reason}; there is a, and b for Response Codes only."
            )
            yield Offence(message, TestPlan, f"Descoping!{row.row}")


def allowed(kind: str, reason: str) -> bool:
    """Whether a reason may be given: (a) not used, for anything; (b) can't be produced, for Response Codes only."""
    return reason == "a" or (reason == "b" and kind == "response-code")


def descoping_agrees(documents: Documents, measure: Measure) -> Iterator[Offence]:
    """The plan descopes nothing but what was proposed, for the same reason and with a rationale.

    What was proposed and the plan nevertheless covers is tested: that is only warned of (CTSD 5.2.5).
    """
    planned = {(row.kind, row.item): row for row in documents.plan.descoping}
    for key, row in planned.items():
        place = f"Descoping!{row.row}"
        if key not in measure.proposed:
            message = f"The plan descopes {row.kind} {row.item}, which is not proposed to be descoped."
            yield Offence(message, TestPlan, place)
        elif not row.rationale:
            yield Offence(f"The plan gives no rationale for descoping {row.item}.", TestPlan, place)
        elif _differs(row, measure.proposed[key]):
            message = f"The plan descopes {row.kind} {row.item} for another reason than the notification."
            yield Offence(message, TestPlan, place)
    for kind, item in sorted(measure.proposed.keys() - measure.refused - planned.keys()):
        message = f"The notification proposed to descope {kind} {item}; the plan does not, so that it is tested."
        yield Offence(message, TestPlan, "Descoping", "warning")


def _differs(row: DescopingRow, notified: str) -> bool:
    """A reason that the item may not have is no measure: the plan corrects it."""
    return row.reason != notified and allowed(row.kind, row.reason) and allowed(row.kind, notified)
