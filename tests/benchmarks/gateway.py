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
from assay_lab.demo import TOKEN_MINUTES, local_target
from assay_stack import postgres, stack
from assay_stack.home import Home
from assay_stack.ports import answers, free_port
from assay_stack.postgres import SUPERUSER, Postgres
from assay_stack.token import make_token
from rulebook.engine.dating.working_days import calendar

OWNER = "artefact-review"
PARTY = "SUPP"
CLIENTS = (1, 8, 64)
REQUESTS = 1_200
"""Of all clients together, of each round to each target; a tenth of it to warm up."""
SHIFTS = 10
"""How often the clients of a round go on to the next target."""
AIMS = {"service": 2.0, "gateway": 3.0}
"""How many times as long as the bare insert."""
NOTICE_WORKING_DAYS = 70
BODY = {"criterion": "5.8.1d", "statement": "The Devices are installed; the inventory is attached to the Test Plan."}

Times = dict[str, list[float]]


@dataclass(frozen=True)
class Target:
    """Where the command is sent."""

    name: str
    url: str


@dataclass(frozen=True)
class Client:
    """A person of the Party, and the engagements that they give evidence for, in turn."""

    token: str
    engagements: tuple[str, ...]


def measure(rounds: int, requests: int, tell: Tell) -> Iterator[Line]:
    """p50 and p99 of each target, and how they compare, by number of clients at once."""
    with own_home() as home:
        addresses = stack.up(home, tell)
        engagements = _engagements(home, addresses, max(CLIENTS))
        with _bare(home) as bare:
            targets = (
                Target("bare insert", bare),
                Target("service", addresses[OWNER]),
                Target("gateway", addresses["gateway"]),
            )
            people = [_token(home, f"person-{number}") for number in range(max(CLIENTS))]
            for count in CLIENTS:
                clients = [Client(people[number], tuple(engagements[number::count])) for number in range(count)]
                yield from _compare(targets, clients, rounds, requests, tell)


def _token(home: Home, name: str) -> str:
    return make_token(home, "participant", PARTY, TOKEN_MINUTES, name).value


def _compare(
    targets: Sequence[Target], clients: Sequence[Client], rounds: int, requests: int, tell: Tell
) -> Iterator[Line]:
    of, measured = f"command, {len(clients)} at once", []
    for number in range(rounds + 1):  # the first to warm up
        count = requests if number else requests // 10
        times = asyncio.run(_round(targets, clients, max(1, count // (SHIFTS * len(clients)))))
        if number:
            measured.append(times)
            tell(f"{of}, round {number}: " + ", ".join(f"{name} {_p99(each):.1f} ms" for name, each in times.items()))
    for quantile, take in (("p50", statistics.median), ("p99", _p99)):
        for target in targets:
            value = statistics.median(take(times[target.name]) for times in measured)
            yield Line(of, f"{target.name}, {quantile} in ms", round(value, 2))
        for name, aim in AIMS.items():
            ratio = statistics.median(take(times[name]) / take(times["bare insert"]) for times in measured)
            yield Line(of, f"{quantile} of {name} / bare insert", round(ratio, 2), f"at most {aim}", ratio <= aim)


async def _round(targets: Sequence[Target], clients: Sequence[Client], count: int) -> Times:
    """Every client sends to one target after the other, so that all are measured in the same minutes."""
    times: Times = {target.name: [] for target in targets}
    async with aiohttp.ClientSession() as session:
        for shift in range(SHIFTS):
            for target in targets:
                sending = (_shift(session, target, each, shift * count, count) for each in clients)
                for each in await asyncio.gather(*sending):
                    times[target.name].extend(each)
    return times


async def _shift(session: aiohttp.ClientSession, target: Target, client: Client, first: int, count: int) -> list[float]:
    times = []
    for number in range(first, first + count):
        engagement = client.engagements[number % len(client.engagements)]
        times.append(await _send(session, f"{target.url}/engagements/{engagement}/entry-evidence", client.token))
    return times


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
    parser.add_argument("--requests", type=int, default=REQUESTS, help="of all clients, of each round to each target")
    chosen = parser.parse_args()
    print_report(lambda tell: measure(chosen.rounds, chosen.requests, tell))


if __name__ == "__main__":
    main()
