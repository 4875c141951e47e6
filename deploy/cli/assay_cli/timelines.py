"""Timelines, at any gateway: where every service stands against what it has published, and how a new one is begun."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

import typer

from assay_cli.client import ask
from assay_cli.operator_commands import Why
from assay_cli.printing import AsJson, document, say, tell, whole_table
from assay_cli.target import target_of

COLUMNS = ("service", "timeline", "lost", "revoked", "standing")
LOST_COLUMNS = ("subject", "timeline", "sequence", "time", "type")
REVOKED_COLUMNS = ("source", "subject", "timeline", "first", "last", "revoked_at")

Which = Annotated[str, typer.Argument(metavar="SERVICE")]

timelines = typer.Typer(
    invoke_without_command=True, help="Where every service stands against what it has published, and new timelines."
)


def add_to(app: typer.Typer) -> None:
    """Add `timeline` to the command line."""
    app.add_typer(timelines, name="timeline")


@timelines.callback()
def all_command(context: typer.Context, as_json: AsJson = False) -> None:
    """Show where every service stands: its timeline, and what is ahead of its database."""
    if context.invoked_subcommand:
        return
    answer = ask(target_of(context), "GET", "/operations/timelines")
    if as_json:
        document(answer)
    else:
        whole_table(COLUMNS, [_row(**each) for each in answer["services"]])


@timelines.command("show")
def show_command(context: typer.Context, service: Which, as_json: AsJson = False) -> None:
    """Show where a service stands: the facts that its database has lost, and those it handled that are no more."""
    standing = ask(target_of(context), "GET", _path(service))
    if as_json:
        document(standing)
        return
    say(f"{service} is in timeline {standing['timeline']}. {_said(standing)}")
    _list("What it has published and its database does not know:", LOST_COLUMNS, standing["lost"])
    _list("What it has handled and its source has lost:", REVOKED_COLUMNS, standing["revoked"])


@timelines.command("begin")
def begin_command(context: typer.Context, service: Which, reason: Why, as_json: AsJson = False) -> None:
    """Begin a new timeline, after a service's database was brought back to an earlier state; names what was lost."""
    begun = ask(target_of(context), "POST", _path(service), {"reason": reason})
    if as_json:
        document(begun)
        return
    say(f"{service} begins timeline {begun['timeline']} and goes on by itself. {begun['lost_in_all']} facts were lost.")
    _list("Do again what is lost, best under the same idempotency keys:", LOST_COLUMNS, begun["lost"])
    if (more := begun["lost_in_all"] - len(begun["lost"])) > 0:
        tell(f"{more} more are named in the log of {service}.")


def _path(service: str) -> str:
    return f"/operations/{quote(service, safe='')}/timeline"


def _row(service: str, standing: Mapping[str, Any] | None) -> dict[str, Any]:
    if standing is None:
        return {**dict.fromkeys(COLUMNS), "service": service, "standing": "it does not answer"}
    counted = {"lost": len(standing["lost"]), "revoked": _count(standing["revoked"])}
    return {"service": service, "timeline": standing["timeline"], **counted, "standing": _said(standing)}


def _count(revoked: Sequence[Mapping[str, Any]]) -> int:
    return sum(each["last"] - each["first"] + 1 for each in revoked)


def _said(standing: Mapping[str, Any]) -> str:
    return f"behind: {standing['behind']}" if standing["behind"] else "Its database is as far as what it has published."


def _list(heading: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        say(heading)
        whole_table(columns, rows)
