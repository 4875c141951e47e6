"""Connectivity comes first: each web service in reach, once, in any order, or earlier testing (CTSD 5.10.2, 5.10.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from execution_tracker.domain.events import ConnectivityChecked, ConnectivityConfirmed, Event
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.guards import ready, started, unfinished, unreached
from execution_tracker.domain.refusals import (
    ConnectivityAlreadyConfirmed,
    ConnectivityAlreadyProved,
    ConnectivityNotNeeded,
    EarlierTestingMissing,
    WebServiceOutOfReach,
)


@dataclass(frozen=True)
class CheckConnectivity:
    """A web service was tried."""

    web_service: str
    passed: bool
    by: str
    now: datetime


@dataclass(frozen=True)
class StateEarlierTesting:
    """Earlier testing confirmed connectivity, so that it is not tried again; `earlier_testing` says which it was."""

    earlier_testing: str
    by: str
    now: datetime


def check_connectivity(command: CheckConnectivity, state: Execution) -> Sequence[Event]:
    """Record the check; the last web service reached confirms connectivity."""
    started(state, command.now)
    unfinished(state)
    _require_need(state)
    _require_open(command.web_service, state)
    checked = ConnectivityChecked(command.web_service, command.passed, command.by, command.now)
    if command.passed and unreached(state) == [command.web_service]:
        return [checked, ConnectivityConfirmed(state.web_services, None, command.by, command.now)]
    return [checked]


def state_earlier_testing(command: StateEarlierTesting, state: Execution) -> Sequence[Event]:
    """Confirm connectivity by what was tested earlier, also before the start date: nothing is tried (5.10.1.1)."""
    ready(state)
    unfinished(state)
    _require_need(state)
    if state.connected:
        raise ConnectivityAlreadyConfirmed
    text = command.earlier_testing.strip()
    if not text:
        raise EarlierTestingMissing
    return [ConnectivityConfirmed(state.web_services, text, command.by, command.now)]


def _require_need(state: Execution) -> None:
    if not state.needs_connectivity:
        raise ConnectivityNotNeeded


def _require_open(web_service: str, state: Execution) -> None:
    if web_service not in state.web_services:
        reachable = ", ".join(state.web_services) or "none"
        raise WebServiceOutOfReach(web_service=web_service, reachable=reachable)
    if web_service in state.reached:
        missing = ", ".join(unreached(state)) or "the tests"
        raise ConnectivityAlreadyProved(web_service=web_service, missing=missing)
