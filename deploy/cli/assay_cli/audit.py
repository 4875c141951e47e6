"""Whether the databases still hold what the services stored: every chain of events against every head that left it."""

import asyncio
import json
import logging
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, replace
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

from assay_cli import audit_all
from assay_cli.printing import AsJson, document, tell
from assay_cli.target import choice_of, local_stack
from chassis import timing
from chassis.eventstore import chain_verification
from chassis.eventstore.chain_verification import Break, PublishedHead, Verdict
from chassis.eventstore.head_verification import HeadsOnTopic, heads_expected, verify_heads
from chassis.eventstore.seal import SealKey, read_key
from chassis.messaging.reading import lying
from contracts.audit import ChainHeadPublished
from contracts.topics import AUDIT
from kernel.broker import client_options
from kernel.failure import Failure

PRINTED_BY = "certification"
"""Certificates carry the head of this service's chain."""
NAME_THEM = "Name each with --database SERVICE=postgresql://..., and Kafka with --kafka HOST:PORT."

Heads = Mapping[str, HeadsOnTopic]
Copies = Annotated[
    list[Path] | None,
    typer.Option("--certificate", help="A JSON twin that somebody else kept; its printed head is checked as well."),
]
Databases = Annotated[
    list[str] | None,
    typer.Option(
        "--database",
        metavar="SERVICE=ADDRESS",
        help="A service's database, repeated for each; left out: the local stack's. PGPASSFILE may hold the passwords.",
    ),
]
KafkaAddress = Annotated[
    str | None,
    typer.Option("--kafka", envvar="ASSAY_KAFKA", metavar="HOST:PORT", help="Where the heads are published."),
]
Keys = Annotated[
    Path | None,
    typer.Option("--seal-keys", exists=True, file_okay=False, help="The folder with SERVICE.key for each service."),
]
Store = Annotated[
    str | None,
    typer.Option("--files", envvar="ASSAY_FILES", metavar="PLACE", help="With --all: the object store."),
]
Whole = Annotated[
    bool,
    typer.Option("--all", help="Compare read models, files, publications and topics with the events as well."),
]
Prefix = Annotated[str, typer.Option("--topic-prefix", envvar="ASSAY_TOPIC_PREFIX", help="Where topics have one.")]

app = typer.Typer(no_args_is_help=True, help="Whether anybody changed what is stored.")


@dataclass(frozen=True)
class Records:
    """What an audit compares: databases, published heads, and certificates; with the keys of the seals."""

    databases: Mapping[str, str]
    kafka: str
    keys: Mapping[str, SealKey]
    files: str | None = None
    twins: tuple[Path, ...] = ()
    topic_prefix: str = ""


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
    context: typer.Context,
    databases: Databases = None,
    kafka: KafkaAddress = None,
    seal_keys: Keys = None,
    certificates: Copies = None,
    topic_prefix: Prefix = "",
    everything: Whole = False,
    files: Store = None,
    as_json: AsJson = False,
) -> None:
    """Check every service's stored events against their chain, and the chain against all heads that left it.

    With --all, also what follows from the events: read models, files, publications and topics.
    """
    if databases:
        records = _named(databases, kafka, seal_keys, files, topic_prefix)
    elif choice_of(context).gateway or seal_keys:
        raise Failure("No database was named.", f"A gateway does not give access to them. {NAME_THEM}")
    else:
        records = local_stack(NAME_THEM).records()
    wanted = _everything(records) if everything else None
    expected = asyncio.run(_expected(records.databases))
    heads, on_paper = _published(records, expected), tuple(printed((*records.twins, *(certificates or ()))))
    found = asyncio.run(audited(records.databases, heads, records.keys, on_paper))
    for each in sorted(set(heads) - set(records.databases)):
        tell(f"{each} was not checked: it published heads, but no database of it was named.")
    audits = asyncio.run(audit_all.verify_all(wanted)) if wanted else {}
    if as_json:
        document(serialised(found, audits))
    else:
        _show(found)
        if wanted:
            audit_all.show(audits)
    if not (all(each.verdict.intact for each in found) and audit_all.intact(audits)):
        raise typer.Exit(1)


def _everything(records: Records) -> audit_all.Everything:
    """What is compared with --all, once it is known that it can be."""
    remedy = "Name it with --files, as ASSAY_FILES names it to the services."
    if records.files is None:
        raise Failure("No object store was named.", remedy)
    if "://" not in records.files and not Path(records.files).is_dir():
        raise Failure(f"The object store {records.files} is no folder.", remedy)
    audit_all.require_code(records.databases)
    return audit_all.Everything(records.databases, records.keys, records.kafka, records.topic_prefix, records.files)


