"""Artefacts that are kept up to date while tests run (CTSD 5.10.1, Table 8), without another review or gate.

Where no step of the procedure hands them in, they are kept so from the notice on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from artefact_review.domain import refusals
from artefact_review.domain.artefacts import Artefact, Documents
from artefact_review.domain.checks import failed
from artefact_review.domain.events import ArtefactsUpdated, Event
from artefact_review.domain.kinds import kinds_of
from artefact_review.domain.party import Party
from artefact_review.domain.review import Review
from artefact_review.domain.schedule import last_day, planned_schedule
from artefact_review.domain.submission import findings


@dataclass(frozen=True)
class UpdateArtefacts:
    """Hand in anew what is kept up to date while tests run."""

    engagement: str
    artefacts: tuple[Artefact, ...]
    party: Party
    by: str
    now: datetime


def update_artefacts(command: UpdateArtefacts, review: Review) -> Sequence[Event]:
    """The artefacts in their new version, which counts at once: its own checks must pass."""
    after = with_updates(command.artefacts, review)
    found = findings(after, command.party)
    changed = tuple(dict.fromkeys(each.kind for each in command.artefacts))
    overridden = {each.check for each in review.overrides}
    if failing := [each for each in failed(found) if each.artefact in changed and each.rule not in overridden]:
        raise refusals.UpdateFailsChecks(len(failing), " ".join(each.message for each in failing))
    schedule = planned_schedule(after)
    return [
        ArtefactsUpdated(
            submission=after.submission,
            artefacts=after.documents.artefacts,
            changed=changed,
            findings=found,
            schedule=schedule,
            last_day=last_day(schedule),
            updated_by=command.by,
            updated_at=command.now,
        )
    ]


def with_updates(sent: Sequence[Artefact], review: Review) -> Review:
    """The review with the artefacts as an update would leave them, or why none may be made."""
    kept = [each.kind for each in review.profile.submittable if each.maintained]
    if other := next((each.kind for each in sent if each.kind not in kept), None):
        raise refusals.ArtefactNotMaintained(other, ", ".join(kept) or "none")
    if kinds_of(review.profile) and review.gate != "ready":
        raise refusals.ExecutionNotBegun()
    before = {each.kind: each for each in review.documents.artefacts}
    if not sent or any(each.kind in before and each.sha256 == before[each.kind].sha256 for each in sent):
        raise refusals.NothingRevised()
    now = before | {each.kind: each for each in sent}
    artefacts = tuple(now[each.kind] for each in review.profile.submittable if each.kind in now)
    return replace(review, submission=review.submission + 1, documents=Documents(artefacts))
