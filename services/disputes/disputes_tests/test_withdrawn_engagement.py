"""An engagement that is withdrawn ends every matter in it, in whatever order that is heard."""

from datetime import timedelta

from disputes.aggregates import MATTERS
from disputes.domain.events import ReferralRightLapsed
from kernel.engagement import EngagementIsWithdrawn, EngagementWithdrawn
from testing.probe import deciding

from .test_determining import AT, DESCOPING, NOTICE, REFUSED, determine, refer

WITHDRAWN = EngagementWithdrawn("The system is replaced.", "participant", "mo", AT + timedelta(hours=1))
refused = deciding(MATTERS).given(NOTICE).when(REFUSED).accepted()


def test_a_right_that_was_not_used_lapses_with_the_engagement() -> None:
    because = "The engagement was withdrawn: The system is replaced."
    lapsed = ReferralRightLapsed(DESCOPING, "descoping", because, WITHDRAWN.withdrawn_at)
    ended = refused.when(WITHDRAWN).then(WITHDRAWN, lapsed)
    ended.when(WITHDRAWN).then_nothing()
    assert ended.when(refer(DESCOPING)).then_refused(EngagementIsWithdrawn).clause == "CTSD 5.6.1.1"


def test_a_matter_that_was_referred_is_not_determined_any_more() -> None:
    ended = refused.when(refer(DESCOPING)).accepted().when(WITHDRAWN).accepted()
    ended.when(determine(DESCOPING, upheld=True)).then_refused(EngagementIsWithdrawn)
    assert not ended.state.referrals[DESCOPING].pending
    assert not ended.state.open


def test_a_refusal_that_is_heard_of_after_the_withdrawal_gives_no_right() -> None:
    deciding(MATTERS).given(NOTICE, WITHDRAWN).when(REFUSED).then_nothing()


def test_a_refusal_that_came_before_the_notice_gives_no_right_once_both_came_after_the_withdrawal() -> None:
    deciding(MATTERS).given().when(REFUSED).accepted().when(WITHDRAWN).accepted().when(NOTICE).then(NOTICE)
