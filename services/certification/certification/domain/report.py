"""The Test Completion Report of CTSD 6.6.2, and how its figures are held against what was recorded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

SEVERITIES = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class TestFigures:
    """Tests of the scope by the outcome of their latest result; `scheduled` is their total."""

    __test__ = False

    scheduled: int
    passed: int
    failed: int
    blocked: int
    not_run: int
    ready: int = 0

    @property
    def unsuccessful(self) -> int:
        """Tests that must be explained (CTSD 6.6.3)."""
        return self.failed + self.blocked + self.not_run


@dataclass(frozen=True)
class RunFigures:
    """The results of one test run by outcome."""

    run: str
    passed: int
    failed: int
    blocked: int
    not_run: int


@dataclass(frozen=True)
class IssueFigures:
    """Testing issues by status and by severity; an issue is outstanding until it is closed."""

    total: int
    open: int
    planned: int
    fixed: int
    closed: int
    severity: Mapping[int, int]

    @property
    def outstanding(self) -> int:
        """Issues whose fix was not yet verified by a retest."""
        return self.total - self.closed


@dataclass(frozen=True)
class Explanation:
    """Why tests were not run, were blocked or did not succeed (CTSD 6.6.3)."""

    tests: tuple[str, ...]
    explanation: str


@dataclass(frozen=True)
class Report:
    """What CTSD 6.6.2 (a) to (c) asks for. `sha256` names the bytes of the document in the object store."""

    approach: str
    scope: str
    environment_updates: str
    tests: TestFigures
    runs: tuple[RunFigures, ...]
    issues: IssueFigures
    explanations: tuple[Explanation, ...]
    file_name: str
    sha256: str

    @property
    def explained(self) -> int:
        """How many different tests are explained."""
        return len({test for explanation in self.explanations for test in explanation.tests})


@dataclass(frozen=True)
class Recorded:
    """What was recorded of the same matters during execution."""

    tests: TestFigures
    issues: int
    outstanding: int
    severity: Mapping[int, int]


def disagreements(report: Report, recorded: Recorded) -> tuple[str, ...]:
    """Every figure of the report that is not the one that was recorded, or does not add up."""
    pairs = (*_test_pairs(report, recorded), *_issue_pairs(report, recorded))
    return tuple(f"{name}: {given} reported, {kept} recorded" for name, given, kept in pairs if given != kept)


def _test_pairs(report: Report, recorded: Recorded) -> Iterator[tuple[str, int, int]]:
    given, kept = report.tests, recorded.tests
    yield "tests scheduled", given.scheduled, kept.scheduled
    yield "tests passed", given.passed, kept.passed
    yield "tests failed", given.failed, kept.failed
    yield "tests blocked", given.blocked, kept.blocked
    yield "tests not run", given.not_run + given.ready, kept.not_run + kept.ready


def _issue_pairs(report: Report, recorded: Recorded) -> Iterator[tuple[str, int, int]]:
    given = report.issues
    yield "testing issues", given.total, recorded.issues
    yield "testing issues by status", given.open + given.planned + given.fixed + given.closed, recorded.issues
    yield "outstanding testing issues", given.outstanding, recorded.outstanding
    for severity in SEVERITIES:
        yield f"severity {severity} issues", given.severity.get(severity, 0), recorded.severity.get(severity, 0)
