"""The gate approves provisionally; what is outstanding comes in time and passes it, or it lapses (CTSD 5.8.2c)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from artefact_review.domain import gate_refusals as refusals
from artefact_review.domain.artefacts import TestPlan
from artefact_review.domain.events import (
    EntryGateHeld,
    Event,
    Outstanding,
    OutstandingProvided,
    PlannedDay,
    ProvisionalApprovalLapsed,
    ProvisionallyApproved,
)
from artefact_review.domain.guards import entry_gate
from artefact_review.domain.judging import Grounds, verdicts
from artefact_review.domain.party import Party
from artefact_review.domain.review import Provisional, Review
from artefact_review.domain.schedule import confirmed_schedule, last_day
from kernel.days import in_words
from kernel.refusal import citing
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.gates import Verdict
from rulebook.engine.profile import Gate

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class LapseApproval:
    """Time has gone on to `now`: what was outstanding should be there."""

    engagement: str
    now: datetime


def approve(
    outstanding: Sequence[Outstanding], grounds: Grounds, review: Review, schedule: tuple[PlannedDay, ...]
) -> tuple[Verdict, ...]:
    """The verdicts of a provisional approval: whatever is not met is a document that comes before the start.

    Raises a refusal where something else is not met, or where it is not said what is outstanding until when.
    """
    gate = entry_gate(review)
    _refuse_unusable(outstanding, gate, grounds.today, review)
    confirmed_schedule(schedule, review)
    named = {each.criterion: each for each in outstanding}
    judged = verdicts(review, replace(grounds, approved=frozenset(gate.approves), decided=True))
    unmet = [verdict for verdict in judged if not verdict.met and verdict.criterion not in named]
    if other := [each for each in unmet if gate.provisional and each.criterion not in gate.provisional.criteria]:
        said = " ".join(f"{each.criterion}: {each.statement}" for each in other)
        raise refusals.EntryCriteriaNotMet(", ".join(each.criterion for each in other), said)
    if unmet or not named:
        raise refusals.OutstandingMissing(", ".join(each.criterion for each in unmet) or "any criterion")
    return tuple(_awaited(each, named[each.criterion]) if each.criterion in named else each for each in judged)


def lapses_at(review: Review) -> datetime | None:
    """When a provisional approval lapses: with the end of the first day by which something is outstanding."""
    open_items = review.provisional.open if review.provisional else ()
    return min((calendar().end_of(each.by) for each in open_items), default=None)


def lapse(review: Review, now: datetime) -> Sequence[ProvisionalApprovalLapsed]:
    """That the approval lapsed, if something is still outstanding whose day has ended; it is said once."""
    at = lapses_at(review)
    if review.provisional is None or at is None or now < at:
        return []
    overdue = tuple(each for each in review.provisional.open if calendar().end_of(each.by) <= now)
    return [ProvisionalApprovalLapsed(review.provisional.approval.gate, overdue, review.start_date, now)]


def redeem(review: Review, by: str, now: datetime) -> Sequence[Event]:
    """What was outstanding and is there now; with the last of it the gate is passed, as it was understood."""
    standing = review.provisional
    if standing is None or lapse(review, now):
        return []
    found = _judged(review, now)
    provided = [
        OutstandingProvided(item.criterion, item.document, found[item.criterion].statement, by, now)
        for item in standing.open
        if found[item.criterion].met and _is_answered(item, review, standing)
    ]
    if len(provided) < len(standing.open):
        return provided
    return [*provided, _passed(review, standing.approval, found, now)]


def _is_answered(item: Outstanding, review: Review, provisional: Provisional) -> bool:
    """Evidence that was there before does not answer that it is outstanding: what is judged on evidence needs new."""
    stated = {each.id for each in entry_gate(review).criteria if each.evidence_by}
    return item.criterion not in stated or item.criterion in provisional.evidenced


def _passed(
    review: Review, approval: ProvisionallyApproved, found: Mapping[str, Verdict], now: datetime
) -> EntryGateHeld:
    late = {each.criterion for each in approval.outstanding}
    schedule = confirmed_schedule(() if review.documents.find(TestPlan) else approval.schedule, review)
    return EntryGateHeld(
        gate=approval.gate,
        body=approval.body,
        outcome="ready",
        criteria=tuple(found[each.criterion] if each.criterion in late else each for each in approval.criteria),
        approved=entry_gate(review).approves,
        start_date=review.start_date,
        schedule=schedule,
        last_day=last_day(schedule),
        reason=approval.reason,
        held_by=approval.approved_by,
        held_at=now,
    )


def _judged(review: Review, now: datetime) -> Mapping[str, Verdict]:
    """The criteria as the records show them, with what the gate approved provisionally."""
    gate = entry_gate(review)
    body = review.profile.roles[gate.decider].title
    today, approved = calendar().day_of(now), frozenset(gate.approves)
    grounds = Grounds(Party(), today, body=body, approved=approved, decided=True)
    return {verdict.criterion: verdict for verdict in verdicts(review, grounds)}


def _awaited(verdict: Verdict, item: Outstanding) -> Verdict:
    statement = f"Outstanding, to be provided by {in_words(item.by)}: {item.document}"
    return Verdict(verdict.criterion, verdict.clause, False, statement)


def _refuse_unusable(outstanding: Sequence[Outstanding], gate: Gate, today: date, review: Review) -> None:
    if gate.provisional is None:
        raise citing(refusals.ProvisionalNotOffered(gate.title), gate.clause)
    first, last = today, review.start_date - ONE_DAY
    if wrong := ", ".join(_unusable(outstanding, gate.provisional.criteria, first, last)):
        known = ", ".join(gate.provisional.criteria)
        raise citing(refusals.OutstandingNotUsable(wrong, known, first, last), gate.provisional.clause)


def _unusable(outstanding: Sequence[Outstanding], criteria: Sequence[str], first: date, last: date) -> Iterable[str]:
    times = Counter(each.criterion for each in outstanding)
    for item in outstanding:
        if item.criterion not in criteria or times[item.criterion] > 1:
            yield item.criterion
        elif not first <= item.by <= last:
            yield f"{item.criterion} by {in_words(item.by)}"
