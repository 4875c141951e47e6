"""The review of a submission, and the scope it settles (CTSD 5.6.1.6, 5.6.1.8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from artefact_review.domain import refusals
from artefact_review.domain.checks import failed
from artefact_review.domain.descoping import names, undecided
from artefact_review.domain.events import ArtefactsReviewed, Deficiency, Event
from artefact_review.domain.kinds import kinds_of
from artefact_review.domain.party import Party
from artefact_review.domain.review import Review
from artefact_review.domain.scoping import agree
from artefact_review.domain.submission import findings


@dataclass(frozen=True)
class Remark:
    """A deficiency as the reviewer words it."""

    artefact: str
    text: str
    location: str | None = None


@dataclass(frozen=True)
class ReviewArtefacts:
    """Accept the submission, or return it with deficiencies."""

    engagement: str
    outcome: Literal["accepted", "returned"]
    deficiencies: tuple[Remark, ...]
    party: Party
    by: str
    now: datetime


def review_artefacts(command: ReviewArtefacts, review: Review) -> Sequence[Event]:
    """Accepted when nothing is open, and at first the scope is settled with it; returned with what is deficient."""
    if not kinds_of(review.profile) or not review.submission or review.outcome is not None:
        raise refusals.NothingToReview()
    if command.outcome == "accepted":
        _refuse_acceptance(command, review)
        settles = review.profile.scope.agreed_by == "artefacts" and not review.agreed
        return [_reviewed(command, review), *([agree(review, command.party, command.now)] if settles else [])]
    if not command.deficiencies:
        raise refusals.DeficiencyMissing()
    return [_reviewed(command, review)]


def _refuse_acceptance(command: ReviewArtefacts, review: Review) -> None:
    if command.deficiencies:
        raise refusals.DeficiencyNotWanted(len(command.deficiencies))
    if failing := failed(findings(review, command.party)):
        raise refusals.ChecksFail(len(failing), " ".join(finding.message for finding in failing))
    if undecided(review):
        raise refusals.DescopingUndecided(names(undecided(review)))


def _reviewed(command: ReviewArtefacts, review: Review) -> ArtefactsReviewed:
    kinds = kinds_of(review.profile)
    for remark in command.deficiencies:
        if remark.artefact not in kinds:
            raise refusals.ArtefactKindUnknown(remark.artefact, ", ".join(kinds))
    deficiencies = tuple(
        Deficiency(f"{review.submission}.{number}", remark.artefact, remark.text, remark.location)
        for number, remark in enumerate(command.deficiencies, start=1)
    )
    return ArtefactsReviewed(review.submission, command.outcome, deficiencies, command.by, command.now)
