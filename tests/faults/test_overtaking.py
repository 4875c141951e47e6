"""Nobody overtakes their own facts, not even past a gateway that has just started anew."""

import os
import signal
from datetime import date
from threading import Event, Thread

import httpx
import pytest

from assay_lab.api_client import eventually
from assay_lab.demo import EXAMPLE, fresh_party
from assay_lab.faults import Fault, Injector, Kind
from assay_lab.scenario import Scenario, Target
from assay_stack.home import Home
from assay_stack.state import State

pytestmark = pytest.mark.timeout(600)

HELD_UP_SECONDS = 3.0


def test_a_gateway_that_died_still_knows_what_was_acknowledged_and_not_yet_published(home: Home, there: Target) -> None:
    """The broker stands still from before the scope is fixed until execution-tracker was told what relies on it."""
    held_up = Event()
    injector, thawing = Injector(home, Event()), Thread(target=thaw, args=(home, there.gateway))

    def tell(_day: date, _who: str, what: str) -> None:
        if what.startswith("descoping of"):
            os.kill(broker(home), signal.SIGSTOP)
            held_up.set()
        if what.startswith("entry gate held"):
            assert held_up.is_set()
            assert injector.inject(Fault(Kind.KILL, "gateway", signal.SIGKILL))
            thawing.start()

    try:
        result = Scenario(there, EXAMPLE, fresh_party(EXAMPLE), tell).run()
    finally:
        os.kill(broker(home), signal.SIGCONT)
    thawing.join()
    assert injector.count(Kind.KILL) == 1
    assert result.verification["valid"] is True


def broker(home: Home) -> int:
    """The broker's process."""
    state = State.read(home)
    assert state
    return state.processes["kafka"].pid


def thaw(home: Home, gateway: str) -> None:
    """Let the broker go on a little after the gateway has come back."""
    eventually(lambda: lives(gateway), "The return of the gateway")
    Event().wait(HELD_UP_SECONDS)
    os.kill(broker(home), signal.SIGCONT)


def lives(gateway: str) -> bool:
    """Whether the process answers at all."""
    try:
        return httpx.get(f"{gateway}/health/live").is_success
    except httpx.TransportError:
        return False
