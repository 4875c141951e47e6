"""What `assay check` and `assay test` run: style, types, the direction of imports, and tests, quick ones or all."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay_stack.home import CHECKOUT


@dataclass(frozen=True)
class Check:
    """One step: its name, and a tool of the environment with its arguments."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """How a step went."""

    name: str
    passed: bool
    seconds: float


STEALING = ("-n", "2", "--dist", "worksteal")
BY_FILE = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")
"""For two cores. Quick tests keep two workers busy: an idle one takes over the other's work. Those on real servers wait
for a third of their time, so that three share them: each gets whole files, whose tests build on each other, in the
order in which they were collected."""
SOURCES = ("shared", "deploy", "services", "tests", "examples", "docs", "conftest.py")


def whole(pytest_arguments: Sequence[str]) -> Iterator[Check]:
    """Every step of `assay test`, the quick ones first: everything once. A part of the tests proves no clause."""
    yield from _style_and_types()
    proof = () if pytest_arguments else ("--prove-clauses",)
    yield Check("pytest", ("pytest", *BY_FILE, *proof, "--durations", "10", *pytest_arguments))


def quick(pytest_arguments: Sequence[str]) -> Iterator[Check]:
    """Every step of `assay check`: style, types, and every test that needs no real server, of a path or of all."""
    yield from _style_and_types()
    yield Check("pytest without servers", ("pytest", "-q", "-m", "not real", *STEALING, *pytest_arguments))


def _style_and_types() -> Iterator[Check]:
    yield Check("ruff check", ("ruff", "check", *SOURCES))
    yield Check("ruff format", ("ruff", "format", "--check", *SOURCES))
    yield Check("mypy", ("mypy", "--strict", *SOURCES))
    if has_import_contracts():
        yield Check("import directions", ("lint-imports",))


def run(check: Check, output: int | None) -> Outcome:
    """Run one step in the checkout; its output goes to a file descriptor, or where ours goes."""
    since = time.monotonic()
    tool, *arguments = check.command
    command = (str(Path(sys.executable).with_name(tool)), *arguments)
    done = subprocess.run(command, cwd=CHECKOUT, stdout=output, check=False, env=environment())
    return Outcome(check.name, done.returncode == 0, round(time.monotonic() - since, 1))


def run_all(checks: Iterable[Check], output: int | None, tell: Callable[[str], None]) -> list[Outcome]:
    """Run every step, also after one that failed."""
    outcomes = []
    for check in checks:
        tell(f"{check.name} ...")
        outcomes.append(outcome := run(check, output))
        tell(f"{check.name}: {'passed' if outcome.passed else 'FAILED'} in {outcome.seconds} s")
    return outcomes


def environment() -> dict[str, str]:
    """Ours, with compiled modules kept: the tests start many processes."""
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}


def exists(path: str) -> bool:
    """Whether the checkout has it."""
    return (CHECKOUT / path).exists()


def has_import_contracts() -> bool:
    """Whether import-linter has been told what may import what."""
    return exists(".importlinter") or "[tool.importlinter" in (CHECKOUT / "pyproject.toml").read_text()
