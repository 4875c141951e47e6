"""What both sides may do in the Export Supplier's engagement, and the engagement as it stands before they do."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any, Literal

from artefact_review.aggregates import REVIEW
from artefact_review.domain import descoping, entry_gate, inbound, reporting, review, reviewing
from artefact_review.domain.party import PartyAdmitted
from testing.probe import deciding

from . import given

OPENED = given.opened("ES", given.E11)
E11 = review.Descoped("response-code", "E11")
ARTEFACTS = given.artefacts("ES", given.E11)
SPEC = deciding(REVIEW)
LATER = date(2027, 3, 15)
ACKNOWLEDGED = review.NotificationAcknowledged(given.NOW)
ACCEPTED = (
    OPENED,
    ACKNOWLEDGED,
    given.submitted(ARTEFACTS),
    given.decided(given.E11, agreed=True),
    given.reviewed("accepted"),
)


def report(week: str, now: datetime = given.NOW) -> reporting.SubmitReadinessReport:
    return reporting.SubmitReadinessReport(given.ENGAGEMENT, week, given.report(), "pat", now)


def verdict(outcome: Literal["accepted", "returned"], *remarks: reviewing.Remark) -> reviewing.ReviewArtefacts:
    return reviewing.ReviewArtefacts(given.ENGAGEMENT, outcome, remarks, "dana", given.NOW)


def descope(item: review.Descoped = E11, *, agreed: bool, reason: str = "") -> descoping.DecideDescoping:
    return descoping.DecideDescoping(given.ENGAGEMENT, item, agreed, reason, "dana", given.NOW)


def evidence(criterion: str, side: Any = "participant") -> entry_gate.GiveEntryEvidence:
    return entry_gate.GiveEntryEvidence(given.ENGAGEMENT, criterion, "It is so.", "DOC-1", side, "pat", given.NOW)


def gate(outcome: Any = "ready", party: PartyAdmitted | None = given.ACCEDED, **more: Any) -> entry_gate.HoldEntryGate:
    held = entry_gate.HoldEntryGate(given.ENGAGEMENT, outcome, given.START, "", True, (), party, "dana", given.NOW)
    return replace(held, **more)


def reschedule(start_date: date = LATER) -> inbound.RescheduleStart:
    return inbound.RescheduleStart(given.ENGAGEMENT, start_date, "The bench is late.", given.NOW)


def with_everything() -> Any:
    return evidenced(SPEC.given(*ACCEPTED))


def evidenced(spec: Any) -> Any:
    spec = spec.when(report("2027-W03")).accepted()
    for criterion in ("5.8.1d", "5.8.1e", "5.8.1f"):
        spec = spec.when(evidence(criterion)).accepted()
    return spec
