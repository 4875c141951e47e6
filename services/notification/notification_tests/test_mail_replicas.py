"""Two replicas of the service, as processes of their own, on one database and one mail server: each mail is sent once.

Each safety is taken away once; the switches exist here only.
"""

import asyncio
import contextlib
import os
import re
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from assay_stack.ports import free_port
from chassis.process.failpoints import EXIT_CODE, VARIABLE
from chassis.service import Service
from notification.settings import Settings
from notification.wiring import build
from testing.probe import Kafka, Postgres, Probe, running

from .given import NOTICE
from .serving import accede, mail_server, notify

MAILS = 170
SHORT_CLAIM_SECONDS = 3.0
PATIENCE_SECONDS = 60.0
AHEAD_DAYS = 40
MAIN = "import runpy; runpy.run_module('notification.main', run_name='__main__')"
UNRENEWED = """
from asyncio import Event
from notification.emails.claim import Claim
async def renew(self): pass
async def keep(self): await Event().wait()
Claim.renew, Claim.keep = renew, keep
"""
"""A sender that never looks whether it still has its claim."""
OWN_CLOCK = """
from notification import read_models
ahead = "clock_timestamp() + interval '{days} days'"
changed = {{name: query.replace("clock_timestamp()", ahead) for name, query in read_models.QUERIES.items()}}
read_models.QUERIES = changed
"""
"""A sender that claims by a clock of its own."""


