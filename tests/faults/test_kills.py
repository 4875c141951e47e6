"""What a journey stands on dies in the middle of it: it comes back, the journey goes on, nothing is lost."""

import signal
from collections.abc import Callable, Mapping
from threading import Event

import pytest

from assay.desk import eventually
from assay.faults import Fault, Injector, Kind
from assay.home import Home
from assay.invariants import check
from assay.services import SERVICES
from assay.story import Ending

pytestmark = pytest.mark.timeout(600)

Journey = Callable[[Callable[[int], None]], Ending]
STEPS = 60
"""More than a journey has."""
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


async def test_afterwards_nothing_is_lost_doubled_parked_or_out_of_order(home: Home) -> None:
    findings = await check(home)
    assert findings.certificates >= 4
    assert findings.hold, findings
