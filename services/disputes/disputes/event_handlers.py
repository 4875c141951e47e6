"""What each fact of another service leads to here."""

from chassis.eventstore.same_fields import taken_as
from chassis.messaging.handlers import Handlers, for_subject
from contracts import artefact_review, certification, notification
from disputes import translation
from disputes.aggregates import MATTERS
from disputes.domain.events import DayDeclared, EngagementNoted
from kernel.engagement import EngagementWithdrawn

HANDLERS: Handlers = {
    notification.EngagementNotified: for_subject(MATTERS, taken_as(EngagementNoted)),
    notification.CalendarChanged: for_subject(MATTERS, taken_as(DayDeclared)),
    notification.EngagementWithdrawn: for_subject(MATTERS, taken_as(EngagementWithdrawn)),
    artefact_review.DescopingDecided: for_subject(MATTERS, translation.descoping_decided),
    artefact_review.EntryGateHeld: for_subject(MATTERS, translation.gate_held),
    certification.ExitGateHeld: for_subject(MATTERS, translation.gate_held),
}