def _named(
    databases: Iterable[str], kafka: str | None, seal_keys: Path | None, files: str | None, topic_prefix: str
) -> Records:
    """The records that the command line names."""
    if kafka is None:
        raise Failure("No Kafka was named, so nothing could be compared with what was published.", NAME_THEM)
    named: dict[str, str] = {}
    for each in databases:
        service, equals, address = each.partition("=")
        if not (service and equals and address):
            raise Failure("A --database is not of the form SERVICE=ADDRESS.", NAME_THEM)
        named[service] = address
    key_files = {service: seal_keys / f"{service}.key" for service in named} if seal_keys else {}
    keys = {service: _key(file) for service, file in key_files.items() if file.exists()}
    return Records(named, kafka, keys, files, topic_prefix=topic_prefix)


def _key(file: Path) -> SealKey:
    try:
        return read_key(file)
    except ValueError as error:
        raise Failure(f"This is not the key of a seal: {error}.", "Give the keys as they were made.") from error


async def audited(
    databases: Mapping[str, str],
    heads: Heads,
    keys: Mapping[str, SealKey] = MappingProxyType({}),
    on_paper: Sequence[PublishedHead] = (),
) -> list[Audited]:
    """Verify the chain in each service's database, with the key by which it seals, where that is at hand.

    `on_paper` are the heads that certificates carry.
    """
    found = []
    for service, url in databases.items():
        compared = (heads.get(service, HeadsOnTopic()), on_paper if service == PRINTED_BY else ())
        async with _reading(url, service) as connection:
            found.append(Audited(service, await _verified(connection, service, *compared, keys.get(service))))
    return found


@asynccontextmanager
async def _reading(url: str, service: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection to a service's database. Whatever it can't answer is a Failure."""
    try:
        connection = await asyncpg.connect(url, timeout=timing.CONNECT_SECONDS)
        try:
            yield connection
        finally:
            await connection.close()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise audit_all.unreadable(service, error) from error


async def _verified(
    connection: "asyncpg.Connection[asyncpg.Record]",
    service: str,
    on_topic: HeadsOnTopic,
    on_paper: Sequence[PublishedHead],
    key: SealKey | None,
) -> Verdict:
    heads, wrong = await verify_heads(connection, service, on_topic, key)
    verdict = await chain_verification.verify(connection, (*heads, *on_paper), key)
    return replace(verdict, breaks=(*verdict.breaks, *wrong))


async def _expected(databases: Mapping[str, str]) -> dict[str, int]:
    """How many heads each service has published: asked before the topic is read, since services publish meanwhile."""
    found = {}
    for service, url in databases.items():
        async with _reading(url, service) as connection:
            found[service] = await heads_expected(connection)
    return found


def _published(records: Records, expected: Mapping[str, int]) -> Heads:
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what matters is said below
    try:
        heads = asyncio.run(published(records.kafka, records.topic_prefix))
        return {service: replace(each, expected=expected.get(service)) for service, each in heads.items()}
    except (KafkaError, OSError, ValueError) as error:
        raise Failure(
            f"The heads that were published can't be read at {records.kafka}: {error}.", audit_all.REACH_THEM
        ) from error


async def published(kafka: str, prefix: str = "") -> Heads:
    """Every head that lies on the topic, by service."""
    found: dict[str, list[ChainHeadPublished]] = defaultdict(list)
    client = client_options(kafka, os.environ.get("ASSAY_KAFKA_TLS", ""))
    consumer = AIOKafkaConsumer(f"{prefix}{AUDIT.name}", **client, auto_offset_reset="earliest")
    try:
        await consumer.start()
        begins = await consumer.beginning_offsets(consumer.assignment())
        async for record in lying(consumer):
            # What is not a head says nothing about a chain, whoever put it there.
            with suppress(ValidationError):
                fact = ChainHeadPublished.model_validate_json(record.value or b"")
                found[fact.service].append(fact)
    finally:
        await consumer.stop()
    return {service: HeadsOnTopic(tuple(heads), any(begins.values())) for service, heads in found.items()}


def printed(twins: Iterable[Path]) -> Iterator[PublishedHead]:
    """The heads in the JSON twins of certificates; those of an older release carry none."""
    for file in twins:
        try:
            certificate = json.loads(file.read_bytes())["certificate"]
            if head := certificate.get("head"):
                yield PublishedHead(int(head["position"]), str(head["hash"]), f"printed in {certificate['number']}")
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise Failure(f"{file} is not the JSON twin of a certificate.", "Give one as it was issued.") from error


def serialised(found: Iterable[Audited], audits: audit_all.Audits = MappingProxyType({})) -> dict[str, Any]:
    """The result as a document, with what follows from the events where that was compared."""
    services = [_serialised(each) for each in found]
    everything = {"everything": audit_all.serialised(audits)} if audits else {}
    whole = all(each["intact"] for each in services) and audit_all.intact(audits)
    return {"intact": whole, "services": services, **everything}


def _serialised(each: Audited) -> dict[str, Any]:
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
