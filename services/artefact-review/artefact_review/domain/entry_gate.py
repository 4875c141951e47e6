"""The gate before testing, decided by each body of its chain in turn (CTSD 5.6.1.9, 5.8)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from artefact_review.domain import gate_refusals as refusals
from artefact_review.domain.events import (
    EntryGateHeld,
    Event,
    GateBodyDecided,
    Outstanding,
    PlannedDay,
    ProvisionallyApproved,
)
from artefact_review.domain.guards import open_gate
from artefact_review.domain.judging import Grounds, verdicts
from artefact_review.domain.party import Party
from artefact_review.domain.provisional import approve
from artefact_review.domain.review import Review
from artefact_review.domain.schedule import confirmed_schedule, last_day
from artefact_review.domain.scoping import agree_at_gate
from kernel.refusal import citing
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.gates import Verdict
from rulebook.engine.profile import Gate


@dataclass(frozen=True)
class DecideGate:
    """Decide, as a body of the gate's chain, whether the tests may start (CTSD Table 8, rows 5 and 6).

    `approved` are the kinds of document that it approves, `not_met` the criteria that it considers not met, whatever
    was recorded for them (5.8.2), `outstanding` what a provisional approval waits for (5.8.2c), `reschedule` that a
    start which is prevented moves to the earliest practicable one (5.8.2b). `schedule` is for where no plan has one.
    `party` is what is known of the organisation that starts.
    """

    engagement: str
    body: str
    outcome: Literal["ready", "prevented", "provisional"]
    start_date: date
    schedule: tuple[PlannedDay, ...]
    reason: str
    approved: tuple[str, ...]
    not_met: tuple[str, ...]
    party: Party
    by: str
    now: datetime
    outstanding: tuple[Outstanding, ...] = ()
    reschedule: bool = False


def decide_gate(command: DecideGate, review: Review) -> Sequence[Event]:
    """Ready when every criterion is met and the start has not passed; prevented for one that is not (CTSD 5.8.2).

    Provisional where documents are all that is not there yet (5.8.2c).

    The last body's word, or an earlier one's refusal, holds the gate; an earlier one's approval passes it on.
    """
    gate = open_gate(review)
    _refuse_out_of_turn(command, gate, review)
    today = calendar().day_of(command.now)
    _refuse_start(command, review, today)
    grounds = _grounds(command, gate, review, today)
    if command.reschedule and command.outcome != "prevented":
        raise refusals.RescheduleIsForPrevented(command.outcome)
    if command.outcome == "provisional":
        return _approve_provisionally(command, grounds, gate, review)
    if command.outstanding:
        raise refusals.OutstandingNotWanted(command.outcome)
    if command.outcome == "prevented":
        _refuse_prevention(grounds, gate, review)
        return [_held(command, gate, review, verdicts(review, grounds))]
    _refuse_unmet(grounds, gate, review)
    if not _is_last(gate, review):
        approved, by, now = tuple(sorted(command.approved)), command.by, command.now
        return [GateBodyDecided(gate.id, command.body, approved, command.reason, by, now)]
    agreed = agree_at_gate(review, command.party, command.now)
    return [
        *agreed,
        _held(command, gate, review, verdicts(review, grounds), confirmed_schedule(command.schedule, review)),
    ]


def _approve_provisionally(command: DecideGate, grounds: Grounds, gate: Gate, review: Review) -> Sequence[Event]:
    if not _is_last(gate, review):
        raise refusals.ProvisionalIsTheLastWord(command.body, gate.decider)
    approval = ProvisionallyApproved(
        gate=gate.id,
        body=command.body,
        criteria=approve(command.outstanding, grounds, review, command.schedule),
        outstanding=command.outstanding,
        start_date=command.start_date,
        schedule=command.schedule,
        reason=command.reason,
        approved_by=command.by,
        approved_at=command.now,
    )
    return [*agree_at_gate(review, command.party, command.now), approval]


def _is_last(gate: Gate, review: Review) -> bool:
    return len(review.approvals) + 1 == len(gate.chain)


def _refuse_out_of_turn(command: DecideGate, gate: Gate, review: Review) -> None:
    turn = gate.chain[len(review.approvals)]
    if command.body != turn.body:
        chain = ", then ".join(each.body for each in gate.chain)
        raise citing(refusals.NotThisBodysTurn(command.body, gate.title, turn.body, chain), turn.clause)


def _refuse_start(command: DecideGate, review: Review, today: date) -> None:
    if command.start_date != review.start_date:
        raise refusals.StartDateDiffers(review.start_date, command.start_date)
    if command.outcome != "prevented" and command.start_date < today:
        raise refusals.StartPassed(command.engagement, command.start_date, today)


def _grounds(command: DecideGate, gate: Gate, review: Review, today: date) -> Grounds:
    known = [criterion.id for criterion in gate.criteria]
    if unknown := [criterion for criterion in command.not_met if criterion not in known]:
        raise refusals.EntryCriterionUnknown(", ".join(unknown), ", ".join(known))
    if unknown := [kind for kind in command.approved if kind not in gate.approves]:
        raise refusals.ApprovalNotWanted(", ".join(unknown), ", ".join(gate.approves) or "nothing")
    earlier = {kind for each in review.approvals for kind in each.approved}
    return Grounds(
        party=command.party,
        today=today,
        approved=frozenset({*earlier, *command.approved}),
        decided=command.outcome == "ready",
        not_met=command.not_met,
        body=review.profile.roles[command.body].title,
        reason=command.reason,
    )


def _refuse_unmet(grounds: Grounds, gate: Gate, review: Review) -> None:
    judged = grounds if _is_last(gate, review) else _favourable(grounds, gate)
    if unmet := _unmet(judged, gate, review):
        said = " ".join(f"{verdict.criterion}: {verdict.statement}" for verdict in unmet)
        raise refusals.EntryCriteriaNotMet(", ".join(verdict.criterion for verdict in unmet), said)


def _refuse_prevention(grounds: Grounds, gate: Gate, review: Review) -> None:
    """A reason, and a criterion that is not met: by the records, or because the body names it."""
    if not grounds.reason:
        raise refusals.PreventionReasonMissing()
    if not _unmet(_favourable(grounds, gate), gate, review):
        raise refusals.NoCriterionUnmet(", ".join(criterion.id for criterion in gate.criteria))


def _favourable(grounds: Grounds, gate: Gate) -> Grounds:
    """As it would stand if everything that the gate's bodies are to approve were approved."""
    return replace(grounds, approved=frozenset(gate.approves), decided=True)


def _unmet(grounds: Grounds, gate: Gate, review: Review) -> Sequence[Verdict]:
    """The criteria that are not met. What a later body is to state counts only where it is named."""
    later = {link.body for link in gate.chain[len(review.approvals) + 1 :]}
    left = {each.id for each in gate.criteria if each.evidence_by in later} - {*grounds.not_met}
    return [verdict for verdict in verdicts(review, grounds) if not verdict.met and verdict.criterion not in left]


def _held(
    command: DecideGate,
    gate: Gate,
    review: Review,
    criteria: tuple[Verdict, ...],
    schedule: tuple[PlannedDay, ...] = (),
) -> EntryGateHeld:
    return EntryGateHeld(
        gate=gate.id,
        body=command.body,
        outcome="prevented" if command.outcome == "prevented" else "ready",
        criteria=criteria,
        approved=tuple(sorted(command.approved)),
        start_date=command.start_date,
        schedule=schedule,
        last_day=last_day(schedule),
        reason=command.reason,
        held_by=command.by,
        held_at=command.now,
        reschedule=command.reschedule,
        certified=tuple(sorted(command.party.certified_for(review.opened.subject))),
    )
