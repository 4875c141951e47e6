"""Runs the tests that the clauses name, and says how each ended."""

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import parse

from assay_stack.home import CHECKOUT

SECONDS = 600


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


def run(tests: Iterable[str], report: Path, checkout: Path = CHECKOUT) -> dict[str, Outcome]:
    """Run tests in a process of their own; the outcome of each by its name. One that does not exist has none."""
    arguments = ["-q", "-p", "no:cacheprovider", f"--junitxml={report}", "-o", "junit_family=xunit1"]
    command = [sys.executable, "-m", "pytest", *arguments, *sorted(set(tests))]
    subprocess.run(command, cwd=checkout, capture_output=True, timeout=SECONDS, check=False)
    found: dict[str, Outcome] = {}
    for case in parse(report).iter("testcase") if report.exists() else ():
        name = f"{case.get('file')}::{case.get('name', '').partition('[')[0]}"
        found[name] = _with(found.get(name, Outcome()), case)
    return found


def _with(so_far: Outcome, case: Element) -> Outcome:
    failed = case.find("failure") is not None or case.find("error") is not None
    skipped = case.find("skipped") is not None
    return Outcome(so_far.ran + (not skipped), so_far.failed + failed, so_far.skipped + skipped)
