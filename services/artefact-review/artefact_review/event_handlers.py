"""What this service does about the facts of others."""

from artefact_review import translation
from artefact_review.aggregates import PARTY, REVIEW
from chassis.messaging.handlers import CommandFor, Handlers
from contracts.certification import CertificateIssued
from contracts.notification import EngagementNotified, NotificationAcknowledged, PartyRegistered, StartRescheduled

HANDLERS: Handlers = {
    EngagementNotified: lambda received: [
        CommandFor(REVIEW, received.subject, translation.open_review(received.contract))
    ],
    NotificationAcknowledged: lambda received: [
        CommandFor(REVIEW, received.subject, translation.note_acknowledgement(received.contract))
    ],
    StartRescheduled: lambda received: [
        CommandFor(REVIEW, received.subject, translation.reschedule_start(received.contract))
    ],
    PartyRegistered: lambda received: [CommandFor(PARTY, received.subject, translation.admit_party(received.contract))],
    CertificateIssued: lambda received: [
        CommandFor(PARTY, received.contract.recipient.organisation, translation.note_certificate(received.contract))
    ],
}
