"""The command line. Every command prints one JSON document on request, and says in a sentence what went wrong."""

import json
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from assay import audit, checks, law, operate, stack
from assay.failure import Failure, remedy_of, tail
from assay.home import Home
from assay.mailbox import mails
from assay.token import MINUTES, make_token

PROGRAM = "assay"
FILE_COLUMNS = 300
LOG_LINES = 50
TRACEBACK_PARTS = 6
FOLLOW_SECONDS = 0.3

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
screen = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else FILE_COLUMNS)
aside = Console(stderr=True, highlight=False, soft_wrap=True)
law.add_to(app)
app.add_typer(audit.app, name="audit")
operate.add_to(app)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout; progress goes to stderr.")]


@app.command("up")
def up_command(as_json: AsJson = False) -> None:
    """Start everything, wait until it is ready, and say where to look."""
    since = time.monotonic()
    addresses = stack.up(Home.here(), tell)
    if as_json:
        return document({"addresses": addresses, "seconds": round(time.monotonic() - since, 1)})
    tell(f"Everything is ready after {time.monotonic() - since:.1f} s.")
    table(("what", "where"), addresses.items())


@app.command("down")
def down_command(as_json: AsJson = False) -> None:
    """End everything in order. Nothing is lost: `up` goes on where it stopped."""
    left = stack.down(Home.here(), tell)
    document({"down": True, "ended_by_force": left}) if as_json else tell("Everything has ended.")


@app.command("reset")
def reset_command(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False, as_json: AsJson = False
) -> None:
    """End everything and remove what the stack has stored: databases, topics, files, mail, keys, logs."""
    home = Home.here()
    if not yes and sys.stdin.isatty() and not typer.confirm(f"Remove everything stored in {home.folder}?", err=True):
        raise Failure("Nothing was removed.", "Answer y, or give --yes.")
    stack.reset(home, tell)
    document({"reset": True, "folder": str(home.folder)}) if as_json else tell(f"{home.folder} is empty.")


@app.command("status")
def status_command(as_json: AsJson = False) -> None:
    """Show every process: whether it is ready, and how often it had to be started again."""
    home = Home.here()
    found = stack.status(home)
    left = stack.left_alone(home)
    if as_json:
        return document({"up": stack.is_up(home), "left_alone": left, "processes": [asdict(each) for each in found]})
    if left:
        tell(f"The supervisor was killed; nobody looks after {', '.join(left)}. `up` or `down` puts that in order.")
    rows = ((each.name, each.state, str(each.pid or ""), str(each.restarts), each.address) for each in found)
    table(("process", "state", "pid", "restarts", "address"), rows)


