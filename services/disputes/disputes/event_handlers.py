"""What each fact of another service leads to here."""

from collections.abc import Callable
from typing import Any

from chassis.messaging.handlers import CommandFor, Handler, Handlers, Received
from contracts import artefact_review, certification, notification
from disputes import translation
from disputes.aggregates import MATTERS
from disputes.domain.decisions import TakeFact
from disputes.domain.matters import Fact


def _engagement(received: Received[notification.EngagementNotified]) -> list[CommandFor]:
    return [CommandFor(MATTERS, received.subject, translation.engagement(received.contract))]


def _fact(translate: Callable[[Any], Fact]) -> Handler:
    def handler(received: Received[Any]) -> list[CommandFor]:
        return [CommandFor(MATTERS, received.subject, TakeFact(translate(received.contract)))]

    return handler


HANDLERS: Handlers = {
    notification.EngagementNotified: _engagement,
    artefact_review.DescopingDecided: _fact(translation.descoping_decided),
    artefact_review.EntryGateHeld: _fact(translation.gate_held),
    certification.ExitGateHeld: _fact(translation.gate_held),
}
