"""The rulebook: how long it takes to read, how fast it answers, how large it is, how much of the law is proved."""

import argparse
import ast
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from tests.benchmarks.report import Line, Tell, print_report

from assay_cli.clauses import coverage
from assay_lab.benchmark import benchmark_environment
from assay_stack.home import CHECKOUT
from rulebook.engine.dating.timetable import Facts, timetable
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.files import ROOT
from rulebook.engine.procedures import procedure
from rulebook.engine.scope.scope import ROLES, Item, scope

READ = """
import time
began = time.perf_counter()
from rulebook.engine.validation import mistakes
assert not mistakes()
print(time.perf_counter() - began)
"""
FACTS = Facts({"notified": date(2027, 1, 4), "start": date(2027, 5, 4), "planned-last-day": date(2027, 5, 28)})


def measure(rounds: int, seconds: float, tell: Tell) -> Iterator[Line]:
    """Every figure, each rate and time as the median of the rounds."""
    tell("reading the whole rulebook in processes of their own")
    read = statistics.median(_seconds_to_read() for _ in range(rounds))
    yield Line("whole edition", "import, read and check in a fresh process, ms", round(read * 1_000))
    for what, answer in (("timetables of UEPT", _timetable), ("scopes with one item descoped", _scopes)):
        tell(f"counting {what}")
        rate = statistics.median(_rate(answer, seconds) for _ in range(rounds))
        yield Line("answers", f"{what} per second", round(rate))
    yield from _sizes()
    yield from _clauses()


def _seconds_to_read() -> float:
    command = (sys.executable, "-c", READ)
    done = subprocess.run(
        command, cwd=CHECKOUT, env=benchmark_environment(), stdout=subprocess.PIPE, text=True, check=True
    )
    return float(done.stdout)


def _timetable() -> int:
    return bool(timetable(procedure("uept"), FACTS, calendar()))


def _scopes() -> int:
    return sum(bool(scope(role, (Item("response-code", "E11"),)).tests) for role in ROLES)


def _rate(answer: Callable[[], int], seconds: float) -> float:
    """How many answers a second; what is read once and kept has been read before."""
    answer()
    began, count = time.perf_counter(), 0
    while (spent := time.perf_counter() - began) < seconds:
        count += answer()
    return count / spent


def _sizes() -> Iterator[Line]:
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(Path(ROOT).glob("*.py"))}
    files = Counter({name: text.count("\n") for name, text in texts.items()})
    functions = Counter(
        {
            f"{name} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
            for name, text in texts.items()
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef)
        }
    )
    for what, sizes in (("file", files), ("function", functions)):
        [(name, lines)] = sizes.most_common(1)
        yield Line("code", f"largest {what}, {name}, lines", lines)


def _clauses() -> Iterator[Line]:
    found = sum(coverage("ctsd").figures().values(), Counter())
    said = {"covered": "covered", "part": "covered in part", "people": "bind people only", "open": "open"}
    for status, what in said.items():
        yield Line("clauses of CTSD", what, found[status])  # type: ignore[index]


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(prog="assay benchmark rulebook", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    parser.add_argument("--seconds", type=float, default=0.5, help="how long each rate is counted")
    chosen = parser.parse_args()
    print_report(lambda tell: measure(chosen.rounds, chosen.seconds, tell))


if __name__ == "__main__":
    main()
