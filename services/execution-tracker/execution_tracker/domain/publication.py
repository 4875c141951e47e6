"""Publishing the day's dashboard: figures are computed, only location, risks and RAG comment are typed (CTSD 6.5.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from execution_tracker.domain.dashboard import Tally, compose
from execution_tracker.domain.events import DashboardPublished, Event, Rag
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.guards import started
from execution_tracker.domain.refusals import DashboardDayWrong, TooManyRisks
from rulebook.engine.dating.working_days import local_day

MOST_RISKS = 5


@dataclass(frozen=True)
class PublishDashboard:
    """The dashboard of a day was updated. `tally` counts what had happened by the end of that day, or so far."""

    day: date
    location: str
    risks: tuple[str, ...]
    rag: Rag
    comment: str
    tally: Tally
    by: str
    now: datetime


def publish_dashboard(command: PublishDashboard, state: Execution) -> Sequence[Event]:
    """Join what was typed with the figures, for a day of execution up to its completion, also when that is over.

    Testing may run beyond the planned end, and goes on in a further round: its days are days of execution too. The same
    day may be published again when it changed.
    """
    engagement, start_date = started(state, command.now)
    last_day = state.completed_on or local_day(command.now)
    if not start_date <= command.day <= last_day:
        raise DashboardDayWrong(day=command.day, start_date=start_date, last_day=last_day)
    if len(command.risks) > MOST_RISKS:
        raise TooManyRisks(risks=len(command.risks))
    return [
        DashboardPublished(
            day=command.day,
            name=engagement.name,
            location=command.location,
            updated_at=command.now,
            figures=compose(command.tally, state, command.day),
            risks=command.risks,
            rag=command.rag,
            comment=command.comment,
            published_by=command.by,
        )
    ]


def lettered(published: DashboardPublished) -> Sequence[tuple[str, str, Any]]:
    """The items of CTSD 6.5.2 as they were published: letter, name, content."""
    figures = published.figures
    issues = {
        "total": figures.issues_total,
        "by_status": figures.issues_by_status,
        "by_severity": figures.issues_by_severity,
    }
    return (
        ("a", "Under test", published.name),
        ("b", "Location of testing", published.location),
        ("c", "Updated", published.updated_at),
        ("d", "Tests scheduled and glide path", {"scheduled": figures.scheduled, "glide_path": figures.glide_path}),
        ("e", "Tests executed", {"executed": figures.executed, "tests": figures.tests, "daily": figures.daily}),
        ("f", "Testing Issues", issues),
        ("g", "Regression Tests", figures.regression),
        ("h", "Exit Criteria", figures.criteria),
        ("i", "Top risks and issues", published.risks),
        ("j", "RAG status and comment", {"rag": published.rag, "comment": published.comment}),
    )
