"""A command through the gateway, beside a bare service that inserts one row.

The command is evidence for an entry criterion: one event in artefact-review, no file, no other service. It is sent to
the gateway (two hops), to the owning service itself (one hop) and to the bare service, in turns, by the same client.
"""

import argparse
import asyncio
import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import aiohttp
from tests.benchmarks.own_stack import own_home
from tests.benchmarks.report import Line, Tell, print_report

from assay_lab.accession import accede
from assay_lab.api_client import ApiClient, Refused, eventually
from assay_lab.demo import local_target
from assay_stack import postgres, stack
from assay_stack.home import Home
from assay_stack.ports import answers, free_port
from assay_stack.postgres import SUPERUSER, Postgres
from rulebook.engine.dating.working_days import calendar

OWNER = "artefact-review"
PARTY = "SUPP"
CLIENTS = (1, 8)
REQUESTS = 300
"""Of each client and round to each target, after as many divided by ten to warm up."""
PER_HOP = 1.5
HOPS = 2
NOTICE_WORKING_DAYS = 70
BODY = {"criterion": "5.8.1d", "statement": "The Devices are installed; the inventory is attached to the Test Plan."}

Times = dict[str, list[float]]


@dataclass(frozen=True)
class Target:
    """Where the command is sent."""

    name: str
    url: str
    token: str


def measure(rounds: int, requests: int, tell: Tell) -> Iterator[Line]:
    """p50 and p99 of each target, and how they compare, by number of clients at once."""
    with own_home() as home:
        addresses = stack.up(home, tell)
        engagements = _engagements(home, addresses, max(CLIENTS))
        with _bare(home) as bare:
            token = local_target(home, addresses).token("participant", PARTY)
            targets = (
                Target("bare insert", bare, token),
                Target("service", addresses[OWNER], token),
                Target("gateway", addresses["gateway"], token),
            )
            for clients in CLIENTS:
                yield from _compare(targets, engagements[:clients], rounds, requests, tell)


def _compare(
    targets: Sequence[Target], engagements: Sequence[str], rounds: int, requests: int, tell: Tell
) -> Iterator[Line]:
    of, measured = f"command, {len(engagements)} at once", []
    for number in range(rounds + 1):  # the first to warm up
        count = requests if number else requests // 10
        times = asyncio.run(_round(targets, engagements, count))
        if number:
            measured.append(times)
            tell(f"{of}, round {number}: " + ", ".join(f"{name} {_p99(each):.1f} ms" for name, each in times.items()))
    for target in targets:
        for quantile, take in (("p50", statistics.median), ("p99", _p99)):
            value = statistics.median(take(times[target.name]) for times in measured)
            yield Line(of, f"{target.name}, {quantile} in ms", round(value, 2))
    for name, hops in (("service", 1), ("gateway", HOPS)):
        ratio = statistics.median(_p99(times[name]) / _p99(times["bare insert"]) for times in measured)
        aim = hops * PER_HOP
        yield Line(of, f"p99 of {name} / bare insert", round(ratio, 2), f"at most {aim}", ratio <= aim)


async def _round(targets: Sequence[Target], engagements: Sequence[str], count: int) -> Times:
    """Every client sends to one target after the other, so that all are measured in the same minutes."""
    times: Times = {target.name: [] for target in targets}
    async with aiohttp.ClientSession() as session:
        for _ in range(10):
            for target in targets:
                clients = (_client(session, target, each, count // 10 or 1) for each in engagements)
                for each in await asyncio.gather(*clients):
                    times[target.name].extend(each)
    return times


async def _client(session: aiohttp.ClientSession, target: Target, engagement: str, count: int) -> list[float]:
    url = f"{target.url}/engagements/{engagement}/entry-evidence"
    return [await _send(session, url, target.token) for _ in range(count)]


async def _send(session: aiohttp.ClientSession, url: str, token: str) -> float:
    headers = {"authorization": f"Bearer {token}", "idempotency-key": str(uuid4())}
    began = time.perf_counter()
    async with session.post(url, json=BODY, headers=headers) as answer:
        text = await answer.text()
        took = time.perf_counter() - began
        if answer.status != 200:
            raise RuntimeError(f"{url}: {answer.status} {text}")
        return took * 1_000


def _p99(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


def _engagements(home: Home, addresses: dict[str, str], count: int) -> list[str]:
    """Engagements of one Party, which the owning service has heard of."""
    there, today = local_target(home, addresses), datetime.now(UTC)
    accede(there.kafka, PARTY, "Supplier plc", today.date(), "REF-1", today)
    with closing(ApiClient(there.gateway, there.token("participant", PARTY))) as client:
        found = [eventually(lambda: _notified(client, today), "The registration of the Party") for _ in range(count)]
        for engagement in found:
            client.post(f"/engagements/{engagement}/entry-evidence", BODY)
    return found


def _notified(client: ApiClient, today: datetime) -> str | None:
    body: dict[str, Any] = {
        "procedure": "uept",
        "subject": {"role": "ES"},
        "start_date": calendar().add(today.date(), NOTICE_WORKING_DAYS).isoformat(),
        "test_manager": {"name": "Mo Manager", "email": "mo@supplier.invalid"},
        "confirmations": ["code-administrator-notified"],
    }
    try:
        return str(client.post("/engagements", body)["id"])
    except Refused:
        return None


@contextmanager
def _bare(home: Home) -> Iterator[str]:
    """The bare service as a process of its own, on a database of the stack's own server."""
    server = Postgres(home.postgres, home.ports(["postgres"])["postgres"], home.passwords([SUPERUSER])[SUPERUSER])
    dsn = asyncio.run(postgres.create_database(server, "bare", secrets.token_hex(16)))
    port = free_port()
    process = subprocess.Popen((sys.executable, "-m", "tests.benchmarks.inserting", str(port), dsn), env=os.environ)
    try:
        eventually(lambda: answers(port), "The start of the bare service")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(prog="assay benchmark gateway", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=REQUESTS, help="of each client and round to each target")
    chosen = parser.parse_args()
    print_report(lambda tell: measure(chosen.rounds, chosen.requests, tell))


if __name__ == "__main__":
    main()
