"""What this service does about the facts of others."""

from artefact_review.aggregates import PARTY, REVIEW
from artefact_review.translation import admit_party, note_acknowledgement, open_review, reschedule_start
from chassis.messaging.handlers import CommandFor, Handlers
from contracts.notification import EngagementNotified, NotificationAcknowledged, PartyRegistered, StartRescheduled

HANDLERS: Handlers = {
    EngagementNotified: lambda received: [CommandFor(REVIEW, received.subject, open_review(received.contract))],
    NotificationAcknowledged: lambda received: [
        CommandFor(REVIEW, received.subject, note_acknowledgement(received.subject, received.contract))
    ],
    StartRescheduled: lambda received: [
        CommandFor(REVIEW, received.subject, reschedule_start(received.subject, received.contract))
    ],
    PartyRegistered: lambda received: [CommandFor(PARTY, received.subject, admit_party(received.contract))],
}