@dataclass
class Server:
    """A mail server that takes its time, and can be held at the beginning of a mail."""

    seconds: float = 0.0
    ids: list[str] = field(default_factory=list)
    held: asyncio.Event = field(default_factory=asyncio.Event)
    """set while the first mail is held"""
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    taken: asyncio.Event = field(default_factory=asyncio.Event)
    sender: str = ""
    """who sends the first mail"""
    first: Any = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """set when the sender of the first mail has gone"""

    async def handle_MAIL(self, _server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        if not self.held.is_set():
            self.first, self.sender = session, address
            self.held.set()
            await self.goes_on.wait()
        return "250 OK"

    async def handle_QUIT(self, _server: Any, session: Any, _envelope: Any) -> str:
        if session is self.first:
            self.ended.set()
        return "221 Bye"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        await asyncio.sleep(self.seconds)
        self.ids += re.findall(r"(?im)^message-id:\s*(\S+)", envelope.content.decode())
        self.taken.set()
        return "250 OK"

    def doubled(self) -> int:
        """How many copies came beyond the first."""
        return sum(count - 1 for count in Counter(self.ids).values())


def idle(settings: Settings) -> Service:
    """The service without its tasks."""
    return replace(build(settings), tasks=())


@asynccontextmanager
async def written(postgres: Postgres, kafka: Kafka, **settings: Any) -> AsyncIterator[Probe]:
    """A service that sends nothing, and an engagement of which mails are written by the test."""
    async with running(idle, postgres, kafka, Settings, **settings) as it:
        it.move_to(NOTICE)
        await accede(it)
        assert (await notify(it)).status_code == 201
        await it.runtime.pool.execute("UPDATE mail SET sent_at = now()")
        yield it


async def write(it: Probe, mails: int) -> None:
    """Write so many mails."""
    await it.runtime.pool.execute(
        "INSERT INTO mail (key, engagement, role, address, subject, body, written_at) "
        "SELECT 'mail/' || n, (SELECT id FROM engagement), 'dcc', 'dee@dcc.invalid', 'Mail ' || n, 'Text', now() "
        "FROM generate_series(1, $1::integer) AS n",
        mails,
    )


@asynccontextmanager
async def replica(it: Probe, smtp: str, patch: str = "", days: int = 0) -> AsyncIterator[tuple[str, Process]]:
    """Another process of the service, which sends; its clock is ahead by so many days. With its address as sender."""
    await it.runtime.pool.execute("DELETE FROM rehearsal_clock")
    await it.runtime.pool.execute("INSERT INTO rehearsal_clock (offset_seconds) VALUES ($1)", days * 86_400.0)
    port = free_port()
    sender = f"{port}@dcc.assay.invalid"
    settings = it.runtime.settings.model_dump(mode="json", exclude_none=True) | {
        **{"http_port": port, "instance": str(port), "smtp": smtp, "mailboxes": "{}", "mail_from": sender},
    }
    environment = {**os.environ, **{f"ASSAY_{name.upper()}": str(value) for name, value in settings.items()}}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", patch.format(days=days) + MAIN), env=environment, stdout=DEVNULL, stderr=DEVNULL
    )

    async def lives() -> bool:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            with contextlib.suppress(httpx.TransportError):
                return (await client.get("/health/live")).is_success
        return False

    try:
        await until(lives, "the replica did not start")
        yield sender, process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def until(condition: Callable[[], Awaitable[bool]], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not await condition():
        assert time.monotonic() < deadline, otherwise
        await asyncio.sleep(0.05)


async def sent_copies(postgres: Postgres, kafka: Kafka, patch: str = "") -> int:
    """How many second copies come of many mails that two replicas send, of which one is far ahead in time."""
    server = Server(seconds=0.02)
    server.held.set()
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(mail_server(server))
        it = await stack.enter_async_context(written(postgres, kafka))
        for days in (0, AHEAD_DAYS):
            await stack.enter_async_context(replica(it, address, patch, days))
        await write(it, MAILS)

        async def all_sent() -> bool:
            return not await it.runtime.pool.fetchval("SELECT count(*) FROM mail WHERE sent_at IS NULL")

        await until(all_sent, "the mails were not sent")
    assert len(set(server.ids)) >= MAILS
    return server.doubled()


async def test_two_replicas_send_each_mail_once_whatever_their_clocks_say(postgres: Postgres, kafka: Kafka) -> None:
    assert await sent_copies(postgres, kafka) == 0


async def test_claimed_by_clocks_of_their_own_replicas_send_mails_twice(postgres: Postgres, kafka: Kafka) -> None:
    assert await sent_copies(postgres, kafka, OWN_CLOCK) > 0


async def copies_after_a_pause(postgres: Postgres, kafka: Kafka, patch: str = "") -> int:
    """How many second copies come of a mail whose sender is frozen until its claim has ended, and goes on beside the
    one that sent it meanwhile."""
    server = Server()
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(mail_server(server))
        it = await stack.enter_async_context(written(postgres, kafka, mail_claim_seconds=SHORT_CLAIM_SECONDS))
        replicas = dict([await stack.enter_async_context(replica(it, address, patch)) for _ in range(2)])
        await write(it, 1)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await server.held.wait()
            former = replicas[server.sender]
            former.send_signal(signal.SIGSTOP)
            server.goes_on.set()
            await server.taken.wait()
            former.send_signal(signal.SIGCONT)
            await server.ended.wait()
    return server.doubled()


async def test_a_sender_that_was_frozen_does_not_send_what_another_has_sent(postgres: Postgres, kafka: Kafka) -> None:
    assert await copies_after_a_pause(postgres, kafka) == 0


async def test_a_sender_that_does_not_look_at_its_claim_sends_a_second_copy(postgres: Postgres, kafka: Kafka) -> None:
    assert await copies_after_a_pause(postgres, kafka, UNRENEWED) == 1


async def test_a_mail_that_takes_longer_than_a_claim_is_still_one_senders(postgres: Postgres, kafka: Kafka) -> None:
    server = Server()
    async with (
        mail_server(server) as address,
        written(postgres, kafka, mail_claim_seconds=SHORT_CLAIM_SECONDS) as it,
        replica(it, address),
        replica(it, address),
    ):
        await write(it, 1)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await server.held.wait()
        claim = await claimed(it)
        await asyncio.sleep(2 * SHORT_CLAIM_SECONDS)
        assert await claimed(it) == claim
        server.goes_on.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await server.taken.wait()
    assert server.doubled() == 0


async def test_a_sender_that_dies_between_acceptance_and_record_sends_the_same_message_id_again(
    postgres: Postgres, kafka: Kafka
) -> None:
    server = Server()
    server.held.set()
    dies = f"import os; os.environ[{VARIABLE!r}] = 'mail.accepted'\n"
    async with (
        mail_server(server) as address,
        written(postgres, kafka, mail_claim_seconds=SHORT_CLAIM_SECONDS) as it,
        replica(it, address, dies) as (_, first),
    ):
        await write(it, 1)
        assert await asyncio.wait_for(first.wait(), PATIENCE_SECONDS) == EXIT_CODE
        async with replica(it, address):
            logged = "SELECT count(*) FROM mail_delivery WHERE outcome = 'sent'"

            async def recorded() -> bool:
                return bool(await it.runtime.pool.fetchval(logged))

            await until(recorded, "the mail was not sent again")
    assert (len(server.ids), len(set(server.ids))) == (2, 1)


async def claimed(it: Probe) -> Any:
    """The claim of the one mail, which has not ended."""
    return await it.runtime.pool.fetchval("SELECT claim FROM mail WHERE next_try > clock_timestamp()")
