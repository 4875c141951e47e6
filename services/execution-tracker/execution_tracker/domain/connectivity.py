"""Connectivity comes first: each web service that the role can reach, once, in any order (CTSD 5.10.2, 5.10.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from execution_tracker.domain.events import ConnectivityChecked, ConnectivityConfirmed, Event
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.guards import started, unfinished, unreached
from execution_tracker.domain.refusals import ConnectivityAlreadyProved, WebServiceOutOfReach


@dataclass(frozen=True)
class CheckConnectivity:
    """A web service was tried."""

    web_service: str
    passed: bool
    by: str
    now: datetime


def check_connectivity(command: CheckConnectivity, state: Execution) -> Sequence[Event]:
    """Record the check; the last web service reached confirms connectivity."""
    started(state, command.now)
    unfinished(state)
    _require_open(command.web_service, state)
    checked = ConnectivityChecked(command.web_service, command.passed, command.by, command.now)
    if command.passed and unreached(state) == [command.web_service]:
        return [checked, ConnectivityConfirmed(state.web_services, command.by, command.now)]
    return [checked]


def _require_open(web_service: str, state: Execution) -> None:
    if web_service not in state.web_services:
        raise WebServiceOutOfReach(web_service=web_service, reachable=", ".join(state.web_services))
    if web_service in state.reached:
        missing = ", ".join(unreached(state)) or "the tests"
        raise ConnectivityAlreadyProved(web_service=web_service, missing=missing)
