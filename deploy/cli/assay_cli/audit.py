"""Whether the databases still hold what the services stored: every chain of events against every head that left it."""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import asyncpg
import typer
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from assay_stack.home import Home
from assay_stack.keys import seal_file
from assay_stack.ports import LOOPBACK
from assay_stack.postgres import database_url
from assay_stack.services import SERVICES
from chassis.eventstore import chain
from chassis.eventstore.chain import Break, PublishedHead, Verdict
from contracts.audit import ChainHeadPublished
from contracts.topics import AUDIT
from kernel.failure import Failure

PRINTED_BY = "certification"
"""Certificates carry the head of this service's chain."""
READ_MS = 500
READ_RECORDS = 5_000

Heads = Mapping[str, set[PublishedHead]]
Copies = Annotated[
    list[Path] | None,
    typer.Option("--certificate", help="A JSON twin that somebody else kept; its printed head is checked as well."),
]

app = typer.Typer(no_args_is_help=True, help="Whether anybody changed what is stored.")


@dataclass(frozen=True)
class Audited:
    """One service's chain."""

    service: str
    verdict: Verdict

    @property
    def first(self) -> Break | None:
        """Where it is broken first."""
        return min(self.verdict.breaks, key=lambda each: each.position, default=None)


@app.callback()
def audit() -> None:
    """Whether anybody changed what is stored."""


def add_to(program: typer.Typer) -> None:
    """Give the program the commands of this module."""
    program.add_typer(app, name="audit")


@app.command("verify")
def verify_command(
    certificates: Copies = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> None:
    """Check every service's stored events against their chain, and the chain against all heads that left it."""
    home = Home.here()
    kept = sorted((home.files / "certificates").glob("*.json"))
    heads = with_printed(_published(home), (*kept, *(certificates or ())))
    try:
        databases = {each.name: database_url(home, each.name) for each in SERVICES}
        found = asyncio.run(audited(databases, heads, _keys(home)))
    except (OSError, asyncpg.PostgresError) as error:
        raise Failure(f"The databases can't be read: {error}.", "Start the stack: ./assay up") from error
    print(json.dumps(told(found), indent=2)) if as_json else _show(found)
    if not all(each.verdict.intact for each in found):
        raise typer.Exit(1)


async def audited(
    databases: Mapping[str, str], heads: Heads, keys: Mapping[str, bytes] = MappingProxyType({})
) -> list[Audited]:
    """Verify the chain in each service's database, with the key by which it seals, where it has one."""
    return [
        Audited(service, await _verified(url, heads.get(service, set()), keys.get(service, chain.NO_KEY)))
        for service, url in databases.items()
    ]


async def _verified(url: str, heads: Iterable[PublishedHead], key: bytes) -> Verdict:
    connection = await asyncpg.connect(url)
    try:
        return await chain.verify(connection, heads, key)
    finally:
        await connection.close()


def _keys(home: Home) -> dict[str, bytes]:
    files = {each.name: seal_file(home, each.name) for each in SERVICES}
    return {name: chain.read_key(file) for name, file in files.items() if file.exists()}


def _published(home: Home) -> Heads:
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what matters is said below
    try:
        return asyncio.run(published(f"{LOOPBACK}:{home.ports(['kafka'])['kafka']}"))
    except (KafkaError, OSError) as error:
        raise Failure(f"The published heads can't be read: {error}.", "Start the stack: ./assay up") from error


async def published(kafka: str, prefix: str = "") -> Heads:
    """Every head that lies on the topic, by service."""
    found: dict[str, set[PublishedHead]] = defaultdict(set)
    consumer = AIOKafkaConsumer(f"{prefix}{AUDIT.name}", bootstrap_servers=kafka, auto_offset_reset="earliest")
    try:
        await consumer.start()
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(each) < end for each, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=READ_MS, max_records=READ_RECORDS)).values():
                for record in records:
                    # What is not a head says nothing about a chain, whoever put it there.
                    with suppress(ValidationError):
                        fact = ChainHeadPublished.model_validate_json(record.value or b"")
                        found[fact.service].add(PublishedHead(fact.position, fact.hash))
    finally:
        await consumer.stop()
    return found


def with_printed(heads: Heads, twins: Iterable[Path]) -> Heads:
    """The heads together with those that certificates carry."""
    return {**heads, PRINTED_BY: {*heads.get(PRINTED_BY, ()), *printed(twins)}}


def printed(twins: Iterable[Path]) -> Iterator[PublishedHead]:
    """The heads in the JSON twins of certificates; those of an older release carry none."""
    for file in twins:
        try:
            certificate = json.loads(file.read_bytes())["certificate"]
            if head := certificate.get("head"):
                yield PublishedHead(int(head["position"]), str(head["hash"]), f"printed in {certificate['number']}")
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise Failure(f"{file} is not the JSON twin of a certificate.", "Give one as it was issued.") from error


def told(found: Iterable[Audited]) -> dict[str, Any]:
    """The result as a document."""
    services = [_told(each) for each in found]
    return {"intact": all(each["intact"] for each in services), "services": services}


def _told(each: Audited) -> dict[str, Any]:
    verdict = each.verdict
    return {
        "service": each.service,
        "intact": verdict.intact,
        "events": verdict.events,
        "head": asdict(verdict.head),
        "heads_checked": verdict.heads_checked,
        "first_broken": asdict(each.first) if each.first else None,
        "breaks": [asdict(broken) for broken in verdict.breaks],
    }


def _show(found: Iterable[Audited]) -> None:
    table = Table(
        "service", "events", "head", "heads checked", "verdict", box=None, header_style="bold", pad_edge=False
    )
    for each in found:
        verdict = each.verdict
        head = f"{verdict.head.position} {verdict.head.hash[:16]}"
        table.add_row(each.service, str(verdict.events), head, str(verdict.heads_checked), _said(each))
    Console(highlight=False, soft_wrap=True).print(table, markup=False)


def _said(each: Audited) -> str:
    broken = each.first
    if broken is None:
        return "intact"
    where = f" ({broken.stream}, version {broken.version})" if broken.stream else ""
    more = f"; {len(each.verdict.breaks)} breaks in all" if len(each.verdict.breaks) > 1 else ""
    return f"BROKEN at position {broken.position}{where}: {broken.found}{more}"
