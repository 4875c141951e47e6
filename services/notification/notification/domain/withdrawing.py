"""Withdrawing an engagement: what is open in it closes, and what was done or issued stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.engagement import EngagementWithdrawn
from kernel.refusal import citing
from notification.domain.engagement import Engagement
from notification.domain.events import Event
from notification.domain.refusals import NothingToWithdraw, WithdrawalReasonMissing
from notification.domain.timetabling import open_rows


@dataclass(frozen=True)
class WithdrawEngagement:
    """Whoever may withdraw an engagement takes it no further, and says why."""

    engagement: str
    reason: str
    role: str
    by: str
    now: datetime


def withdraw_engagement(command: WithdrawEngagement, state: Engagement) -> Sequence[Event]:
    """An engagement is withdrawn at every phase, with a reason, until every step that is owed in it is done.

    The law has no step of its own for it: the clause is that of the notice which is taken back.
    """
    clause = state.profile.notice.clause
    if not command.reason.strip():
        raise citing(WithdrawalReasonMissing(), clause)
    if all(row.conditional for row in open_rows(state)):
        raise citing(NothingToWithdraw(), clause)
    return (EngagementWithdrawn(command.reason, command.role, command.by, command.now),)
