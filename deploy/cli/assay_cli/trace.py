"""One engagement, followed end to end: its milestones, and the work behind each, from the spans that were exported."""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.tree import Tree

from assay_cli.printing import AsJson
from assay_cli.target import choice_of, local_stack
from kernel.failure import Failure

WIDE = 240
"""Columns, where the output is no terminal."""
Telemetry = Annotated[
    Path | None,
    typer.Option(
        envvar="ASSAY_TELEMETRY",
        exists=True,
        file_okay=False,
        help="The folder of the exported spans; left out: the local stack's.",
    ),
]


@dataclass(frozen=True)
class Span:
    """A piece of work, or a milestone: a fact of the engagement, whose trace is the engagement's own."""

    trace: str
    id: str
    parent: str | None
    name: str
    service: str
    began: str
    ended: str
    attributes: Mapping[str, Any]
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Milestone:
    """A fact of the engagement, and the work (innermost first) that led to it."""

    at: str
    service: str
    event: str
    caused_by: str
    work: tuple[Span, ...]


def add_to(app: typer.Typer) -> None:
    """Give the program the command of this module."""
    app.command("trace")(trace_command)


def trace_command(
    context: typer.Context, engagement: str, telemetry: Telemetry = None, as_json: AsJson = False
) -> None:
    """Show everything that happened in an engagement, and the work behind it."""
    trace = _trace_id(engagement)
    folder = telemetry or _local_folder(context, trace)
    found = milestones(read(folder), trace)
    if not found:
        raise Failure(
            f"No span of engagement {engagement} is in {folder}.",
            "Check the id: the gateway lists engagements. "
            f"Where spans are exported to a collector, look there for trace {trace}.",
        )
    if as_json:
        print(json.dumps({"engagement_id": engagement, "milestones": [asdict(each) for each in found]}))
    else:
        Console(highlight=False, width=None if sys.stdout.isatty() else WIDE).print(_tree(engagement, found))


def _local_folder(context: typer.Context, trace: str) -> Path:
    name_it = f"Name the folder that they are exported to with --telemetry, or look for trace {trace} in a collector."
    if choice_of(context).gateway:
        raise Failure("A gateway does not give access to spans.", name_it)
    folder: Path = local_stack(name_it).telemetry()
    return folder


def milestones(spans: Iterable[Span], trace: str) -> list[Milestone]:
    """The engagement's milestones in the order of their time. A span that was reported twice counts once."""
    known = {(span.trace, span.id): span for span in spans}
    own = [span for span in known.values() if span.trace == trace and span.parent is not None]
    return [
        Milestone(
            at=span.began,
            service=span.service,
            event=str(span.attributes.get("event.type", span.name)),
            caused_by=str(span.attributes.get("event.causation", "")),
            work=tuple(work for link in span.links for work in _upwards(known, link)),
        )
        for span in sorted(own, key=_order)
    ]


def _order(span: Span) -> tuple[str, str, int]:
    return span.began, span.service, int(span.attributes.get("event.sequence", 0))


def _upwards(known: Mapping[tuple[str, str], Span], link: tuple[str, str]) -> list[Span]:
    """The span a link names and those around it, as far as they were exported."""
    path = []
    span = known.get(link)
    while span is not None:
        path.append(span)
        span = known.get((span.trace, span.parent)) if span.parent else None
    return path


def read(folder: Path) -> list[Span]:
    """Every span in a folder's files. A line that was cut off by a crash is left out."""
    lines = (line for file in sorted(folder.glob("*.jsonl")) for line in file.read_text().splitlines())
    return [_span(parsed) for parsed in map(_parsed, lines) if parsed is not None]


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        parsed: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return parsed


def _span(exported: dict[str, Any]) -> Span:
    context = exported["context"]
    return Span(
        trace=_hex(context["trace_id"]),
        id=_hex(context["span_id"]),
        parent=_hex(exported["parent_id"]) if exported["parent_id"] else None,
        name=exported["name"],
        service=exported["resource"]["attributes"].get("service.name", ""),
        began=exported["start_time"],
        ended=exported["end_time"],
        attributes=exported["attributes"],
        links=tuple(
            (_hex(link["context"]["trace_id"]), _hex(link["context"]["span_id"])) for link in exported["links"]
        ),
    )


def _hex(number: str) -> str:
    return number.removeprefix("0x")


def _trace_id(engagement: str) -> str:
    try:
        return UUID(engagement).hex
    except ValueError as error:
        raise Failure(f"{engagement} is not an engagement's id.", "Give the UUID that `demo` printed.") from error


def _tree(engagement: str, found: Iterable[Milestone]) -> Tree:
    tree = Tree(f"engagement {engagement}")
    for each in found:
        branch = tree.add(f"{each.at[:19].replace('T', ' ')}  [bold]{each.event}[/bold]  ({each.service})")
        for span in each.work:
            facts = {key: value for key, value in span.attributes.items() if key != "engagement.id"}
            branch.add(f"{span.began[:23]}  {span.name}  ({span.service})  trace {span.trace}  {facts or ''}")
    return tree
