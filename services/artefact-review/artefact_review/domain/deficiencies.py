"""The deficiencies of an engagement, each with its conversation and how it stands (CTSD 5.6.1.6 to 5.6.1.8)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from artefact_review.domain.events import ArtefactsReviewed
from artefact_review.domain.review_events import Deficiency, DeficiencyDiscussed

Standing = Literal["open", "proposed", "resolved", "closed"]


@dataclass(frozen=True)
class DeficiencyState:
    """A deficiency: with a resolution proposed, or resolved by one that was accepted, or closed with the artefacts.

    A `condition` is one with which a submission was accepted: a later acceptance does not close it.
    """

    deficiency: Deficiency
    condition: bool
    standing: Standing = "open"
    conversation: tuple[DeficiencyDiscussed, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it is still to be resolved."""
        return self.standing in ("open", "proposed")


Deficiencies = Mapping[str, DeficiencyState]


def with_review(found: Deficiencies, event: ArtefactsReviewed) -> Deficiencies:
    """The deficiencies after a review: its own are added; an acceptance closes the earlier ones but conditions."""
    accepted = event.outcome == "accepted"
    before = {id: _closed(each) if accepted else each for id, each in found.items()}
    return {**before, **{each.id: DeficiencyState(each, condition=accepted) for each in event.deficiencies}}


def with_turn(found: Deficiencies, event: DeficiencyDiscussed) -> Deficiencies:
    """The deficiencies after a turn of a conversation."""
    before = found[event.deficiency]
    after = replace(before, standing=_standing(before, event), conversation=(*before.conversation, event))
    return {**found, event.deficiency: after}


def open_conditions(found: Deficiencies) -> tuple[Deficiency, ...]:
    """The conditions of an acceptance that are still to be resolved."""
    return tuple(each.deficiency for each in found.values() if each.condition and each.is_open)


def _closed(each: DeficiencyState) -> DeficiencyState:
    return replace(each, standing="closed") if each.is_open and not each.condition else each


def _standing(before: DeficiencyState, event: DeficiencyDiscussed) -> Standing:
    match event.turn:
        case "comment":
            return before.standing
        case "resolution-proposed":
            return "proposed"
        case "resolution-accepted":
            return "resolved"
        case "resolution-refused":
            return "open"
