"""What this service does with the facts of others."""

from chassis.eventstore.same_fields import taken_as
from chassis.messaging.handlers import Handlers, for_subject
from contracts import notification
from contracts.artefact_review import EntryGateHeld, ScopeAgreed
from contracts.certification import ExitGateHeld
from contracts.disputes import HoldBegan, HoldEnded
from contracts.notification import EngagementNotified, StartRescheduled
from execution_tracker import translation
from execution_tracker.aggregates import EXECUTION
from execution_tracker.domain.events import FurtherStartAgreed, ParticipantNamed, ScopeSet, StartMoved
from kernel.engagement import EngagementWithdrawn

HANDLERS: Handlers = {
    EngagementNotified: for_subject(EXECUTION, translation.begun),
    notification.ParticipantNamed: for_subject(EXECUTION, taken_as(ParticipantNamed)),
    StartRescheduled: for_subject(EXECUTION, taken_as(StartMoved)),
    notification.FurtherTestingScheduled: for_subject(EXECUTION, taken_as(FurtherStartAgreed)),
    notification.EngagementWithdrawn: for_subject(EXECUTION, taken_as(EngagementWithdrawn)),
    ScopeAgreed: for_subject(EXECUTION, taken_as(ScopeSet)),
    EntryGateHeld: for_subject(EXECUTION, translation.started),
    ExitGateHeld: for_subject(EXECUTION, translation.decided),
    HoldBegan: for_subject(EXECUTION, translation.dispute_opened),
    HoldEnded: for_subject(EXECUTION, translation.dispute_closed),
}
