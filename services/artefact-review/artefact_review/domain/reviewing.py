"""The review of a submission, and the scope it settles (CTSD 5.6.1.6, 5.6.1.8)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from artefact_review.domain import review_refusals as refusals
from artefact_review.domain.checks import failed
from artefact_review.domain.descoping import names, undecided
from artefact_review.domain.events import ArtefactsReviewed, Event
from artefact_review.domain.kinds import reviewing_roles
from artefact_review.domain.party import Party
from artefact_review.domain.review import Review
from artefact_review.domain.review_events import (
    ArtefactsSignedOff,
    Deficiency,
    DeficiencySeverity,
    Override,
    ReviewersAssigned,
)
from artefact_review.domain.scoping import agree
from artefact_review.domain.submission import findings
from rulebook.engine.dating.working_days import calendar


@dataclass(frozen=True)
class Remark:
    """A deficiency as the reviewer words it; `due` is the day by which a condition of an acceptance is resolved."""

    artefact: str
    text: str
    location: str | None = None
    severity: DeficiencySeverity = "major"
    due: date | None = None


@dataclass(frozen=True)
class ReviewArtefacts:
    """Accept the submission for a role, or return it with deficiencies.

    `submission` is the one that was read, where the reviewer says so; `overrides` are failing checks that shall not
    stand in the way, `reschedule` that the start can't be kept.
    """

    engagement: str
    outcome: Literal["accepted", "returned"]
    deficiencies: tuple[Remark, ...]
    party: Party
    role: str
    by: str
    now: datetime
    submission: int | None = None
    overrides: tuple[Override, ...] = ()
    reschedule: bool = False


@dataclass(frozen=True)
class AssignReviewers:
    """Name the people who review for a role, or nobody: then whoever acts in it does."""

    engagement: str
    reviewers: tuple[str, ...]
    role: str
    by: str
    now: datetime


def assign_reviewers(command: AssignReviewers, review: Review) -> Sequence[Event]:
    """A reviewing role says who reviews for it; the same people again are no news."""
    _refuse_stranger(command.role, review)
    if len(set(command.reviewers)) < len(command.reviewers):
        raise refusals.ReviewerNamedTwice(", ".join(command.reviewers))
    if review.reviewers.get(command.role, ()) == command.reviewers:
        return []
    return [ReviewersAssigned(command.role, command.reviewers, command.by, command.now)]


def review_artefacts(command: ReviewArtefacts, review: Review) -> Sequence[Event]:
    """Accepted once every reviewing role has, and at first the scope is settled with it; returned by any of them."""
    _refuse_out_of_turn(command, review)
    if command.outcome == "returned":
        return [_returned(command, review)]
    _refuse_acceptance(command, review)
    if len(awaited(review)) > 1:
        return [_signed_off(command, review)]
    settles = review.profile.scope.agreed_by == "artefacts" and not review.agreed
    return [_accepted(command, review), *([agree(review, command.party, command.now)] if settles else [])]


def awaited(review: Review) -> tuple[str, ...]:
    """The roles whose word on the latest submission is awaited."""
    if not review.submission or review.outcome is not None:
        return ()
    signed = {each.role for each in review.signed_off}
    return tuple(role for role in reviewing_roles(review.profile) if role not in signed)


def _refuse_out_of_turn(command: ReviewArtefacts, review: Review) -> None:
    if not reviewing_roles(review.profile) or not review.submission:
        raise refusals.NothingToReview()
    if command.submission is not None and command.submission != review.submission:
        raise refusals.SubmissionSuperseded(command.submission, review.submission)
    if review.outcome is not None:
        raise refusals.ReviewedBefore(review.submission, review.outcome, review.reviewed_by)
    _refuse_stranger(command.role, review)
    if command.role not in awaited(review):
        raise refusals.SignedOffBefore(review.submission, command.role, ", ".join(awaited(review)))
    assigned = review.reviewers.get(command.role, ())
    if assigned and command.by not in assigned:
        raise refusals.ReviewerNotAssigned(command.by, ", ".join(assigned))


def _refuse_stranger(role: str, review: Review) -> None:
    known = reviewing_roles(review.profile)
    if role not in known:
        raise refusals.NotAReviewingRole(role, ", ".join(known) or "none")


def _refuse_acceptance(command: ReviewArtefacts, review: Review) -> None:
    if command.reschedule:
        raise refusals.RescheduleNotWanted()
    if unfit := [each for each in command.deficiencies if each.severity != "minor" or each.due is None]:
        raise refusals.DeficiencyNotWanted(len(unfit))
    today = calendar().day_of(command.now)
    if late := [each.due for each in command.deficiencies if each.due and not today <= each.due < review.start_date]:
        raise refusals.ConditionNotUsable(min(late), today, review.start_date)
    _refuse_failing(command, review)
    if undecided(review):
        raise refusals.DescopingUndecided(names(undecided(review)))


def _refuse_failing(command: ReviewArtefacts, review: Review) -> None:
    """A check that fails stands in the way, unless it is overridden with a reason; only one that fails is."""
    failing = failed(findings(review, command.party))
    rules = {finding.rule for finding in failing}
    if idle := [each.check for each in command.overrides if each.check not in rules]:
        raise refusals.OverrideNotWanted(", ".join(idle), ", ".join(sorted(rules)) or "none")
    if mute := [each.check for each in command.overrides if not each.reason.strip()]:
        raise refusals.OverrideReasonMissing(", ".join(mute))
    overridden = {each.check for each in _overrides(command, review)}
    if left := [finding for finding in failing if finding.rule not in overridden]:
        raise refusals.ChecksFail(len(left), " ".join(finding.message for finding in left))


def _overrides(command: ReviewArtefacts, review: Review) -> tuple[Override, ...]:
    """Those of all who sign the submission off."""
    return (*(each for signed in review.signed_off for each in signed.overrides), *command.overrides)


def _signed_off(command: ReviewArtefacts, review: Review) -> ArtefactsSignedOff:
    return ArtefactsSignedOff(
        submission=review.submission,
        role=command.role,
        overrides=command.overrides,
        signed_off_by=command.by,
        signed_off_at=command.now,
        deficiencies=_found(command, review),
    )


def _accepted(command: ReviewArtefacts, review: Review) -> ArtefactsReviewed:
    return ArtefactsReviewed(
        submission=review.submission,
        outcome="accepted",
        deficiencies=(*_signed_with(review), *_found(command, review)),
        reviewed_by=command.by,
        reviewed_at=command.now,
        overrides=_overrides(command, review),
    )


def _returned(command: ReviewArtefacts, review: Review) -> ArtefactsReviewed:
    if not command.deficiencies:
        raise refusals.DeficiencyMissing()
    if command.overrides:
        raise refusals.OverrideNotWanted(", ".join(each.check for each in command.overrides), "none: it is returned")
    return ArtefactsReviewed(
        submission=review.submission,
        outcome="returned",
        deficiencies=tuple(replace(each, due=None) for each in (*_signed_with(review), *_found(command, review))),
        reviewed_by=command.by,
        reviewed_at=command.now,
        reschedule=command.reschedule,
    )


def _signed_with(review: Review) -> tuple[Deficiency, ...]:
    """What the roles found that have signed the submission off."""
    return tuple(each for signed in review.signed_off for each in signed.deficiencies)


def _found(command: ReviewArtefacts, review: Review) -> tuple[Deficiency, ...]:
    """What this role found, numbered on from what the others did."""
    theirs = [each.kind for each in review.profile.handed_in if each.reviewed_by == command.role]
    for remark in command.deficiencies:
        if remark.artefact not in theirs:
            raise refusals.ArtefactKindUnknown(remark.artefact, ", ".join(theirs))
    files = {each.kind: each.sha256 for each in review.documents.artefacts}
    return tuple(
        Deficiency(
            id=f"{review.submission}.{number}",
            artefact=remark.artefact,
            text=remark.text,
            location=remark.location,
            severity=remark.severity,
            sha256=files.get(remark.artefact),
            due=remark.due,
        )
        for number, remark in enumerate(command.deficiencies, start=len(_signed_with(review)) + 1)
    )
