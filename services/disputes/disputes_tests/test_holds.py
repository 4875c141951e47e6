"""What waits while a matter is before a body: it is told when that begins and when it ends (CTSD 5.2.9, 5.19.4)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.disputes import HoldBegan, HoldEnded
from disputes.domain.referring import WithdrawReferral
from disputes.translation import published
from kernel.engagement import EngagementWithdrawn
from testing.probe import Spec

from .test_determining import (
    AT,
    COMPLETE,
    DESCOPING,
    EXIT,
    acknowledge,
    appeal,
    determine,
    noted,
    of,
    refer,
    referred,
    withdraw,
)

LATER = datetime(2027, 6, 1, 10, tzinfo=UTC)


def told(story: Spec[Any, Any, Any], command: Any) -> list[Any]:
    """The holds that a command begins or ends, as others hear of them."""
    decision = story.when(command)
    assert decision.refusal is None, decision.refusal
    facts = []
    for event in decision.events:
        story = story.given(event)
        facts += [each.contract for each in published("E", event, story.state)]
    return [fact for fact in facts if isinstance(fact, HoldBegan | HoldEnded)]


def test_with_the_referral_the_disputed_tests_wait_by_the_clause_that_lets_the_others_go_on() -> None:
    (began,) = told(noted(), refer(DESCOPING))
    assert (began.holds, began.clause, began.body, began.began_at) == (("disputed-tests",), "CTSD 5.2.9", "panel", AT)
    assert began.values == {"item.kind": "response-code", "item.item": "E11", "agreed": False}


@pytest.mark.parametrize("upheld", [True, False])
def test_it_ends_with_the_determination_whatever_that_says(upheld: bool) -> None:
    (ended,) = told(referred(DESCOPING), determine(DESCOPING, upheld))
    assert (ended.because, ended.holds, ended.began_at) == ("determined", ("disputed-tests",), AT)


def test_it_ends_with_the_withdrawal_of_the_referral_and_with_its_settlement() -> None:
    assert [each.because for each in told(referred(EXIT), withdraw(EXIT))] == ["withdrawn"]
    assert [each.because for each in told(referred(EXIT), COMPLETE)] == ["settled"]
    withdrawn = EngagementWithdrawn("participant", "No budget.", "mo", LATER)
    assert [each.because for each in told(referred(EXIT), withdrawn)] == ["settled"]


def test_what_does_not_wait_any_more_does_not_end_a_second_time() -> None:
    over = referred(EXIT).when(withdraw(EXIT)).accepted()
    assert told(over, COMPLETE) == []


def test_an_appeal_begins_a_hold_of_its_own() -> None:
    dismissed = referred(EXIT).when(determine(EXIT, upheld=False)).accepted()
    assert [(type(each), each.body, each.clause) for each in told(dismissed, appeal(EXIT))] == [
        (HoldBegan, "authority", "CTSD 5.19.4")
    ]
    appealed = dismissed.when(appeal(EXIT)).accepted()
    assert [each.because for each in told(appealed, determine(EXIT, upheld=True, role="authority"))] == ["determined"]
    back = WithdrawReferral(EXIT, "We test it.", "participant", "mo", LATER)
    assert [(each.because, each.ended_at) for each in told(appealed, back)] == [("withdrawn", LATER)]


def test_an_appeal_that_was_acknowledged_stays_an_appeal() -> None:
    appealed = referred(EXIT).when(determine(EXIT, upheld=False)).accepted().when(appeal(EXIT)).accepted()
    come = appealed.when(acknowledge(EXIT, "authority")).accepted()
    assert (of(come, EXIT).stage, of(come, EXIT).pending) == ("appealed", True)
