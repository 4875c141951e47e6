"""Between this service's events and what crosses Kafka: pure, in both directions."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Literal, assert_never

from pydantic import TypeAdapter

from chassis.eventstore.aggregate import Publication
from contracts import Contract
from contracts import artefact_review as reviewed
from contracts import certification as certified
from contracts import execution_tracker as public
from contracts import notification as notified
from execution_tracker.domain import events
from execution_tracker.domain.dashboard import Counted
from execution_tracker.domain.engagement import Engagement
from execution_tracker.domain.events import Event, IssueEvent
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.inbound import (
    BeginExecution,
    ConcludeExecution,
    ConfirmStart,
    MoveStart,
    ReopenExecution,
    SetScope,
)
from execution_tracker.domain.issue_state import Issue, IssueSummary
from kernel.engagement import Participant, Subject

PUBLIC: Mapping[type, type[Contract]] = {
    events.ConnectivityChecked: public.ConnectivityChecked,
    events.ConnectivityConfirmed: public.ConnectivityConfirmed,
    events.ResultRecorded: public.ResultRecorded,
    events.DashboardPublished: public.DashboardPublished,
    events.ExecutionCompleted: public.ExecutionCompleted,
}
"""What is told to others as it is: the public event has the fields of the private one, or fewer of them."""

RESULT = TypeAdapter(events.ResultRecorded)
SUMMARY = TypeAdapter(IssueSummary)


def publish(id: str, event: Event, state: Execution) -> Iterable[Publication]:
    """The public fact of an event, if it has one."""
    if isinstance(event, IssueEvent):
        yield Publication(_issue_changed(event, state.issues[event.issue]), subject=id)
    elif contract := PUBLIC.get(type(event)):
        yield Publication(contract.model_validate(asdict(event)), subject=id)


def counted(type_: str, value: bytes) -> Counted | None:
    """What the dashboard counts of a public message of this service; None where it counts nothing."""
    match type_:
        case public.ResultRecorded.TYPE:
            return RESULT.validate_json(value)
        case public.IssueChanged.TYPE:
            return SUMMARY.validate_json(value)
        case _:
            return None


def begin(fact: notified.EngagementNotified) -> BeginExecution:
    """A notified engagement will have an execution."""
    subject = Subject(fact.subject.kind, fact.subject.id, fact.subject.name, fact.subject.fields)
    participants = tuple(Participant(each.role, each.organisation, each.name) for each in fact.participants)
    return BeginExecution(Engagement(fact.procedure, fact.rulebook, subject, participants), fact.start_date)


def reschedule(fact: notified.StartRescheduled) -> MoveStart:
    """The other date on which testing is planned to start."""
    return MoveStart(fact.start_date)


def scope(fact: reviewed.ScopeAgreed) -> SetScope:
    """The agreed scope, down to what the rules of execution need."""
    tests = tuple(events.ScopedTest(test.id, test.kind, test.srv, test.order) for test in fact.tests)
    return SetScope(tests, fact.web_services)


def start(fact: reviewed.EntryGateHeld) -> ConfirmStart | None:
    """The start that the entry gate confirmed; nothing when it prevented the start."""
    if fact.outcome != "ready":
        return None
    schedule = tuple(events.PlannedDay(planned.day, planned.tests) for planned in fact.schedule)
    return ConfirmStart(fact.start_date, schedule)


def decided(fact: certified.ExitGateHeld) -> ReopenExecution | ConcludeExecution:
    """Further testing, or the end of testing, as the exit gate decided (CTSD 5.17.1.2)."""
    return ReopenExecution(fact.held_at) if fact.outcome == "further-testing" else ConcludeExecution(fact.held_at)


Change = Literal["raised", "plan-proposed", "plan-agreed", "fixed", "fix-disproved", "closed"]


def _issue_changed(event: IssueEvent, issue: Issue) -> public.IssueChanged:
    change, by, at = _change(event)
    return public.IssueChanged(
        issue=issue.issue,
        change=change,
        test=issue.test,
        severity=issue.severity,
        title=issue.title,
        status=issue.status,
        plan_agreed=issue.plan_agreed,
        verified_by=issue.verified_by,
        changed_by=by,
        changed_at=at,
    )


def _change(event: IssueEvent) -> tuple[Change, str, datetime]:
    """What happened to the issue, by whom and when."""
    match event:
        case events.IssueRaised():
            return "raised", event.raised_by, event.raised_at
        case events.RemediationPlanProposed():
            return "plan-proposed", event.proposed_by, event.proposed_at
        case events.RemediationPlanAgreed():
            return "plan-agreed", event.agreed_by, event.agreed_at
        case events.IssueFixed():
            return "fixed", event.fixed_by, event.fixed_at
        case events.FixDisproved():
            return "fix-disproved", event.disproved_by, event.disproved_at
        case events.IssueClosed():
            return "closed", event.closed_by, event.closed_at
        case _:
            assert_never(event)
