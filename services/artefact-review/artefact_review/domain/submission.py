"""Submitting the artefacts, and what the checks say of them (CTSD 5.6.1.5, 5.6.1.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from artefact_review.domain import refusals
from artefact_review.domain.checks import SCHEDULE_ON_WORKING_DAYS, check, failed
from artefact_review.domain.descoping import provisional_scope
from artefact_review.domain.documents import (
    KINDS,
    Artefact,
    Documents,
    Matrix,
    TestDataPlan,
    TestPlan,
    TestScripts,
)
from artefact_review.domain.measure import Finding, Measure, Proposed
from artefact_review.domain.review import ArtefactsSubmitted, Event, Review
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.scope.scope import scope


@dataclass(frozen=True)
class SubmitArtefacts:
    """Submit the artefacts: all four at first, the changed ones later."""

    engagement: str
    artefacts: tuple[Artefact, ...]
    by: str
    now: datetime


def submit_artefacts(command: SubmitArtefacts, review: Review) -> Sequence[Event]:
    """All four artefacts, checked; what a revision does not carry stays as it was (CTSD 5.6.1.5, 5.6.1.7)."""
    artefacts = on_the_table(command.artefacts, review)
    return [
        ArtefactsSubmitted(
            submission=review.submission + 1,
            artefacts=artefacts,
            changed=tuple(artefact.kind for artefact in artefacts if artefact not in review.artefacts),
            findings=findings(artefacts, review),
            submitted_by=command.by,
            submitted_at=command.now,
        )
    ]


def on_the_table(sent: Sequence[Artefact], review: Review) -> tuple[Artefact, ...]:
    """The four artefacts after a submission, or why it may not be made now."""
    if review.outcome == "accepted" and not outdated(review):
        raise refusals.ArtefactsAccepted(review.submission)
    if review.submission and review.outcome is None:
        raise refusals.WithDcc(review.submission)
    if all(artefact.sha256 in {before.sha256 for before in review.artefacts} for artefact in sent) and review.artefacts:
        raise refusals.NothingRevised()
    table = {artefact.kind: artefact for artefact in (*review.artefacts, *sent)}
    if missing := [kind for kind in KINDS if kind not in table]:
        raise refusals.ArtefactsMissing(", ".join(missing))
    return tuple(table[kind] for kind in KINDS)


def findings(artefacts: Sequence[Artefact], review: Review) -> tuple[Finding, ...]:
    """What the checks say of the artefacts, as descoping stands now."""
    measure = Measure(
        full=scope(review.opened.role, root=review.rules),
        scope=provisional_scope(review),
        start=review.start_date,
        calendar=calendar(),
        proposed=Proposed(
            {(one.kind, one.item): one.reason for one in review.opened.descoping},
            frozenset((item.kind, item.item) for item in review.refused),
        ),
    )
    return check(documents_of(artefacts), measure)


def outdated(review: Review) -> tuple[Finding, ...]:
    """What a move of the start left wrong in the accepted Test Schedule, which may then be revised until the gate."""
    if review.rescheduled is None or review.outcome != "accepted" or review.gate == "ready":
        return ()
    failing = failed(findings(review.artefacts, review))
    return tuple(finding for finding in failing if finding.rule == SCHEDULE_ON_WORKING_DAYS)


def documents_of(artefacts: Sequence[Artefact]) -> Documents:
    """What the four artefacts on the table say."""
    plan, matrix, scripts, data = (artefact.document for artefact in artefacts)
    match plan, matrix, scripts, data:
        case TestPlan(), Matrix(), TestScripts(), TestDataPlan():
            return Documents(plan, matrix, scripts, data)
        case _:
            raise ValueError("the artefacts are not on the table in their order")
