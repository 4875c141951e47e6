"""What a journey stands on dies in the middle of it: it comes back, the journey goes on, nothing is lost."""

import asyncio
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from itertools import count
from threading import Event, Thread

import pytest

from assay_lab.accession import accede
from assay_lab.api_client import eventually
from assay_lab.faults import Fault, Injector, Kind, ask
from assay_lab.invariants import check
from assay_lab.scenario import ScenarioResult, Target
from assay_stack.home import Home
from assay_stack.postgres import database_url
from assay_stack.services import SERVICES

pytestmark = pytest.mark.timeout(600)

Journey = Callable[[Callable[[int], None]], ScenarioResult]
STEPS = 60
"""More than a journey has."""
FLOWS = 4
NAMES = [service.name for service in SERVICES]


@pytest.fixture
def injector(home: Home) -> Injector:
    """Injects faults into the stack."""
    return Injector(home, Event())


def at(steps: Mapping[int, Fault], injector: Injector) -> Callable[[int], None]:
    """Injects each fault before its step. What was restarted before may still be on its way up."""

    def before_step(number: int) -> None:
        fault = steps.get(number)
        if fault is not None and fault.kind is Kind.RESTART:
            eventually(lambda: injector.inject(fault), f"The return of {fault.target}")
        elif fault is not None:
            injector.inject(fault)

    return before_step


def test_a_journey_in_which_every_service_is_killed_ends_with_one_certificate(
    injector: Injector, journey: Journey
) -> None:
    journey(at({n: Fault(Kind.KILL, NAMES[n % len(NAMES)], signal.SIGKILL) for n in range(STEPS)}, injector))
    assert {each.target for each in injector.injected} == set(NAMES)
    assert injector.count(Kind.KILL) >= 20


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL])
def test_a_journey_in_which_the_broker_is_restarted_ends_with_one_certificate(
    injector: Injector, journey: Journey, sign: signal.Signals
) -> None:
    journey(at(dict.fromkeys((3, 15, 25), Fault(Kind.RESTART, "kafka", sign)), injector))
    assert injector.count(Kind.RESTART) == 3


def test_a_journey_in_which_the_database_stops_at_once_ends_with_one_certificate(
    injector: Injector, journey: Journey
) -> None:
    journey(at(dict.fromkeys((4, 16, 26), Fault(Kind.RESTART, "postgres", signal.SIGQUIT)), injector))
    assert injector.count(Kind.RESTART) == 3


@contextmanager
def facts_flowing(kafka: str) -> Iterator[list[str]]:
    """Party after Party accedes meanwhile, whatever happens to the broker; their signifiers."""
    acceded: list[str] = []
    over = Event()

    def flow(name: str) -> None:
        for number in count(1):
            if over.is_set():
                return
            party = f"{name}-{number}"
            accede(kafka, party, f"Party {party}", date(2026, 11, 25), f"ACC-{party}", datetime.now(UTC))
            acceded.append(party)

    flowing = [Thread(target=flow, args=(f"FLOW{number}",)) for number in range(FLOWS)]
    for each in flowing:
        each.start()
    try:
        yield acceded
    finally:
        over.set()
        for each in flowing:
            each.join()


def test_a_broker_that_is_killed_again_and_again_while_facts_flow_is_heard_again_by_everybody(
    injector: Injector, home: Home, there: Target
) -> None:
    with facts_flowing(there.kafka) as acceded:
        for killed in range(1, 5):
            eventually(lambda: injector.inject(Fault(Kind.RESTART, "kafka", signal.SIGKILL)), "The broker's return")
            enough = len(acceded) + 40
            eventually(partial(more_than, acceded, enough), f"Accessions after the broker was killed {killed} times")
    assert eventually(lambda: registered(home) >= set(acceded), "The registration of every Party that acceded")
    findings = asyncio.run(check(home))
    assert findings.hold, findings


def more_than(acceded: list[str], enough: int) -> bool:
    """Whether so many have acceded."""
    return len(acceded) > enough


def registered(home: Home) -> set[str]:
    """The Parties that notification knows."""
    signifiers = "SELECT array_agg(data->>'signifier') FROM event WHERE type = 'party-registered'"
    return set(ask(database_url(home, "notification"), signifiers) or ())


async def test_afterwards_nothing_is_lost_doubled_parked_or_out_of_order(home: Home) -> None:
    findings = await check(home)
    assert findings.certificates >= 4
    assert findings.hold, findings
