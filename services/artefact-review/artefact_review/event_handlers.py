"""What this service does about the facts of others."""

from artefact_review import translation
from artefact_review.aggregates import PARTY, REVIEW
from artefact_review.domain.events import (
    DayDeclared,
    NotificationAcknowledged,
    ParticipantNamed,
    ReviewOpened,
    StartRescheduled,
)
from artefact_review.domain.party import PartyAdmitted
from chassis.eventstore.same_fields import taken_as
from chassis.messaging.handlers import CommandFor, Handlers, for_subject
from contracts import notification
from contracts.certification import CertificateIssued
from contracts.disputes import MatterDetermined
from kernel.engagement import EngagementWithdrawn

HANDLERS: Handlers = {
    notification.EngagementNotified: for_subject(REVIEW, taken_as(ReviewOpened)),
    notification.ParticipantNamed: for_subject(REVIEW, taken_as(ParticipantNamed)),
    notification.NotificationAcknowledged: for_subject(REVIEW, taken_as(NotificationAcknowledged)),
    notification.StartRescheduled: for_subject(REVIEW, taken_as(StartRescheduled)),
    notification.CalendarChanged: for_subject(REVIEW, taken_as(DayDeclared)),
    notification.EngagementWithdrawn: for_subject(REVIEW, taken_as(EngagementWithdrawn)),
    notification.PartyRegistered: for_subject(PARTY, taken_as(PartyAdmitted)),
    MatterDetermined: for_subject(REVIEW, translation.determined),
    CertificateIssued: lambda received: [
        CommandFor(PARTY, received.contract.recipient.organisation, translation.certificate(received.contract))
    ],
}
