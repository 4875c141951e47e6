"""The commands of the local stack: it is started, ended, emptied and looked at here."""

import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from assay_cli import backups
from assay_cli.printing import AsJson, document, table, tell
from assay_stack import stack
from assay_stack.home import Home
from assay_stack.mailbox import mails
from assay_stack.token import MINUTES, make_token
from kernel.failure import Failure, tail

LOG_LINES = 50
FOLLOW_SECONDS = 0.3


def add_to(app: typer.Typer) -> None:
    """Give the program the commands of the local stack."""
    app.command("up")(up_command)
    app.command("down")(down_command)
    app.command("reset")(reset_command)
    app.command("status")(status_command)
    app.command("logs")(logs_command)
    app.command("token")(token_command)
    app.command("mail")(mail_command)
    backups.add_to(app)


def up_command(as_json: AsJson = False) -> None:
    """Start everything, wait until it is ready, and say where to look."""
    since = time.monotonic()
    addresses = stack.up(Home.here(), tell)
    if as_json:
        return document({"addresses": addresses, "seconds": round(time.monotonic() - since, 1)})
    tell(f"Everything is ready after {time.monotonic() - since:.1f} s.")
    table(("what", "where"), addresses.items())


def down_command(as_json: AsJson = False) -> None:
    """End everything in order. Nothing is lost: `up` goes on where it stopped."""
    left = stack.down(Home.here(), tell)
    document({"down": True, "ended_by_force": left}) if as_json else tell("Everything has ended.")


def reset_command(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False, as_json: AsJson = False
) -> None:
    """End everything and remove what the stack has stored: databases, topics, files, mail, keys, logs."""
    home = Home.here()
    if not yes and sys.stdin.isatty() and not typer.confirm(f"Remove everything stored in {home.folder}?", err=True):
        raise Failure("Nothing was removed.", "Answer y, or give --yes.")
    stack.reset(home, tell)
    document({"reset": True, "folder": str(home.folder)}) if as_json else tell(f"{home.folder} is empty.")


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


def token_command(
    role: Annotated[list[str], typer.Option(help="participant, dcc, panel, operations, ...; may be repeated.")],
    party: Annotated[list[str] | None, typer.Option(help="A Party, by its signifier; may be repeated.")] = None,
    minutes: Annotated[int, typer.Option(help="How long it is valid.")] = MINUTES,
    as_json: AsJson = False,
) -> None:
    """Make a bearer token for development."""
    token = make_token(Home.here(), role, party, minutes)
    if as_json:
        expires = token.expires_at.isoformat()
        return document({"token": token.value, "roles": role, "parties": party or [], "expires_at": expires})
    print(token.value)


def mail_command(as_json: AsJson = False) -> None:
    """List the e-mails that were sent; none of them left this machine."""
    found = list(mails(Home.here().mail))
    if as_json:
        return document([asdict(mail) | {"file": str(mail.file)} for mail in found])
    table(
        ("sent", "to", "subject", "file"),
        ((mail.date, mail.recipients, mail.subject, str(mail.file)) for mail in found),
    )


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
