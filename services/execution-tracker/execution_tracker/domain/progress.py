"""How far testing is: the latest result of each test, and every testing issue as figures see it.

The execution's own state and the dashboard's tally both keep one, so that their figures are counted in one place.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from execution_tracker.domain.events import Outcome, ResultRecorded
from execution_tracker.domain.figures import Counts
from execution_tracker.domain.issue_state import STATUSES, IssueSummary

EXECUTED = ("passed", "failed")
TRIED = (*EXECUTED, "blocked")


@dataclass(frozen=True)
class Latest:
    """The outcome of a test's latest result and when it was executed."""

    outcome: Outcome
    executed_at: datetime


LatestResults = Mapping[str, Latest]


@dataclass(frozen=True)
class Progress:
    """The latest result of each test (regression runs apart) and the issues."""

    latest: LatestResults = field(default_factory=dict)
    issues: Mapping[int, IssueSummary] = field(default_factory=dict)

    def passed(self, test: str) -> bool:
        """Whether the latest result of a test is a pass."""
        return test in self.latest and self.latest[test].outcome == "passed"

    def counts(self, tests: Iterable[str]) -> Counts:
        """Tests by their latest outcome."""
        return Counts.of(self.latest[test].outcome if test in self.latest else "not-run" for test in tests)

    def by_status(self) -> dict[str, int]:
        """How many issues have each status."""
        counts = Counter(issue.status for issue in self.issues.values())
        return {status: counts[status] for status in STATUSES}

    def by_severity(self) -> dict[str, int]:
        """How many issues were raised with each severity, closed ones too."""
        counts = Counter(issue.severity for issue in self.issues.values())
        return {str(severity): counts[severity] for severity in (1, 2, 3, 4, 5)}


def with_latest(latest: LatestResults, event: ResultRecorded) -> LatestResults:
    """The latest results after one more, which may have been executed before those that are known."""
    if event.test in latest and event.executed_at < latest[event.test].executed_at:
        return latest
    return {**latest, event.test: Latest(event.outcome, event.executed_at)}
