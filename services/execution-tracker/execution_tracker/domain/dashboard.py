"""The dashboard's figures: `fold` keeps them event by event, `compose` joins them with scope and schedule.

The stream job keeps one tally for each engagement. A tally can always be rebuilt from the service's public events.
"""

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import date

from execution_tracker.domain.completion import criteria
from execution_tracker.domain.events import (
    Event,
    FixDisproved,
    IssueClosed,
    IssueFixed,
    IssueRaised,
    PlannedDay,
    RemediationPlanAgreed,
    RemediationPlanProposed,
    ResultRecorded,
)
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.figures import Counts, DailyCount, DashboardFigures, GlideDay
from execution_tracker.domain.issue_state import Issues, IssueSummary, with_change
from execution_tracker.domain.progress import EXECUTED, Latest, Progress, with_latest
from rulebook.engine.dating.working_days import local_day

Counted = ResultRecorded | IssueSummary
"""What figures count: results, and issues as they stand after each change."""


@dataclass(frozen=True)
class Tally:
    """What the events up to `sequence` add up to."""

    sequence: int = 0
    progress: Progress = field(default_factory=Progress)
    regression: Mapping[str, Latest] = field(default_factory=dict)
    daily: tuple[DailyCount, ...] = ()
    executed_on: Mapping[str, date] = field(default_factory=dict)
    """The first day on which each test was executed."""


def fold(tally: Tally, sequence: int, counted: Counted | None) -> Tally:
    """The tally after what the event of the next sequence tells. Any other sequence changes nothing: it was counted
    before, or one before it is missing, and figures that stand still are better than wrong ones.

    `None` is an event that no figure counts: only the sequence moves.
    """
    if sequence != tally.sequence + 1:
        return tally
    match counted:
        case ResultRecorded():
            tally = _with_result(tally, counted)
        case IssueSummary():
            issues = {**tally.progress.issues, counted.issue: counted}
            tally = replace(tally, progress=replace(tally.progress, issues=issues))
    return replace(tally, sequence=sequence)


@dataclass(frozen=True)
class PastDay:
    """What an execution's own events add up to when only those are counted that had happened by the end of a day."""

    tally: Tally = field(default_factory=Tally)
    issues: Issues = field(default_factory=dict)


def until(day: date) -> Callable[[PastDay, Event], PastDay]:
    """A fold of an execution's own events that counts what had happened by the end of a day: the tests executed by
    then, whenever they were recorded, and the issues as they stood then."""

    def count(past: PastDay, event: Event) -> PastDay:
        match event:
            case ResultRecorded(executed_at=at) if local_day(at) <= day:
                return replace(past, tally=fold(past.tally, past.tally.sequence + 1, event))
            case (
                IssueRaised(raised_at=at)
                | RemediationPlanProposed(proposed_at=at)
                | RemediationPlanAgreed(agreed_at=at)
                | IssueFixed(fixed_at=at)
                | FixDisproved(disproved_at=at)
                | IssueClosed(closed_at=at)
            ) if local_day(at) <= day:
                issues = with_change(past.issues, event)
                tally = fold(past.tally, past.tally.sequence + 1, issues[event.issue].summary)
                return PastDay(tally, issues)
            case _:
                return past

    return count


def compose(tally: Tally, execution: Execution, day: date) -> DashboardFigures:
    """The figures of CTSD 6.5.2 (d) to (h) at a day, for the scope and schedule of an execution."""
    tests = tally.progress.counts(execution.tests)
    return DashboardFigures(
        scheduled=len(execution.tests),
        executed=tests.executed,
        tests=tests,
        glide_path=_glide_path(tally, execution, day),
        daily=tally.daily,
        issues_total=len(tally.progress.issues),
        issues_by_status=tally.progress.by_status(),
        issues_by_severity=tally.progress.by_severity(),
        regression=Counts.of(latest.outcome for latest in tally.regression.values()),
        criteria=criteria(execution, tally.progress),
    )


def _with_result(tally: Tally, event: ResultRecorded) -> Tally:
    if event.purpose == "regression":
        return replace(tally, regression=with_latest(tally.regression, event))
    latest = with_latest(tally.progress.latest, event)
    tally = replace(tally, progress=replace(tally.progress, latest=latest))
    day = local_day(event.executed_at)
    tally = replace(tally, daily=_with_daily(tally.daily, day, event))
    if event.outcome in EXECUTED:
        first = min(day, tally.executed_on.get(event.test, day))
        return replace(tally, executed_on={**tally.executed_on, event.test: first})
    return tally


def _with_daily(daily: tuple[DailyCount, ...], day: date, event: ResultRecorded) -> tuple[DailyCount, ...]:
    """The results of each day and run (CTSD 6.5.2e); those of regression tests are told apart (6.5.2g)."""
    rows = {(row.day, row.run): row for row in daily}
    row = rows.get((day, event.run), DailyCount(day, event.run, *astuple(Counts())))
    outcome = event.outcome.replace("-", "_")
    rows[day, event.run] = replace(row, **{outcome: getattr(row, outcome) + 1})
    return tuple(rows[key] for key in sorted(rows))


def _glide_path(tally: Tally, execution: Execution, reached: date) -> tuple[GlideDay, ...]:
    executed = [day for test, day in tally.executed_on.items() if test in execution.tests]
    days = sorted({planned.day for planned in execution.schedule} | set(executed))
    return tuple(
        GlideDay(
            day=day,
            planned=_planned_by(execution.schedule, day),
            executed=sum(each <= day for each in executed) if day <= reached else None,
        )
        for day in days
    )


def _planned_by(schedule: tuple[PlannedDay, ...], day: date) -> int:
    return sum(planned.tests for planned in schedule if planned.day <= day)
