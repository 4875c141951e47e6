"""Which refusals give which rights, and what ends them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from disputes.aggregates import MATTERS
from disputes.domain.decisions import HearFact, KnowEngagement
from disputes.domain.matters import EngagementKnown, Fact, FactHeldBack, ReferralRightArose, ReferralRightLapsed
from rulebook.engine.errors import RulebookError
from testing.probe import deciding

AT = datetime(2027, 1, 20, 10, tzinfo=UTC)
LATER = datetime(2027, 1, 27, 10, tzinfo=UTC)
KNOWN = EngagementKnown("uept", "SUPP")
REFUSED = Fact(
    "artefact-review.descoping-decided",
    {"item": "response-code E11", "agreed": False},
    "response-code E11",
    "It can be produced.",
    AT,
)
AGREED = replace(REFUSED, values={**REFUSED.values, "agreed": True}, reason="Agreed after all.", at=LATER)
PREVENTED = Fact("artefact-review.entry-gate-held", {"outcome": "prevented"}, "CTSD 5.8.1(d)", "No resources.", AT)
READY = replace(PREVENTED, values={"outcome": "ready"}, reason="ready", at=LATER)
FURTHER = Fact("certification.exit-gate-held", {"outcome": "further-testing"}, "CTSD 5.19.1(b)", "Two issues.", AT)

story = deciding(MATTERS)


def arising(fact: Fact) -> ReferralRightArose:
    """The one right that a fact gives in a new engagement."""
    event = story.given(KNOWN).when(HearFact(fact)).events[0]
    assert isinstance(event, ReferralRightArose)
    return event


def test_a_refused_descoping_may_be_referred_to_the_panel_while_the_rest_goes_on() -> None:
    right = arising(REFUSED)
    assert (right.right, right.referred_by, right.body, right.appeal) == ("5.2.7#1", "participant", "panel", "none")
    assert "CTSD 5.2.9" in right.meanwhile


def test_an_agreed_descoping_gives_no_right() -> None:
    story.given(KNOWN).when(HearFact(AGREED)).then_nothing()


def test_the_right_lapses_when_dcc_agrees_after_all() -> None:
    lapsed = ReferralRightLapsed("5.2.7#1", "descoping", "Agreed after all.", LATER)
    story.given(KNOWN, arising(REFUSED)).when(HearFact(AGREED)).then(lapsed)


def test_it_stays_open_when_another_item_is_agreed() -> None:
    other = replace(AGREED, values={**AGREED.values, "item": "response-code E12"})
    story.given(KNOWN, arising(REFUSED)).when(HearFact(other)).then_nothing()


def test_a_second_refused_item_gives_a_second_right() -> None:
    other = replace(REFUSED, values={**REFUSED.values, "item": "response-code E12"}, matter="response-code E12")
    decision = story.given(KNOWN, arising(REFUSED)).when(HearFact(other))
    assert [event.right for event in decision.events if isinstance(event, ReferralRightArose)] == ["5.2.7#2"]
    decision.accepted()


def test_the_same_refusal_again_gives_no_second_right() -> None:
    story.given(KNOWN, arising(REFUSED)).when(HearFact(replace(REFUSED, at=LATER))).then_nothing()


@pytest.mark.parametrize(
    ("before", "newer"),
    [
        (PREVENTED, {"matter": "CTSD 5.8.1(e)"}),
        (PREVENTED, {"reason": "No resources yet."}),
        (FURTHER, {"matter": "CTSD 5.19.1(c)", "reason": "Too many issues."}),
        (REFUSED, {"reason": "It can be produced, see clause 8."}),
    ],
)
def test_a_refusal_that_was_decided_anew_renews_the_right(before: Fact, newer: dict[str, Any]) -> None:
    right, again = arising(before), replace(before, at=LATER, **newer)
    number = right.right.replace("#1", "#2")
    because = f"A newer decision took its place: {again.reason}"
    lapsed = ReferralRightLapsed(right.right, right.route, because, LATER)
    renewed = story.given(KNOWN, right).when(HearFact(again)).then(lapsed, replace(arising(again), right=number))
    assert [open.fact.matter for open in renewed.state.open] == [again.matter]
    renewed.when(HearFact(again)).then_nothing()


def test_a_prevented_start_may_be_referred_until_the_gate_says_ready() -> None:
    right = arising(PREVENTED)
    assert (right.right, right.clause, right.fact.matter) == ("5.8.3#1", "CTSD 5.8.3", "CTSD 5.8.1(d)")
    story.given(KNOWN, right).when(HearFact(READY)).then(ReferralRightLapsed(right.right, right.route, "ready", LATER))


def test_further_testing_may_be_referred_and_appealed_to_the_authority() -> None:
    right = arising(FURTHER)
    assert (right.right, right.body, right.appeal) == ("5.19.3#1", "panel", "authority")


def test_a_refusal_after_a_lapse_gives_the_right_anew() -> None:
    lapsed = ReferralRightLapsed("5.8.3#1", "entry-criteria", "ready", LATER)
    decision = story.given(KNOWN, arising(PREVENTED), lapsed).when(HearFact(PREVENTED))
    decision.then(replace(arising(PREVENTED), right="5.8.3#2"))


def test_a_fact_that_comes_before_the_engagement_is_held_back_until_it_is_known() -> None:
    held = story.given().when(HearFact(REFUSED)).then(FactHeldBack(REFUSED))
    held.when(KnowEngagement("uept", "SUPP")).then(KNOWN, arising(REFUSED))


def test_what_was_held_back_may_have_been_settled_meanwhile() -> None:
    decision = story.given(FactHeldBack(REFUSED), FactHeldBack(AGREED)).when(KnowEngagement("uept", "SUPP"))
    decision.then(KNOWN, arising(REFUSED), ReferralRightLapsed("5.2.7#1", "descoping", "Agreed after all.", LATER))


def test_an_engagement_is_known_once() -> None:
    story.given(KNOWN).when(KnowEngagement("uept", "SUPP")).then_nothing()


def test_rights_arise_by_the_edition_under_which_the_engagement_began() -> None:
    known = [replace(KNOWN, rulebook=version) for version in (None, "ctsd-2026.1")]
    in_force, first = (story.given(each).when(HearFact(REFUSED)).events for each in known)
    assert in_force == first != ()
    with pytest.raises(RulebookError, match=r"no edition 'ctsd-1999\.1'"):
        story.given(replace(KNOWN, rulebook="ctsd-1999.1")).when(HearFact(REFUSED))
