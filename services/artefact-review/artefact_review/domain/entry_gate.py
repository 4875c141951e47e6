"""The entry quality gate, and the evidence that is given for it (CTSD 5.6.1.9, 5.8)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from artefact_review.domain import refusals
from artefact_review.domain.criteria import Grounds, verdicts
from artefact_review.domain.party import PartyAdmitted
from artefact_review.domain.plans import planned_days
from artefact_review.domain.review import EntryEvidenceGiven, EntryGateHeld, Event, PlannedDay, Review
from artefact_review.domain.submission import documents_of
from rulebook.engine.criteria import Verdict, entry_criteria
from rulebook.engine.dating.working_days import calendar


@dataclass(frozen=True)
class GiveEntryEvidence:
    """Give evidence for an entry criterion; `side` is who gives it."""

    engagement: str
    criterion: str
    statement: str
    reference: str | None
    side: Literal["participant", "dcc"]
    by: str
    now: datetime


@dataclass(frozen=True)
class HoldEntryGate:
    """Hold the entry quality gate, and say whether the Test Readiness Report is approved (CTSD Table 8, rows 5 and 6).

    `not_met` are the criteria that DCC considers not met, whatever was recorded for them (5.8.2); `party` is what is
    known of the Party's accession.
    """

    engagement: str
    outcome: Literal["ready", "prevented"]
    start_date: date
    reason: str
    readiness_report_approved: bool | None
    not_met: tuple[str, ...]
    party: PartyAdmitted | None
    by: str
    now: datetime


def give_entry_evidence(command: GiveEntryEvidence, review: Review) -> Sequence[Event]:
    """Evidence for a criterion that asks this side for it, until the gate is passed (CTSD 5.8.1 d to f)."""
    _refuse_after_gate(review)
    asked = [one.id for one in entry_criteria(review.opened.procedure, review.rules) if one.evidence_by == command.side]
    if command.criterion not in asked:
        raise refusals.EvidenceNotWanted(command.criterion, ", ".join(asked) or "none")
    return [EntryEvidenceGiven(command.criterion, command.statement, command.reference, command.by, command.now)]


def hold_entry_gate(command: HoldEntryGate, review: Review) -> Sequence[Event]:
    """Ready when every criterion is met and the start has not passed; prevented for one that is not (CTSD 5.8.2)."""
    _refuse_after_gate(review)
    if command.start_date != review.start_date:
        raise refusals.StartDateDiffers(review.start_date, command.start_date)
    today = calendar().day_of(command.now)
    if command.outcome == "ready" and command.start_date < today:
        raise refusals.StartPassed(command.engagement, command.start_date, today)
    grounds = _grounds(command, review, today)
    criteria = verdicts(review, grounds)
    if command.outcome == "ready":
        _refuse_unmet(criteria)
    else:
        _refuse_prevention(grounds, review)
    return [
        EntryGateHeld(
            command.outcome,
            criteria,
            command.start_date,
            _test_schedule(review) if command.outcome == "ready" else (),
            command.reason,
            command.by,
            command.now,
            command.readiness_report_approved,
        )
    ]


def _refuse_unmet(criteria: Sequence[Verdict]) -> None:
    if unmet := [verdict for verdict in criteria if not verdict.met]:
        said = " ".join(f"{verdict.criterion}: {verdict.statement}" for verdict in unmet)
        raise refusals.EntryCriteriaNotMet(", ".join(verdict.criterion for verdict in unmet), said)


def _grounds(command: HoldEntryGate, review: Review, today: date) -> Grounds:
    known = [criterion.id for criterion in entry_criteria(review.opened.procedure, review.rules)]
    if unknown := [criterion for criterion in command.not_met if criterion not in known]:
        raise refusals.CriterionUnknown(", ".join(unknown), ", ".join(known))
    return Grounds(command.party, today, command.readiness_report_approved, command.not_met, command.reason)


def _refuse_prevention(grounds: Grounds, review: Review) -> None:
    """A reason, and a criterion that is not met: that DCC did not speak of its own approval does not count as one."""
    if not grounds.reason:
        raise refusals.PreventionReasonMissing()
    criteria = verdicts(review, replace(grounds, report_approved=grounds.report_approved is not False))
    if all(verdict.met for verdict in criteria):
        raise refusals.NoCriterionUnmet(", ".join(verdict.criterion for verdict in criteria))


def _refuse_after_gate(review: Review) -> None:
    if review.gate == "ready":
        raise refusals.EntryGateReady()


def _test_schedule(review: Review) -> tuple[PlannedDay, ...]:
    days = planned_days(documents_of(review.artefacts).plan.schedule, review.start_date, calendar())
    return tuple(PlannedDay(day, tests) for day, tests in days.items())
