"""What if: every step of an engagement with its dates, before anything is registered.

What hasn't happened is taken to happen on the last day on which it is due. So each date is the latest that keeps the
rules, when everybody before used all of their time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from kernel.days import in_words
from rulebook.engine.dating.counting import due_before
from rulebook.engine.dating.dating import dated
from rulebook.engine.dating.facts import NOTIFIED, START, Deadline, Facts
from rulebook.engine.dating.plan_refusals import LastDayBeforeStart, NoticeTooShort, StartOnDayOff
from rulebook.engine.dating.timetable import earliest_start
from rulebook.engine.dating.working_days import Calendar, Skipped
from rulebook.engine.documents import Document, documents_of
from rulebook.engine.errata import errata_of_step
from rulebook.engine.procedures import Procedure, Step

ASSUMED_LAST_DAY = (
    "No last day of testing was given. This is reckoned as if testing ended on the day it starts, so the step can fall "
    "due later, not earlier."
)


@dataclass(frozen=True)
class PlannedStep:
    """One step of a plan. It has `due`, or it has a period from `first` to `last` with one of `parts` for each date.

    `provisional`: the date hangs on a last day of testing that was not given.
    """

    step: Step
    parts: tuple[Deadline, ...]
    provisional: bool

    @property
    def is_period(self) -> bool:
        """Whether it is done over a time and not by a day."""
        return self.step.timing.rule in ("each-week", "daily") or self.step.timing.opens is not None

    @property
    def first(self) -> date | None:
        """The first day of its period."""
        return self.parts[0].opens if self.is_period and self.parts else None

    @property
    def last(self) -> date | None:
        """The last day of its period."""
        return self.parts[-1].due if self.is_period and self.parts else None

    @property
    def due(self) -> date | None:
        """The last day on which it can be done."""
        return None if self.is_period else self.parts[-1].due

    @property
    def why(self) -> str:
        """The reason for its dates; each of the parts tells its own as well."""
        times = f"{len(self.parts)} times, each with a date of its own; the first: " if len(self.parts) > 1 else ""
        return f"{times}{self.parts[0].why if self.parts else 'No day.'}{f' {ASSUMED_LAST_DAY}' * self.provisional}"

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Every day that was not counted for its first date."""
        return self.parts[0].because.skipped if self.parts and self.parts[0].because else ()

    @property
    def errata(self) -> tuple[str, ...]:
        """Slips in the source that touch it."""
        return tuple(str(each) for each in errata_of_step(self.step.ref, self.step.root))


@dataclass(frozen=True)
class PlannedDocument:
    """A document of the procedure; `due` where it has a date beside its step and that is known (CTSD 6.6.1)."""

    document: Document
    due: date | None


@dataclass(frozen=True)
class Plan:
    """A procedure on the calendar. `last_day` is `None` when it was not given."""

    procedure: Procedure
    start: date
    notified_on: date
    last_day: date | None
    steps: tuple[PlannedStep, ...]
    documents: tuple[PlannedDocument, ...] = ()

    def step(self, ref: str) -> PlannedStep | None:
        """The planned step of a ref."""
        return next((each for each in self.steps if each.step.ref == ref), None)


def plan(
    procedure: Procedure,
    start: date,
    calendar: Calendar,
    notified_on: date | None = None,
    last_day: date | None = None,
    agreed_days: tuple[date, ...] | None = None,
) -> Plan:
    """Every step with its dates. Without `notified_on`, notice is given on the last day that leaves enough time."""
    latest = calendar.subtract(start, procedure.notice_working_days)
    _check(procedure, start, notified_on, last_day, calendar, latest)
    days = {NOTIFIED: notified_on or latest, START: start, **dict.fromkeys(procedure.chosen, last_day or start)}
    facts = Facts({**days, START: start}, agreed_days=agreed_days)
    planned = {each.step.ref: each for each in _planned(procedure, facts, calendar, last_day is None)}
    steps = tuple(planned[step.ref] for step in procedure.steps)
    documents = documents_of(procedure.id, procedure.root)
    papers = tuple(PlannedDocument(each, _due(each, last_day, calendar)) for each in documents)
    return Plan(procedure, start, facts.notified, last_day, steps, papers)


def _due(document: Document, last_day: date | None, calendar: Calendar) -> date | None:
    if document.timing is None or last_day is None:
        return None
    return due_before(last_day, document.timing, calendar).day


def _planned(procedure: Procedure, facts: Facts, calendar: Calendar, open_ended: bool) -> Iterator[PlannedStep]:
    guessed = set(procedure.chosen - {START}) if open_ended else set()
    for step in procedure.in_order_of_anchors():
        parts = tuple(dated(step, facts, calendar))
        provisional = bool(step.timing.anchors() & guessed)
        if step.sets and facts.of(step.sets) is None and parts:
            facts = facts.having(step.sets, parts[-1].due)
            guessed |= {step.sets} if provisional else set()
        yield PlannedStep(step, parts, provisional)


def _check(
    procedure: Procedure,
    start: date,
    notified_on: date | None,
    last_day: date | None,
    calendar: Calendar,
    latest: date,
) -> None:
    if not calendar.is_working_day(start):
        [off] = calendar.skipped(start, start)
        raise StartOnDayOff(start, off.reason, calendar.received(start))
    if last_day is not None and last_day < start:
        raise LastDayBeforeStart(start, last_day)
    if notified_on is not None and start < (earliest := earliest_start(procedure, notified_on, calendar)):
        given, needed = calendar.between(calendar.received(notified_on), start), procedure.notice_working_days
        raise NoticeTooShort(notified_on, start, given, needed, earliest, latest)


def period_in_words(planned: PlannedStep) -> str:
    """The dates of a step as people read them."""
    if planned.is_period:
        return f"{_known_day(planned.first)} to {_known_day(planned.last)}"
    return _known_day(planned.due)


def _known_day(day: date | None) -> str:
    return in_words(day) if day else "not known yet"
