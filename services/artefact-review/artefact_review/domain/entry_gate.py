"""The gate before testing, decided by each body of its chain in turn (CTSD 5.6.1.9, 5.8)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from artefact_review.domain import gate_refusals as refusals
from artefact_review.domain.artefacts import TestPlan
from artefact_review.domain.events import EntryGateHeld, Event, GateBodyDecided, PlannedDay
from artefact_review.domain.guards import open_gate
from artefact_review.domain.judging import Grounds, verdicts
from artefact_review.domain.party import Party
from artefact_review.domain.plans import schedule_of
from artefact_review.domain.review import Review
from artefact_review.domain.scoping import agree_at_gate
from kernel.refusal import citing
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.gates import Verdict
from rulebook.engine.profile import Gate


@dataclass(frozen=True)
class DecideGate:
    """Decide, as a body of the gate's chain, whether the tests may start (CTSD Table 8, rows 5 and 6).

    `approved` are the kinds of document that it approves, `not_met` the criteria that it considers not met, whatever
    was recorded for them (5.8.2). `schedule` is for where no Test Plan has one. `party` is what is known of the
    organisation that starts.
    """

    engagement: str
    body: str
    outcome: Literal["ready", "prevented"]
    start_date: date
    schedule: tuple[PlannedDay, ...]
    reason: str
    approved: tuple[str, ...]
    not_met: tuple[str, ...]
    party: Party
    by: str
    now: datetime


def decide_gate(command: DecideGate, review: Review) -> Sequence[Event]:
    """Ready when every criterion is met and the start has not passed; prevented for one that is not (CTSD 5.8.2).

    The last body's word, or an earlier one's refusal, holds the gate; an earlier one's approval passes it on.
    """
    gate = open_gate(review)
    _refuse_out_of_turn(command, gate, review)
    today = calendar().day_of(command.now)
    _refuse_start(command, review, today)
    grounds = _grounds(command, gate, review, today)
    if command.outcome == "prevented":
        _refuse_prevention(grounds, gate, review)
        return [_held(command, gate, review, verdicts(review, grounds))]
    _refuse_unmet(grounds, gate, review)
    if not _is_last(gate, review):
        approved, by, now = tuple(sorted(command.approved)), command.by, command.now
        return [GateBodyDecided(gate.id, command.body, approved, command.reason, by, now)]
    agreed = agree_at_gate(review, command.party, command.now)
    return [*agreed, _held(command, gate, review, verdicts(review, grounds), _schedule(command, review))]


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
    if command.outcome == "ready" and command.start_date < today:
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
        outcome=command.outcome,
        criteria=criteria,
        approved=tuple(sorted(command.approved)),
        start_date=command.start_date,
        schedule=schedule,
        last_day=max((planned.day for planned in schedule), default=None),
        reason=command.reason,
        held_by=command.by,
        held_at=command.now,
        certified=tuple(sorted(command.party.certified_for(review.opened.subject))),
    )


def _schedule(command: DecideGate, review: Review) -> tuple[PlannedDay, ...]:
    """The Test Schedule of the Test Plan, or as it was given with the decision where there is no plan."""
    plan = review.documents.find(TestPlan)
    if plan is None:
        return _given(command.schedule, review.start_date)
    if command.schedule:
        raise refusals.ScheduleIsInThePlan()
    return schedule_of(plan, review.start_date)


def _given(schedule: Sequence[PlannedDay], start: date) -> tuple[PlannedDay, ...]:
    wrong = [planned.day for planned in schedule if planned.day < start or not calendar().covers(planned.day)]
    twice = [day for day, times in Counter(planned.day for planned in schedule).items() if times > 1]
    if wrong or twice:
        days = ", ".join(str(day) for day in sorted({*wrong, *twice}))
        raise refusals.ScheduleNotUsable(days, start)
    return tuple(sorted(schedule, key=lambda planned: planned.day))
