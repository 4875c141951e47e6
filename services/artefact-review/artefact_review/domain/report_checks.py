"""The checks of a Test Readiness Report: what was typed against what the files say, and RAID items (CTSD 6.3.3)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from artefact_review.domain.artefacts import Documents, Matrix, TestDataPlan, TestPlan, TestScripts
from artefact_review.domain.measure import Finding, FindingSeverity
from artefact_review.domain.readiness import ReadinessReport
from rulebook.engine.profile import Profile


class Difference(NamedTuple):
    """What is wrong, in which field of the report, and how much that is."""

    message: str
    field: str
    severity: FindingSeverity = "failure"


@dataclass(frozen=True)
class Reported:
    """A report, the files that were handed in by then, the Service Requests in scope, and the day of the report."""

    report: ReadinessReport
    files: Documents
    services: frozenset[str]
    today: date


def check_report(reported: Reported, profile: Profile) -> tuple[Finding, ...]:
    """What each check finds that the procedure names for its report, passed ones too.

    A figure is compared where a file shows it; what is not handed in yet is taken as it was typed.
    """
    asked = [(check, each.kind) for each in profile.artefacts for check in each.checks if check.id in RULES]
    found: list[Finding] = []
    for check, kind in asked:
        differences = list(RULES[check.id](reported))
        found.extend(
            Finding(check.id, check.clause, severity == "warning", message, kind, field, severity)
            for message, field, severity in differences
        )
        if not differences:
            found.append(Finding(check.id, check.clause, True, f"{check.text}."))
    return tuple(found)


def tool_is_available(reported: Reported) -> Iterator[Difference]:
    """That the tool is still to come is progress too, and only warned of."""
    if not reported.report.test_tool_available:
        message = "The test tool is not reported as selected and available."
        yield Difference(message, "test_tool_available", "warning")


def environment_is_approved(reported: Reported) -> Iterator[Difference]:
    """That the configuration is still to be approved is progress too, and only warned of."""
    if not reported.report.environment.configuration_approved:
        message = "The configuration of the test environment is not reported as approved."
        yield Difference(message, "environment.configuration_approved", "warning")


def requirements_agree(reported: Reported) -> Iterator[Difference]:
    """Requirements are counted as the matrix has them; what is complete lies between what is done and what is begun."""
    typed, matrix = reported.report.requirements, reported.files.find(Matrix)
    if matrix is not None:
        untestable = sum(not each.testable for each in matrix.requirements)
        yield from _compared("requirements.identified", typed.identified, len(matrix.requirements))
        yield from _compared("requirements.not_testable", typed.not_testable, untestable)
    testable = typed.identified - typed.not_testable
    begun = testable - typed.testable_not_started
    done, percent = begun - typed.testable_in_progress, typed.percent_complete
    if testable > 0 and not 100 * done - testable < percent * testable < 100 * begun + testable:
        few, many = 100 * done // testable, 100 * begun // testable
        said = f"{done} of {testable} testable requirements are done and {begun} begun: {few} to {many} in a hundred"
        yield Difference(f"{said}; the report says {percent}.", "requirements.percent_complete")


def scripts_agree(reported: Reported) -> Iterator[Difference]:
    """Scripts produced are at least those that were handed in; the share complete follows from the counts."""
    typed, scripts = reported.report.scripts, reported.files.find(TestScripts)
    if scripts is not None and typed.produced < len(scripts.scripts):
        yield from _compared("scripts.produced", typed.produced, len(scripts.scripts))
    yield from _shared("scripts.percent_complete", typed.percent_complete, typed.produced, typed.planned)


def data_agrees(reported: Reported) -> Iterator[Difference]:
    """The share of Test Data that is ready is that of the services in scope for which the Test Data Plan has some."""
    plan = reported.files.find(TestDataPlan)
    if plan is not None:
        served = {service for item in plan.items for service in item.services}
        ready = reported.services if "*" in served else reported.services & served
        yield from _shared("test_data_percent", reported.report.test_data_percent, len(ready), len(reported.services))


def documents_agree(reported: Reported) -> Iterator[Difference]:
    """A Test Plan or Test Schedule that was handed in is produced, and one that has no day is not."""
    plan = reported.files.find(TestPlan)
    if plan is None:
        return
    if not reported.report.test_plan_produced:
        yield Difference("The Test Plan was handed in; the report says that it is not produced.", "test_plan_produced")
    if reported.report.test_schedule_produced != bool(plan.schedule):
        has = "has" if plan.schedule else "has no"
        yield Difference(f"The Test Plan {has} planned days; the report says otherwise.", "test_schedule_produced")


def raid_items_are_whole(reported: Reported) -> Iterator[Difference]:
    """Every key item has an owner and a status of its own, and a target that has not passed."""
    for number, item in enumerate(reported.report.key_items, start=1):
        place = f"key_items {number}"
        if not item.owner:
            yield Difference(f"The {item.kind} {item.description!r} has no owner.", place)
        if item.rag is None:
            yield Difference(f"The {item.kind} {item.description!r} has no RAG status.", place)
        if item.target_close < reported.today:
            yield Difference(
                f"The target of the {item.kind} {item.description!r} passed on {item.target_close}.", place
            )


def _compared(field: str, typed: int, found: int) -> Iterator[Difference]:
    if typed != found:
        yield Difference(f"The files show {found}; the report says {typed}.", field)


def _shared(field: str, typed: int, part: int, whole: int) -> Iterator[Difference]:
    """Whole numbers in a hundred; one that is rounded the other way is no difference."""
    if whole > 0 and abs(typed * whole - 100 * part) >= whole:
        yield Difference(f"{part} of {whole} are {100 * part // whole} in a hundred; the report says {typed}.", field)


RULES: dict[str, Callable[[Reported], Iterator[Difference]]] = {
    "report-tool-is-available": tool_is_available,
    "report-environment-is-approved": environment_is_approved,
    "report-requirements-agree": requirements_agree,
    "report-scripts-agree": scripts_agree,
    "report-data-agrees": data_agrees,
    "report-documents-agree": documents_agree,
    "raid-items-are-whole": raid_items_are_whole,
}
"""How each check of a report is made, by its name in the data."""
