"""DCC's review of a submission, and the scope it settles (CTSD 5.6.1.6, 5.6.1.8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from artefact_review.domain import refusals
from artefact_review.domain.checks import failed
from artefact_review.domain.descoping import names, provisional_scope
from artefact_review.domain.documents import ArtefactKind
from artefact_review.domain.review import ArtefactsReviewed, Deficiency, Event, Review, ScopeAgreed, ScopedTest
from artefact_review.domain.submission import findings
from rulebook.engine.editions import edition
from rulebook.engine.scope.scope import Test, web_services


@dataclass(frozen=True)
class Remark:
    """A deficiency as DCC words it."""

    artefact: ArtefactKind
    text: str
    location: str | None = None


@dataclass(frozen=True)
class ReviewArtefacts:
    """Accept the submission, or return it with deficiencies."""

    engagement: str
    outcome: Literal["accepted", "returned"]
    deficiencies: tuple[Remark, ...]
    by: str
    now: datetime


def review_artefacts(command: ReviewArtefacts, review: Review) -> Sequence[Event]:
    """Accepted when nothing is open, and at first the scope is settled with it; returned with what is deficient."""
    if not review.submission or review.outcome is not None:
        raise refusals.NothingToReview()
    if command.outcome == "accepted":
        _refuse_acceptance(command, review)
        scope = [] if review.agreed else [_agree_scope(review, command.now)]
        return [_reviewed(command, review), *scope]
    if not command.deficiencies:
        raise refusals.DeficiencyMissing()
    return [_reviewed(command, review)]


def _refuse_acceptance(command: ReviewArtefacts, review: Review) -> None:
    if command.deficiencies:
        raise refusals.DeficiencyNotWanted(len(command.deficiencies))
    if failing := failed(findings(review.artefacts, review)):
        raise refusals.ChecksFail(len(failing), " ".join(finding.message for finding in failing))
    if review.undecided:
        raise refusals.DescopingUndecided(names(review.undecided))


def _reviewed(command: ReviewArtefacts, review: Review) -> ArtefactsReviewed:
    deficiencies = tuple(
        Deficiency(f"{review.submission}.{number}", remark.artefact, remark.text, remark.location)
        for number, remark in enumerate(command.deficiencies, start=1)
    )
    return ArtefactsReviewed(review.submission, command.outcome, deficiencies, command.by, command.now)


def _agree_scope(review: Review, now: datetime) -> ScopeAgreed:
    role = review.opened.role
    return ScopeAgreed(
        role=role,
        rulebook=edition(review.rules).version,
        tests=tuple(_scoped(test) for test in provisional_scope(review).tests),
        descoped=review.descoped,
        web_services=web_services(role, review.rules),
        agreed_at=now,
    )


def _scoped(test: Test) -> ScopedTest:
    return ScopedTest(test.id, test.kind, test.title, test.srv, test.variant, test.generation, test.code, test.order)
