"""`./assay audit verify --all` names whatever was changed by hand, and nothing else; on an untouched stack, nothing."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from assay_lab.api_client import eventually
from assay_lab.demo import EXAMPLE, fresh_party
from assay_lab.invariants import check
from assay_lab.scenario import Scenario, ScenarioResult, Target
from assay_stack.home import Home
from assay_stack.ports import LOOPBACK
from assay_stack.postgres import SUPERUSER, Postgres
from assay_stack.services import SERVICES
from chassis.audit.read_models import ReadModels
from chassis.messaging.publication import published_as
from chassis.process.database import Connection
from contracts.topics import AUDIT
from rulebook.engine.folders import VARIABLE
from testing.made_up import FOLDER

pytestmark = pytest.mark.timeout(300)

SECONDS = 120
COMPARED = {
    "gateway": {"engagement", "reader", "step", "task", "fact", "result", "issue"},
    "notification": {
        "party",
        "engagement",
        "participant",
        "deadline",
        "dating",
        "mail",
        "declared_day",
        "webhook_event",
    },
    "artefact-review": {"submission", "readiness_report", "party", "certificate", "provisional_approval"},
    "execution-tracker": {"result", "issue", "dashboard", "published_dashboard"},
    "certification": {"submission", "certificate", "owed_certificate", "eligibility", "listed"},
    "disputes": {"referral_right", "referral"},
}
"""Every table that a projection writes. A new table is added here, or named as an exception by its service."""
NO_ROWS_IN_A_STORY = {
    ("gateway", "task"),
    ("notification", "declared_day"),
    ("notification", "webhook_event"),
    ("artefact-review", "provisional_approval"),
    ("certification", "listed"),
    ("certification", "owed_certificate"),
}
KEY = """
    SELECT quote_ident(attname) AS attname FROM pg_index
    JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
    WHERE indrelid = $1::text::regclass AND indisprimary
"""
GIVEN = """
    SELECT quote_ident(attname) AS attname FROM pg_attribute
    WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""
"""The columns of a table that PostgreSQL does not compute itself."""
FIRST_TO_NAME = """
    SELECT stream FROM event WHERE stream IN (SELECT 'review-' || engagement FROM submission WHERE files::text LIKE $1)
    GROUP BY stream ORDER BY max(seq) LIMIT 1
"""
"""Engagements of one example submit the same file: it is named once, with the first that is read."""
REFUSAL = {"kind": "response-code", "item": "E11", "agreed": False, "reason": "A meter of the other kind produces it."}
"""What the notice of the example proposed to descope is not."""
Named = tuple[str, str, str]
"""Of which service, where, and of what something was found."""


async def verify(home: Home) -> tuple[int, dict[str, Any]]:
    """What `./assay audit verify --all --json` answers, and its exit code."""
    command = (sys.executable, "-m", "assay_cli", "audit", "verify", "--all", "--json")
    environment = {**os.environ, "ASSAY_HOME": str(home.folder), VARIABLE: str(FOLDER)}

    def run() -> tuple[int, dict[str, Any]]:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    return await asyncio.to_thread(run)


def named(found: Mapping[str, Any], kind: str) -> set[Named]:
    """What was found; of a record, without its offset."""
    return {
        (each["of"], re.sub(r"^(topic [^/]+)/.*", r"\1", finding["place"]), finding["subject"])
        for each in found["everything"]
        for finding in each[kind]
    }


@asynccontextmanager
async def superuser(home: Home, service: str) -> AsyncIterator[Connection]:
    """A connection that no trigger stands in the way of."""
    password = home.passwords([SUPERUSER])[SUPERUSER]
    server = Postgres(home.postgres, home.ports(["postgres"])["postgres"], password)
    connection = await asyncpg.connect(server.address(SUPERUSER, password, service))
    try:
        await connection.execute("SET session_replication_role = replica")
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def changed(home: Home, service: str, table: str, where: str, change: str) -> AsyncIterator[asyncpg.Record]:
    """The first row changed or deleted by hand, as it was before; then it is put back."""
    async with superuser(home, service) as connection:
        await connection.execute(f"CREATE TEMPORARY TABLE kept AS SELECT * FROM {table} WHERE {where} LIMIT 1")
        columns = [row["attname"] for row in await connection.fetch(KEY, table)]
        this = f"WHERE ({', '.join(columns)}) = (SELECT {', '.join(columns)} FROM kept)"
        row = await connection.fetchrow("SELECT * FROM kept")
        assert row
        try:
            assert (await connection.execute(f"{change} {this}")).endswith(" 1")
            yield row
        finally:
            await connection.execute(f"DELETE FROM {table} {this}")
            given = ", ".join(row["attname"] for row in await connection.fetch(GIVEN, table))
            back = f"INSERT INTO {table} ({given}) OVERRIDING SYSTEM VALUE SELECT {given} FROM kept"
            await connection.execute(back)


