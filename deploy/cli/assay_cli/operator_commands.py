"""The commands of operations, at any gateway: what is parked and its release, what is published again, and the lag."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from assay_cli.client import ask
from assay_cli.printing import AsJson, document, say, tell, whole_table
from assay_cli.target import target_of

PARKED_COLUMNS = ("service", "seq", "source", "subject", "sequence", "parked_at", "reason")
LAG_COLUMNS = (
    "service",
    "consumer_lag",
    "outbox_pending",
    "outbox_oldest_seconds",
    "parked_messages",
    "parked_subjects",
    "pending_dependencies",
)

Where = Annotated[str, typer.Argument(help="The service that parked it.")]
Number = Annotated[int, typer.Argument(min=1, help="Its number there, as `list` shows it.")]
Why = Annotated[str, typer.Option("--reason", help="Is kept with your name.")]

parked = typer.Typer(no_args_is_help=True, help="Messages that could not be handled, and their release.")


def add_to(app: typer.Typer) -> None:
    """Add `parked`, `republish` and `lag` to the command line."""
    app.add_typer(parked, name="parked")
    app.command("republish")(republish_command)
    app.command("lag")(lag_command)


@parked.command("list")
def list_command(
    context: typer.Context,
    service: Annotated[str | None, typer.Option(help="One service; all when left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what is parked, oldest first."""
    target = target_of(context)
    if service is None:
        answer = ask(target, "GET", "/operations/parked")
        found, away = answer["items"], answer["away"]
    else:
        found, away = [{"service": service, **row} for row in ask(target, "GET", _path(service))], []
    for each in away:
        print(f"{each} does not answer. What it has parked is not in this list.", file=sys.stderr)
    print(json.dumps(found, indent=2)) if as_json else whole_table(PARKED_COLUMNS, found)


@parked.command("show")
def show_command(context: typer.Context, service: Where, number: Number) -> None:
    """Show one parked message: its content, its reason, and what was decided about it."""
    print(json.dumps(ask(target_of(context), "GET", _path(service, number)), indent=2))


@parked.command("retry")
def retry_command(
    context: typer.Context,
    service: Where,
    number: Number,
    reason: Why,
    over_gap: Annotated[bool, typer.Option(help="Though what comes before it never came.")] = False,
) -> None:
    """Handle it again, and then those behind it."""
    _release(context, _path(service, number, "retry"), {"reason": reason, "over_gap": over_gap})


@parked.command("edit")
def edit_command(
    context: typer.Context,
    service: Where,
    number: Number,
    reason: Why,
    file: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The content to handle instead, as JSON.")],
) -> None:
    """Handle other content in its place, and then those behind it."""
    _release(context, _path(service, number, "edit"), {"reason": reason, "value": file.read_text()})


@parked.command("skip")
def skip_command(context: typer.Context, service: Where, number: Number, reason: Why) -> None:
    """Leave it out for good, and handle those behind it."""
    _release(context, _path(service, number, "skip"), {"reason": reason})


def republish_command(
    context: typer.Context,
    service: Annotated[str, typer.Argument(help="The service that published them.")],
    reason: Why,
    subject: Annotated[str | None, typer.Option(help="Messages about it alone; all messages when left out.")] = None,
    from_sequence: Annotated[
        int | None, typer.Option("--from", min=1, help="The first of the subject's messages, up to the last.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Publish messages again, as they were, for a consumer that never got them; others know them and drop them."""
    target, path = target_of(context), f"/operations/{quote(service, safe='')}/republications"
    messages, subjects, more = 0, 0, True
    body = {"reason": reason, "subject": subject, "from_sequence": from_sequence, "continue_after": None}
    while more:
        portion = ask(target, "POST", path, body)
        messages, subjects = messages + portion["messages"], subjects + portion["subjects"]
        body["continue_after"] = more = portion["continue_after"]
        if more:
            tell(f"{messages} messages about {subjects} subjects so far, up to {more}.")
    if as_json:
        document({"messages": messages, "subjects": subjects})
    else:
        say(f"{messages} messages about {subjects} subjects are published again. `assay lag` shows when all have gone.")


def lag_command(context: typer.Context, as_json: AsJson = False) -> None:
    """Show how far every service is behind, and what it waits for."""
    lag = ask(target_of(context), "GET", "/operations/lag")
    if as_json:
        print(json.dumps(lag, indent=2))
    else:
        whole_table(LAG_COLUMNS, [_lag_row(each) for each in lag["services"]])


def _lag_row(lag: Mapping[str, Any]) -> dict[str, Any]:
    return {**lag, "pending_dependencies": ["it does not answer"]} if lag["away"] else dict(lag)


def _path(service: str, number: int | None = None, act: str | None = None) -> str:
    """The route of what a service has parked, of one message, or of its release."""
    parts = ("operations", service, "parked", number, act)
    return "".join(f"/{quote(str(part), safe='')}" for part in parts if part is not None)


def _release(context: typer.Context, path: str, body: Mapping[str, Any]) -> None:
    release = ask(target_of(context), "POST", path, body)
    print(json.dumps(release, indent=2))
    if gap := release["missing_for_ever"]:
        what = f"{gap['first']} to {gap['last']} of {gap['source']} about {gap['subject']}"
        tell(f"Missing for ever: {what}. Should it come now, it counts as known and is dropped.")
    if release["remaining"] is not None:
        raise typer.Exit(1)
