"""Submitting the artefacts, and what the checks say of them (CTSD 5.6.1.5, 5.6.1.7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from artefact_review.domain import refusals
from artefact_review.domain.artefacts import Artefact, Documents
from artefact_review.domain.checks import SCHEDULE_ON_WORKING_DAYS, failed, run_checks
from artefact_review.domain.deficiencies import open_conditions
from artefact_review.domain.descoping import refused
from artefact_review.domain.events import ArtefactsKept, ArtefactsSubmitted, Event
from artefact_review.domain.kinds import checks_of, kinds_of
from artefact_review.domain.measure import Finding, Measure
from artefact_review.domain.party import Party
from artefact_review.domain.review import Review
from artefact_review.domain.scoping import full_scope, scope_of


@dataclass(frozen=True)
class KeepArtefacts:
    """Hand artefacts in, some or all, without submitting them for review yet."""

    engagement: str
    artefacts: tuple[Artefact, ...]
    by: str
    now: datetime


@dataclass(frozen=True)
class SubmitArtefacts:
    """Submit the artefacts for review: all kinds of the procedure at first, the changed ones later.

    Those that were kept go along.
    """

    engagement: str
    artefacts: tuple[Artefact, ...]
    party: Party
    by: str
    now: datetime


def keep_artefacts(command: KeepArtefacts, review: Review) -> Sequence[Event]:
    """What is handed in waits until it is submitted, and may be replaced until then."""
    _refuse_unwanted(command.artefacts, review)
    if not command.artefacts:
        raise refusals.NothingRevised()
    return [ArtefactsKept(command.artefacts, command.by, command.now)]


def submit_artefacts(command: SubmitArtefacts, review: Review) -> Sequence[Event]:
    """An artefact of each kind, checked; what a revision does not carry stays as it was (CTSD 5.6.1.5, 5.6.1.7)."""
    after = with_artefacts(command.artefacts, review)
    before = review.documents.artefacts
    return [
        ArtefactsSubmitted(
            submission=review.submission + 1,
            artefacts=after.documents.artefacts,
            changed=tuple(artefact.kind for artefact in after.documents.artefacts if artefact not in before),
            findings=findings(after, command.party),
            submitted_by=command.by,
            submitted_at=command.now,
        )
    ]


def with_artefacts(sent: Sequence[Artefact], review: Review) -> Review:
    """The review with the artefacts as a submission would leave them, or why it may not be made now."""
    kinds, before = kinds_of(review.profile), review.documents.artefacts
    _refuse_unwanted((*review.kept, *sent), review)
    artefacts = {artefact.kind: artefact for artefact in (*before, *review.kept, *sent)}
    if missing := [kind for kind in kinds if kind not in artefacts]:
        raise refusals.ArtefactsMissing(", ".join(missing), ", ".join(kinds))
    return replace(review, documents=Documents(tuple(artefacts[kind] for kind in kinds)))


def _refuse_unwanted(sent: Sequence[Artefact], review: Review) -> None:
    before = review.documents.artefacts
    if not kinds_of(review.profile):
        raise refusals.ArtefactsNotAskedFor(review.profile.title)
    if review.outcome == "accepted" and not outdated(review) and not open_conditions(review.deficiencies):
        raise refusals.ArtefactsAccepted(review.submission)
    if review.submission and review.outcome is None:
        raise refusals.AwaitsReview(review.submission)
    if before and all(artefact.sha256 in {each.sha256 for each in before} for artefact in sent):
        raise refusals.NothingRevised()


def findings(review: Review, party: Party) -> tuple[Finding, ...]:
    """What the checks say of the review's artefacts, as descoping stands now."""
    measure = Measure(
        full=full_scope(review),
        scope=scope_of(review, party),
        start=review.start_date,
        calendar=review.calendar,
        proposed=_reasons(review),
        refused=frozenset((item.kind, item.item) for item in refused(review)),
    )
    return run_checks(checks_of(review.profile), review.documents, measure)


def outdated(review: Review) -> tuple[Finding, ...]:
    """What a move of the start left wrong in the accepted Test Schedule, which may then be revised until the gate."""
    if review.rescheduled is None or review.outcome != "accepted" or review.gate == "ready":
        return ()
    failing = failed(findings(review, Party()))  # days do not depend on what is certified
    return tuple(finding for finding in failing if finding.rule == SCHEDULE_ON_WORKING_DAYS)


def _reasons(review: Review) -> Mapping[tuple[str, str], str]:
    withdrawn = {(item.kind, item.item) for item in review.withdrawn}
    reasons = {(one.kind, one.item): one.reason for one in review.proposals}
    return {key: reason for key, reason in reasons.items() if key not in withdrawn}
