"""The weekly Test Readiness Report (CTSD 5.6.1.4, 6.3.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from rulebook.engine.dating.timetable import week_of
from rulebook.engine.dating.working_days import ONE_DAY, Calendar
from rulebook.engine.profile import Profile

Rag = Literal["red", "amber", "green"]
Level = Literal["high", "medium", "low"]
REPORTED = "artefact-review.readiness-reported"
"""The fact that completes the weekly step."""


@dataclass(frozen=True)
class KeyItem:
    """A risk, assumption, issue or dependency that may disrupt the tests, who sees to it, its status (6.3.3c)."""

    kind: Literal["risk", "assumption", "issue", "dependency"]
    description: str
    priority: Level
    severity: int | None
    action_taken: str
    target_close: date
    owner: str = ""
    rag: Rag | None = None


@dataclass(frozen=True)
class RequirementProgress:
    """The Requirements Traceability Matrix to date (6.3.3f)."""

    identified: int
    testable_in_progress: int
    testable_not_started: int
    not_testable: int
    percent_complete: int


@dataclass(frozen=True)
class ScriptProgress:
    """The Test Scripts to date (6.3.3g)."""

    planned: int
    produced: int
    in_progress: int
    not_started: int
    percent_complete: int


@dataclass(frozen=True)
class Environment:
    """Readiness of the test environment (6.3.3j)."""

    user_roles: tuple[str, ...]
    configuration_approved: bool
    hardware: str


@dataclass(frozen=True)
class ReadinessReport:
    """Progress against 6.3.3 a to j; percentages are whole numbers from 0 to 100."""

    previous_stage_exit_criteria: str | None
    test_tool_available: bool
    key_items: tuple[KeyItem, ...]
    rag: Rag
    test_plan_produced: bool
    test_schedule_produced: bool
    requirements: RequirementProgress
    scripts: ScriptProgress
    test_data_percent: int
    resources: str
    environment: Environment


def reporting_weeks(profile: Profile, start: date, calendar: Calendar) -> Mapping[str, date]:
    """The ISO weeks that owe a report, each with the day on which it is due: none where no weekly step asks for it.

    They are those with a Working Day in the period before the start; the last one in the week is the day.
    """
    steps = profile.procedure.completed_by(REPORTED)
    weekly = next((step for step in steps if step.timing.rule == "each-week"), None)
    if weekly is None:
        return {}
    first = calendar.subtract(start, weekly.timing.working_days)
    return {week_of(day): day for day in calendar.days(first, start - ONE_DAY)}
