"""What follows from events, compared with them: read models, files, publications and topics.

Nothing is stopped for it: each database is read in a snapshot of its own, and what is written meanwhile is not looked
at. What a read model is says the code of its service, which runs in a process of its own.
"""

import asyncio
import logging
import os
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.util import find_spec
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from obstore.exceptions import BaseError

from assay_cli.printing import say, table, tell
from chassis import timing
from chassis.audit import standalone
from chassis.audit.finding import MOST_FINDINGS, Compared, Finding, NamedFile, Said
from chassis.audit.publications import Topics, publisher, verify_messages
from chassis.eventstore.seal import SealKey
from chassis.process.clock import SystemClock
from chassis.process.files import Files
from kernel.broker import client_options
from kernel.failure import Failure

STORE = "files"
"""Under this name stands what is of the object store, which all services share."""
SHARED = "topics"
"""Under this name stands what lies on a topic that all services write to."""
REACH_THEM = "Check that it runs, that its address is right, and that this machine may reach it."
GRANT = "The audit reads as a role that may read all tables and make temporary ones: GRANT TEMPORARY ON DATABASE."


@dataclass(frozen=True)
class Everything:
    """What --all compares: the databases, with the keys of the seals; Kafka; the object store."""

    databases: Mapping[str, str]
    keys: Mapping[str, SealKey]
    kafka: str
    topic_prefix: str
    files: str


@dataclass
class Audit:
    """What was compared of one service, or of what all share, and found."""

    compared: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    unnamed: int = 0
    """findings and warnings beyond those that are named"""

    def take(self, said: Finding | Compared) -> None:
        """Keep what was said, as far as it is named."""
        if isinstance(said, Compared):
            self.compared[said.what] = said.count
            return
        kept = self.warnings if said.warning else self.findings
        if len(kept) < MOST_FINDINGS:
            kept.append(said)
        else:
            self.unnamed += 1


Audits = Mapping[str, Audit]


def require_code(services: Iterable[str]) -> None:
    """Fail where the code of a service is not at hand: what a read model is, nothing else says."""
    missing = [service for service in services if not _has_code(service)]
    if missing:
        raise Failure(
            f"The code of {', '.join(missing)} is not installed here, which says what the read models are.",
            "Run it with --all in a checkout of the release that runs there.",
        )


def _has_code(service: str) -> bool:
    try:
        return find_spec(_module(service)) is not None
    except ModuleNotFoundError:
        return False


def _module(service: str) -> str:
    """What says how the tables and files of a service follow from its events."""
    return f"{service.replace('-', '_')}.audit"


async def verify_all(everything: Everything) -> Audits:
    """Compare everything that follows from events, of each service that is named, and of what they share."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what matters is said below
    begun, audits = SystemClock().now(), defaultdict[str, Audit](Audit)
    async for service, said in _published(everything):
        audits[service or SHARED].take(said)
    named: set[str] = set()
    for service in everything.databases:
        tell(f"{service}: its events are projected once more")
        async for each in _read_models(service, everything):
            if isinstance(each, NamedFile):
                named.add(each.name)
            else:
                audits[service].take(each)
    audits[STORE].take(Compared(STORE, len(named)))
    try:
        async for unknown in _unknown(Files.at(everything.files), named, begun):
            audits[STORE].take(unknown)
    except (BaseError, OSError) as error:
        raise Failure(f"The object store can't be read: {error}.", REACH_THEM) from error
    return audits


async def _published(everything: Everything) -> AsyncIterator[tuple[str, Finding | Compared]]:
    async with AsyncExitStack() as stack:
        publishers = {}
        for service, url in everything.databases.items():
            try:
                connection = await asyncpg.connect(url, timeout=timing.CONNECT_SECONDS)
                stack.push_async_callback(connection.close)
                async for said in verify_messages(connection, everything.keys.get(service)):
                    yield service, said
                publishers[service] = await publisher(service, connection)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                raise unreadable(service, error) from error
        topics = Topics(publishers, everything.topic_prefix)
        client = client_options(everything.kafka, os.environ.get("ASSAY_KAFKA_TLS", ""))
        consumer = AIOKafkaConsumer(*topics.names, **client, auto_offset_reset="earliest")
        try:
            await consumer.start()
            async for service, said in topics.verify(consumer):
                yield service, said
        except (KafkaError, OSError, ValueError) as error:
            raise Failure(f"The topics can't be read at {everything.kafka}: {error}.", REACH_THEM) from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise Failure(f"A database can't be compared with its topics: {error}.", _remedy(error)) from error
        finally:
            await consumer.stop()


async def _read_models(service: str, everything: Everything) -> AsyncIterator[Said]:
    """What the service's own code says of its tables. No password stands in a command or an environment."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", _module(service)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=standalone.LONGEST_LINE,
    )
    try:
        assert process.stdin
        assert process.stdout
        process.stdin.write(standalone.Asked(service, everything.databases, everything.files).line())
        process.stdin.close()
        async for line in process.stdout:
            yield standalone.said(line)
        if await process.wait():
            raise Failure(f"The audit of {service} has ended before its end.", "What it printed says why.")
    except standalone.Unreadable as error:
        raise Failure(str(error), _remedy(error)) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def unreadable(service: str, error: Exception) -> Failure:
    """That a database can't be read, and what to do."""
    return Failure(f"The database of {service} can't be read: {error}.", _remedy(error))


def _remedy(error: Exception) -> str:
    return GRANT if "permission denied" in str(error) else REACH_THEM


async def _unknown(files: Files, named: set[str], begun: datetime) -> AsyncIterator[Finding]:
    """The files that no event names; those that came during the audit are not looked at."""
    async for name in files.names(before=begun):
        if name not in named:
            found = "no event of the services that were named knows it"
            right = "nothing: of a command that did not come to its end, or put there by somebody"
            yield Finding(name, name, found, right, warning=True)


def intact(audits: Audits) -> bool:
    """Whether nothing was found that is not as it should be."""
    return not any(each.findings for each in audits.values())


def serialised(audits: Audits) -> list[dict[str, Any]]:
    """The result as a document."""
    return [{"of": name, "intact": not each.findings, **asdict(each)} for name, each in audits.items()]


def show(audits: Audits) -> None:
    """Print the result for a person."""
    table(("of", "compared", "count"), [(name, *row) for name, each in audits.items() for row in _counts(each)])
    for name, each in audits.items():
        for finding in each.findings:
            say(f"BROKEN {name}: {_sentence(finding)}")
        for warning in each.warnings:
            say(f"look   {name}: {_sentence(warning)}")
        if each.unnamed:
            say(f"{name}: {each.unnamed} more are not named")
    say("everything that follows from events is intact" if intact(audits) else "what follows from events is BROKEN")


def _counts(each: Audit) -> list[tuple[str, str]]:
    return [(what, str(count)) for what, count in each.compared.items()]


def _sentence(finding: Finding) -> str:
    about = "" if finding.subject in finding.place else f" of {finding.subject}"
    return f"{finding.place}{about}: {finding.found}; right would be: {finding.right}"
