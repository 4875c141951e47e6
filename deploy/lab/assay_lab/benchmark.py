"""What `./assay benchmark [NAME]` does: measures, and shows the figures beside their aims."""

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from assay_lab.checks import environment
from assay_stack.home import CHECKOUT
from kernel.failure import Failure

BENCHMARKS = ("hop", "gateway", "stack", "rulebook", "lists", "year")

WIDE = 120
"""Columns, where the output is no terminal."""

screen = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def main(arguments: list[str], as_json: bool) -> None:
    """Run the benchmark that is named first, or all; what follows its name goes to it.

    An aim that is missed is told, and no failure: it may be the machine's.
    """
    named, further = (arguments[:1], arguments[1:]) if arguments else (list(BENCHMARKS), [])
    if not set(named) <= set(BENCHMARKS):
        raise Failure(f"There is no benchmark {named[0]}.", f"Choose from {', '.join(BENCHMARKS)}, or leave it out.")
    lines = [line for name in named for line in measured(name, further)]
    if as_json:
        print(json.dumps({"met": all(line["met"] is not False for line in lines), "figures": lines}, indent=2))
    else:
        screen.print(_table(lines))


def measured(name: str, arguments: Sequence[str]) -> list[dict[str, Any]]:
    """The figures of one benchmark; its progress goes to stderr."""
    command = (sys.executable, "-m", f"tests.benchmarks.{name}", *arguments)
    done = subprocess.run(
        command, cwd=CHECKOUT, env=benchmark_environment(), stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise Failure(f"The benchmark {name} did not come to its end.", "What it printed above says why.")
    lines: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return lines


def benchmark_environment() -> dict[str, str]:
    """Not with PYTHONSAFEPATH, which `./assay` sets: the benchmarks lie in the checkout."""
    return {name: value for name, value in environment().items() if name != "PYTHONSAFEPATH"}


def _table(lines: Iterable[dict[str, Any]]) -> Table:
    table = Table("of", "what", "value", "aim", "met", box=None, header_style="bold", pad_edge=False)
    for line in lines:
        met = {True: "yes", False: "no", None: ""}[line["met"]]
        table.add_row(line["of"], line["what"], f"{line['value']:,}", line["aim"], met)
    return table
