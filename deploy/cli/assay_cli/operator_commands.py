"""The handles of operations: what is parked and its release, and how far every service is behind."""

import asyncio
import getpass
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from assay_stack.home import Home
from assay_stack.ports import LOOPBACK
from assay_stack.services import SERVICES, address
from assay_stack.token import make_token
from kernel.failure import Failure

PATIENCE_SECONDS = 60.0
GAUGES = {
    "pending": "assay_outbox_pending",
    "oldest_seconds": "assay_outbox_oldest_seconds",
    "parked": "assay_parked_messages",
}

PARKED_COLUMNS = ("service", "seq", "source", "subject", "sequence", "parked_at", "reason")
WIDEST = 10_000
LAST_COLUMN = 30
"""At least so wide: in a narrow terminal a line goes on below, but nothing of it is cut off."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Where = Annotated[str, typer.Argument(help="The service that parked it.")]
Number = Annotated[int, typer.Argument(min=1, help="Its number there, as `list` shows it.")]
Why = Annotated[str, typer.Option("--reason", help="Is kept with your name.")]

parked = typer.Typer(no_args_is_help=True, help="Messages that could not be handled, and their release.")


@dataclass(frozen=True)
class Lag:
    """How far one service is behind; nothing where it does not answer."""

    service: str
    to_handle: int
    """messages on the topics it consumes"""
    pending: int | None
    """messages that it has still to publish"""
    oldest_seconds: float | None
    parked: int | None
    pending_dependencies: tuple[str, ...]


def add_to(app: typer.Typer) -> None:
    """Add `parked` and `lag` to the command line."""
    app.add_typer(parked, name="parked")
    app.command("lag")(lag_command)


@parked.command("list")
def list_command(
    service: Annotated[str | None, typer.Option(help="One service; all when left out.")] = None, as_json: AsJson = False
) -> None:
    """List what is parked, oldest first."""
    home = Home.here()
    found = [row for name in ([service] if service else _names()) for row in _parked(home, name, service is None)]
    print(json.dumps(found, indent=2)) if as_json else table(PARKED_COLUMNS, found)


@parked.command("show")
def show_command(service: Where, number: Number) -> None:
    """Show one parked message: its content, its reason, and what was decided about it."""
    print(json.dumps(_ask(Home.here(), service, "GET", f"/{number}"), indent=2))


@parked.command("retry")
def retry_command(
    service: Where,
    number: Number,
    reason: Why,
    over_gap: Annotated[bool, typer.Option(help="Though what comes before it never came.")] = False,
) -> None:
    """Handle it again, and then those behind it."""
    _release(service, number, "retry", {"reason": reason, "over_gap": over_gap})


@parked.command("edit")
def edit_command(
    service: Where,
    number: Number,
    reason: Why,
    file: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The content to handle instead, as JSON.")],
) -> None:
    """Handle other content in its place, and then those behind it."""
    _release(service, number, "edit", {"reason": reason, "value": file.read_text()})


@parked.command("skip")
def skip_command(service: Where, number: Number, reason: Why) -> None:
    """Leave it out for good, and handle those behind it."""
    _release(service, number, "skip", {"reason": reason})


def lag_command(as_json: AsJson = False) -> None:
    """Show how far every service is behind, and what it waits for."""
    home = Home.here()
    try:
        behind = asyncio.run(to_handle(f"{LOOPBACK}:{home.ports(['kafka'])['kafka']}"))
    except (KafkaError, OSError) as error:
        raise Failure(f"Kafka does not answer: {error!r}", "Start the stack: ./assay up") from error
    found = [asdict(_lag(home, name, behind.get(name, 0))) for name in _names()]
    print(json.dumps(found, indent=2)) if as_json else table(tuple(found[0]), found)


async def to_handle(kafka: str, prefix: str = "") -> dict[str, int]:
    """The messages that each service has still to handle, from the offsets of its group."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
    await admin.start()
    await consumer.start()
    try:
        behind = {}
        for name in _names():
            done = await admin.list_consumer_group_offsets(f"{prefix}assay.{name}")
            ends = await consumer.end_offsets(list(done)) if done else {}
            behind[name] = sum(max(0, ends[each] - offset.offset) for each, offset in done.items())
        return behind
    finally:
        await consumer.stop()
        await admin.close()


def gauges(metrics: str) -> dict[str, float]:
    """The samples of a service's metrics that have no labels, by name."""
    families = text_string_to_metric_families(metrics)
    return {sample.name: sample.value for family in families for sample in family.samples if not sample.labels}


def _lag(home: Home, name: str, behind: int) -> Lag:
    base = address(home.ports([name]), name)
    try:
        told = gauges(httpx.get(f"{base}/metrics", timeout=5).text)
        ready = httpx.get(f"{base}/health/ready", timeout=5).json()
    except httpx.HTTPError as error:
        return Lag(name, behind, None, None, None, (f"the process: {type(error).__name__}",))
    return Lag(
        service=name,
        to_handle=behind,
        pending=int(told.get(GAUGES["pending"], 0)),
        oldest_seconds=round(told.get(GAUGES["oldest_seconds"], 0), 1),
        parked=int(told.get(GAUGES["parked"], 0)),
        pending_dependencies=tuple(ready["pending_dependencies"]),
    )


def _names() -> list[str]:
    return [service.name for service in SERVICES]


def _parked(home: Home, name: str, others_follow: bool) -> list[dict[str, Any]]:
    try:
        return [{"service": name, **row} for row in _ask(home, name, "GET", "")]
    except Failure as failure:
        if not others_follow:
            raise
        print(f"{failure.what} What it has parked is not in this list.", file=sys.stderr)
        return []


def _release(service: str, number: int, act: str, body: Mapping[str, Any]) -> None:
    release = _ask(Home.here(), service, "POST", f"/{number}/{act}", body)
    print(json.dumps(release, indent=2))
    if release["remaining"] is not None:
        raise typer.Exit(1)


def _ask(home: Home, service: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    if service not in _names():
        raise Failure(f"There is no service {service!r}.", f"Use one of: {', '.join(_names())}.")
    # Who decides is kept with every decision, so the token names the person.
    token = make_token(home, "operations", party=getpass.getuser(), minutes=5).value
    url = f"{address(home.ports([service]), service)}/parked{path}"
    try:
        headers = {"authorization": f"Bearer {token}"}
        reply = httpx.request(method, url, json=body, headers=headers, timeout=PATIENCE_SECONDS)
    except httpx.HTTPError as error:
        raise Failure(f"{service} does not answer: {error}", "Start the stack, or look at ./assay status.") from error
    if reply.is_success:
        return reply.json()
    problem = reply.json()
    raise Failure(problem["detail"], problem.get("remedy", "Look at ./assay logs."))


def table(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    """Print rows so that each value but the last of a row, which may be a long text, stands whole in one line."""
    shown = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        shown.add_row(*(_cell(row[column]) for column in columns))
    for column in shown.columns[:-1]:
        column.no_wrap = True
    shown.columns[-1].min_width = LAST_COLUMN
    console = Console(highlight=False, soft_wrap=True)
    unbounded = console.options.update(max_width=WIDEST)
    console.width = max(console.width, Measurement.get(console, unbounded, shown).minimum)
    console.print(shown, markup=False)


def _cell(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(value)
    return "?" if value is None else str(value)
