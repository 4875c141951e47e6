"""What this service does when others' facts arrive."""

from certification import translation
from certification.aggregates import COMPLETION
from chassis.messaging.handlers import CommandFor, Handlers
from contracts import artefact_review, execution_tracker, notification

HANDLERS: Handlers = {
    notification.EngagementNotified: lambda r: [CommandFor(COMPLETION, r.subject, translation.opened(r.contract))],
    artefact_review.ScopeAgreed: lambda r: [CommandFor(COMPLETION, r.subject, translation.scope_noted(r.contract))],
    execution_tracker.IssueChanged: lambda r: [CommandFor(COMPLETION, r.subject, translation.issue_noted(r.contract))],
    execution_tracker.ExecutionCompleted: lambda r: [
        CommandFor(COMPLETION, r.subject, translation.execution_completed(r.contract))
    ],
}
