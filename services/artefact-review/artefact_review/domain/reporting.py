"""Taking the weekly Test Readiness Report (CTSD 5.6.1.4, 6.3.3)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from artefact_review.domain import refusals
from artefact_review.domain.artefacts import Documents
from artefact_review.domain.events import Event, ReadinessReported
from artefact_review.domain.measure import Finding
from artefact_review.domain.party import Party
from artefact_review.domain.readiness import ReadinessReport, reporting_weeks
from artefact_review.domain.report_checks import Reported, check_report
from artefact_review.domain.review import Review
from artefact_review.domain.scoping import full_scope, scope_of
from rulebook.engine.dating.timetable import week_of
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.scope.scope import ROLES


@dataclass(frozen=True)
class SubmitReadinessReport:
    """Give the Test Readiness Report of an ISO week; a late one is welcome."""

    engagement: str
    week: str
    report: ReadinessReport
    by: str
    now: datetime


def submit_readiness_report(command: SubmitReadinessReport, review: Review) -> Sequence[Event]:
    """One report for each week that owes one, not before the week begins (CTSD 5.6.1.4)."""
    weeks = owed_weeks(review)
    today = calendar().day_of(command.now)
    if command.week not in weeks:
        raise refusals.WeekOutside(command.week, min(weeks), max(weeks))
    if command.week > week_of(today):
        raise refusals.WeekInFuture(command.week, today)
    if command.week in review.weeks:
        raise refusals.WeekReported(command.week)
    found = report_findings(command.report, review, today)
    return [ReadinessReported(command.week, command.report, command.by, command.now, found)]


def report_findings(report: ReadinessReport, review: Review, today: date) -> tuple[Finding, ...]:
    """What the checks find in a report, measured against the files that were handed in or kept (CTSD 6.3.3).

    Refused where the procedure asks for no report, or where it contradicts itself or the engagement.
    """
    owed_weeks(review)
    if differences := "; ".join(_differences(report, full_scope(review).role)):
        raise refusals.ReportDisagrees(differences)
    files = {each.kind: each for each in (*review.documents.artefacts, *review.kept)}
    services = frozenset(scope_of(review, Party()).srvs)
    return check_report(Reported(report, Documents(tuple(files.values())), services, today), review.profile)


def weeks_of(review: Review) -> Mapping[str, date]:
    """The ISO weeks of the engagement that owe a report, each with the day on which it is due; perhaps none."""
    return reporting_weeks(review.profile, review.start_date, review.calendar)


def owed_weeks(review: Review) -> Mapping[str, date]:
    """The weeks that owe a report; refused where the procedure asks for no weekly report."""
    weeks = weeks_of(review)
    if not weeks:
        raise refusals.ReadinessReportsNotAskedFor(review.profile.title)
    return weeks


def next_due(review: Review, today: date) -> tuple[str, date]:
    """The week to report next and the day on which it is due: the first to come that is owed, or the latest owed."""
    weeks = owed_weeks(review)
    owed = [week for week in weeks if week not in review.weeks] or [max(weeks)]
    week = next((each for each in owed if weeks[each] >= today), owed[-1])
    return week, weeks[week]


def _differences(report: ReadinessReport, role: str) -> Iterator[str]:
    """What in a report contradicts itself, or the engagement (6.3.3 f, g, j)."""
    requirements, scripts, roles = report.requirements, report.scripts, report.environment.user_roles
    parts = requirements.testable_in_progress + requirements.testable_not_started + requirements.not_testable
    if parts > requirements.identified:
        yield f"{requirements.identified} requirements are identified and {parts} accounted for"
    parts = scripts.produced + scripts.in_progress + scripts.not_started
    if parts > scripts.planned:
        yield f"{scripts.planned} Test Scripts are planned and {parts} accounted for"
    if unknown := [each for each in roles if each not in ROLES]:
        yield f"there is no User Role {', '.join(unknown)} among {', '.join(ROLES)}"
    if role and role not in roles:
        yield f"the environment is not for {role}, which is tested"