@app.command("logs")
def logs_command(
    service: Annotated[str | None, typer.Argument(help="One process; all when left out.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0)] = LOG_LINES,
    as_json: AsJson = False,
) -> None:
    """Show the end of the logs."""
    files = _log_files(Home.here(), service)
    if as_json:
        return document({file.stem: tail(file, lines).splitlines() if lines else [] for file in files})
    for file in files:
        for line in tail(file, lines).splitlines() if lines else ():
            _print_line(file, line, len(files))
    if follow:
        with suppress(KeyboardInterrupt):
            for file, line in _followed(files):
                _print_line(file, line, len(files))


@app.command("token")
def token_command(
    role: Annotated[str, typer.Option(help="participant, dcc, panel, authority, operations, auditor, ...")],
    party: Annotated[str | None, typer.Option(help="The participant's Party, by its signifier.")] = None,
    minutes: Annotated[int, typer.Option(help="How long it is valid.")] = MINUTES,
    as_json: AsJson = False,
) -> None:
    """Make a bearer token for development."""
    token = make_token(Home.here(), role, party, minutes)
    if as_json:
        return document(
            {"token": token.value, "role": role, "party": party, "expires_at": token.expires_at.isoformat()}
        )
    print(token.value)


@app.command("mail")
def mail_command(as_json: AsJson = False) -> None:
    """List the e-mails that were sent; none of them left this machine."""
    found = list(mails(Home.here().mail))
    if as_json:
        return document([asdict(mail) | {"file": str(mail.file)} for mail in found])
    table(
        ("sent", "to", "subject", "file"),
        ((mail.date, mail.recipients, mail.subject, str(mail.file)) for mail in found),
    )


@app.command("test", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def check_command(context: typer.Context, as_json: AsJson = False) -> None:
    """Check style, types and imports, and run every test; further arguments go to pytest."""
    outcomes = checks.run_all(context.args, sys.stderr.fileno() if as_json else None, tell)
    passed = all(outcome.passed for outcome in outcomes)
    if as_json:
        document({"passed": passed, "steps": [asdict(outcome) for outcome in outcomes]})
    if not passed:
        failed = ", ".join(outcome.name for outcome in outcomes if not outcome.passed)
        aside.print(f"Not everything passed: {failed}. What each printed above says why.", style="red")
        raise typer.Exit(1)


@app.command("demo")
def demo_command(as_json: AsJson = False) -> None:
    """Go through an engagement from the notification to the signed certificate."""
    _call("assay.demo", as_json=as_json)


@app.command("trace")
def trace_command(engagement: str, as_json: AsJson = False) -> None:
    """Show everything that happened in an engagement, and the work behind it."""
    _call("assay.trace", engagement, as_json=as_json)


@app.command("soak")
def soak_command(
    minutes: Annotated[float, typer.Option(min=0.1, help="How long faults are injected.")] = 10.0,
    seed: Annotated[int | None, typer.Option(help="Repeats the faults of a run; without it they are new.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run many engagements while parts of the stack are killed, restarted and frozen; then count what must hold."""
    _call("assay.soak", minutes, seed, as_json=as_json)


@app.command("benchmark", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def benchmark_command(context: typer.Context, as_json: AsJson = False) -> None:
    """Measure how fast this machine is with it; further arguments go to the benchmark."""
    _call("assay.benchmark", context.args, as_json=as_json)


def main() -> NoReturn:
    """Run one command; 0 when it did what it was told, 1 when it could not."""
    try:
        code = app(standalone_mode=False, prog_name=PROGRAM)
    except Failure as failure:
        _say(failure)
        code = 1
    except OSError as error:
        _say(Failure(f"{error.strerror or error}: {error.filename or 'the system refused'}.", remedy_of(error)))
        code = 1
    except KeyboardInterrupt:
        code = 130
    except (typer.Abort, typer.Exit) as leaving:
        code = getattr(leaving, "exit_code", 1)
    except Exception as error:
        code = _say_unexpected(error)
    sys.exit(code if isinstance(code, int) else 0)


def tell(text: str) -> None:
    """Say how it goes, aside from the result."""
    aside.print(text, markup=False)


def document(value: Any) -> None:
    """Print the one JSON document of a command."""
    print(json.dumps(asdict(value) if is_dataclass(value) and not isinstance(value, type) else value, indent=2))


def table(columns: tuple[str, ...], rows: Any) -> None:
    """Print rows for a person."""
    shown = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        shown.add_row(*row)
    screen.print(shown, markup=False)


def _call(module: str, *arguments: Any, as_json: bool) -> None:
    try:
        loaded = import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise Failure(f"This checkout has no {module}.", "Complete the checkout.") from error
    if code := loaded.main(*arguments, as_json=as_json):
        raise typer.Exit(code)


def _say(failure: Failure) -> None:
    if "--json" in sys.argv:
        document({"failure": {"what": failure.what, "remedy": failure.remedy, "log": failure.log.splitlines()}})
    if failure.log:
        aside.print(failure.log, markup=False, style="dim")
    aside.print(f"{failure.what} {failure.remedy}", markup=False, style="red")


def _say_unexpected(error: Exception) -> int:
    """A command line that is wrong says so itself; anything else is a fault of ours, told with where it came from."""
    if hasattr(error, "format_message"):
        _say(Failure(f"{error.format_message()}", f"See {PROGRAM} --help."))
        return 2
    failure = Failure(
        f"Something unexpected went wrong: {type(error).__name__}: {error}.",
        f"`{PROGRAM} status` and `{PROGRAM} logs` show how the stack is; above stands where it happened.",
    )
    failure.log = "".join(traceback.format_exception(error)[-TRACEBACK_PARTS:]).rstrip()
    _say(failure)
    return 1


def _log_files(home: Home, service: str | None) -> list[Path]:
    files = {file.stem: file for file in sorted(home.log.glob("*.log"))}
    if service is None:
        return list(files.values())
    if service not in files:
        known = f"Logs exist of: {', '.join(files)}." if files else "Start the stack with up: there are no logs yet."
        raise Failure(f"There is no log of {service}.", known)
    return [files[service]]


def _print_line(file: Path, line: str, of: int) -> None:
    print(f"{file.stem}: {line}" if of > 1 else line, flush=True)


def _followed(files: list[Path]) -> Iterator[tuple[Path, str]]:
    positions = {file: file.stat().st_size for file in files}
    while True:
        for file, position in positions.items():
            with file.open("rb") as opened:
                opened.seek(position if file.stat().st_size >= position else 0)
                for line in iter(opened.readline, b""):
                    if not line.endswith(b"\n"):
                        break
                    positions[file] = opened.tell()
                    yield file, line.decode(errors="replace").rstrip("\n")
        time.sleep(FOLLOW_SECONDS)


if __name__ == "__main__":
    main()
