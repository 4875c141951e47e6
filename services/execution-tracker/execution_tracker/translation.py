"""Between this service's events and what crosses Kafka, where their fields differ: pure, in both directions."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal, assert_never

from pydantic import TypeAdapter

from chassis.eventstore.aggregate import Publication
from chassis.eventstore.same_fields import public_as, taken_as
from contracts import artefact_review as reviewed
from contracts import certification as certified
from contracts import disputes as disputed
from contracts import execution_tracker as public
from contracts import notification as notified
from execution_tracker.domain import events
from execution_tracker.domain.dashboard import Counted
from execution_tracker.domain.engagement import Engagement
from execution_tracker.domain.events import Event, IssueEvent
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.issue_state import Issue, IssueSummary

public_fact = public_as(public)

RESULT = TypeAdapter(events.ResultRecorded)
SUMMARY = TypeAdapter(IssueSummary)

engagement = taken_as(Engagement)
start_confirmed = taken_as(events.StartConfirmed)


def publish(id: str, event: Event, state: Execution) -> Iterable[Publication]:
    """The public fact of an event, if it has one."""
    if isinstance(event, IssueEvent):
        yield Publication(_issue_changed(event, state.issues[event.issue]), subject=id)
    elif contract := public_fact(event):
        yield Publication(contract, subject=id)


def counted(type_: str, value: bytes) -> Counted | None:
    """What the dashboard counts of a public message of this service; None where it counts nothing."""
    match type_:
        case public.ResultRecorded.TYPE:
            return RESULT.validate_json(value)
        case public.IssueChanged.TYPE:
            return SUMMARY.validate_json(value)
        case _:
            return None


def begun(fact: notified.EngagementNotified) -> events.ExecutionBegun:
    """A notified engagement will have an execution."""
    return events.ExecutionBegun(engagement(fact), fact.start_date)


def started(fact: reviewed.EntryGateHeld) -> events.StartConfirmed | None:
    """The start that the entry gate confirmed; nothing when it prevented the start."""
    return start_confirmed(fact) if fact.outcome == "ready" else None


def decided(fact: certified.ExitGateHeld) -> events.ExecutionReopened | events.ExecutionConcluded:
    """Further testing, or the end of testing, as the exit gate decided (CTSD 5.17.1.2)."""
    if fact.outcome == "further-testing":
        return events.ExecutionReopened(fact.held_at)
    return events.ExecutionConcluded(fact.held_at)


DISPUTED_TESTS: Final = "disputed-tests"
"""What waits in execution while a matter is before a body, as routes call it."""


def dispute_opened(fact: disputed.HoldBegan) -> events.DisputeOpened | None:
    """Tests wait; nothing where something else does."""
    if DISPUTED_TESTS not in fact.holds:
        return None
    kind, item = str(fact.values["item.kind"]), str(fact.values["item.item"])
    return events.DisputeOpened(fact.right, kind, item, fact.body, fact.clause, fact.began_at)


def dispute_closed(fact: disputed.HoldEnded) -> events.DisputeClosed | None:
    """Tests wait no longer."""
    return events.DisputeClosed(fact.right, fact.ended_at) if DISPUTED_TESTS in fact.holds else None


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
        provider=issue.provider,
        raised_by=issue.raised_by,
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
