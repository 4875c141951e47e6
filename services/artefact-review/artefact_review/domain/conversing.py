"""The conversation on a deficiency: both sides comment, one proposes how it is resolved, the other accepts or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from artefact_review.domain import review_refusals as refusals
from artefact_review.domain.deficiencies import DeficiencyState
from artefact_review.domain.events import Event
from artefact_review.domain.review import Review
from artefact_review.domain.review_events import Attachment, DeficiencyDiscussed, Turn


@dataclass(frozen=True)
class DiscussDeficiency:
    """Take a turn in the conversation on a deficiency, in a role, perhaps with files."""

    engagement: str
    deficiency: str
    turn: Turn
    text: str
    attachments: tuple[Attachment, ...]
    role: str
    by: str
    now: datetime


def discuss_deficiency(command: DiscussDeficiency, review: Review) -> Sequence[Event]:
    """Who provides the artefact proposes, who reviews it answers the proposal; both comment while it is open."""
    found = review.deficiencies.get(command.deficiency)
    if found is None:
        raise refusals.DeficiencyUnknown(command.deficiency, ", ".join(review.deficiencies) or "none")
    if not found.is_open:
        raise refusals.DeficiencySettled(command.deficiency, found.standing)
    _refuse_wrong_side(command, found, review)
    if command.turn in ("resolution-accepted", "resolution-refused") and found.standing != "proposed":
        raise refusals.ResolutionNotProposed(command.deficiency)
    if command.turn != "resolution-accepted" and not command.text.strip():
        raise refusals.NothingSaid(command.turn)
    return [
        DeficiencyDiscussed(
            deficiency=command.deficiency,
            turn=command.turn,
            text=command.text,
            attachments=command.attachments,
            role=command.role,
            said_by=command.by,
            said_at=command.now,
        )
    ]


def _refuse_wrong_side(command: DiscussDeficiency, found: DeficiencyState, review: Review) -> None:
    artefact = review.profile.artefact(found.deficiency.artefact)
    provider, reviewer = (artefact.provided_by, artefact.reviewed_by) if artefact else ("", "")
    sides = {
        "comment": (provider, reviewer),
        "resolution-proposed": (provider,),
        "resolution-accepted": (reviewer,),
        "resolution-refused": (reviewer,),
    }[command.turn]
    if command.role not in sides:
        raise refusals.NotTheirTurn(command.role, command.turn, " or ".join(sides))
