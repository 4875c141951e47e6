"""Between this service's events and what crosses Kafka: pure, in both directions."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from chassis.eventstore.aggregate import Publication
from contracts import Contract
from contracts import artefact_review as reviewed
from contracts import certification as certified
from contracts import execution_tracker as public
from contracts import notification as notified
from execution_tracker.domain import events
from execution_tracker.domain.events import Event
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.inbound import (
    BeginExecution,
    ConcludeExecution,
    ConfirmStart,
    ReopenExecution,
    SetScope,
)

PUBLIC: Mapping[type, type[Contract]] = {
    events.ConnectivityChecked: public.ConnectivityChecked,
    events.ConnectivityConfirmed: public.ConnectivityConfirmed,
    events.ResultRecorded: public.ResultRecorded,
    events.IssueRaised: public.IssueRaised,
    events.RemediationPlanProposed: public.RemediationPlanProposed,
    events.RemediationPlanAgreed: public.RemediationPlanAgreed,
    events.IssueFixed: public.IssueFixed,
    events.IssueClosed: public.IssueClosed,
    events.DashboardPublished: public.DashboardPublished,
    events.ExecutionCompleted: public.ExecutionCompleted,
}
"""What is told to others. The public event has the fields of the private one, or fewer of them."""

COUNTED: Mapping[str, TypeAdapter[Any]] = {
    PUBLIC[event].TYPE: TypeAdapter(event)
    for event in (
        events.ResultRecorded,
        events.RemediationPlanProposed,
        events.RemediationPlanAgreed,
        events.IssueFixed,
        events.IssueClosed,
    )
}


def publish(id: str, event: Event, _state: Execution) -> Iterable[Publication]:
    """The public fact of an event, if it has one."""
    contract = PUBLIC.get(type(event))
    if contract is not None:
        yield Publication(contract.model_validate(asdict(event)), subject=id)


def counted(type_: str, value: bytes) -> Event | None:
    """The event that the dashboard counts, from a public message of this service; None for the others."""
    if type_ == public.IssueRaised.TYPE:
        return _raised(public.IssueRaised.model_validate_json(value))
    return COUNTED[type_].validate_json(value) if type_ in COUNTED else None


def begin(fact: notified.EngagementNotified) -> BeginExecution:
    """A notified engagement will have an execution."""
    return BeginExecution(events.Engagement(fact.party, fact.party_name, fact.role, fact.procedure, fact.rulebook))


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


def _raised(fact: public.IssueRaised) -> events.IssueRaised:
    return events.IssueRaised(description="", **fact.model_dump())
