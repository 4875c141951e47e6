"""What this service does with the facts of others."""

from chassis.messaging.handlers import CommandFor, Handlers, Received
from contracts import Contract
from contracts.artefact_review import EntryGateHeld, ScopeAgreed
from contracts.certification import ExitGateHeld
from contracts.notification import EngagementNotified, StartRescheduled
from execution_tracker import translation
from execution_tracker.aggregates import EXECUTION
from execution_tracker.domain.decisions import Command


def _to(received: Received[Contract], command: Command | None) -> list[CommandFor]:
    return [CommandFor(EXECUTION, received.subject, command)] if command is not None else []


HANDLERS: Handlers = {
    EngagementNotified: lambda received: _to(received, translation.begin(received.contract)),
    StartRescheduled: lambda received: _to(received, translation.reschedule(received.contract)),
    ScopeAgreed: lambda received: _to(received, translation.scope(received.contract)),
    EntryGateHeld: lambda received: _to(received, translation.start(received.contract)),
    ExitGateHeld: lambda received: _to(received, translation.decided(received.contract)),
}
