"""The audit of a service's read models as a program of its own, where the service's code is: `python -m SERVICE.audit`.

It is told on standard input which databases and files to read, so that no password stands in a command line. It says
what it compared, found and named on standard output, a line of JSON for each.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from typing import Any

import asyncpg
import orjson
from obstore.exceptions import BaseError

from chassis import timing
from chassis.audit.finding import Compared, Finding, NamedFile, Said
from chassis.audit.read_models import ReadModels, verify
from chassis.process.database import Connection
from chassis.process.files import Files, FileUnusable

LONGEST_LINE = 64_000_000
"""Bytes of a line of output: a finding may hold a whole row, twice."""
KINDS: Mapping[str, type[Said]] = {kind.__name__: kind for kind in (Finding, Compared, NamedFile)}


class Unreadable(Exception):
    """A database or the object store can't be read as an audit must: which one and why, in a sentence."""


@dataclass(frozen=True)
class Asked:
    """What the program is told: of which service it is, the databases by service, and where the files lie."""

    service: str
    databases: Mapping[str, str]
    files: str

    def line(self) -> bytes:
        """As it is written to standard input."""
        return orjson.dumps({**vars(self), "databases": dict(self.databases)})


def said(line: bytes) -> Said:
    """What a line of its output says. Raises Unreadable."""
    given: dict[str, Any] = orjson.loads(line)
    kind = given.pop("kind")
    if kind == Unreadable.__name__:
        raise Unreadable(given["why"])
    return KINDS[kind](**given)


def run(models: ReadModels) -> None:
    """Do as standard input says, and end, past the threads of the object store's library.

    One of them may still hold an object of Python's: where the interpreter ends meanwhile, it aborts the process.
    """
    asked = Asked(**orjson.loads(sys.stdin.buffer.read()))
    try:
        asyncio.run(_verify(models, asked))
    except Unreadable as error:
        _write({"kind": Unreadable.__name__, "why": str(error)})
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        why = f"The database of {asked.service} can't be read: {error}."
        _write({"kind": Unreadable.__name__, "why": why})
    os._exit(0)


async def _verify(models: ReadModels, asked: Asked) -> None:
    if missing := sorted(models.hears - asked.databases.keys()):
        others = f"of these no databases are named: {', '.join(missing)}"
        raise Unreadable(f"{asked.service} is kept from what others publish, and {others}.")
    async with AsyncExitStack() as stack:

        async def connected(name: str) -> Connection:
            connection = await asyncpg.connect(asked.databases[name], timeout=timing.CONNECT_SECONDS)
            stack.push_async_callback(connection.close)
            return connection

        own = await connected(asked.service)
        sources = {each: await connected(each) for each in sorted(models.hears)}
        store = _Store(Files.at(asked.files))
        async for each in verify(own, models, sources):
            if isinstance(each, NamedFile):
                async for said in store.compared(each):
                    _say(said)
            else:
                _say(each)


@dataclass
class _Store:
    """The object store, and the files of it that were named before: each is read once."""

    files: Files
    named: set[str] = field(default_factory=set)

    async def compared(self, wanted: NamedFile) -> AsyncIterator[Said]:
        """A file that an event names, where it was not named before; and what is wrong with it."""
        if wanted.name in self.named:
            return
        self.named.add(wanted.name)
        yield wanted
        try:
            await self.files.read(wanted.name, wanted.sha256)
        except FileUnusable as error:
            yield Finding(wanted.name, wanted.subject, error.why, f"a file of SHA-256 {wanted.sha256}")
        except (BaseError, OSError) as error:
            raise Unreadable(f"The object store can't be read at {wanted.name}: {error}.") from error


def _say(said: Said) -> None:
    _write({"kind": type(said).__name__, **asdict(said)})


def _write(line: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
    sys.stdout.buffer.flush()
