"""Testing issues: raised, planned, fixed (CTSD 5.19.1b, 6.7.1d, Annex G). A retest closes them: see results."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from execution_tracker.domain import guards
from execution_tracker.domain.events import (
    Event,
    IssueFixed,
    IssueRaised,
    RemediationPlanAgreed,
    RemediationPlanProposed,
)
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.history import last_shown
from execution_tracker.domain.issue_state import Issue
from execution_tracker.domain.refusals import (
    IssueAlreadyFixed,
    IssueIsClosed,
    NoFaultFound,
    PlanAlreadyAgreed,
    PlanInThePast,
    PlanNotProposed,
    ProviderMissing,
    ProviderOfAnother,
    SeverityUnknown,
)
from rulebook.engine.dating.working_days import local_day
from rulebook.engine.gates import PROVIDER
from rulebook.engine.severities import SeverityLevel


@dataclass(frozen=True)
class RaiseIssue:
    """A test found a fault. `provider` is whose it is, where several provide what is tested."""

    test: str
    severity: SeverityLevel
    title: str
    description: str
    by: str
    now: datetime
    provider: str | None = None


@dataclass(frozen=True)
class ProposeRemediationPlan:
    """The next steps, the day by which the issue is resolved, and the work-around until then."""

    issue: int
    steps: str
    resolve_by: date
    workaround: str
    by: str
    now: datetime


@dataclass(frozen=True)
class AgreeRemediationPlan:
    """Plan and work-around are agreed (CTSD Table 7)."""

    issue: int
    by: str
    now: datetime


@dataclass(frozen=True)
class FixIssue:
    """The fault was fixed; `fix` says how."""

    issue: int
    fix: str
    by: str
    now: datetime


def raise_issue(command: RaiseIssue, state: Execution) -> Sequence[Event]:
    """Number the issue and link it to the test that found it."""
    guards.executing(state, command.now)
    if command.severity not in (1, 2, 3, 4, 5):
        raise SeverityUnknown(severity=command.severity)
    guards.in_scope(command.test, state)
    shown = last_shown(state.history, command.test, command.severity)
    if shown is None:
        raise NoFaultFound(test=command.test, severity=command.severity)
    provider = _provider(command.provider, state)
    return [
        IssueRaised(
            issue=len(state.issues) + 1,
            test=command.test,
            severity=command.severity,
            title=command.title,
            description=command.description,
            provider=provider,
            found_at=shown.executed_at,
            raised_by=command.by,
            raised_at=command.now,
        )
    ]


def propose_remediation_plan(command: ProposeRemediationPlan, state: Execution) -> Sequence[Event]:
    """Keep the plan; it must be agreed, also when it replaces one that was.

    Plans belong to what the exit gate decides on (CTSD 5.19.1b): they are proposed and agreed until it has decided.
    """
    _outstanding(state, command.issue)
    today = local_day(command.now)
    if command.resolve_by < today:
        raise PlanInThePast(resolve_by=command.resolve_by, today=today)
    return [
        RemediationPlanProposed(
            command.issue, command.steps, command.resolve_by, command.workaround, command.by, command.now
        )
    ]


def agree_remediation_plan(command: AgreeRemediationPlan, state: Execution) -> Sequence[Event]:
    """Agree the plan that stands."""
    issue = _outstanding(state, command.issue)
    if not issue.plan_proposed:
        raise PlanNotProposed(issue=command.issue)
    if issue.plan_agreed:
        raise PlanAlreadyAgreed(issue=command.issue)
    return [RemediationPlanAgreed(command.issue, command.by, command.now)]


def fix_issue(command: FixIssue, state: Execution) -> Sequence[Event]:
    """Let the issue wait for its retest."""
    guards.unfinished(state)
    if _outstanding(state, command.issue).fixed:
        raise IssueAlreadyFixed(issue=command.issue)
    return [IssueFixed(command.issue, command.fix, command.by, command.now)]


def _provider(stated: str | None, state: Execution) -> str | None:
    """Whose the issue is: the provider that the subject names, or else the one that is stated.

    It must be known where thresholds count the issues of each provider.
    """
    known = guards.engagement(state)
    tested = known.subject.fields.get(PROVIDER)
    if stated and tested and stated != tested:
        raise ProviderOfAnother(stated=stated, provider=tested)
    counted = any(limits.count == "provider" for limits in known.profile.thresholds)
    if counted and not stated and not tested:
        raise ProviderMissing(known.profile.title)
    return stated or tested


def _outstanding(state: Execution, number: int) -> Issue:
    guards.ready(state)
    guards.undecided(state)
    issue = guards.issue(state, number)
    if issue.closed:
        raise IssueIsClosed(issue=number)
    return issue
