"""The checks that run on every submission, and on a dry run before it: what each rule found, or that all is well."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from artefact_review.domain.documents import ArtefactKind, Documents, ScheduleRow
from rulebook.scope import Scope, Test
from rulebook.working_days import Calendar, DayOutsideCalendar

COUNTED_DAY = re.compile(r"[Dd]([1-9][0-9]{0,2})")
SCHEDULE_ON_WORKING_DAYS = "schedule-on-working-days"
SHOWN = 50
"""So many offences against one rule are listed; the rest is counted."""

PLAN_PARTS = {
    "a": "scope of testing",
    "b": "items out of scope",
    "c": "features to be tested",
    "d": "approach to testing",
    "e": "Test Schedule",
    "f": "resources",
}
"""What a Test Plan includes, by its letter in CTSD 6.4.3."""


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
    """What the notification proposed to descope, as `(kind, item)`, and which of it DCC has refused."""

    items: frozenset[tuple[str, str]]
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


@dataclass(frozen=True)
class Rule:
    """A rule by its name: where it stands, what it finds, and what it says when it finds nothing."""

    id: str
    clause: str
    well: str
    offences: Callable[[Documents, Measure], Iterator[Offence]]


def check(documents: Documents, measure: Measure) -> tuple[Finding, ...]:
    """Every rule's verdict on the documents, passed ones too."""
    return tuple(finding for rule in RULES for finding in _apply(rule, documents, measure))


def failed(findings: Collection[Finding]) -> tuple[Finding, ...]:
    """The findings that stand in the way of acceptance."""
    return tuple(finding for finding in findings if not finding.passed)


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


def _apply(rule: Rule, documents: Documents, measure: Measure) -> Iterator[Finding]:
    found = list(rule.offences(documents, measure))
    if not found:
        yield Finding(rule.id, rule.clause, True, rule.well)
    for offence in islice(found, SHOWN):
        yield Finding(rule.id, rule.clause, False, offence.message, offence.artefact, offence.location)
    if len(found) > SHOWN:
        yield Finding(rule.id, rule.clause, False, f"{len(found) - SHOWN} more of the same.", found[0].artefact)


def _tests_have_scripts(documents: Documents, measure: Measure) -> Iterator[Offence]:
    scripted = {test for script in documents.scripts.scripts for test in script.tests}
    for test in measure.scope.tests:
        if test.id not in scripted:
            message = f"Test {test.id} ({test.title}) is in scope and no Test Script executes it."
            yield Offence(message, "test-scripts", documents.scripts.place)


def _requirements_have_scripts(documents: Documents, _measure: Measure) -> Iterator[Offence]:
    known = {script.id for script in documents.scripts.scripts}
    for requirement in documents.matrix.requirements:
        place = f"{documents.matrix.place}!{requirement.row}"
        if requirement.testable and not requirement.scripts:
            message = f"Requirement {requirement.id} is testable and names no Test Script."
            yield Offence(message, "requirements-traceability-matrix", place)
        for script in requirement.scripts:
            if script not in known:
                message = f"Requirement {requirement.id} names Test Script {script}, which was not submitted."
                yield Offence(message, "requirements-traceability-matrix", place)


def _scripts_serve_requirements(documents: Documents, _measure: Measure) -> Iterator[Offence]:
    known = {requirement.id for requirement in documents.matrix.requirements}
    traced = {script for requirement in documents.matrix.requirements for script in requirement.scripts}
    for script in documents.scripts.scripts:
        place = f"{documents.scripts.place}!{script.row}"
        if script.id not in traced:
            yield Offence(f"No requirement of the matrix names Test Script {script.id}.", "test-scripts", place)
        for requirement in script.requirements:
            if requirement not in known:
                message = f"Test Script {script.id} serves requirement {requirement}, which the matrix does not have."
                yield Offence(message, "test-scripts", place)


