"""The service in process, on a real PostgreSQL and Kafka, and how the tests speak to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import httpx
from aiosmtpd.smtp import SMTP

from contracts.artefact_review import ReadinessReported
from contracts.code_administrator import PartyAcceded
from notification.settings import Settings
from notification.wiring import build
from testing.probe import Kafka, Postgres, Probe, running

from .given import NOTICE, at

PARTY = "SUPP"
MAILBOX = "test.assurance@dcc.assay.invalid"
BODY: dict[str, Any] = {
    "procedure": "uept",
    "subject": {"role": "ES"},
    "start_date": "2027-03-01",
    "test_manager": {"name": "Mo Manager", "email": "mo@supplier.invalid"},
    "confirmations": ["code-administrator-notified"],
    "descoping": [{"kind": "response-code", "item": "E11", "reason": "b", "rationale": "It never produces it."}],
}
ACKNOWLEDGEMENT = {"contact": {"name": "Dee", "email": "dee@dcc.invalid"}, "initiation_meeting_on": "2026-12-08"}


class Inbox:
    """A mail server that keeps what it gets, after refusing as often as it is told to."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.unknown: set[str] = set()
        """addresses that there are none of"""
        self.messages: list[tuple[str, str]] = []
        self.mails: list[EmailMessage] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.unknown:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.refusals:
            self.refusals -= 1
            return "451 try again"
        self.messages.append((envelope.rcpt_tos[0], envelope.content.decode()))
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@asynccontextmanager
async def mail_server(inbox: object) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(inbox, loop=loop), "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield f"{host}:{port}"


@asynccontextmanager
async def service(postgres: Postgres, kafka: Kafka, **settings: Any) -> AsyncIterator[Probe]:
    quick = {"deadline_patience_seconds": 0.2, **settings}
    async with running(build, postgres, kafka, Settings, **quick) as it:
        it.move_to(NOTICE)
        yield it


async def accede(it: Probe, party: str = PARTY, name: str = "Supplier plc") -> None:
    accession = PartyAcceded(signifier=party, name=name, acceded_on=date(2026, 11, 2), reference="CA-1")
    await it.deliver(accession, party)


async def notify(it: Probe, party: str = PARTY, **changes: Any) -> httpx.Response:
    async with it.client("participant", party) as client:
        return await client.post("/engagements", json={**BODY, **changes})


async def acknowledge(it: Probe, engagement: str) -> httpx.Response:
    async with it.client("dcc") as client:
        return await client.post(f"/engagements/{engagement}/acknowledgement", json=ACKNOWLEDGEMENT)


async def read(it: Probe, path: str) -> Any:
    async with it.client("participant", PARTY) as client:
        return (await client.get(path)).raise_for_status().json()


async def step(it: Probe, engagement: str, key: str) -> Any:
    timetable = await read(it, f"/engagements/{engagement}/timetable")
    return next(row for row in timetable["steps"] if row["key"] == key)


async def all_sent(it: Probe, engagement: str) -> Any:
    async with asyncio.timeout(20):
        while True:
            mails = await read(it, f"/engagements/{engagement}/mail")
            if all(mail["sent_at"] for mail in mails):
                return mails
            await it.runtime.woken(0.1)


def readiness(week: str, day: str) -> ReadinessReported:
    return ReadinessReported(week=week, rag="green", reported_by="mo", reported_at=at(day))
