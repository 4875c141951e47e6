"""One hop: consume a fact, decide, persist, publish. The product beside what it is to be compared with.

Each contender runs in a process of its own, one after the other, in rounds; the ratios are taken within a round.
"""

import argparse
import asyncio
import json
import os
import secrets
import statistics
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict
from typing import Any

from tests.benchmarks import bare, bare_traced, faust_table, product
from tests.benchmarks.contender import Result, Task
from tests.benchmarks.report import Line, Tell, print_report
from tests.benchmarks.work import WORKS, Shape

from assay_lab.fixtures import TestKafka, TestPostgres, TestServers

ROUNDS = 3
COUNTS = {
    "product": 16_000,
    "bare": 16_000,
    "bare, traced": 16_000,
    "one by one": 800,
    "faust": 8_000,
    "without chain": 16_000,
    "without traces": 16_000,
}
PROCESS_SECONDS = 300

CONTENDERS: Mapping[str, Callable[[Task], Awaitable[Result]]] = {
    "product": product.run,
    "bare": bare.run,
    "bare, traced": bare_traced.run,
    "one by one": product.run_one_by_one,
    "faust": faust_table.run,
    "without chain": product.run_without_chain,
    "without traces": product.run_without_traces,
}
AIMS = {"bare": 0.4, "bare, traced": 0.6, "one by one": 20.0, "faust": 2.5}
"""How many times as fast as the other the product is to be."""
PRICES = {"the hash chain": "without chain", "the traces": "without traces"}


def measure(rounds: int, share: float, works: list[str], tell: Tell) -> list[Line]:
    """Rates and ratios of each kind of work; `share` of the usual counts."""
    with closing(TestServers()) as servers:
        postgres, kafka = TestPostgres(servers), TestKafka(servers)
        return [line for work in works for line in _measure(work, postgres, kafka, rounds, share, tell)]


def _measure(
    work: str, postgres: TestPostgres, kafka: TestKafka, rounds: int, share: float, tell: Tell
) -> Iterator[Line]:
    rates: dict[str, list[float]] = {contender: [] for contender in CONTENDERS}
    worked: dict[str, list[float]] = {contender: [] for contender in CONTENDERS}
    shape: dict[str, Any] | None = None
    for number in range(rounds):
        for contender in CONTENDERS:
            count = max(20, int(COUNTS[contender] * share))
            given = {"dsn": postgres.database(), "kafka": kafka.bootstrap, "count": count, "shape": shape}
            done = _apart(work, contender, given)
            shape = shape or done["shape"]
            rates[contender].append(count / done["seconds"])
            worked[contender].append(done["processor_seconds"] / count * 1e6)
            tell(f"{work}, round {number + 1}: {contender}: {rates[contender][-1]:,.0f} facts/s")
    assert shape
    yield from _lines(work, rates, worked, Shape(**shape))


def _lines(
    work: str, rates: Mapping[str, list[float]], worked: Mapping[str, list[float]], shape: Shape
) -> Iterator[Line]:
    what = f"hop of {work}"
    for contender, measured in rates.items():
        yield Line(what, f"{contender}, facts/s", round(statistics.median(measured)))
        processor = round(statistics.median(worked[contender]))
        yield Line(what, f"{contender}, CPU per fact in us", processor)
    for contender, aim in AIMS.items():
        ratio = statistics.median(
            ours / theirs for ours, theirs in zip(rates["product"], rates[contender], strict=True)
        )
        yield Line(what, f"product / {contender}", round(ratio, 2), f"at least {aim}", ratio >= aim)
    for part, contender in PRICES.items():
        prices = zip(rates["product"], rates[contender], strict=True)
        price = statistics.median(1e6 / ours - 1e6 / theirs for ours, theirs in prices) / shape.events
        yield Line(what, f"price of {part}, us per event", round(price, 1))
    yield Line(what, "events per fact", round(shape.events, 2))
    yield Line(what, "publications per fact", round(shape.publications, 2))
    yield Line(what, "bytes per event", shape.event_bytes)
    yield Line(what, "bytes per publication", shape.publication_bytes)


def _apart(work: str, contender: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Run a contender in a process of its own."""
    command = (sys.executable, "-m", "tests.benchmarks.hop", "--work", work, "--contender", contender)
    done = subprocess.run(
        (*command, "--given", json.dumps(given)),
        capture_output=True,
        text=True,
        timeout=PROCESS_SECONDS,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    if done.returncode:
        raise RuntimeError(f"{contender} failed:\n{done.stderr[-3_000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _run(work: str, contender: str, given: Mapping[str, Any]) -> None:
    shape = Shape(**given["shape"]) if given["shape"] else None
    task = Task(given["dsn"], given["kafka"], f"b{secrets.token_hex(4)}.", WORKS[work], given["count"], shape)

    async def contend() -> Result:
        return await CONTENDERS[contender](task)

    print(json.dumps(asdict(asyncio.run(contend()))))


def main() -> None:
    """Measure, or be one contender."""
    parser = argparse.ArgumentParser(prog="assay benchmark hop", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--share", type=float, default=1.0, help="of the usual number of facts")
    parser.add_argument("--work", choices=WORKS, help="one kind of work only")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--given", type=json.loads, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.contender:
        return _run(chosen.work, chosen.contender, chosen.given)
    works = [chosen.work] if chosen.work else list(WORKS)
    print_report(lambda tell: measure(chosen.rounds, chosen.share, works, tell))


if __name__ == "__main__":
    main()
