"""At the end of a whole run of the tests: whether every test that a clause names ran and passed, in this very run.

A plugin of pytest; it asks nothing unless the run was given `--prove-clauses`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from assay_cli.clauses import coverage, documents

OPTION = "--prove-clauses"


@dataclass(frozen=True)
class Outcome:
    """How the cases of one test ended; `ran` counts those that were not skipped."""

    ran: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def proves(self) -> bool:
        """Whether it ran, and nothing of it failed or was skipped."""
        return self.ran > 0 and self.failed == 0 and self.skipped == 0

    def after(self, report: pytest.TestReport) -> "Outcome":
        """The outcome with one more report: of a set-up, a call or a tear-down."""
        ran = report.when == "call" and report.passed
        return Outcome(self.ran + ran, self.failed + report.failed, self.skipped + report.skipped)


class ClauseProof:
    """Follows a run of the tests. `named` maps each test that must prove something to the clause that names it."""

    def __init__(self, named: Mapping[str, str]) -> None:
        self._named = named
        self._outcomes: dict[str, Outcome] = {}

    @property
    def silent(self) -> dict[str, str]:
        """The named tests that did not run, failed, or were skipped, each with its clause."""
        return {test: clause for test, clause in self._named.items() if not self._outcome(test).proves}

    def _outcome(self, test: str) -> Outcome:
        return self._outcomes.get(test, Outcome())

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep how a case ended, under the name of its test, without its parameters."""
        test = report.nodeid.partition("[")[0]
        if test in self._named:
            self._outcomes[test] = self._outcome(test).after(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A run that leaves a clause without its proof has failed."""
        if self.silent and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say which clause has no proof."""
        for test, clause in self.silent.items():
            terminalreporter.write_line(f"FAILED to prove {clause}: {test} did not run and pass")
        terminalreporter.write_line(f"{len(self._named)} tests are named by clauses, {len(self.silent)} prove nothing.")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option of a whole run."""
    parser.addoption(OPTION, action="store_true", help="fail where a test that a clause names did not run and pass")


def pytest_configure(config: pytest.Config) -> None:
    """Follow the run where that was asked for; with several workers, only where their reports come together."""
    if config.getoption(OPTION) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(ClauseProof(named_tests()))


def named_tests() -> dict[str, str]:
    """Every test that a clause names, with the clause."""
    return {test: clause.id for name in documents() for clause in coverage(name).clauses for test in clause.tests}