async def _changed_until(stack: AsyncExitStack, home: Home, *what: str) -> asyncpg.Record:
    """A row as it was before it was changed by hand, until the stack ends."""
    return await stack.enter_async_context(changed(home, *what))


async def _referral_changed(by_hand: Callable[..., Awaitable[asyncpg.Record]], engagement: str) -> set[Named]:
    """Another body and other grounds, and as what they are found."""
    of = f"engagement = '{engagement}'"
    referral = await by_hand("disputes", "referral", of, "UPDATE referral SET body = 'authority'")
    right = await by_hand("disputes", "referral_right", of, "UPDATE referral_right SET grounds = 'None.'")
    return {
        ("disputes", f"referral {engagement}, {referral['right']}", engagement),
        ("disputes", f"referral_right {engagement}, {right['id']}", engagement),
    }


@contextmanager
def damaged(file: Path) -> Iterator[None]:
    """A file with a byte more than it had."""
    before = file.read_bytes()
    file.write_bytes(before + b" ")
    try:
        yield
    finally:
        file.write_bytes(before)


async def put_on_topics(home: Home, engagement: str) -> None:
    """What is no head among the heads; and the first fact of an engagement again, as if something else had caused it.

    Both stay there, so they are such as no service minds.
    """
    async with superuser(home, "notification") as connection:
        row = await connection.fetchrow("SELECT * FROM public_message WHERE subject = $1 AND sequence = 1", engagement)
    assert row
    said = replace(published_as("assay.notification", row), causation="forged")
    producer = AIOKafkaProducer(bootstrap_servers=f"{LOOPBACK}:{home.ports(['kafka'])['kafka']}")
    await producer.start()
    try:
        await producer.send_and_wait(AUDIT.name, b"{}")
        await producer.send_and_wait(row["topic"], row["value"], key=engagement.encode(), headers=said.headers())
    finally:
        await producer.stop()


@asynccontextmanager
async def forged_message(home: Home) -> AsyncIterator[Connection]:
    """A message in the outbox that somebody without the key put there."""
    async with superuser(home, "disputes") as connection:
        message = await connection.fetchval(
            "INSERT INTO public_message (topic, type, subject, timeline, sequence, time, causation, trace, value, seal)"
            " VALUES ('assay.disputes', 'assay.disputes.made-up.v1', 'forged', 1, 1, now(), '', '', '{}', 'no seal')"
            " RETURNING seq"
        )
        await connection.execute("INSERT INTO outbox (message, enqueued_at) VALUES ($1, now())", message)
        try:
            yield connection
        finally:
            await connection.execute("DELETE FROM outbox WHERE message = $1", message)
            await connection.execute("DELETE FROM public_message WHERE seq = $1", message)


@pytest.fixture(scope="module")
def disputed(there: Target) -> str:
    """An engagement of which notice was given, in which a refusal to descope was referred."""
    scenario = Scenario(there, EXAMPLE, fresh_party(EXAMPLE), lambda *_: None)
    with closing(scenario):
        scenario.begin()
        engagement = f"/engagements/{scenario.engagement}"
        scenario.dcc.post(f"{engagement}/descoping-decisions", REFUSAL)
        rights = f"{engagement}/referral-rights"
        (right,) = eventually(lambda: scenario.participant.get(rights), "The right of referral")
        scenario.participant.post(f"{engagement}/referrals", {"right": right["id"], "grounds": "None of ours does."})
    return scenario.engagement


@pytest.fixture(scope="module")
async def untouched(home: Home, ended: ScenarioResult, disputed: str) -> dict[str, Any]:
    """What is found while nothing was changed by hand."""
    assert (await check(home)).hold
    code, found = await verify(home)
    assert (code, found["intact"]) == (0, True), found
    return found


def test_a_stack_that_nobody_meddled_with_is_intact_after_a_journey(untouched: dict[str, Any]) -> None:
    assert named(untouched, "findings") == set()
    compared = {each["of"]: each["compared"] for each in untouched["everything"]}
    assert compared["files"]["files"] > 2, "artefacts, the report, the certificate and its twin"
    for service in COMPARED.keys() - {"gateway"}:
        assert compared[service]["records"] >= compared[service]["publications"] > 0
    empty = {
        (service, table)
        for service, tables in COMPARED.items()
        for table in tables
        if not compared[service][f"table {table}"]
    }
    assert empty <= NO_ROWS_IN_A_STORY


