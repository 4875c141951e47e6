"""What both sides may do in the Export Supplier's engagement, and the engagement as it stands before they do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Literal

from artefact_review.aggregates import REVIEW
from artefact_review.domain import descoping, entry_gate, events, evidence, reporting, review, reviewing, updating
from artefact_review.domain.artefacts import Artefact
from testing.probe import deciding

from . import given

OPENED = given.opened("ES", given.E11)
E11 = events.Descoped("response-code", "E11")
ARTEFACTS = given.artefacts("ES", given.E11)
SPEC = deciding(REVIEW)
LATER = date(2027, 3, 15)
ACKNOWLEDGED = events.NotificationAcknowledged(given.NOW)
ACCEPTED = (
    OPENED,
    ACKNOWLEDGED,
    given.submitted(ARTEFACTS),
    given.decided(given.E11, agreed=True),
    given.reviewed("accepted"),
)


def report(week: str, now: datetime = given.NOW) -> reporting.SubmitReadinessReport:
    return reporting.SubmitReadinessReport(given.ENGAGEMENT, week, given.report(), "pat", now)


def verdict(
    outcome: Literal["accepted", "returned"], *remarks: reviewing.Remark, role: str = "dcc"
) -> reviewing.ReviewArtefacts:
    return reviewing.ReviewArtefacts(given.ENGAGEMENT, outcome, remarks, given.ACCEDED, role, "dana", given.NOW)


def descope(
    item: events.Descoped = E11, *also: events.Descoped, agreed: bool, reason: str = ""
) -> descoping.DecideDescoping:
    return descoping.DecideDescoping(given.ENGAGEMENT, (item, *also), agreed, reason, "dana", given.NOW)


def withdraw(item: events.Descoped = E11, *also: events.Descoped) -> descoping.WithdrawProposal:
    return descoping.WithdrawProposal(given.ENGAGEMENT, (item, *also), "pat", given.NOW)


def stated(criterion: str, role: str = "participant") -> evidence.GiveEntryEvidence:
    return evidence.GiveEntryEvidence(given.ENGAGEMENT, criterion, "It is so.", "DOC-1", role, "pat", given.NOW)


def update(sent: Sequence[Artefact]) -> updating.UpdateArtefacts:
    return updating.UpdateArtefacts(given.ENGAGEMENT, tuple(sent), given.ACCEDED, "pat", given.NOW)


def gate(outcome: Any = "ready", **more: Any) -> entry_gate.DecideGate:
    decided = entry_gate.DecideGate(
        engagement=given.ENGAGEMENT,
        body="dcc",
        outcome=outcome,
        start_date=given.START,
        schedule=(),
        reason="",
        approved=("test-readiness-report",),
        not_met=(),
        party=given.ACCEDED,
        by="dana",
        now=given.NOW,
    )
    return replace(decided, **more)


def reschedule(start_date: date = LATER, was: date = given.START) -> events.StartRescheduled:
    return events.StartRescheduled(was, start_date, "The bench is late.", given.NOW)


def reviewed(spec: Any) -> review.Review:
    """The review that a history folds to."""
    state = spec.state
    assert isinstance(state, review.Review)
    return state


def with_everything() -> Any:
    return evidenced(SPEC.given(*ACCEPTED))


def evidenced(spec: Any) -> Any:
    spec = spec.when(report("2027-W03")).accepted()
    for criterion in ("5.8.1d", "5.8.1e", "5.8.1f"):
        spec = spec.when(stated(criterion)).accepted()
    return spec
