"""A matter that was referred is settled by both sides: one proposes terms, the other agrees or declines."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts import disputes
from disputes.domain.events import ReferralRightArose, ReferralSettled, SettlementDeclined, SettlementProposed
from disputes.domain.refusals import (
    DeterminedAlready,
    NoSide,
    NothingProposed,
    NotReferred,
    ReferralEnded,
    RightLapsed,
    SettledAlready,
    SettlementProposedAlready,
    SettlementWaitsForOther,
    WordsMissing,
)
from disputes.domain.settling import AnswerSettlement, ProposeSettlement
from disputes.translation import published
from kernel.engagement import EngagementIsWithdrawn, EngagementWithdrawn
from testing.made_up import made_up_law
from testing.probe import Spec

from . import test_referring as trial
from .test_determining import (
    AT,
    COMPLETE,
    DESCOPING,
    EXIT,
    FURTHER,
    acknowledge,
    appeal,
    ask,
    determine,
    noted,
    of,
    refer,
    referred,
    withdraw,
)
from .test_holds import told

LATER = datetime(2027, 6, 1, 10, tzinfo=UTC)
TERMS = "E11 is left out; E12 is tested."


def propose(right: str, role: str = "participant") -> ProposeSettlement:
    return ProposeSettlement(right, TERMS, role, "mo", LATER)


def answered(right: str, agreed: bool, role: str = "dcc") -> AnswerSettlement:
    return AnswerSettlement(right, agreed, "" if agreed else "E11 is in the minimum set.", role, "dee", LATER)


def proposed(right: str, role: str = "participant") -> Spec[Any, Any, Any]:
    return referred(right).when(propose(right, role)).accepted()


@pytest.mark.parametrize(("one", "other"), [("participant", "dcc"), ("dcc", "participant")])
def test_either_side_proposes_the_other_agrees_and_the_referral_is_settled(one: str, other: str) -> None:
    before = referred(DESCOPING)
    waiting = before.when(propose(DESCOPING, one)).then(
        SettlementProposed(DESCOPING, TERMS, one, (other,), "mo", LATER)
    )
    assert (of(waiting, DESCOPING).stage, of(waiting, DESCOPING).pending) == ("referred", True)
    settled = waiting.when(answered(DESCOPING, True, other)).then(
        ReferralSettled(DESCOPING, TERMS, one, other, "dee", LATER)
    )
    assert (of(settled, DESCOPING).stage, of(settled, DESCOPING).pending) == ("settled", False)
    assert DESCOPING not in [right.right for right in settled.state.open]


def test_what_was_settled_is_told_with_its_terms_and_what_waited_goes_on() -> None:
    settled = proposed(DESCOPING).when(answered(DESCOPING, True)).accepted()
    fact, ended = (each.contract for each in published("E", settled.history[-1], settled.state))
    assert isinstance(fact, disputes.ReferralSettled)
    assert (fact.terms, fact.proposed, fact.agreed) == (TERMS, "participant", "dcc")
    assert isinstance(ended, disputes.HoldEnded)
    assert (ended.because, ended.holds, ended.began_at, ended.ended_at) == ("settled", ("disputed-tests",), AT, LATER)


def test_a_proposal_holds_nothing_up_and_gives_nothing_back() -> None:
    assert told(referred(EXIT), propose(EXIT)) == []
    assert told(proposed(EXIT), answered(EXIT, agreed=False)) == []


def test_a_settlement_that_is_declined_leaves_the_matter_before_its_body_and_another_may_be_proposed() -> None:
    declined = (
        proposed(EXIT)
        .when(answered(EXIT, agreed=False))
        .then(SettlementDeclined(EXIT, "E11 is in the minimum set.", "dcc", "dee", LATER))
    )
    declined.when(answered(EXIT, agreed=True)).then_refused(NothingProposed(EXIT))
    declined.when(propose(EXIT, "dcc")).accepted()
    declined.when(propose(EXIT)).accepted()
    declined.when(determine(EXIT, upheld=True)).accepted()


def test_a_side_does_not_propose_twice_nor_agree_with_itself() -> None:
    for role in ("participant", "dcc"):
        refusal = proposed(DESCOPING).when(propose(DESCOPING, role)).then_refused(SettlementProposedAlready)
        assert refusal == SettlementProposedAlready(DESCOPING, "participant", LATER)
        assert refusal.clause == "CTSD 5.2.7"
    for agreed in (True, False):
        refusal = (
            proposed(DESCOPING)
            .when(answered(DESCOPING, agreed, "participant"))
            .then_refused(SettlementWaitsForOther(DESCOPING, "participant", "dcc"))
        )
        assert refusal.clause == "CTSD 5.2.7"


@pytest.mark.parametrize("role", ["panel", "authority", "auditor"])
def test_who_determines_or_only_reads_is_no_side_of_the_matter(role: str) -> None:
    refusal = referred(EXIT).when(propose(EXIT, role)).then_refused(NoSide(role, "participant, dcc"))
    assert refusal.clause == "CTSD 5.19.3"
    proposed(EXIT).when(answered(EXIT, True, role)).then_refused(NoSide(role, "participant, dcc"))


def test_what_was_not_referred_or_not_proposed_is_not_settled_and_terms_and_reasons_are_said_in_words() -> None:
    noted().when(propose(EXIT)).then_refused(NotReferred(EXIT))
    referred(EXIT).when(answered(EXIT, agreed=True)).then_refused(NothingProposed(EXIT))
    referred(EXIT).when(replace(propose(EXIT), terms=" ")).then_refused(WordsMissing("terms"))
    proposed(EXIT).when(replace(answered(EXIT, agreed=False), reason=" ")).then_refused(WordsMissing("reason"))


def test_what_was_determined_withdrawn_or_decided_anew_is_not_settled() -> None:
    determined = proposed(DESCOPING).when(determine(DESCOPING, upheld=False)).accepted()
    withdrawn = proposed(DESCOPING).when(withdraw(DESCOPING)).accepted()
    for command in (propose(DESCOPING), answered(DESCOPING, agreed=True)):
        determined.when(command).then_refused(DeterminedAlready(DESCOPING, "panel", AT))
        assert withdrawn.when(command).then_refused(ReferralEnded(DESCOPING)).clause == "CTSD 5.2.7"
    decided_anew = proposed(EXIT).when(COMPLETE).accepted()
    decided_anew.when(answered(EXIT, agreed=True)).then_refused(RightLapsed(EXIT))
    ended = proposed(EXIT).when(EngagementWithdrawn("No budget.", "participant", "mo", LATER)).accepted()
    ended.when(answered(EXIT, agreed=True)).then_refused(EngagementIsWithdrawn)


def test_nothing_more_is_done_about_a_matter_that_was_settled() -> None:
    settled = proposed(EXIT).when(answered(EXIT, agreed=True)).accepted()
    for command in (
        *(propose(EXIT), answered(EXIT, agreed=True), withdraw(EXIT), appeal(EXIT), refer(EXIT)),
        *(acknowledge(EXIT), ask(EXIT), determine(EXIT, upheld=True)),
    ):
        refusal = settled.when(command).then_refused(SettledAlready(EXIT, LATER))
        assert refusal.clause == "CTSD 5.19.3"


def test_an_appeal_is_settled_too_and_a_proposal_of_before_the_determination_is_no_more() -> None:
    dismissed = proposed(EXIT).when(determine(EXIT, upheld=False)).accepted()
    dismissed.when(propose(EXIT)).then_refused(DeterminedAlready(EXIT, "panel", AT))
    appealed = dismissed.when(appeal(EXIT)).accepted()
    appealed.when(answered(EXIT, agreed=True)).then_refused(NothingProposed(EXIT))
    again = appealed.when(propose(EXIT, "dcc")).accepted()
    assert [each.because for each in told(again, answered(EXIT, True, "participant"))] == ["settled"]
    settled = again.when(answered(EXIT, True, "participant")).accepted()
    for command in (appeal(EXIT), determine(EXIT, True, "authority")):
        settled.when(command).then_refused(SettledAlready(EXIT, LATER))


def test_what_was_agreed_is_carried_out_by_a_decision_that_ends_nothing_a_second_time() -> None:
    settled = proposed(EXIT).when(answered(EXIT, agreed=True)).accepted()
    settled.when(COMPLETE).then_nothing()


def test_who_decides_the_same_again_after_it_was_settled_gives_a_new_right() -> None:
    settled = proposed(EXIT).when(answered(EXIT, agreed=True)).accepted()
    renewed = settled.when(replace(FURTHER, at=LATER)).accepted()
    arose = renewed.history[-1]
    assert isinstance(arose, ReferralRightArose)
    assert arose.right == "uept-exit#2"
    renewed.when(refer("uept-exit#2")).accepted()


@pytest.fixture
def law() -> Iterator[None]:
    with made_up_law():
        yield


@pytest.mark.usefixtures("law")
def test_where_several_decide_each_of_them_answers_for_their_side_and_none_agrees_with_another_of_it() -> None:
    spec = trial.refused().when(trial.REFERRAL).accepted()
    asked = spec.when(propose(trial.RIGHT, "requester")).then(
        SettlementProposed(trial.RIGHT, TERMS, "requester", ("laboratory", "board"), "mo", LATER)
    )
    for role in ("laboratory", "board"):
        asked.when(answered(trial.RIGHT, True, role)).accepted()
    other = spec.when(propose(trial.RIGHT, "board")).accepted()
    refusal = other.when(answered(trial.RIGHT, True, "laboratory")).then_refused(
        SettlementWaitsForOther(trial.RIGHT, "board", "requester")
    )
    assert refusal.clause == "TRIAL 20.12A"
