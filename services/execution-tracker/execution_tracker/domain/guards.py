"""Whether the execution is at a point where a command may be given at all."""

from datetime import date, datetime

from execution_tracker.domain.engagement import Engagement
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.issue_state import Issue
from execution_tracker.domain.refusals import (
    ConnectivityNotConfirmed,
    ExecutionIsComplete,
    ExecutionIsConcluded,
    IssueUnknown,
    NotReady,
    NotStarted,
    ScopeNotAgreed,
)
from execution_tracker.domain.result_refusals import NothingInScope, OutOfScope
from kernel.engagement import EngagementUnknown
from rulebook.engine.dating.working_days import local_day


def engagement(state: Execution) -> Engagement:
    """What is tested, by which procedure and edition of the rules, or a refusal."""
    if state.engagement is None:
        raise EngagementUnknown()
    return state.engagement


def ready(state: Execution) -> tuple[Engagement, date]:
    """Refuse what comes before the scope is agreed or the entry gate held; the engagement and its start date."""
    known = engagement(state)
    if not state.scope_known:
        raise ScopeNotAgreed
    if state.start_date is None:
        raise NotReady
    return known, state.start_date


def started(state: Execution, now: datetime) -> tuple[Engagement, date]:
    """Refuse also what comes before the start date (CTSD 5.10.1.1), or before that of a further execution (5.19.2)."""
    engagement, start_date = ready(state)
    begins, today = state.further_starts.get(state.round, start_date), local_day(now)
    if today < begins:
        raise NotStarted(start_date=begins, today=today)
    return engagement, start_date


def unfinished(state: Execution) -> None:
    """Refuse what comes after completion (CTSD 5.10.1.4)."""
    undecided(state)
    if state.completed:
        raise ExecutionIsComplete


def undecided(state: Execution) -> None:
    """Refuse what comes after the exit gate found the testing complete (CTSD 5.17.1.2)."""
    if state.concluded:
        raise ExecutionIsConcluded


def executing(state: Execution, now: datetime) -> tuple[Engagement, date]:
    """Refuse also what comes before connectivity, where testing begins with it (CTSD 5.10.1.2), or after completion."""
    facts = started(state, now)
    unfinished(state)
    if state.waits_for_connectivity:
        raise ConnectivityNotConfirmed(missing=", ".join(unreached(state)) or "testing as a whole")
    return facts


def unreached(state: Execution) -> list[str]:
    """The web services that are still to be reached."""
    return [each for each in state.web_services if each not in state.reached]


def in_scope(test: str, state: Execution) -> None:
    """Refuse a test that is not in the scope."""
    if not state.tests:
        raise NothingInScope(test=test)
    if test not in state.tests:
        raise OutOfScope(test=test, example=min(state.tests))


def issue(state: Execution, number: int) -> Issue:
    """An issue of this engagement, or a refusal."""
    if number not in state.issues:
        raise IssueUnknown(issue=number)
    return state.issues[number]
