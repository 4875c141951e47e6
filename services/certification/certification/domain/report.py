"""The Test Completion Report of CTSD 6.6.2, how its figures are held against what was recorded, and Test Evidence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

SEVERITIES = (1, 2, 3, 4, 5)
STATUSES = ("open", "planned", "fixed", "closed")
OUTCOMES = ("passed", "failed", "blocked", "not_run")


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


@dataclass(frozen=True)
class RunFigures:
    """The results of one test run by outcome; what is ready to run was not run."""

    run: str
    passed: int
    failed: int
    blocked: int
    not_run: int


@dataclass(frozen=True)
class IssueFigures:
    """Testing issues by status and by severity."""

    total: int
    open: int
    planned: int
    fixed: int
    closed: int
    severity: Mapping[int, int]


@dataclass(frozen=True)
class Explanation:
    """Why tests were not run, were blocked or did not succeed (CTSD 6.6.3)."""

    tests: tuple[str, ...]
    explanation: str


@dataclass(frozen=True)
class SubmittedFile:
    """A document; `sha256` names its bytes in the object store."""

    file_name: str
    sha256: str


@dataclass(frozen=True)
class Report:
    """What CTSD 6.6.2 (a) to (c) asks for, with the document itself."""

    approach: str
    scope: str
    environment_updates: str
    tests: TestFigures
    runs: tuple[RunFigures, ...]
    issues: IssueFigures
    explanations: tuple[Explanation, ...]
    file: SubmittedFile

    @property
    def files(self) -> tuple[SubmittedFile, ...]:
        """Every document of it."""
        return (self.file,)

    @property
    def explained(self) -> frozenset[str]:
        """The tests that are explained."""
        return frozenset(test for explanation in self.explanations for test in explanation.tests)


@dataclass(frozen=True)
class Evidence:
    """The completed dashboard and the Test Evidence, with a note on what they show (CTSD 5.11.2.4)."""

    note: str
    files: tuple[SubmittedFile, ...]


@dataclass(frozen=True)
class Recorded:
    """What was recorded of the same matters during execution."""

    tests: TestFigures
    runs: tuple[RunFigures, ...]
    issues: IssueFigures


def disagreements(report: Report, recorded: Recorded) -> tuple[str, ...]:
    """Every figure of the report that is not the one that was recorded, or does not add up."""
    pairs = (*_test_pairs(report, recorded), *_run_pairs(report, recorded), *_issue_pairs(report, recorded))
    return tuple(f"{name}: {given} reported, {kept} recorded" for name, given, kept in pairs if given != kept)


def _test_pairs(report: Report, recorded: Recorded) -> Iterator[tuple[str, int, int]]:
    given, kept = report.tests, recorded.tests
    yield "tests scheduled", given.scheduled, kept.scheduled
    yield "tests passed", given.passed, kept.passed
    yield "tests failed", given.failed, kept.failed
    yield "tests blocked", given.blocked, kept.blocked
    yield "tests not run", given.not_run + given.ready, kept.not_run + kept.ready


def _run_pairs(report: Report, recorded: Recorded) -> Iterator[tuple[str, int, int]]:
    """Run by run (CTSD 6.6.2c); a run that is reported twice makes one run too many."""
    given, kept = ({run.run: run for run in runs} for runs in (report.runs, recorded.runs))
    yield "test runs", len(report.runs), len(recorded.runs)
    for name in sorted({*given, *kept}):
        one, other = given.get(name), kept.get(name)
        for outcome in OUTCOMES:
            yield f"{outcome.replace('_', ' ')} in run {name}", getattr(one, outcome, 0), getattr(other, outcome, 0)


def _issue_pairs(report: Report, recorded: Recorded) -> Iterator[tuple[str, int, int]]:
    given, kept = report.issues, recorded.issues
    yield "testing issues", given.total, kept.total
    yield "testing issues by status", sum(getattr(given, status) for status in STATUSES), kept.total
    for status in STATUSES:
        yield f"{status} issues", getattr(given, status), getattr(kept, status)
    for severity in SEVERITIES:
        yield f"severity {severity} issues", given.severity.get(severity, 0), kept.severity.get(severity, 0)
