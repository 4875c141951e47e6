"""What this service does when others' facts arrive."""

from certification import translation
from certification.aggregates import COMPLETION
from certification.domain.completion import CompletionOpened, IssueNoted, ParticipantNamed, ScopeNoted
from chassis.eventstore.same_fields import taken_as
from chassis.messaging.handlers import Handlers, for_subject
from contracts import artefact_review, disputes, execution_tracker, notification
from kernel.engagement import EngagementWithdrawn

HANDLERS: Handlers = {
    notification.EngagementNotified: for_subject(COMPLETION, taken_as(CompletionOpened)),
    notification.ParticipantNamed: for_subject(COMPLETION, taken_as(ParticipantNamed)),
    notification.EngagementWithdrawn: for_subject(COMPLETION, taken_as(EngagementWithdrawn)),
    artefact_review.ScopeAgreed: for_subject(COMPLETION, taken_as(ScopeNoted)),
    execution_tracker.IssueChanged: for_subject(COMPLETION, taken_as(IssueNoted)),
    execution_tracker.ExecutionCompleted: for_subject(COMPLETION, translation.execution_completed),
    disputes.MatterDetermined: for_subject(COMPLETION, translation.determined),
    disputes.HoldBegan: for_subject(COMPLETION, translation.paused),
    disputes.HoldEnded: for_subject(COMPLETION, translation.resumed),
}
