"""What a process logs: JSON lines that name the engagement and the trace, and never a secret or what was sent."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from testing.ledger_facts import NOTIFIED, held
from testing.ledger_process import Outside, outside
from testing.probe import Kafka, Postgres

ALWAYS = {"event", "level", "timestamp", "service"}
CONFIDENTIAL = "whatonlythepartiesknow"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def started(it: Outside, log: Path) -> None:
    command = (sys.executable, "-m", "testing.ledger")
    with log.open("w") as output:
        it.process = subprocess.Popen(command, env={**it.environment}, stdout=output, stderr=subprocess.STDOUT)


async def story(it: Outside, engagement: str) -> str:
    """Commands that are accepted and refused, messages that are handled, parked and rejected; the token used."""

    async def opened() -> bool:
        return bool(await it.fetch("SELECT 1 FROM event WHERE stream = $1", f"ledger-{engagement}"))

    async def parked() -> bool:
        return bool(await it.fetch("SELECT 1 FROM parked"))

    await it.until(it.is_ready, "it did not start")
    await it.send(NOTIFIED, engagement)
    await it.until(opened, "it was not opened")
    traced = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "idempotency-key": str(uuid4())}
    async with it.client("participant", "ACME", **traced) as client:
        entries = f"/engagements/{engagement}/entries"
        assert (await client.post(entries, json={"entry": CONFIDENTIAL})).status_code == 201
        another = {"idempotency-key": str(uuid4())}
        assert (await client.post(entries, json={"entry": "7"}, headers=another)).status_code == 422
        assert (await client.post(entries, json={"entry": "\0"})).status_code >= 400
        assert (await client.get("/nowhere")).status_code == 404
        token: str = client.headers["authorization"].removeprefix("Bearer ")
    await it.send(held("poison"), engagement)
    await it.until(parked, "it was not parked")
    return token


def named(lines: list[Mapping[str, Any]], event: str) -> Mapping[str, Any]:
    return next(line for line in lines if line["event"] == event)


async def test_a_log_is_json_that_tells_what_happened_and_no_secret(
    postgres: Postgres, kafka: Kafka, tmp_path: Path
) -> None:
    engagement, log = str(uuid4()), tmp_path / "ledger.log"
    async with outside(postgres, kafka) as it:
        started(it, log)
        token = await story(it, engagement)
        assert it.process
        it.process.terminate()
        await asyncio.to_thread(it.process.wait, 30)
        password = urlsplit(it.environment["ASSAY_DATABASE_URL"]).password
    text = log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert all(set(line) >= ALWAYS for line in lines)
    assert {line["service"] for line in lines} == {"disputes"}
    accepted = named(lines, "command accepted")
    assert (accepted["command"], accepted["version"], accepted["role"]) == ("Enter", 2, "participant")
    assert (accepted["engagement_id"], accepted["trace_id"]) == (engagement, TRACE)
    assert named(lines, "command refused")["refusal"]
    assert named(lines, "batch handled")["handled"] == 1
    assert named(lines, "message parked")["engagement_id"] == engagement
    assert password
    for secret in (password, token, token.split(".")[2], "Bearer", CONFIDENTIAL):
        assert secret not in text
