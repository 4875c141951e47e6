"""What this service does when others' facts arrive."""

from certification import translation
from certification.aggregates import COMPLETION
from chassis.messaging.handlers import CommandFor, Handlers, Received
from contracts import execution_tracker, notification


def _result(received: Received[execution_tracker.ResultRecorded]) -> list[CommandFor]:
    noted = translation.failed_retest(received.contract)
    return [CommandFor(COMPLETION, received.subject, noted)] if noted else []


HANDLERS: Handlers = {
    notification.EngagementNotified: lambda r: [CommandFor(COMPLETION, r.subject, translation.opened(r.contract))],
    execution_tracker.IssueRaised: lambda r: [CommandFor(COMPLETION, r.subject, translation.issue_raised(r.contract))],
    execution_tracker.RemediationPlanProposed: lambda r: [
        CommandFor(COMPLETION, r.subject, translation.plan_proposed(r.contract))
    ],
    execution_tracker.RemediationPlanAgreed: lambda r: [
        CommandFor(COMPLETION, r.subject, translation.plan_agreed(r.contract))
    ],
    execution_tracker.IssueFixed: lambda r: [CommandFor(COMPLETION, r.subject, translation.issue_fixed(r.contract))],
    execution_tracker.ResultRecorded: _result,
    execution_tracker.IssueClosed: lambda r: [CommandFor(COMPLETION, r.subject, translation.issue_closed(r.contract))],
    execution_tracker.ExecutionCompleted: lambda r: [
        CommandFor(COMPLETION, r.subject, translation.execution_completed(r.contract))
    ],
}
