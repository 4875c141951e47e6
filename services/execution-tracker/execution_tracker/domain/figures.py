"""The figures of the Test Execution Dashboard (CTSD 6.5.2 d to h)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from rulebook.engine.gates import Verdict


@dataclass(frozen=True)
class Counts:
    """Tests by outcome; a test with no result counts as not run."""

    passed: int = 0
    failed: int = 0
    blocked: int = 0
    not_run: int = 0
    ready: int = 0

    @classmethod
    def of(cls, outcomes: Iterable[str]) -> "Counts":
        """Count outcomes as they are recorded."""
        return cls(**{outcome.replace("-", "_"): count for outcome, count in Counter(outcomes).items()})

    @property
    def executed(self) -> int:
        """Tests that ran to an end: a blocked test was not executed."""
        return self.passed + self.failed


@dataclass(frozen=True)
class GlideDay:
    """Tests planned and executed up to and including a day; `executed` is None for days to come."""

    day: date
    planned: int
    executed: int | None


@dataclass(frozen=True)
class DailyCount:
    """Results of one day and one test run, by outcome; regression results stand apart."""

    day: date
    run: str
    passed: int
    failed: int
    blocked: int
    not_run: int
    ready: int


@dataclass(frozen=True)
class RunCount:
    """Results of one test run, by outcome; regression results stand apart."""

    run: str
    passed: int
    failed: int
    blocked: int
    not_run: int
    ready: int


@dataclass(frozen=True)
class DashboardFigures:
    """The computed part of the dashboard."""

    scheduled: int
    executed: int
    tests: Counts
    glide_path: tuple[GlideDay, ...]
    daily: tuple[DailyCount, ...]
    issues_total: int
    issues_by_status: dict[str, int]
    issues_by_severity: dict[str, int]
    regression: Counts
    criteria: tuple[Verdict, ...]
