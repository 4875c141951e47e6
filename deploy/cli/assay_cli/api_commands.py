"""Everything that a gateway can be asked, as commands: made from the OpenAPI document of the gateway that is asked.

What the API learns, the command line can: no command is written for a route. A command is an operation's name in
its service's group; the first words of the name are enough where no other begins with them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import typer

from assay_cli.api_call import awaited, send, show, value_at, with_key
from assay_cli.api_document import Operation, operations
from assay_cli.api_options import parser_of, request_of
from assay_cli.client import ask
from assay_cli.printing import outline, say, tell, whole_table
from assay_cli.target import target_of
from kernel.failure import Failure

PROGRAM: Final = "assay"
ARGUMENTS: Final = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
HELP: Final = ("--help", "-h")
GROUPS: Final = {
    "engagement": (("gateway", "notification"), "Engagements: notice, timetable, steps, lists, pages, the record."),
    "artefact": (("artefact-review",), "Artefacts, their review, descoping, scope, the entry gate."),
    "execution": (("execution-tracker",), "Tests, results, issues, dashboards."),
    "certificate": (("certification",), "Completion, the exit gate, certificates, eligibility."),
    "dispute": (("disputes",), "Rights of referral, referrals, determinations."),
}
"""The groups of commands, each with the services whose operations are in it."""
HOUSE: Final = "/operations/"
"""The paths of operations: these have commands of their own (`parked`, `lag`, `timeline`), and `call`."""
OTHERWISE_CALLED: Final = {
    "engagement": {"list": "engagements", "show": "overview", "notify": "give-notice", "queue": "work-queue"},
    "dispute": {"list": "pending-referrals", "answer": "give-information"},
}
"""What people call some operations."""
COLUMNS: Final = {
    "work-queue": {
        "due": "due",
        "state": "state",
        "kind": "kind",
        "key": "key",
        "subject": "subject",
        "engagement": "engagement",
        "action": "action",
    },
    "engagements": {
        "id": "id",
        "procedure": "procedure",
        "phase": "phase",
        "start": "start_date",
        "next due": "next_due",
        "subject": "subject.name",
    },
}
"""What a person wants to see of the rows of some lists, and where it stands in a row."""


def add_to(app: typer.Typer) -> None:
    """Add the groups, `call`, `queue` and `export` to the command line."""
    for name, (_, about) in GROUPS.items():
        app.command(name, help=about, context_settings=ARGUMENTS)(_group(name))
    app.command("call", context_settings=ARGUMENTS)(call_command)
    app.command("queue", context_settings=ARGUMENTS)(queue_command)
    app.command("export", context_settings=ARGUMENTS)(export_command)


def _group(name: str) -> Any:
    def group_command(context: typer.Context) -> None:
        found = {each.name: each for each in _known(context) if _belongs(each, name)}
        _run(context, f"{PROGRAM} {name}", found, OTHERWISE_CALLED.get(name, {}))

    return group_command


def call_command(context: typer.Context) -> None:
    """Ask for any operation of the gateway, by its service and its name: `call disputes.refer-matter ...`."""
    _run(context, f"{PROGRAM} call", {f"{each.service}.{each.name}": each for each in _known(context)}, {})


def queue_command(context: typer.Context) -> None:
    """Show what awaits the role acted in, the most urgent first."""
    _one(context, "queue", "work-queue")


def export_command(context: typer.Context) -> None:
    """Write the whole record of an engagement as JSON, to the file of --output or to the screen."""
    _one(context, "export", "record")


def _one(context: typer.Context, command: str, name: str) -> None:
    operation = next(each for each in _known(context) if (each.service, each.name) == ("gateway", name))
    _carry_out(context, operation, f"{PROGRAM} {command}", context.args)


def _known(context: typer.Context) -> tuple[Operation, ...]:
    return operations(ask(target_of(context), "GET", "/openapi.json"))


def _belongs(operation: Operation, group: str) -> bool:
    return operation.service in GROUPS[group][0] and not operation.path.startswith(HOUSE)


def _run(
    context: typer.Context, program: str, found: Mapping[str, Operation], otherwise_called: Mapping[str, str]
) -> None:
    """The operation that the first argument names, with the others; without one, what there is."""
    wanted, *further = context.args or HELP
    if wanted in HELP:
        _list(program, found, otherwise_called)
        return
    name = _chosen(otherwise_called.get(wanted, wanted), found, program)
    _carry_out(context, found[name], f"{program} {wanted}", further)


def _chosen(wanted: str, found: Mapping[str, Operation], program: str) -> str:
    if wanted in found:
        return wanted
    near = [name for name in found if name.startswith(f"{wanted}-")]
    if len(near) == 1:
        return near[0]
    known = f"Choose from {', '.join(near)}." if near else f"`{program} --help` lists the commands."
    raise Failure(f"{wanted!r} is {'more than one command' if near else 'no command'} of `{program}`.", known)


def _carry_out(context: typer.Context, operation: Operation, program: str, arguments: Sequence[str]) -> None:
    parser = parser_of(operation, program)
    if set(arguments) & set(HELP):
        say(parser.format_help())
        return
    chosen = parser.parse_args(list(arguments))
    until = getattr(chosen, "until", None)
    if chosen.output is not None and (until is not None or chosen.field is not None):
        parser.error("--output writes the answer as it comes: leave out --until and --field")
    request = with_key(request_of(operation, chosen))
    target = target_of(context)
    answer = awaited(lambda: send(target, request, chosen.output), until)
    if chosen.output is not None:
        tell(f"Written to {chosen.output}.")
    elif chosen.field is not None:
        outline(value_at(answer, chosen.field))
    else:
        show(answer, chosen.json, COLUMNS.get(operation.name, {}) if operation.service == "gateway" else {})


def _list(program: str, found: Mapping[str, Operation], otherwise_called: Mapping[str, str]) -> None:
    called = {name: alias for alias, name in otherwise_called.items()}
    rows = [{"command": called.get(name, name), "does": each.summary.split("\n")[0]} for name, each in found.items()]
    say(f"{program} COMMAND; each has --help.")
    whole_table(("command", "does"), rows)