async def test_every_table_of_every_service_is_compared_or_excepted_by_name(
    home: Home, untouched: dict[str, Any]
) -> None:
    compared = {each["of"]: set(each["compared"]) for each in untouched["everything"]}
    for service in SERVICES:
        models: ReadModels = import_module(f"{service.package}.audit").READ_MODELS
        async with superuser(home, service.name) as connection:
            rows = await connection.fetch(
                "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables "
                "USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            )
        there = {row["table_name"] for row in rows} | {f"{row['table_name']}.{row['column_name']}" for row in rows}
        tables = {name for name in there if "." not in name}
        assert models.exceptions.keys() <= there, "an exception of what is there no more"
        assert tables - models.exceptions.keys() == COMPARED[service.name]
        assert {f"table {name}" for name in COMPARED[service.name]} <= compared[service.name]
        assert all(models.exceptions.values()), "each has a reason"


async def test_whatever_is_changed_by_hand_is_named_and_nothing_else(
    home: Home, ended: ScenarioResult, disputed: str, untouched: dict[str, Any]
) -> None:
    engagement, number = ended.engagement, ended.certificate["number"]
    of = f"engagement = '{engagement}'"
    raised = "UPDATE dashboard SET figures = jsonb_set(figures::jsonb, '{daily,0,passed}', '999')::json"
    dated, of_party = f"{of} AND due IS NOT NULL", f"party = '{ended.party}'"
    public = f"topic = 'assay.eligibility' AND subject LIKE '{ended.party}/%'"
    files = home.files
    async with superuser(home, "artefact-review") as connection:
        artefact = await connection.fetchval(f"SELECT files -> 0 ->> 'sha256' FROM submission WHERE {of} LIMIT 1")
        names_it = await connection.fetchval(FIRST_TO_NAME, f"%{artefact}%")
    evidence = f"sha256/{artefact[:2]}/{artefact}"
    async with AsyncExitStack() as stack:
        by_hand = partial(_changed_until, stack, home)
        result = await by_hand("execution-tracker", "result", of, "UPDATE result SET outcome = 'failed', run = 'x'")
        await by_hand("execution-tracker", "dashboard", of, raised)
        eligible = await by_hand("certification", "eligibility", of_party, "UPDATE eligibility SET since = since - 1")
        gone = await by_hand("certification", "public_message", public, "DELETE FROM public_message")
        deadline = await by_hand("notification", "deadline", dated, "UPDATE deadline SET due = due + 1")
        await by_hand("gateway", "engagement", f"id = '{engagement}'", "UPDATE engagement SET phase = 'ready'")
        referred = await _referral_changed(by_hand, disputed)
        forged = await stack.enter_async_context(forged_message(home))
        for name in (f"certificates/{number}.pdf", f"certificates/{number}.json", evidence):
            stack.enter_context(damaged(files / name))
        (files / "certificates" / "FOREIGN.pdf").write_bytes(b"%PDF-")
        stack.callback((files / "certificates" / "FOREIGN.pdf").unlink)
        await put_on_topics(home, engagement)
        code, found = await verify(home)
        assert await forged.fetchval("SELECT count(*) FROM outbox") == 1, "it was not relayed"
    role = eligible["role"]
    assert (code, found["intact"]) == (1, False)
    assert named(found, "findings") == referred | {
        ("execution-tracker", f"result {result['result_id']}", engagement),
        ("execution-tracker", f"dashboard {engagement}", engagement),
        ("certification", f"eligibility {ended.party}, {role}, {eligible['srv']}", ended.party),
        ("certification", "publications", gone["subject"]),
        ("certification", "topic assay.eligibility", gone["subject"]),
        ("notification", f"deadline {engagement}, {deadline['key']}", engagement),
        ("gateway", f"engagement {engagement}", engagement),
        ("disputes", "publications", "forged"),
        ("notification", "topic assay.notification", engagement),
        ("topics", "topic assay.audit", "assay.audit"),
        ("certification", f"certificates/{number}.pdf", f"completion-{engagement}"),
        ("certification", f"certificates/{number}.json", f"completion-{engagement}"),
        ("artefact-review", evidence, names_it),
    }
    assert named(found, "warnings") - named(untouched, "warnings") == {
        ("files", "certificates/FOREIGN.pdf", "certificates/FOREIGN.pdf"),
    }
    (said,) = (
        finding
        for each in found["everything"]
        for finding in each["findings"]
        if finding["place"].startswith("deadline ")
    )
    assert json.loads(said["found"]) != json.loads(said["right"]) == {"due": deadline["due"].isoformat()}
