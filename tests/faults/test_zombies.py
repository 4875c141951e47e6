"""A service that stood still wakes up beside its successor: what both do counts once."""

import signal
from collections.abc import Callable
from threading import Event, Thread

import pytest

from assay_lab.api_client import eventually
from assay_lab.faults import Fault, Injector, Kind, ask
from assay_lab.invariants import check
from assay_lab.scenario import ScenarioResult
from assay_stack.home import Home
from assay_stack.postgres import database_url

pytestmark = pytest.mark.timeout(600)

Journey = Callable[[Callable[[int], None]], ScenarioResult]
FROZEN_SECONDS = 18.0
"""Longer than its Kafka group waits for it, and PostgreSQL for what its session does next."""


def leaders(home: Home, name: str) -> int:
    """How many processes have led a service's relay."""
    return int(ask(database_url(home, name), "SELECT epoch FROM relay"))


@pytest.mark.parametrize(("name", "step"), [("notification", 2), ("certification", 20), ("gateway", 22)])
def test_a_frozen_service_that_meets_its_successor_changes_nothing(
    home: Home, journey: Journey, name: str, step: int
) -> None:
    injector = Injector(home, Event())
    fault = Fault(Kind.FREEZE, name, signal.SIGSTOP, seconds=FROZEN_SECONDS)
    freezing = Thread(target=injector.inject, args=(fault,))
    before = leaders(home, name)
    journey(lambda number: freezing.start() if number == step else None)
    freezing.join()
    assert injector.count(Kind.FREEZE) == 1
    again = "The thawed process's leadership, after that of its successor"
    assert eventually(lambda: leaders(home, name) >= before + 2, again)


async def test_afterwards_nothing_is_lost_doubled_parked_or_out_of_order(home: Home) -> None:
    findings = await check(home)
    assert findings.certificates >= 3
    assert findings.hold, findings
