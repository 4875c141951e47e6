"""The commands of the lab: the checks, the demo, the soak and the benchmarks."""

import sys
from collections.abc import Iterable
from dataclasses import asdict
from importlib import import_module
from typing import Annotated, Any

import typer

from assay_cli.printing import AsJson, aside, document, say, tell
from assay_cli.rulebook_commands import refusing, rulebook_app
from assay_lab import checks, generated

PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


def add_to(app: typer.Typer) -> None:
    """Give the program the commands of the lab."""
    app.command("check", context_settings=PASSED_ON)(check_command)
    app.command("test", context_settings=PASSED_ON)(run_tests_command)
    app.command("demo")(demo_command)
    app.command("soak")(soak_command)
    rulebook_app.command("pages")(pages_command)
    app.command("benchmark", context_settings=PASSED_ON)(benchmark_command)


def run_tests_command(context: typer.Context, as_json: AsJson = False) -> None:
    """Check style, types and imports, and run every test once; further arguments go to pytest."""
    _report(checks.whole(context.args), as_json)


def check_command(context: typer.Context, as_json: AsJson = False) -> None:
    """Check style, types and imports, and run every test that needs no real server, of a path or of all.

    It takes less than a minute. What it leaves out is counted as deselected; `assay test` runs it.
    """
    _report(checks.quick(context.args), as_json)


def _report(steps: Iterable[checks.Check], as_json: bool) -> None:
    outcomes = checks.run_all(steps, sys.stderr.fileno() if as_json else None, tell)
    passed = all(outcome.passed for outcome in outcomes)
    if as_json:
        document({"passed": passed, "steps": [asdict(outcome) for outcome in outcomes]})
    if not passed:
        failed = ", ".join(outcome.name for outcome in outcomes if not outcome.passed)
        aside.print(f"Not everything passed: {failed}. What each printed above says why.", style="red")
        raise typer.Exit(1)
    aside.print(f"Everything passed in {sum(outcome.seconds for outcome in outcomes):.0f} s.", style="green")


def demo_command(
    procedure: Annotated[str, typer.Option(help="uept, additional-sr-uept or additional-sr-dust.")] = "uept",
    as_json: AsJson = False,
) -> None:
    """Go through an engagement from the notification to the signed certificate."""
    _call("assay_lab.demo", procedure, as_json=as_json)


def soak_command(
    minutes: Annotated[float, typer.Option(min=0.1, help="How long faults are injected.")] = 10.0,
    seed: Annotated[int | None, typer.Option(help="Repeats the faults of a run; without it they are new.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run many engagements while parts of the stack are killed, restarted and frozen; then count what must hold."""
    _call("assay_lab.soak", minutes, seed, as_json=as_json)


def benchmark_command(context: typer.Context, as_json: AsJson = False) -> None:
    """Measure how fast this machine is with it; further arguments go to the benchmark."""
    _call("assay_lab.benchmark", context.args, as_json=as_json)


def pages_command() -> None:
    """Write anew what is generated: the pages of the clauses and of the checks, and the catalogue of refusals."""
    with refusing():
        for path, text in generated.files().items():
            path.write_text(text, encoding="utf-8")
            say(str(path))


def _call(module: str, *arguments: Any, as_json: bool) -> None:
    """Run what a module does; it is loaded only now, since the other commands are to start quickly."""
    if code := import_module(module).main(*arguments, as_json=as_json):
        raise typer.Exit(code)