def _nothing_twice(documents: Documents, _measure: Measure) -> Iterator[Offence]:
    seen: set[str] = set()
    for script in documents.scripts.scripts:
        if script.id in seen:
            place = f"{documents.scripts.place}!{script.row}"
            yield Offence(f"Test Script {script.id} stands in the file twice.", "test-scripts", place)
        seen.add(script.id)
    seen = set()
    for requirement in documents.matrix.requirements:
        if requirement.id in seen:
            place = f"{documents.matrix.place}!{requirement.row}"
            message = f"Requirement {requirement.id} stands in the matrix twice."
            yield Offence(message, "requirements-traceability-matrix", place)
        seen.add(requirement.id)


def _nothing_unknown(documents: Documents, measure: Measure) -> Iterator[Offence]:
    known = {test.id for test in (*measure.full.tests, *measure.full.optional)}
    for script in documents.scripts.scripts:
        for test in script.tests:
            if test not in known:
                message = f"Test Script {script.id} executes {test}, which is no test of role {measure.full.role}."
                yield Offence(message, "test-scripts", f"{documents.scripts.place}!{script.row}")
    for requirement in documents.matrix.requirements:
        for test in requirement.tests:
            if test not in known:
                message = f"Requirement {requirement.id} names {test}, which is no test of role {measure.full.role}."
                place = f"{documents.matrix.place}!{requirement.row}"
                yield Offence(message, "requirements-traceability-matrix", place)


def _scripts_say_how(documents: Documents, _measure: Measure) -> Iterator[Offence]:
    for script in documents.scripts.scripts:
        place = f"{documents.scripts.place}!{script.row}"
        if not script.complete:
            message = f"Test Script {script.id} lacks its steps or its expected result."
            yield Offence(message, "test-scripts", place)
        if not script.tests:
            yield Offence(f"Test Script {script.id} executes no test.", "test-scripts", place)


def _installation_in_order(documents: Documents, measure: Measure) -> Iterator[Offence]:
    """The scripts of a scenario stand in the file in the order of the scenario's steps."""
    tests = {test.id: test for test in measure.full.tests if test.kind == "install-and-commission"}
    reached: dict[str, Test] = {}
    for script in documents.scripts.scripts:
        for test in (tests[id] for id in script.tests if id in tests):
            scenario = test.id.rpartition(":")[0]
            before = reached.get(scenario)
            if before and (before.order or 0) > (test.order or 0):
                message = f"Test Script {script.id} executes {test.id} after {before.id}; the order is prescribed."
                yield Offence(message, "test-scripts", f"{documents.scripts.place}!{script.row}")
            else:
                reached[scenario] = test


def _plan_is_whole(documents: Documents, _measure: Measure) -> Iterator[Offence]:
    sections = {section.letter: section for section in documents.plan.sections}
    for letter, part in PLAN_PARTS.items():
        section = sections.get(letter)
        if section is None:
            yield Offence(f"The Test Plan has no part {letter}) {part}.", "test-plan", "Plan")
        elif not section.written:
            yield Offence(f"Part {letter}) {part} of the Test Plan is empty.", "test-plan", f"Plan!{section.row}")


def _schedule_adds_up(documents: Documents, measure: Measure) -> Iterator[Offence]:
    planned = sum(row.tests for row in documents.plan.schedule)
    scheduled = documents.plan.total
    if scheduled is not None and scheduled != planned:
        message = f"The days of the Test Schedule add up to {planned} tests; its total says {scheduled}."
        yield Offence(message, "test-plan", "Schedule")
    if planned != len(measure.scope.tests):
        message = f"The Test Schedule plans {planned} tests; {len(measure.scope.tests)} are in scope."
        yield Offence(message, "test-plan", "Schedule")


def _schedule_on_working_days(documents: Documents, measure: Measure) -> Iterator[Offence]:
    for row in documents.plan.schedule:
        day = day_of(row.day, measure.start, measure.calendar)
        if wrong := _wrong_with(day, measure):
            yield Offence(f"The schedule's day {row.day} {wrong}.", "test-plan", f"Schedule!{row.row}")


