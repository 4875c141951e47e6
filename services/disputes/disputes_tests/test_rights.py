"""Which refusals give which rights, and what ends them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from disputes.aggregates import MATTERS
from disputes.domain.events import (
    EngagementNoted,
    Fact,
    FactTakenBeforeEngagement,
    ReferralRightArose,
    ReferralRightLapsed,
)
from kernel.audience import ForeignParty, RoleUnknown
from kernel.engagement import Participant, Subject
from rulebook.engine.errors import RulebookError
from testing.probe import deciding

AT = datetime(2027, 1, 20, 10, tzinfo=UTC)
LATER = datetime(2027, 1, 27, 10, tzinfo=UTC)
SUBJECT = Subject("role", "SUPP/ES", "SUPP in the User Role ES", {"party": "SUPP", "role": "ES"})
SUPPLIER = Participant("participant", "SUPP", "Supplier plc")
KNOWN = EngagementNoted("uept", "ctsd-2026.1", SUBJECT, (SUPPLIER,))
REFUSED = Fact(
    "artefact-review.descoping-decided",
    {"item.kind": "response-code", "item.item": "E11", "agreed": False},
    "response-code E11",
    "It can be produced.",
    AT,
)
AGREED = replace(REFUSED, values={**REFUSED.values, "agreed": True}, reason="Agreed after all.", at=LATER)
PREVENTED = Fact(
    "artefact-review.entry-gate-held", {"gate": "entry", "outcome": "prevented"}, "CTSD 5.8.1(d)", "No resources.", AT
)
READY = replace(PREVENTED, values={"gate": "entry", "outcome": "ready"}, reason="ready", at=LATER)
FURTHER = Fact(
    "certification.exit-gate-held", {"gate": "exit", "outcome": "further-testing"}, "CTSD 5.19.1(b)", "Two issues.", AT
)

story = deciding(MATTERS)


def arising(fact: Fact) -> ReferralRightArose:
    """The one right that a fact gives in a new engagement."""
    event = story.given(KNOWN).when(fact).events[0]
    assert isinstance(event, ReferralRightArose)
    return event


def test_a_refused_descoping_may_be_referred_to_the_panel_while_the_rest_goes_on() -> None:
    right = arising(REFUSED)
    assert (right.right, right.referred_by, right.body, right.appeal) == (
        "descoping#1",
        ("participant",),
        "panel",
        "none",
    )
    assert "CTSD 5.2.9" in right.meanwhile


def test_an_agreed_descoping_gives_no_right() -> None:
    story.given(KNOWN).when(AGREED).then_nothing()


def test_the_right_lapses_when_dcc_agrees_after_all() -> None:
    lapsed = ReferralRightLapsed("descoping#1", "descoping", "Agreed after all.", LATER)
    story.given(KNOWN, arising(REFUSED)).when(AGREED).then(lapsed)


def test_it_stays_open_when_another_item_is_agreed() -> None:
    other = replace(AGREED, values={**AGREED.values, "item.item": "E12"})
    story.given(KNOWN, arising(REFUSED)).when(other).then_nothing()


def test_an_item_that_an_earlier_release_kept_as_one_text_is_the_same_item() -> None:
    stored = b'{"fact": {"name": "artefact-review.descoping-decided", "values": {"item": "response-code E11", '
    stored += b'"agreed": false}, "matter": "response-code E11", "reason": "No.", "at": "2027-01-20T10:00:00Z"}}'
    kept = MATTERS.codec.decode("fact-taken-before-engagement", stored)
    assert kept.fact.spread == {"item.kind": "response-code", "item.item": "E11", "agreed": False}
    lapsed = ReferralRightLapsed("descoping#1", "descoping", "Agreed after all.", LATER)
    story.given(KNOWN, arising(kept.fact)).when(AGREED).then(lapsed)


def test_a_second_refused_item_gives_a_second_right() -> None:
    other = replace(REFUSED, values={**REFUSED.values, "item.item": "E12"}, matter="response-code E12")
    decision = story.given(KNOWN, arising(REFUSED)).when(other)
    assert [event.right for event in decision.events if isinstance(event, ReferralRightArose)] == ["descoping#2"]
    decision.accepted()


def test_the_same_refusal_again_gives_no_second_right() -> None:
    story.given(KNOWN, arising(REFUSED)).when(replace(REFUSED, at=LATER)).then_nothing()


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
    renewed = story.given(KNOWN, right).when(again).then(lapsed, replace(arising(again), right=number))
    assert [open.fact.matter for open in renewed.state.open] == [again.matter]
    renewed.when(again).then_nothing()


def test_a_prevented_start_may_be_referred_until_the_gate_says_ready() -> None:
    right = arising(PREVENTED)
    assert (right.right, right.clause, right.fact.matter) == ("entry-criteria#1", "CTSD 5.8.3", "CTSD 5.8.1(d)")
    story.given(KNOWN, right).when(READY).then(ReferralRightLapsed(right.right, right.route, "ready", LATER))


def test_further_testing_may_be_referred_and_appealed_to_the_authority() -> None:
    right = arising(FURTHER)
    assert (right.right, right.body, right.appeal) == ("uept-exit#1", "panel", "authority")


def test_a_refusal_after_a_lapse_gives_the_right_anew() -> None:
    lapsed = ReferralRightLapsed("entry-criteria#1", "entry-criteria", "ready", LATER)
    decision = story.given(KNOWN, arising(PREVENTED), lapsed).when(PREVENTED)
    decision.then(replace(arising(PREVENTED), right="entry-criteria#2"))


def test_a_fact_that_comes_before_the_engagement_is_taken_and_what_follows_is_decided_with_the_notice() -> None:
    early = story.given().when(REFUSED).then(FactTakenBeforeEngagement(REFUSED))
    early.when(KNOWN).then(KNOWN, arising(REFUSED))


def test_what_came_before_the_engagement_may_have_been_settled_meanwhile() -> None:
    decision = story.given(FactTakenBeforeEngagement(REFUSED), FactTakenBeforeEngagement(AGREED)).when(KNOWN)
    decision.then(KNOWN, arising(REFUSED), ReferralRightLapsed("descoping#1", "descoping", "Agreed after all.", LATER))


def test_an_engagement_is_noted_once() -> None:
    story.given(KNOWN).when(KNOWN).then_nothing()


def test_rights_arise_by_the_edition_under_which_the_engagement_began() -> None:
    with pytest.raises(RulebookError, match=r"ctsd-1999\.1"):
        story.given(replace(KNOWN, rulebook="ctsd-1999.1")).when(REFUSED)


def test_no_term_is_stated_for_the_rights_of_user_entry() -> None:
    assert arising(REFUSED).within == {}


def test_who_may_read_follows_from_the_procedure_and_who_takes_part() -> None:
    audience = story.given(KNOWN).state.audience
    assert audience is not None
    for role, organisation in (("participant", "SUPP"), ("panel", None), ("auditor", None)):
        audience.require("read", role, organisation)
    with pytest.raises(ForeignParty):
        audience.require("read", "participant", "OTHER")
    with pytest.raises(RoleUnknown):
        audience.require("read", "tab", None)


def test_nothing_is_known_of_who_may_read_before_the_notice() -> None:
    assert story.given(FactTakenBeforeEngagement(REFUSED)).state.audience is None