def _wrong_with(day: date | None, measure: Measure) -> str | None:
    if day is None:
        return "is neither an ISO date that the calendar reaches nor a Working Day such as D1"
    if day < measure.start:
        return f"is before the start of testing on {measure.start}"
    return None if measure.calendar.is_working_day(day) else "is not a Working Day"


def _data_is_not_personal(documents: Documents, _measure: Measure) -> Iterator[Offence]:
    for item in documents.data.items:
        if item.personal:
            message = f"Test Data {item.id} is declared to be personal data; anonymise it or make it up."
            yield Offence(message, "test-data-plan", f"{documents.data.place}!{item.row}")


def _data_covers_services(documents: Documents, measure: Measure) -> Iterator[Offence]:
    covered = {service for item in documents.data.items for service in item.services}
    if "*" in covered:
        return
    for srv in measure.scope.srvs:
        if srv not in covered:
            message = f"No Test Data is planned for Service Request {srv}."
            yield Offence(message, "test-data-plan", documents.data.place)


def _descoping_agrees(documents: Documents, measure: Measure) -> Iterator[Offence]:
    planned = {(row.kind, row.item): row for row in documents.plan.descoping}
    for key, row in planned.items():
        place = f"Descoping!{row.row}"
        if key not in measure.proposed.items:
            message = f"The plan descopes {row.kind} {row.item}; the notification did not."
            yield Offence(message, "test-plan", place)
        elif not row.rationale:
            yield Offence(f"The plan gives no rationale for descoping {row.item}.", "test-plan", place)
    for kind, item in sorted(measure.proposed.items - measure.proposed.refused - planned.keys()):
        message = f"The notification proposed to descope {kind} {item}; the plan does not."
        yield Offence(message, "test-plan", "Descoping")


RULES = (
    Rule("tests-have-scripts", "CTSD 6.7.1", "Every test in scope has a Test Script.", _tests_have_scripts),
    Rule(
        "requirements-have-scripts",
        "CTSD 6.7.1(a)",
        "Every testable requirement has a Test Script.",
        _requirements_have_scripts,
    ),
    Rule(
        "scripts-serve-requirements",
        "CTSD 6.8.1",
        "Every Test Script serves a requirement.",
        _scripts_serve_requirements,
    ),
    Rule("nothing-twice", "CTSD 6.7.1", "No Test Script and no requirement stands twice.", _nothing_twice),
    Rule("nothing-unknown", "CTSD 8.1", "Every test named is a test of the User Role.", _nothing_unknown),
    Rule("scripts-say-how", "CTSD 6.8.1", "Every Test Script has steps and an expected result.", _scripts_say_how),
    Rule(
        "installation-in-order",
        "CTSD 8.1.2",
        "The Install and Commission scripts keep the prescribed order.",
        _installation_in_order,
    ),
    Rule("plan-is-whole", "CTSD 6.4.3", "The Test Plan has all its parts.", _plan_is_whole),
    Rule("schedule-adds-up", "CTSD 6.4.3(e)", "The Test Schedule plans every test in scope, once.", _schedule_adds_up),
    Rule(
        SCHEDULE_ON_WORKING_DAYS,
        "CTSD 6.4.3(e)",
        "The Test Schedule lies on Working Days from the start.",
        _schedule_on_working_days,
    ),
    Rule("data-not-personal", "CTSD 7", "No Test Data is declared to be personal data.", _data_is_not_personal),
    Rule("data-covers-services", "CTSD 7", "Every Service Request in scope has Test Data.", _data_covers_services),
    Rule(
        "descoping-agrees",
        "CTSD 5.2.5",
        "The plan proposes to descope what the notification proposed.",
        _descoping_agrees,
    ),
)
